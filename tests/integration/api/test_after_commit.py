"""What is done in Redis after a commit, and what holds without it."""

from collections.abc import Sequence
from typing import Any

import pytest
import trio

from core.bus import limits, rooms
from core.bus.identity import tickets
from tests.integration.api.api_fixture import ApiFixture, text
from tests.integration.api.test_two_factor import (
    RECOVERY,
    TOTP,
    first_step,
    second_step,
    two_factor_user,
)


async def test_a_session_stands_although_redis_fails_after_its_commit(
    api: ApiFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    mai = await api.person("Mai", agent=await api.project())
    failed: list[str] = []

    def failing(name: str) -> Any:
        async def fail(*_: object, **__: object) -> None:
            failed.append(name)
            raise ConnectionError

        return fail

    monkeypatch.setattr(limits, "remember", failing("remember"))
    caller = await api.sign_in(mai)
    assert failed == ["remember"]
    assert (await caller.get("/api/v1/me")).status == 200

    monkeypatch.setattr(rooms, "publish_signals", failing("publish"))
    assert (await caller.post("/api/v1/auth/logout-everywhere")).status == 204
    assert failed == ["remember", "publish"]
    assert (await caller.get("/api/v1/me")).status == 401


@pytest.mark.parametrize("fails", ["use", "reset"])
async def test_a_second_step_stands_although_redis_fails_after_its_commit(
    api: ApiFixture, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    mai = await two_factor_user(api)
    caller, token = await first_step(api, mai.person)

    async def fail(*_: object, **__: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(tickets if fails == "use" else limits, fails, fail)
    answer = await second_step(caller, TOTP, token, mai.app.code())
    assert answer.status == 200
    caller.token = answer.json["access_token"]
    assert (await caller.get("/api/v1/me")).status == 200


async def test_signals_are_published_after_the_commit(
    api: ApiFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = await api.project()
    mai, tom = await api.person("Mai", manager=project), await api.person("Tom", agent=project)
    caller = await api.sign_in(mai)
    seen: list[int] = []

    async def look(_: object, signals: Sequence[object]) -> None:
        async with api.context.database.connection() as conn:
            left = await conn.fetchval("SELECT count(*) FROM memberships WHERE project_id = $1", project)
        seen.append(left)

    monkeypatch.setattr(rooms, "publish_signals", look)
    assert (
        await caller.call("DELETE", f"/api/v1/projects/{text(project)}/members/{text(tom.id)}")
    ).status == 204
    assert seen == [1], "another connection sees the change when it is published"


async def test_a_partial_token_begins_one_session_with_two_right_codes_at_once(api: ApiFixture) -> None:
    mai = await two_factor_user(api)
    caller, token = await first_step(api, mai.person)
    answers: list[tuple[int, str]] = []

    async def finish(path: str, code: str) -> None:
        answer = await second_step(caller, path, token, code)
        answers.append((answer.status, answer.json.get("code", "")))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(finish, TOTP, mai.app.code())
        nursery.start_soon(finish, RECOVERY, mai.codes[0])
    assert sorted(answers) == [(200, ""), (401, "unauthenticated")]


async def test_a_used_partial_token_stays_used_when_its_session_has_ended(api: ApiFixture) -> None:
    mai = await two_factor_user(api)
    caller, token = await first_step(api, mai.person)
    caller.token = (await second_step(caller, TOTP, token, mai.app.code())).json["access_token"]
    assert (await caller.post("/api/v1/auth/logout-everywhere")).status == 204
    again = await second_step(api.anonymous(), RECOVERY, token, mai.codes[0])
    assert (again.status, again.json["code"]) == (401, "unauthenticated")
