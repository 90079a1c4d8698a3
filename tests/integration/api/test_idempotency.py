"""Idempotency-Key: a POST that is sent again gets the first answer, and takes effect once."""

from typing import Any

import pytest
import trio

from core import ids
from core.db import idempotent_requests as table
from core.db.projects import project_deletion
from server.api.services.rate_limiter import RateLimited, RateLimiter
from server.api.serving import idempotency
from server.pool import Database
from tests.integration.api.api_fixture import Answer, ApiFixture, Caller, of, text
from tests.integration.api.factories import api_key
from tests.stack import Stack

KEY = {"Idempotency-Key": "order 4711"}


def note(said: str = "Calls back on Monday") -> dict[str, Any]:
    return {"text": said}


class Shop:
    """A project with a manager who is signed in, and a visitor."""

    def __init__(self, api: ApiFixture, project: Any, manager: Caller, visitor: bytes, talk: bytes) -> None:
        self.api, self.project, self.manager = api, project, manager
        self.notes = of(project, f"/visitors/{text(visitor)}/notes")
        self.messages = of(project, f"/conversations/{text(talk)}/messages")

    async def count(self) -> int:
        answer = await self.manager.get(self.notes)
        return int(answer.json["total"])

    async def rows(self, columns: str = "count(*)") -> list[Any]:
        async with self.api.context.database.connection() as conn:
            found = await conn.fetch(
                f"SELECT {columns} FROM idempotent_requests WHERE project_id = $1",  # noqa: S608  ours
                self.project,
            )
        return [tuple(row) for row in found]

    async def change(self, assignments: str) -> None:
        async with self.api.context.database.transaction() as conn:
            await conn.execute(
                f"UPDATE idempotent_requests SET {assignments} WHERE project_id = $1",  # noqa: S608  ours
                self.project,
            )


@pytest.fixture
async def shop(api: ApiFixture) -> Shop:
    project = await api.project()
    visitor, talk = await api.writes(project, "Hello")
    return Shop(api, project, await api.sign_in(await api.person("Mai", manager=project)), visitor, talk)


def refused(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json["code"]


async def test_the_same_request_again_gets_the_first_answer_and_changes_nothing(shop: Shop) -> None:
    first = await shop.manager.post(shop.notes, note(), KEY)
    again = await shop.manager.post(shop.notes, note(), KEY)
    assert first.status == again.status == 201
    assert first.body == again.body
    assert first.headers["ETag"] == again.headers["ETag"]
    assert first.headers["Content-Type"] == again.headers["Content-Type"]
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.headers["X-Request-ID"] != first.headers["X-Request-ID"]
    assert await shop.count() == 1


async def test_a_repeated_request_is_logged_once(shop: Shop) -> None:
    for _ in range(2):
        await shop.manager.post(shop.notes, note(), KEY)
    await shop.manager.post(shop.notes, note("Another"), KEY)
    audit = await shop.manager.get(of(shop.project, "/audit"))
    assert [one["action"] for one in audit.json["items"]].count("visitor_note.created") == 1


async def test_without_the_header_nothing_is_kept(shop: Shop) -> None:
    for _ in range(2):
        assert (await shop.manager.post(shop.notes, note())).status == 201
    assert await shop.count() == 2
    assert await shop.rows() == [(0,)]


async def test_the_same_body_in_another_spelling_is_the_same_request(shop: Shop) -> None:
    await shop.manager.post(shop.notes, note(), KEY)
    body = b'{ "mentions": [],\n "text": "Calls back on Monday" }'
    headers = KEY | {"Content-Type": "application/json"}
    again = await shop.manager.call("POST", shop.notes, headers=headers, data=body)
    assert again.headers["Idempotency-Replayed"] == "true"


async def test_the_draft_s_quoted_form_is_the_same_key(shop: Shop) -> None:
    await shop.manager.post(shop.notes, note(), {"Idempotency-Key": '"abc"'})
    again = await shop.manager.post(shop.notes, note(), {"Idempotency-Key": "abc"})
    assert again.headers["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize("key", ["", "é", "x" * 256, "tab\there"])
async def test_a_key_that_is_no_printable_ascii_is_refused(shop: Shop, key: str) -> None:
    assert refused(await shop.manager.post(shop.notes, note(), {"Idempotency-Key": key})) == (
        400,
        "bad_request",
    )


async def test_another_body_or_another_address_with_the_same_key_is_refused(shop: Shop) -> None:
    await shop.manager.post(shop.notes, note(), KEY)
    assert refused(await shop.manager.post(shop.notes, note("Other"), KEY)) == (422, "key_reused")
    other, _ = await shop.api.writes(shop.project, "Hi")
    path = of(shop.project, f"/visitors/{text(other)}/notes")
    assert refused(await shop.manager.post(path, note(), KEY)) == (422, "key_reused")
    assert await shop.count() == 1


async def test_another_caller_another_route_and_another_project_have_keys_of_their_own(shop: Shop) -> None:
    api = shop.api
    await shop.manager.post(shop.notes, note(), KEY)
    tom = await api.sign_in(await api.person("Tom", agent=shop.project))
    assert (await tom.post(shop.notes, note(), KEY)).headers.get("Idempotency-Replayed") is None
    assert await shop.count() == 2
    person = await api.person("Ann", manager=shop.project)
    ann = await api.sign_in(person)
    response = {"shortcut": "hi", "content": "Hello"}
    one = await ann.post(of(shop.project, "/canned-responses"), response, KEY)
    assert one.status == 201
    other = await ann.post("/api/v1/projects", {"name": "Other", "domains": ["other.example"]}, KEY)
    assert other.status == 201
    project = bytes.fromhex(other.json["id"].replace("-", ""))
    elsewhere = await ann.post(of(project, "/canned-responses"), response, KEY)
    assert elsewhere.status == 201 and elsewhere.json["id"] != one.json["id"]
    again = await ann.post("/api/v1/projects", {"name": "Other", "domains": ["other.example"]}, KEY)
    assert again.json["id"] == other.json["id"], "a request of no project is kept for its caller"


async def test_two_requests_at_the_same_moment_take_effect_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second arrives while the first is inside its handler."""
    inside, finish = trio.Event(), trio.Event()
    execute = idempotency._execute

    async def slow(begun: Any, run: Any) -> Any:
        async def waits() -> Any:
            inside.set()
            await finish.wait()
            return await run()

        return await execute(begun, waits)

    monkeypatch.setattr(idempotency, "_execute", slow)
    answers: list[Answer] = []

    async def first() -> None:
        answers.append(await shop.manager.post(shop.notes, note(), KEY))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(first)
        await inside.wait()
        second = await shop.manager.post(shop.notes, note(), KEY)
        finish.set()
    assert refused(second) == (409, "key_in_use")
    assert second.headers["Retry-After"] == "1"
    assert answers[0].status == 201
    assert (await shop.manager.post(shop.notes, note(), KEY)).body == answers[0].body
    assert await shop.count() == 1


async def test_of_many_requests_in_parallel_one_takes_effect(shop: Shop) -> None:
    answers: list[Answer] = []

    async def ask() -> None:
        answers.append(await shop.manager.post(shop.notes, note(), KEY))

    async with trio.open_nursery() as nursery:
        for _ in range(8):
            nursery.start_soon(ask)
    assert {answer.status for answer in answers} <= {201, 409}
    assert len({answer.body for answer in answers if answer.status == 201}) == 1
    assert await shop.count() == 1


async def test_after_24_hours_the_key_is_new(shop: Shop) -> None:
    await shop.manager.post(shop.notes, note(), KEY)
    ((kept_until,),) = await shop.rows("kept_until")
    assert abs(kept_until - ids.now() - 24 * 3_600_000) < 60_000
    await shop.change("kept_until = now() - interval '1 second'")
    later = await shop.manager.post(shop.notes, note("Later"), KEY)
    assert later.status == 201
    assert await shop.count() == 2


async def test_the_janitor_removes_what_is_not_kept_any_more(shop: Shop) -> None:
    await shop.manager.post(shop.notes, note(), KEY)
    async with shop.api.context.database.connection() as conn:
        await table.remove_old(conn, before=ids.now())
        assert await shop.rows() == [(1,)]
        await table.remove_old(conn, before=ids.now() + 25 * 3_600_000)
    assert await shop.rows() == [(0,)]


async def test_a_refusal_is_an_answer_too(shop: Shop) -> None:
    """Decided by the state of that moment: a repetition must not suddenly do what was refused."""
    path, body = of(shop.project, "/canned-responses"), {"shortcut": "hi", "content": "Hello"}
    made = await shop.manager.post(path, body)
    first = await shop.manager.post(path, body, KEY)
    assert refused(first) == (422, "invalid")
    await shop.manager.call("DELETE", f"{path}/{made.json['id']}")
    again = await shop.manager.post(path, body, KEY)
    assert again.body == first.body and again.headers["Idempotency-Replayed"] == "true"
    assert again.headers["Content-Type"] == "application/problem+json"


async def test_an_outage_is_not_kept(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("server.api.notes.visitor_notes.visitor_notes.write", _unavailable)
        assert (await shop.manager.post(shop.notes, note(), KEY)).status == 503
    assert await shop.rows() == [(0,)]
    assert (await shop.manager.post(shop.notes, note(), KEY)).status == 201
    assert await shop.count() == 1


async def _unavailable(*_: Any, **__: Any) -> Any:
    raise OSError("Postgres is away")


async def test_a_limit_is_not_kept(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    path, body = of(shop.project, "/invitations"), {"email": "new@shop.example", "role": "agent"}
    with monkeypatch.context() as patch:

        async def full(*_: Any, **__: Any) -> Any:
            raise RateLimited(5)

        patch.setattr(RateLimiter, "attempt", full)
        assert (await shop.manager.post(path, body, KEY)).status == 429
    assert (await shop.manager.post(path, body, KEY)).status == 201


async def test_an_effect_whose_answer_was_lost_is_not_repeated(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a crash between the commit and the storing of the answer."""
    with monkeypatch.context() as patch:

        async def crashes(*_: Any) -> None:
            raise OSError("the process ends here")

        patch.setattr(idempotency, "_keep", crashes)
        assert (await shop.manager.post(shop.notes, note(), KEY)).status == 503
    assert await shop.rows("took_effect, answer IS NULL") == [(True, True)]
    assert refused(await shop.manager.post(shop.notes, note(), KEY)) == (409, "key_in_use")
    await shop.change("running_until = now()")
    assert refused(await shop.manager.post(shop.notes, note(), KEY)) == (409, "answer_lost")
    assert await shop.count() == 1


async def test_a_request_that_died_before_its_effect_is_executed_by_the_next_one(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shop.manager.post(shop.notes, note(), KEY)
    await shop.change("took_effect = false, answer = NULL")
    assert refused(await shop.manager.post(shop.notes, note(), KEY)) == (409, "key_in_use")
    await shop.change("running_until = now()")
    assert (await shop.manager.post(shop.notes, note(), KEY)).status == 201


async def test_an_attempt_that_was_taken_over_commits_nothing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was counted as dead, for example while its process was suspended."""
    execute = idempotency._execute

    async def taken_over(begun: Any, run: Any) -> Any:
        await shop.change(f"attempt = '{text(ids.make())}'")
        return await execute(begun, run)

    monkeypatch.setattr(idempotency, "_execute", taken_over)
    assert refused(await shop.manager.post(shop.notes, note(), KEY)) == (409, "key_in_use")
    assert await shop.count() == 0


async def test_a_client_that_has_gone_finds_its_answer(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Quart cancels a request whose client disconnects; one with a key is carried out all the same."""
    execute, gone = idempotency._execute, trio.CancelScope()

    async def abandoned(begun: Any, run: Any) -> Any:
        gone.cancel()
        return await execute(begun, run)

    monkeypatch.setattr(idempotency, "_execute", abandoned)
    with gone:
        await shop.manager.post(shop.notes, note(), KEY)
    assert gone.cancelled_caught
    answer = await shop.manager.post(shop.notes, note(), KEY)
    assert answer.status == 201
    assert await shop.count() == 1


async def test_what_is_kept_can_be_read_with_the_key_alone(shop: Shop) -> None:
    path, body = of(shop.project, "/api-keys"), {"name": "Bot", "scopes": ["conversations:read"]}
    made = await shop.manager.post(path, body, {"Idempotency-Key": "a very private word"})
    again = await shop.manager.post(path, body, {"Idempotency-Key": "a very private word"})
    assert again.json == made.json
    rows = await shop.rows("idempotent_requests::text, answer")
    stored = b"".join(row[0].encode() + row[1] for row in rows)
    assert made.json["key"].encode() not in stored
    assert b"a very private word" not in stored


async def test_an_answer_whose_encryption_key_was_removed_is_lost(shop: Shop) -> None:
    await shop.manager.post(shop.notes, note(), KEY)
    await shop.change(r"answer = '\x0102030405'")
    assert refused(await shop.manager.post(shop.notes, note(), KEY)) == (409, "answer_lost")


async def test_an_api_key_has_its_own_keys_and_a_revoked_one_gets_nothing(shop: Shop, stack: Stack) -> None:
    program = shop.api.anonymous()
    program.token = await api_key(shop.api, shop.project, ["messages:write"])
    body = {"ref": text(ids.make()), "body": "Hello from a program"}
    first = await program.post(shop.messages, body, KEY)
    again = await program.post(shop.messages, body, KEY)
    assert (first.status, again.status) == (201, 201), "with `ref` alone the second would be 200"
    assert again.body == first.body
    stack.sql("DELETE FROM api_keys WHERE project_id = $1", text(shop.project))
    assert (await program.post(shop.messages, body, KEY)).status == 401


async def test_a_demoted_member_gets_no_kept_answer(shop: Shop, stack: Stack) -> None:
    path, body = of(shop.project, "/canned-responses"), {"shortcut": "hi", "content": "Hello"}
    await shop.manager.post(path, body, KEY)
    stack.sql("UPDATE memberships SET role = 'agent' WHERE project_id = $1", text(shop.project))
    assert refused(await shop.manager.post(path, body, KEY)) == (403, "forbidden")


@pytest.mark.parametrize(("most", "size"), [("MAX_REQUESTS", 1), ("MAX_BYTES", 10)])
async def test_a_project_keeps_a_bounded_number_of_answers(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, most: str, size: int
) -> None:
    await shop.manager.post(shop.notes, note(), KEY)
    monkeypatch.setattr(table, most, size)
    other = await shop.manager.post(shop.notes, note(), {"Idempotency-Key": "another"})
    assert refused(other) == (429, "rate_limited")
    assert int(other.headers["Retry-After"]) == 3600
    again = await shop.manager.post(shop.notes, note(), KEY)
    assert again.headers["Idempotency-Replayed"] == "true", "what is kept can still be had"
    assert (await shop.manager.post(shop.notes, note())).status == 201


async def test_an_answer_that_is_too_large_is_not_kept(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "LARGEST", 10)
    assert (await shop.manager.post(shop.notes, note(), KEY)).status == 201
    await shop.change("running_until = now()")
    assert refused(await shop.manager.post(shop.notes, note(), KEY)) == (409, "answer_lost")


async def test_a_route_that_declares_why_not_ignores_the_header(shop: Shop) -> None:
    tickets = of(shop.project, "/socket-tickets")
    one = await shop.manager.post(tickets, headers=KEY)
    two = await shop.manager.post(tickets, headers=KEY)
    assert one.json["ticket"] != two.json["ticket"]
    assert await shop.rows() == [(0,)]


async def test_the_rows_of_a_deleted_project_are_removed(shop: Shop) -> None:
    await shop.manager.post(shop.notes, note(), KEY)
    async with shop.api.context.database.transaction() as conn:
        await project_deletion.clear(conn, shop.project, limit=10)
    assert await shop.rows() == [(0,)]


async def test_while_postgres_refuses_the_request_is_not_executed(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any, **__: Any) -> Any:
        raise OSError("Postgres is away")

    with monkeypatch.context() as patch:
        patch.setattr(Database, "commit", away)
        assert (await shop.manager.post(shop.notes, note(), KEY)).status == 503
    assert await shop.count() == 0
