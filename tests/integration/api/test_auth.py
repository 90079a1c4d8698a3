"""Signing in, refreshing, signing out, and the refusals of each."""

import time
from functools import partial

import pytest
import trio

from core import ids
from core.accounts import refresh_tokens
from tests.integration.api.api_fixture import OURS, PASSWORD, ApiFixture

LOGIN, REFRESH, LOGOUT = "/api/v1/auth/login", "/api/v1/auth/refresh", "/api/v1/auth/logout"
SAME = {"Sec-Fetch-Site": "same-origin"}


async def test_a_wrong_password_and_an_unknown_address_look_the_same(api: ApiFixture) -> None:
    mai = await api.person("Mai")
    caller = api.anonymous()
    wrong = await caller.post(LOGIN, {"email": mai.email, "password": "wrong wrong wrong"})
    unknown = await caller.post(LOGIN, {"email": "unknown@nowhere.example", "password": "wrong wrong wrong"})
    system = await caller.post(LOGIN, {"email": "system@parley.invalid", "password": "wrong wrong wrong"})
    assert wrong.status == 401
    assert wrong.json["code"] == "bad_credentials"
    assert wrong.body == unknown.body == system.body
    assert "Set-Cookie" not in wrong.headers


@pytest.mark.alone
async def test_a_wrong_password_and_an_unknown_address_take_equally_long(api: ApiFixture) -> None:
    mai = await api.person("Mai")
    best = {mai.email: 9.0, "unknown@nowhere.example": 9.0}
    for _ in range(4):  # interleaved, so that other load of the machine affects both
        for email, so_far in best.items():
            started = time.perf_counter()
            await api.anonymous().post(LOGIN, {"email": email, "password": "wrong wrong wrong"})
            best[email] = min(so_far, time.perf_counter() - started)
    known, unknown = best.values()
    assert 0.4 < known / unknown < 2.5


async def test_an_address_is_the_same_in_any_case(api: ApiFixture) -> None:
    mai = await api.person("Mai")
    assert (
        await api.anonymous().post(LOGIN, {"email": mai.email.upper(), "password": PASSWORD})
    ).status == 200


async def test_five_failures_throttle_that_account_only(api: ApiFixture) -> None:
    mai, tom = await api.person("Mai"), await api.person("Tom")
    caller = api.anonymous()
    for _ in range(5):
        assert (await caller.post(LOGIN, {"email": mai.email, "password": "wrong"})).status == 401
    refused = await caller.post(LOGIN, {"email": mai.email, "password": PASSWORD})
    assert (refused.status, refused.json["code"]) == (429, "rate_limited")
    assert 0 < int(refused.headers["Retry-After"]) <= 15 * 60
    assert (await caller.post(LOGIN, {"email": tom.email, "password": PASSWORD})).status == 200


async def test_the_right_password_resets_the_count_of_failures(api: ApiFixture) -> None:
    mai = await api.person("Mai")
    for _ in range(2):
        for _ in range(4):
            assert (await api.anonymous().post(LOGIN, {"email": mai.email, "password": "slip"})).status == 401
        assert (await api.anonymous().post(LOGIN, {"email": mai.email, "password": PASSWORD})).status == 200


async def test_parallel_guesses_are_counted_too(api: ApiFixture) -> None:
    mai = await api.person("Mai")
    seen: list[int] = []

    async def guess() -> None:
        seen.append((await api.anonymous().post(LOGIN, {"email": mai.email, "password": "guess"})).status)

    async with trio.open_nursery() as nursery:
        for _ in range(12):
            nursery.start_soon(guess)
    assert sorted(seen) == [401] * 5 + [429] * 7


async def test_the_cookie_is_httponly_and_samesite(api: ApiFixture) -> None:
    mai = await api.person("Mai")
    answer = await api.anonymous().post(LOGIN, {"email": mai.email, "password": PASSWORD})
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/api/v1/auth" in cookie
    assert answer.headers["Cache-Control"] == "no-store"


async def test_other_sites_can_neither_refresh_nor_sign_out(api: ApiFixture) -> None:
    caller = await api.sign_in(await api.person("Mai"))
    for path in (REFRESH, LOGOUT):
        for headers in (
            {},
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"},
        ):
            answer = await caller.post(path, headers=headers)
            assert (answer.status, answer.json["code"]) == (403, "origin")
    assert (await caller.post(REFRESH, headers={"Origin": OURS})).status == 200


async def test_twenty_tabs_refresh_at_once_and_all_stay_signed_in(api: ApiFixture) -> None:
    caller = await api.sign_in(await api.person("Mai"))
    (cookie,) = [each.value for each in caller.client.cookie_jar if each.name == "parley_refresh"]  # type: ignore[union-attr]
    seen: list[tuple[int, str]] = []

    async def tab() -> None:
        answer = await api.anonymous().post(REFRESH, headers=SAME | {"Cookie": f"parley_refresh={cookie}"})
        seen.append((answer.status, answer.headers.get("Set-Cookie", "")))

    async with trio.open_nursery() as nursery:
        for _ in range(20):
            nursery.start_soon(tab)
    assert {status for status, _ in seen} == {200}
    assert len({header for _, header in seen}) == 1


async def test_a_refresh_token_reused_after_the_grace_period_ends_the_session(api: ApiFixture) -> None:
    mai = await api.person("Mai")
    database, secret = api.context.database, api.context.settings.secret_key
    now = 1_800_000_000_000
    session = ids.make()
    rotate = partial(refresh_tokens.rotate, secret=secret, address="")
    async with database.transaction() as conn:
        first = await refresh_tokens.begin(
            conn, mai.id, session=session, secret=secret, device="", address="", now=now
        )
    async with database.transaction() as conn:
        rotated = await rotate(conn, first, now=now + 1000)
    assert rotated is not None
    found, second = rotated
    assert found.id == session
    async with database.transaction() as conn:
        assert await rotate(conn, first, now=now + 10_000) == (found, second)
    async with database.transaction() as conn:
        with pytest.raises(refresh_tokens.Reused) as reuse:
            await rotate(conn, first, now=now + 12_000)
        assert reuse.value.session.id == session


async def test_without_a_cookie_refresh_is_refused_and_signing_out_succeeds(api: ApiFixture) -> None:
    assert (await api.anonymous().post(REFRESH, headers=SAME)).status == 401
    assert (await api.anonymous().post(LOGOUT, headers=SAME)).status == 204


async def test_signing_out_on_one_device_leaves_the_other_signed_in(api: ApiFixture) -> None:
    mai = await api.person("Mai")
    desk, phone = await api.sign_in(mai), await api.sign_in(mai)
    assert (await desk.post(LOGOUT, headers=SAME)).status == 204
    assert (await desk.get("/api/v1/me")).status == 401
    assert (await desk.post(REFRESH, headers=SAME)).status == 401
    assert (await phone.get("/api/v1/me")).status == 200
