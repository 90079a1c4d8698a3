"""Signatures by the vectors of the Standard Webhooks specification, and the catalogue."""

import base64
import hashlib
import hmac

import msgspec
import pytest

from core import event_details, events, ids
from core.content import Value
from core.db import consumers
from core.db.consumers import ConsumerEvent
from core.db.webhooks.facts import KnownVisitor, Posted, State
from core.events import _KINDS
from core.ids import ConversationId, MessageId, ProjectId, UserId, VisitorId
from core.webhooks import catalogue, expansion, payloads, rewriting, signatures
from core.webhooks.expansion import Facts
from core.webhooks.rewriting import Altered

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # of the specification's example
ID, AT = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330
BODY = b'{"test": 2432232314}'


def test_the_signature_is_that_of_the_specification() -> None:
    made = signatures.headers([SECRET], delivery=ID, at=AT * 1000 + 999, body=BODY)
    assert made["Webhook-Signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert (made["Webhook-Id"], made["Webhook-Timestamp"]) == (ID, str(AT))
    assert "Webhook-Replay" not in made


def test_during_an_overlap_both_secrets_sign() -> None:
    other = signatures.fresh()
    made = signatures.headers([other, SECRET], delivery=ID, at=AT * 1000, body=BODY, replay=True)
    new, old = made["Webhook-Signature"].split(" ")
    assert old == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" and new != old
    assert made["Webhook-Replay"] == "true"
    digest = hmac.new(other.encode(), BODY, hashlib.sha256).hexdigest()
    assert made["X-Hub-Signature-256"] == f"sha256={digest}"


def test_a_fresh_secret_has_256_random_bits() -> None:
    made = {signatures.fresh() for _ in range(100)}
    assert len(made) == 100
    assert all(len(base64.b64decode(one.removeprefix(signatures.PREFIX))) == 32 for one in made)


def test_every_event_of_the_catalogue_comes_from_an_event_that_exists() -> None:
    known = {*_KINDS.values(), "conversation_assigned", "status_changed"}
    assert set(catalogue.KINDS) <= known
    assert len(set(catalogue.NAMES)) == len(catalogue.NAMES)


def test_a_webhook_asks_the_relay_only_for_what_may_become_its_events() -> None:
    assert catalogue.kinds_of(("conversation.solved",)) == ("status_changed",)
    assert catalogue.kinds_of(("message.created", "visitor.updated")) == ("message_posted", "visitor_changed")
    assert catalogue.kinds_of(()) == ()


CANARY = "canary-4111"
PROJECT, TALK, MESSAGE = ProjectId(ids.make()), ConversationId(ids.make()), MessageId(ids.make())
VISITOR, AGENT = VisitorId(ids.make()), UserId(ids.make())
NOW = 1_800_000_000_000
ANSWER: Value = {
    "type": "form_answer",
    "template": str(ids.text(ids.make())),
    "name": "Order",
    "values": [{"key": "size", "label": "Size", "value": CANARY}],
}


def happened(
    kind: str, details: event_details.Details | None, posted: Posted | None = None
) -> dict[str, object]:
    """The events of the catalogue, each with its data, for a webhook that asks for all."""
    row = ConsumerEvent(
        PROJECT, ids.make(), "webhooks", ids.make(), kind, TALK, VISITOR, 3, 1, NOW, 7, details=details
    )
    facts = Facts(KnownVisitor(VISITOR, "Ana", {}, None, None), State("open", None, 3), posted)
    made = expansion.deliveries(row, facts, events=catalogue.NAMES)
    assert [one.position for one in made] == sorted(one.position for one in made)
    return {one.event: msgspec.json.decode(one.payload)["data"] for one in made}


def posted(kind: str, *, content: Value | None = None, hidden: bool = False, seq: int = 3) -> Posted:
    return Posted(MESSAGE, seq, kind, CANARY, content, "visitor", VISITOR, "Ana", NOW, None, None, hidden)


def test_the_relay_makes_rows_of_every_kind_that_the_catalogue_needs() -> None:
    (webhooks,) = [one for one in consumers.CONSUMERS if one.name == consumers.WEBHOOKS]
    assert set(webhooks.kinds) == set(catalogue.KINDS)


def test_details_of_events_have_no_text() -> None:
    head = (PROJECT, TALK, 3, VISITOR, NOW)
    packed = msgspec.Raw(msgspec.msgpack.encode(ANSWER))
    edited = events.MessageEdited(*head, 1, 2, MESSAGE, "text", "agent", AGENT, "Ann", CANARY, packed)
    corrected = events.AnswerChanged(*head, MESSAGE, 2, CANARY, packed, AGENT, "Ann", 2)
    renamed = events.VisitorChanged(*head, CANARY, {"email": CANARY})
    for event in (edited, corrected, renamed):
        details = event_details.of(event, learned=("name",))
        assert details is not None and CANARY not in str(msgspec.json.encode(details))
    assert event_details.of(renamed) is None, "nearly all rows have none"


@pytest.mark.parametrize("kind", ["message_edited", "message_redacted"])
@pytest.mark.parametrize(("of", "name"), [("text", "message"), ("form_answer", "message"), ("note", "note")])
def test_alterations_of_notes_have_names_of_their_own(kind: str, of: str, name: str) -> None:
    details = event_details.Details(at=NOW, party="agent", by=ids.text(AGENT), by_name="Ann", seq=3)
    assert list(happened(kind, details, posted(of))) == [f"{name}.{kind.removeprefix('message_')}"]
    assert happened(kind, details, posted(of, hidden=True)) == {}, "written by a muted visitor"
    assert happened(kind, None, posted(of)) == {}, "of an earlier release"


def test_a_form_that_is_answered_is_one_event() -> None:
    assert list(happened("message_posted", None, posted("form_answer", content=ANSWER))) == [
        "message.created",
        "form.answered",
    ]
    details = event_details.Details(at=NOW, party="visitor", request=ids.text(MESSAGE), state="answered")
    assert happened("form_changed", details, posted("form_request")) == {}
    later = msgspec.structs.replace(details, state="cancelled")
    assert list(happened("form_changed", later, posted("form_request"))) == ["form.updated"]


def test_a_first_message_can_identify_its_visitor() -> None:
    details = event_details.Details(at=NOW, learned=("signed",))
    assert list(happened("message_posted", details, posted("text", seq=1))) == [
        "conversation.created",
        "message.created",
        "visitor.identified",
    ]


@pytest.mark.parametrize("redacted_at", [None, NOW])
def test_a_payload_follows_its_message(redacted_at: int | None) -> None:
    said = happened("message_posted", None, posted("form_answer", content=ANSWER))
    after = None if redacted_at else ANSWER | {"values": [], "version": 2}
    now = Altered(PROJECT, TALK, MESSAGE, "", after, None, redacted_at)
    for name, data in said.items():
        payload = msgspec.json.encode({"type": name, "timestamp": "t", "data": data}).decode()
        assert CANARY in payload
        made = msgspec.json.decode(rewriting.payload(payload, now))
        assert CANARY not in str(made) and made["type"] == name and made["timestamp"] == "t"
        form = made["data"].get("form")
        assert form is None or (form["removed"], form["values"]) == (redacted_at is not None, [])
        message = made["data"].get("message")
        assert message is None or message["redacted_at"] == (redacted_at and payloads.iso(NOW))
