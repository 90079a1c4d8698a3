"""RateLimit-Policy and RateLimit: callers see what a route allows and what is left."""

import re

import pytest

from core.bus import limits
from tests.integration.api.api_fixture import ApiFixture, of
from tests.integration.api.factories import api_key


def left(header: str) -> int:
    found = re.fullmatch(r'"\w+";r=(\d+);t=\d+', header)
    assert found is not None, header
    return int(found[1])


async def test_each_answer_says_what_is_left(api: ApiFixture) -> None:
    project = await api.project()
    member = await api.sign_in(await api.person("Mai", agent=project))
    program = api.anonymous()
    program.token = await api_key(api, project, ["members:read"])
    for caller in (member, program):
        first, second = [(await caller.get(of(project, "/members"))).headers for _ in range(2)]
        assert first["RateLimit-Policy"] == '"list_members";q=600;w=60'
        assert (left(first["RateLimit"]), left(second["RateLimit"])) == (599, 598)


async def test_refusals_and_public_routes_say_it_too(api: ApiFixture) -> None:
    person = api.anonymous()
    answer = await person.post("/api/v1/auth/login", {"email": "a@shop.example", "password": "wrong one"})
    assert answer.status == 401
    assert answer.headers["RateLimit-Policy"] == '"login";q=60;w=60'
    assert left(answer.headers["RateLimit"]) == 59


async def test_beyond_the_limit_nothing_is_left_until_retry_after(api: ApiFixture) -> None:
    project = await api.project()
    member = await api.sign_in(await api.person("Mai", agent=project))
    for _ in range(10):
        await member.get(of(project, f"/form-templates/{'0' * 8}-0000-7000-8000-{'0' * 12}/answers.csv"))
    refused = await member.get(
        of(project, f"/form-templates/{'0' * 8}-0000-7000-8000-{'0' * 12}/answers.csv")
    )
    assert refused.status == 429
    assert refused.headers["RateLimit"] == f'"export_form_answers";r=0;t={refused.headers["Retry-After"]}'


async def test_while_redis_is_away_only_the_policy_is_sent(
    api: ApiFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = await api.project()
    member = await api.sign_in(await api.person("Mai", agent=project))

    async def away(*_: object) -> None:
        raise OSError("Redis is away")

    monkeypatch.setattr(limits, "allow", away)
    answer = await member.get(of(project, "/members"))
    assert answer.status == 200
    assert "RateLimit-Policy" in answer.headers
    assert "RateLimit" not in answer.headers


async def test_health_and_files_have_none(api: ApiFixture) -> None:
    for path in ("/livez", "/api/v1/openapi.json"):
        assert "RateLimit-Policy" not in (await api.anonymous().get(path)).headers
