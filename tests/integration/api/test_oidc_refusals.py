"""OIDC sign-in: forged, replayed and foreign requests that must be refused."""

from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import pytest
import trio

from core.bus.identity import oidc_states
from tests.integration.api.api_fixture import ApiFixture
from tests.integration.api.oidc_steps import (
    FINISH,
    SAME,
    START,
    address,
    finish,
    flow_cookie,
    flow_of,
    refused,
    start,
    tampered,
    user_of,
    with_settings,
)
from tests.provider import Provider


async def test_the_redirect_to_the_provider_has_no_secret_and_the_cookie_is_httponly(
    trusting: ApiFixture,
) -> None:
    caller = trusting.anonymous()
    answer = await caller.post(START, headers=SAME)
    asked = {name: value[0] for name, value in parse_qs(urlsplit(answer.json["url"]).query).items()}
    assert set(asked) == {
        "response_type",
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "nonce",
        "code_challenge",
        "code_challenge_method",
    }
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert asked["redirect_uri"].endswith("/app/oidc/return")
    flow = await oidc_states.find(trusting.context.redis, flow_cookie(caller))
    assert flow is not None
    assert flow.verifier not in answer.json["url"]
    cookie = answer.headers["Set-Cookie"]
    assert all(
        flag in cookie for flag in ("HttpOnly", "SameSite=Lax", "Path=/api/v1/auth/oidc", "Max-Age=600")
    )


async def test_a_wrong_state_is_refused(trusting: ApiFixture, provider: Provider) -> None:
    caller = trusting.anonymous()
    code, state = provider.sign_in(await start(caller), email=address())
    refused(await finish(caller, code, state[:-1] + ("A" if state[-1] != "A" else "B")))
    refused(await finish(caller, code, "é"))
    assert (await finish(caller, code, state)).status == 200


async def test_the_code_and_state_of_another_user_are_refused(
    trusting: ApiFixture, provider: Provider
) -> None:
    """Login CSRF: an attacker makes a victim finish the attacker's own sign-in."""
    attacker, victim = trusting.anonymous(), trusting.anonymous()
    back = provider.sign_in(await start(attacker), email=address())
    refused(await finish(trusting.anonymous(), *back))
    await start(victim)
    refused(await finish(victim, *back))
    own_state = (await flow_of(trusting, victim)).state
    refused(
        await finish(victim, back[0], own_state)
    )  # the code alone is bound to the attacker's PKCE verifier and nonce


async def test_another_nonce_is_refused(trusting: ApiFixture, provider: Provider) -> None:
    caller, email = trusting.anonymous(), address()
    back = provider.sign_in(await start(caller), email=email)
    await tampered(trusting, caller, nonce="another")
    refused(await finish(caller, *back))
    assert await user_of(trusting, email) is None


async def test_another_pkce_verifier_is_refused(trusting: ApiFixture, provider: Provider) -> None:
    caller, email = trusting.anonymous(), address()
    back = provider.sign_in(await start(caller), email=email)
    await tampered(trusting, caller, verifier="x" * 64)
    refused(await finish(caller, *back))
    assert await user_of(trusting, email) is None


async def test_a_foreign_or_invented_flow_cookie_is_refused(trusting: ApiFixture, provider: Provider) -> None:
    caller, other = trusting.anonymous(), trusting.anonymous()
    back = provider.sign_in(await start(caller), email=address())
    await start(other)
    for foreign in (flow_cookie(other), "invented", ""):
        answer = await trusting.anonymous().post(
            FINISH, {"code": back[0], "state": back[1]}, headers=SAME | {"Cookie": f"parley_flow={foreign}"}
        )
        refused(answer)


async def test_a_code_and_state_work_once(trusting: ApiFixture, provider: Provider) -> None:
    caller = trusting.anonymous()
    back = provider.sign_in(await start(caller), email=address())
    cookie = flow_cookie(caller)
    assert (await finish(caller, *back)).status == 200
    assert await oidc_states.find(trusting.context.redis, cookie) is None
    refused(await finish(caller, *back))
    again = trusting.anonymous()
    answer = await again.post(
        FINISH, {"code": back[0], "state": back[1]}, headers=SAME | {"Cookie": f"parley_flow={cookie}"}
    )
    refused(answer)


async def test_a_response_of_another_issuer_is_refused(trusting: ApiFixture, provider: Provider) -> None:
    caller = trusting.anonymous()
    back = provider.sign_in(await start(caller), email=address())
    refused(await finish(caller, *back, iss="https://evil.example"))
    caller = trusting.anonymous()
    back = provider.sign_in(await start(caller), email=address())
    assert (await finish(caller, *back, iss=provider.issuer)).status == 200


async def test_a_redirect_without_iss_is_refused_when_the_provider_sends_iss(
    trusting: ApiFixture, provider: Provider
) -> None:
    caller = trusting.anonymous()
    code, state = provider.sign_in(await start(caller), email=address())
    refused(await finish(caller, str(code), state))  # as if another provider had redirected the browser


async def test_a_provider_with_its_own_redirect_uri_is_accepted_at_that_uri_only(
    api: ApiFixture, provider: Provider
) -> None:
    own = with_settings(api, oidc=provider.settings(own_redirect=True))
    for place, right in ((None, False), ("other", False), ("local", True)):
        caller = own.anonymous()
        url = await start(caller)
        assert parse_qs(urlsplit(url).query)["redirect_uri"][0].endswith("/app/oidc/return/local")
        back = provider.sign_in(url, email=address())
        answer = await finish(caller, *back, **({} if place is None else {"provider": place}))
        if right:
            assert answer.status == 200
        else:
            refused(answer)


async def test_other_sites_can_neither_start_nor_finish_a_sign_in(trusting: ApiFixture) -> None:
    for path in (START, FINISH):
        for headers in ({}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            answer = await trusting.anonymous().post(path, {"code": "x", "state": "y"}, headers=headers)
            assert (answer.status, answer.json["code"]) == (403, "origin")


async def test_a_provider_that_is_not_configured_is_not_found(trusting: ApiFixture) -> None:
    answer = await trusting.anonymous().post("/api/v1/auth/oidc/google/start", headers=SAME)
    assert answer.status == 404
    shown = (await trusting.anonymous().get("/api/v1/auth/options")).json
    assert shown["providers"] == [{"id": "local", "name": "Local"}]


async def test_an_unreachable_provider_is_reported_without_delay(api: ApiFixture, unused_port: int) -> None:
    nowhere = (
        f'[{{"id":"local","issuer":"http://127.0.0.1:{unused_port}","client_id":"a","client_secret":"b"}}]'
    )
    answer = await with_settings(api, oidc=nowhere).anonymous().post(START, headers=SAME)
    assert (answer.status, answer.json["code"]) == (503, "unavailable")


@pytest.fixture
async def unused_port() -> AsyncIterator[int]:
    """A port that is bound without a listener, so connections to it are refused."""
    with trio.socket.socket() as bound:
        await bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]
