"""Signatures by the vectors of the Standard Webhooks specification, and the catalogue."""

import base64
import hashlib
import hmac

from core.events import _KINDS
from core.webhooks import catalogue, signatures

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
