"""Brute force is throttled from every address, and guesses of others lock no owner out."""

import os
from collections import Counter

import pytest
import trio

from core.bus import limits
from core.mail import AccountChanged, ResetPassword
from server.addresses import network
from server.api.services import rate_limiter
from server.api.services.rate_limiter import Attempt, Limit, RateLimited, Rule
from tests.integration.api.api_fixture import PASSWORD, Answer, ApiFixture, Caller, Person
from tests.integration.api.mailbox import last_mail, mails_to, post_from, token
from tests.patience import PATIENCE

LOGIN, FORGOT, RESEND = "/api/v1/auth/login", "/api/v1/auth/forgot", "/api/v1/auth/resend"
HOME = "192.0.2.7"
GUESS = "a guess"
PASS_ROUTE = rate_limiter.RateLimiter.check


@pytest.fixture(autouse=True)
def no_limit_of_the_route(monkeypatch: pytest.MonkeyPatch) -> None:
    """Switch the route's rate limit off: these tests are about the limits for guesses behind it."""

    async def passes(*_: object) -> None:
        return

    monkeypatch.setattr(rate_limiter.RateLimiter, "check", passes)


async def attempt(caller: Caller, person: Person, address: str, password: str = GUESS) -> Answer:
    return await post_from(caller, address, LOGIN, {"email": person.email, "password": password})


async def guessed(api: ApiFixture, person: Person, addresses: list[str]) -> Counter[int]:
    """The statuses of one guess from each of `addresses`, twenty at a time."""
    seen: Counter[int] = Counter()
    waiting = iter(addresses)

    async def guesser() -> None:
        caller = api.anonymous()
        for address in waiting:
            answer = await attempt(caller, person, address)
            while answer.status == 503:  # a busy server refuses before it checks the guess
                await trio.sleep(float(answer.headers.get("Retry-After", "1")))
                answer = await attempt(caller, person, address)
            seen[answer.status] += 1

    async with trio.open_nursery() as nursery:
        for _ in range(20):
            nursery.start_soon(guesser)
    return seen


@pytest.mark.soak
async def test_a_thousand_guesses_from_one_address_are_throttled_and_the_owner_signs_in(
    api: ApiFixture,
) -> None:
    mai = await api.person("Mai")
    seen = await guessed(api, mai, ["203.0.113.9"] * 1000)
    assert seen == {401: 5, 429: 995}
    assert (await attempt(api.anonymous(), mai, HOME, PASSWORD)).status == 200


@pytest.mark.soak
async def test_a_thousand_guesses_from_as_many_addresses_are_throttled_and_the_owner_signs_in(
    api: ApiFixture,
) -> None:
    mai, browser = await api.person("Mai"), api.anonymous()
    assert (await attempt(browser, mai, HOME, PASSWORD)).status == 200
    seen = await guessed(api, mai, [f"10.1.{number // 250}.{number % 250}" for number in range(1000)])
    assert 30 <= seen[401] <= 34, seen  # one more after 10 s, 20 s, 40 s …
    assert seen[401] + seen[429] == 1000
    stranger = await attempt(api.anonymous(), mai, "198.51.100.1", PASSWORD)
    assert stranger.status == 429
    assert 0 < int(stranger.headers["Retry-After"]) <= 5 * 60
    # From the known IP address without a cookie, and from elsewhere in the known browser.
    assert (await attempt(api.anonymous(), mai, HOME, PASSWORD)).status == 200
    assert (await attempt(browser, mai, "198.51.100.2", PASSWORD)).status == 200


async def test_guesses_from_the_known_address_do_not_lock_out_the_known_browser(api: ApiFixture) -> None:
    mai, browser = await api.person("Mai"), api.anonymous()
    assert (await attempt(browser, mai, HOME, PASSWORD)).status == 200
    assert await guessed(api, mai, [HOME] * 100) == {401: 5, 429: 95}
    assert (await attempt(api.anonymous(), mai, HOME, PASSWORD)).status == 429
    assert (await attempt(browser, mai, HOME, PASSWORD)).status == 200


async def test_a_known_browser_has_its_own_limit_of_five_guesses(api: ApiFixture) -> None:
    mai, browser = await api.person("Mai"), api.anonymous()
    assert (await attempt(browser, mai, HOME, PASSWORD)).status == 200
    answers = [(await attempt(browser, mai, f"10.2.0.{number}")).status for number in range(8)]
    assert answers == [401] * 5 + [429] * 3


async def test_a_new_browser_signs_in_during_an_attack_after_a_reset_by_mail(api: ApiFixture) -> None:
    mai, browser = await api.person("Mai"), api.anonymous()
    await guessed(api, mai, [f"10.3.0.{number}" for number in range(40)])
    assert (await attempt(browser, mai, HOME, PASSWORD)).status == 429
    assert (await browser.post(FORGOT, {"email": mai.email})).status == 202
    text = token(await last_mail(api, mai.email, ResetPassword))
    body = {"token": text, "password": "seven green lanterns"}
    assert (await browser.post("/api/v1/auth/reset", body)).status == 204
    assert (await attempt(browser, mai, HOME, "seven green lanterns")).status == 200


async def test_one_address_that_tries_many_accounts_is_throttled(api: ApiFixture) -> None:
    caller = api.anonymous()
    statuses = Counter[int]()
    for number in range(110):
        body = {"email": f"unknown-{number}@shop.example", "password": "a guess"}
        statuses[(await post_from(caller, "203.0.113.50", LOGIN, body)).status] += 1
    assert statuses == {401: 100, 429: 10}
    mai = await api.person("Mai")
    assert (await attempt(api.anonymous(), mai, HOME, PASSWORD)).status == 200


async def test_successful_sign_ins_are_not_counted(api: ApiFixture) -> None:
    mai = await api.person("Mai")
    for number in range(35):
        assert (await attempt(api.anonymous(), mai, f"10.4.0.{number}", PASSWORD)).status == 200


async def test_an_absent_account_is_throttled_like_an_existing_one(api: ApiFixture) -> None:
    absent = Person(id=b"", email="unknown@shop.example", name="")  # type: ignore[arg-type]
    seen = await guessed(api, absent, [f"10.5.0.{number}" for number in range(50)])
    assert seen == {401: 30, 429: 20}


async def test_mails_requested_anonymously_are_limited_for_existing_and_unknown_addresses(
    api: ApiFixture,
) -> None:
    mai = await api.person("Mai")
    for email in (mai.email, "unknown-there@shop.example"):
        for path, address in ((FORGOT, "10.6.0.1"), (RESEND, "10.6.0.2")):
            statuses = [
                (await post_from(api.anonymous(), address, path, {"email": email})).status for _ in range(7)
            ]
            assert statuses == [202] * 5 + [429] * 2
    statuses = [
        (await post_from(api.anonymous(), "10.7.0.1", RESEND, {"email": f"n{number}@shop.example"})).status
        for number in range(62)
    ]
    assert statuses == [202] * 60 + [429] * 2


async def test_a_reset_mail_arrives_despite_earlier_requests_of_a_stranger(api: ApiFixture) -> None:
    mai, owner = await api.person("Mai"), api.anonymous()
    for number in range(100):
        stranger = api.anonymous()
        assert (await post_from(stranger, f"10.8.0.{number}", RESEND, {"email": mai.email})).status == 202
    for _ in range(50):  # a polling attacker takes each slot the moment it is free
        await post_from(api.anonymous(), "10.8.0.1", RESEND, {"email": mai.email})
    assert await mails_to(api, mai.email) == []
    assert (await post_from(owner, HOME, FORGOT, {"email": mai.email})).status == 202
    body = {
        "token": token(await last_mail(api, mai.email, ResetPassword)),
        "password": "seven green lanterns",
    }
    assert (await owner.post("/api/v1/auth/reset", body)).status == 204


async def test_resets_requested_by_a_stranger_leave_working_links_in_the_mailbox(
    api: ApiFixture,
) -> None:
    mai, owner = await api.person("Mai"), api.anonymous()
    for number in range(60):
        stranger = api.anonymous()
        assert (await post_from(stranger, f"10.9.0.{number}", FORGOT, {"email": mai.email})).status == 202
    assert len(await mails_to(api, mai.email)) == 3
    assert (await post_from(owner, HOME, FORGOT, {"email": mai.email})).status == 202
    body = {
        "token": token(await last_mail(api, mai.email, ResetPassword)),
        "password": "seven green lanterns",
    }
    assert (await owner.post("/api/v1/auth/reset", body)).status == 204
    # A sent link no longer counts once it has expired.
    assert (await post_from(owner, HOME, FORGOT, {"email": mai.email})).status == 202
    found = await mails_to(api, mai.email)
    assert [type(mail) for mail in found] == [ResetPassword] * 3 + [AccountChanged, ResetPassword]


async def test_another_reset_mail_is_sent_while_the_previous_link_still_works(api: ApiFixture) -> None:
    mai = await api.person("Mai")
    for number in range(4):
        await post_from(api.anonymous(), f"10.10.0.{number}", FORGOT, {"email": mai.email})
    assert len(await mails_to(api, mai.email)) == 3
    async with api.context.database.transaction() as conn:
        await conn.execute(
            "UPDATE user_tokens SET created_at = created_at - interval '11 minutes', "
            "expires_at = expires_at - interval '11 minutes' WHERE user_id = $1",
            mai.id,
        )
    await post_from(api.anonymous(), HOME, FORGOT, {"email": mai.email})
    assert len(await mails_to(api, mai.email)) == 4


async def test_concurrent_reset_requests_send_no_more_mails_than_sequential_ones(
    api: ApiFixture,
) -> None:
    mai = await api.person("Mai")
    async with trio.open_nursery() as nursery:
        for number in range(12):
            nursery.start_soon(post_from, api.anonymous(), f"10.11.0.{number}", FORGOT, {"email": mai.email})
    assert len(await mails_to(api, mai.email)) == 3


async def test_each_attempt_beyond_the_limit_waits_twice_as_long_up_to_the_maximum(
    api: ApiFixture,
) -> None:
    gate, redis = rate_limiter.RateLimiter(api.context.redis), api.context.redis
    rule = Rule("test", 3, 60.0, 0.05, 0.2)
    guess = Attempt(rule, "a caller")
    waits: list[float] = []
    for _ in range(3):
        await gate.attempt(guess)
    for _ in range(4):
        with pytest.raises(RateLimited) as refused:
            await gate.attempt(guess)
        waits.append(refused.value.retry)
        with trio.fail_after(PATIENCE):
            while not await _passes(gate, guess):
                await trio.lowlevel.checkpoint()
    assert [0.025 * 2**number < wait for number, wait in enumerate(waits[:3])] == [True] * 3
    assert max(waits) <= 0.2
    await gate.reset(guess)
    assert (
        await limits.attempt(
            redis,
            what="test",
            who="a caller",
            limit=1,
            window=1,
            first_wait=1,
            longest_wait=1,
            mark=b"x",
        )
        == 0
    )


async def _passes(gate: rate_limiter.RateLimiter, guess: Attempt) -> bool:
    try:
        await gate.attempt(guess)
    except RateLimited:
        return False
    return True


async def test_a_throttled_attempt_is_not_counted(api: ApiFixture) -> None:
    gate = rate_limiter.RateLimiter(api.context.redis)
    free, full = (
        Attempt(Rule("free", 2, 60.0, 60.0, 60.0), "x"),
        Attempt(Rule("full", 1, 60.0, 60.0, 60.0), "x"),
    )
    await gate.attempt(full)
    for _ in range(5):
        assert not await _passes_both(gate, free, full)
    await gate.attempt(free)
    await gate.attempt(free)
    assert not await _passes(gate, free)


async def _passes_both(gate: rate_limiter.RateLimiter, one: Attempt, two: Attempt) -> bool:
    try:
        await gate.attempt(one, two)
    except RateLimited:
        return False
    return True


async def test_an_ipv6_prefix_is_one_caller_for_the_rate_limit_of_a_route(api: ApiFixture) -> None:
    gate, route = rate_limiter.RateLimiter(api.context.redis), f"route-{os.urandom(6).hex()}"
    for last in range(3):
        await PASS_ROUTE(gate, route, Limit(3), f"2001:db8:1:2::{last}")
    with pytest.raises(RateLimited):
        await PASS_ROUTE(gate, route, Limit(3), "2001:db8:1:2::9")
    await PASS_ROUTE(gate, route, Limit(3), "2001:db8:1:3::9")


def test_an_ipv6_prefix_is_one_caller_for_the_limit_of_guesses() -> None:
    assert network("2001:db8:1:2::1") == network("2001:db8:1:2:ffff::9") != network("2001:db8:1:3::1")
    assert network("192.0.2.7") == "192.0.2.7"
    assert network("unknown") == "unknown"
