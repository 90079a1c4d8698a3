"""Push: a closed browser hears of a message, encrypted and signed; nobody hears of what is not theirs."""

import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest

from core import ids
from core.commands import MarkRead
from core.ids import ConversationId
from core.notifications import subscriptions as rules
from core.notifications.subscriptions import Subscription
from tests.integration.core.core_fixture import NOW, new_visitor
from tests.integration.worker.push_project import SEALER, PushProject
from tests.push_service import PushService
from tests.receiver import answer
from tests.stack import Stack

CANARY = "the visitor's secret question"


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PushService]:
    made = PushService(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", made.authority)
    yield made
    made.close()


@pytest.fixture
def project(fresh_stack: Stack, service: PushService) -> PushProject:
    return PushProject(fresh_stack, service)


def test_a_closed_browser_gets_the_message_encrypted_and_signed(
    project: PushProject, service: PushService
) -> None:
    project.prefer(project.ben, shown="text")
    phone, subscription = project.browser(project.ben)
    conversation = project.conversation()
    project.fan_out()
    ((due_in,),) = project.stack.sql("SELECT extract(epoch FROM due_at - now())::float FROM consumer_events")
    assert 0 < due_in <= 2
    project.push_now()
    works = project.worker(mail_from="Chat <chat@shop.example>")
    project.settled(works)
    (pushed,) = service.received
    assert pushed.path == "/push/phone"
    claims = pushed.claims(project.public_key, audience=service.origin)
    assert claims["sub"] == "mailto:chat@shop.example"
    assert pushed.headers["content-encoding"] == "aes128gcm" and pushed.headers["urgency"] == "high"
    assert 4 * 3600 - 60 < pushed.ttl <= 4 * 3600
    assert len(pushed.headers["topic"]) <= 32 and len(pushed.body) <= 4096
    assert CANARY.encode() not in pushed.body
    said = json.loads(phone.decrypt(pushed.body))
    assert said["project"] == ids.text(project.project)
    assert said["conversation"] == said["tag"] == ids.text(conversation)
    assert said["body"] == CANARY and said["title"].endswith(" · Shop")
    assert said["id"] and said["v"] == 1
    ((at, failures),) = project.stack.sql(
        "SELECT pushed_at, failures FROM push_subscriptions WHERE id = $1", subscription
    )
    assert at is not None and failures == 0
    assert CANARY not in works.text and "/push/phone" not in works.text


@pytest.mark.parametrize(
    ("shown", "language", "body"),
    [
        ("name", "en", "New message from {name}"),
        ("nothing", "en", "New message from a visitor"),
        ("nothing", "vi", "Tin nhắn mới từ khách"),
    ],
)
def test_the_lock_screen_shows_no_more_than_the_agent_allows(
    project: PushProject, service: PushService, shown: str, language: str, body: str
) -> None:
    project.stack.sql("UPDATE users SET language = $2 WHERE id = $1", UUID(bytes=project.ben), language)
    project.prefer(project.ben, shown=shown)
    phone, _ = project.browser(project.ben)
    project.conversation()
    ((visitor,),) = project.stack.sql("SELECT id FROM visitors")
    project.push_now()
    project.settled(project.worker())
    said = phone.decrypt(service.received[0].body).decode()
    assert CANARY not in said
    name = f"Visitor #{visitor.hex[-6:]}"
    assert json.loads(said)["title"] == "Shop"
    assert json.loads(said)["body"] == body.replace("{name}", name)
    assert (name in said) is (shown == "name")


def test_each_browser_of_each_agent_is_pushed_once_and_one_conversation_replaces_itself(
    project: PushProject, service: PushService
) -> None:
    project.browser(project.ben, "phone")
    project.browser(project.ben, "laptop")
    project.browser(project.agent, "anns")
    visitor = new_visitor()
    for text in ("first", "second", "third"):
        project.apply(project.post(visitor, text))
    assert project.fan_out() == 9
    project.push_now()
    works = project.worker()
    project.settled(works)
    assert sorted(one.path for one in service.received) == ["/push/anns", "/push/laptop", "/push/phone"]
    project.apply(project.post(visitor, "fourth"))
    project.push_now()
    project.settled(works)
    phone = [one for one in service.received if one.path == "/push/phone"]
    assert len(phone) == 2 and len({one.headers["topic"] for one in phone}) == 1
    assert len({one.headers["topic"] for one in service.received}) == 3, "a topic tells nobody who is who"


def conversations(project: PushProject) -> list[ConversationId]:
    rows = project.stack.sql(
        "SELECT id FROM conversations WHERE project_id = $1", UUID(bytes=project.project)
    )
    return [ConversationId(row[0].bytes) for row in rows]


Change = Callable[[PushProject], None]


def assigned_to_ann(project: PushProject) -> None:
    for conversation in conversations(project):
        project.apply(project.assigning(conversation, project.agent))


def wants_only_own(project: PushProject) -> None:
    project.prefer(project.ben, unassigned=False)


def muted(project: PushProject) -> None:
    project.prefer(project.ben, quiet_days=[0, 1, 2, 3, 4, 5, 6])


def in_quiet_hours(project: PushProject) -> None:
    """Evaluated when it is sent, in the zone of the profile."""
    project.stack.sql("UPDATE users SET timezone = 'Asia/Ho_Chi_Minh'")
    ((minute,),) = project.stack.sql(
        "SELECT (extract(hour FROM n) * 60 + extract(minute FROM n))::int "
        "FROM (SELECT now() AT TIME ZONE 'Asia/Ho_Chi_Minh' AS n) t"
    )
    project.prefer(project.ben, quiet_from=(minute - 30) % 1440, quiet_until=(minute + 30) % 1440)


def read_by_ben(project: PushProject) -> None:
    for conversation in conversations(project):
        project.apply(MarkRead(project.project, conversation, "agent", project.ben, "Ben", 1, NOW))


def answered(project: PushProject) -> None:
    for conversation in conversations(project):
        project.apply(project.reply(conversation, "hello"))


def solved(project: PushProject) -> None:
    for conversation in conversations(project):
        project.apply(project.status(conversation, "solved"))


def left_the_project(project: PushProject) -> None:
    project.leave(project.ben)


def signed_out(project: PushProject) -> None:
    project.stack.sql("DELETE FROM sessions")


def session_expired(project: PushProject) -> None:
    project.stack.sql("UPDATE sessions SET expires_at = now() - interval '1 s'")


def suspended(project: PushProject) -> None:
    project.stack.sql("UPDATE users SET state = 'suspended'")


def too_old(project: PushProject) -> None:
    project.stack.sql("UPDATE consumer_events SET created_at = now() - interval '5 hours'")


def owned_by_the_assistant(project: PushProject) -> None:
    project.stack.sql("UPDATE conversations SET owner = 'assistant'")


WITHOUT: list[Change] = [
    assigned_to_ann,
    wants_only_own,
    muted,
    in_quiet_hours,
    read_by_ben,
    answered,
    solved,
    left_the_project,
    signed_out,
    session_expired,
    suspended,
    too_old,
    owned_by_the_assistant,
]


def test_what_concerns_the_agent_no_more_is_not_pushed(fresh_stack: Stack, service: PushService) -> None:
    """One worker for all of them: each change happens after the event, and is seen when it is to be sent."""
    works = PushProject(fresh_stack, service).worker()
    for change in WITHOUT:
        project = PushProject(fresh_stack, service)
        project.browser(project.ben, change.__name__)
        project.conversation()
        assert project.fan_out() >= 1, change.__name__
        if change is not too_old:
            change(project)
        project.stack.sql("DELETE FROM outbox")
        if change is too_old:
            change(project)
        project.stack.sql("UPDATE consumer_events SET due_at = now() - interval '1 s'")
        project.settled(works)
        assert [one.path for one in service.received] == [], change.__name__
        project.stack.sql("DELETE FROM sessions")


def test_while_the_agent_looks_at_the_project_nothing_is_pushed_but_after_that(
    project: PushProject, service: PushService
) -> None:
    """A tab that was closed without saying so counts as looked at for a while, so the push waits."""
    project.browser(project.ben)
    project.conversation()
    project.look(project.ben)
    project.push_now()
    works = project.worker()
    seconds = (
        "SELECT extract(epoch FROM due_at - created_at)::float FROM consumer_events "
        "WHERE tries = 0 AND due_at > now()"
    )
    works.wait_until(lambda: bool(project.stack.sql(seconds)), what="waiting for the agent to look away")
    assert project.stack.sql(seconds)[0][0] == pytest.approx(80, abs=5) and service.received == []
    project.stack.sql("UPDATE consumer_events SET created_at = now() - interval '90 s', due_at = now()")
    project.settled(works)
    assert service.received == [], "still looking"
    project.conversation()
    project.look_away(project.ben)
    project.push_now()
    project.settled(works)
    assert len(service.received) == 1


def test_an_assigned_conversation_is_pushed_to_its_agent_alone(
    project: PushProject, service: PushService
) -> None:
    project.prefer(project.ben, unassigned=False)
    project.browser(project.ben, "bens")
    project.browser(project.agent, "anns")
    visitor = new_visitor()
    (posted,) = project.apply(project.post(visitor, "first"))
    project.apply(project.assigning(posted.conversation, project.ben))
    project.apply(project.post(visitor, "second"))
    project.push_now()
    project.settled(project.worker())
    assert [one.path for one in service.received] == ["/push/bens"]


def test_agents_of_another_project_hear_nothing(project: PushProject, service: PushService) -> None:
    other = PushProject(project.stack, service)
    other.browser(other.ben, "others")
    project.conversation()
    assert project.fan_out() == 0


@pytest.mark.parametrize("status", ["404 Not Found", "410 Gone"])
def test_a_browser_that_the_push_service_has_forgotten_is_forgotten(
    project: PushProject, service: PushService, status: str
) -> None:
    service.answers = lambda _: answer(b"", status)
    project.browser(project.ben)
    project.conversation()
    project.push_now()
    works = project.worker()
    project.settled(works)
    assert project.count("push_subscriptions") == 0 and len(service.received) == 1
    works.wait_for_line("push.subscription_removed")


def test_a_busy_push_service_is_asked_again_when_it_says_so_and_one_that_refuses_is_not(
    project: PushProject, service: PushService
) -> None:
    service.answers = lambda _: answer(b"", "429 Too Many Requests", Retry_After="1000")
    _, subscription = project.browser(project.ben)
    project.conversation()
    project.push_now()
    works = project.worker()
    works.wait_for_line("push.failed")
    ((due_in, tries),) = project.stack.sql(
        "SELECT extract(epoch FROM due_at - now())::float, tries FROM consumer_events"
    )
    assert 900 < due_in <= 1000 and tries == 1
    service.answers = lambda _: answer(b"", "413 Payload Too Large")
    project.push_now()
    project.settled(works)
    assert len(service.received) == 2
    ((failures,),) = project.stack.sql("SELECT failures FROM push_subscriptions WHERE id = $1", subscription)
    assert failures == 1
    project.stack.sql("UPDATE push_subscriptions SET failures = 9")
    project.conversation()
    project.push_now()
    project.settled(works)
    assert project.count("push_subscriptions") == 0, "ten refusals in a row"


def test_a_push_service_that_never_answers_delays_no_other(
    project: PushProject, service: PushService
) -> None:
    service.answers = lambda one: None if one.path == "/push/tarpit" else answer(b"", "201 Created")
    project.browser(project.ben, "tarpit")
    for _ in range(3):
        project.conversation()
    project.push_now()
    works = project.worker()
    works.wait_until(lambda: len(service.received) == 1, what="reaching the tarpit")
    project.browser(project.agent, "anns")
    project.conversation()
    project.push_now()
    works.wait_until(
        lambda: "/push/anns" in [one.path for one in service.received], what="pushing to the other browser"
    )
    assert [one.path for one in service.received].count("/push/tarpit") == 1, "one request at a time"


def test_an_address_within_our_network_is_not_reached(project: PushProject, service: PushService) -> None:
    """Nobody allowed this machine: the name leads to loopback."""
    project.browser(project.ben)
    project.conversation()
    project.push_now()
    works = project.worker(outbound_networks="")
    works.wait_for_line("push.failed")
    assert "address_refused" in works.text and service.connections == 0


def test_a_browser_whose_keys_are_broken_stops_no_other(project: PushProject, service: PushService) -> None:
    _, broken = project.browser(project.ben, "bens")
    project.browser(project.agent, "anns")
    unfit = Subscription(endpoint=service.address("bens"), p256dh="AAAA", auth="AAAA")
    project.stack.sql(
        "UPDATE push_subscriptions SET sealed = $2 WHERE id = $1",
        broken,
        rules.seal(SEALER, unfit, broken.bytes),
    )
    project.conversation()
    project.push_now()
    project.settled(project.worker())
    assert [one.path for one in service.received] == ["/push/anns"]


@pytest.mark.soak
def test_a_worker_killed_after_sending_pushes_again_under_one_id(
    project: PushProject, service: PushService
) -> None:
    phone, _ = project.browser(project.ben)
    project.conversation()
    project.push_now()
    dies = project.stack.spawn(
        "worker", "push", failpoint="push.after_sent", outbound_networks="127.0.0.0/8, ::1"
    )
    assert dies.wait_for_end() == -signal.SIGKILL
    assert project.count("consumer_events") == 1
    project.push_now()
    project.settled(project.worker())
    sent = [json.loads(phone.decrypt(one.body))["id"] for one in service.received]
    assert len(sent) == 2 and len(set(sent)) == 1
    assert len({one.headers["topic"] for one in service.received}) == 1


@pytest.mark.soak
def test_two_workers_push_each_message_once(project: PushProject, service: PushService) -> None:
    project.browser(project.ben)
    for _ in range(20):
        project.conversation()
    both = [project.worker(), project.worker()]
    project.push_now()
    project.settled(both[0])
    assert len(service.received) == 20
    assert len({one.headers["topic"] for one in service.received}) == 20
