"""Receivers of other people accept what Parley sends, and nothing else: documented ones, and libraries."""

from collections.abc import Iterator, Mapping
from typing import Final
from uuid import UUID

import pytest

from core import ids
from core.webhooks import signatures
from tests.integration.worker.webhook_receiver import (
    KEY,
    OK,
    OTHER_KEY,
    Integrated,
    Received,
    WebhookReceiver,
)
from tests.receiver import answer
from tests.running import Running
from tests.stack import Stack
from tests.webhooks.receivers import ENDINGS, PARAMS, OutsideReceiver, Request, snippets

BODY: Final = '{"type":"ping","timestamp":"2026-11-29T12:00:00.000Z","data":{"name":"Trần"}}'.encode()
MINUTES: Final = 60_000  # ms
ODD: Final = ("", "0", "-1", "NaN", "Infinity", "1e9", "9" * 400, "v1,", "v1", "v2,abc", "é")


@pytest.fixture(scope="module")
def works(stack: Stack, front: WebhookReceiver) -> Running:
    return Integrated(stack).worker()


@pytest.fixture(scope="module", params=PARAMS)
def outside(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, front: WebhookReceiver
) -> Iterator[OutsideReceiver]:
    made = OutsideReceiver(request.param, KEY, tmp_path_factory.mktemp("outside"))
    yield made
    front.use(lambda _: OK)  # what was refused is sent again
    made.close()


def test_every_snippet_of_the_page_is_run() -> None:
    assert snippets().keys() == ENDINGS.keys()


@pytest.mark.parametrize(
    ("secret", "previous"),
    [(KEY, None), (KEY, OTHER_KEY), (OTHER_KEY, KEY)],
    ids=["one secret", "rotated, it has the new one", "rotated, it has the old one"],
)
def test_a_delivery_of_the_worker_is_accepted(
    stack: Stack,
    front: WebhookReceiver,
    works: Running,
    outside: OutsideReceiver,
    secret: str,
    previous: str | None,
) -> None:
    project = _posted(stack, front, outside, secret=secret, previous=previous)
    delivered = "SELECT FROM webhook_deliveries WHERE project_id = $1 AND state = 'delivered' AND tries = 1"
    works.wait_until(lambda: bool(stack.sql(delivered, _id(project))), what="delivering")
    (received,) = [one for one in front.received if one.path.endswith(project.project.hex())]
    assert outside.accepts(Request(_signed_part(received.headers), received.body)), "again, as a replay"
    for body in (received.body + b" ", received.body.replace(b"question", b"questian"), b""):
        assert not outside.accepts(Request(_signed_part(received.headers), body)), "tampered"


@pytest.mark.parametrize("over", [True, False], ids=["after the overlap", "another secret"])
def test_a_delivery_that_another_secret_signs_is_refused(
    stack: Stack, front: WebhookReceiver, works: Running, outside: OutsideReceiver, over: bool
) -> None:
    project = _posted(stack, front, outside, secret=OTHER_KEY, previous=KEY if over else None, over=over)
    refused = "SELECT attempts->0->>'status' FROM webhook_deliveries WHERE project_id = $1 AND tries = 1"
    works.wait_until(lambda: stack.sql(refused, _id(project)) == [("401",)], what="one refusal")


def test_what_is_older_than_five_minutes_or_from_the_future_is_refused(outside: OutsideReceiver) -> None:
    now = ids.now()
    for at in (now, now - 4 * MINUTES, now + 4 * MINUTES):
        assert outside.accepts(_made(at))
    for at in (now - 5 * MINUTES - 2000, now - 60 * MINUTES, now + 6 * MINUTES, 0):
        assert not outside.accepts(_made(at))


@pytest.mark.parametrize("name", ["Webhook-Id", "Webhook-Timestamp", "Webhook-Signature"])
def test_fields_that_no_sender_of_ours_makes_are_refused_without_a_failure(
    outside: OutsideReceiver, name: str
) -> None:
    made = _made(ids.now())
    for value in (None, *ODD):
        headers = {key: one for key, one in made.headers.items() if key != name}
        if value is not None:
            headers[name] = value
        assert not outside.accepts(Request(headers, made.body)), value


def test_the_order_of_two_signatures_does_not_matter(outside: OutsideReceiver) -> None:
    for secrets in ([KEY, OTHER_KEY], [OTHER_KEY, KEY]):
        assert outside.accepts(_made(ids.now(), secrets))
    assert not outside.accepts(_made(ids.now(), [OTHER_KEY]))


def _made(at: int, secrets: list[str] | None = None) -> Request:
    headers = signatures.headers(secrets or [KEY], delivery=ids.text(ids.make()), at=at, body=BODY)
    return Request(headers, BODY)


def _posted(
    stack: Stack,
    front: WebhookReceiver,
    outside: OutsideReceiver,
    *,
    secret: str,
    previous: str | None,
    over: bool = False,
) -> Integrated:
    """A project in which a message was posted; `outside` gets its event through `front`."""

    def forwarded(one: Received) -> bytes:
        accepted = outside.accepts(Request(_signed_part(one.headers), one.body))
        return OK if accepted else answer(b"", "401 Unauthorized")

    front.use(forwarded)
    project = Integrated(stack)
    project.webhook(
        f"{front.url}/{project.project.hex()}", "message.created", secret=secret, previous=previous
    )
    if over:
        stack.sql(
            "UPDATE webhooks SET previous_until = now() - interval '1 second' WHERE project_id = $1",
            _id(project),
        )
    project.conversation()
    project.fan_out()
    return project


def _id(project: Integrated) -> UUID:
    return UUID(bytes=project.project)


def _signed_part(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.startswith(("webhook-", "content-type"))}
