"""Sessions: refresh token rotation, reuse of a stolen token, listing, ending, and the limit of ten."""

import jwt
import pytest
import trio

from core import ids
from core.identity import tokens
from core.ids import UserId
from core.mail import NewSignIn
from core.signals import SessionEnded
from tests.integration.api.api_fixture import PASSWORD, Answer, ApiFixture, Caller, Person, text
from tests.integration.api.mailbox import SAME, cookie, mails_to, published_during
from tests.stack import SECRET

LOGIN, REFRESH, SESSIONS = "/api/v1/auth/login", "/api/v1/auth/refresh", "/api/v1/me/sessions"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.0 Mobile/15E148 Safari/604.1"
)


async def signed_in(api: ApiFixture, person: Person, *, agent: str = FIREFOX) -> Caller:
    caller = api.anonymous()
    body = {"email": person.email, "password": PASSWORD}
    answer = await caller.post(LOGIN, body, headers={"User-Agent": agent})
    assert answer.status == 200, answer.body
    caller.token = answer.json["access_token"]
    return caller


async def refreshed(api: ApiFixture, value: str) -> Answer:
    return await api.anonymous().post(REFRESH, headers=SAME | {"Cookie": f"parley_refresh={value}"})


async def actions(api: ApiFixture, person: Person) -> list[tuple[str, str]]:
    async with api.context.database.connection() as conn:
        rows = await conn.fetch(
            "SELECT action, result FROM audit_log WHERE actor_id = $1 ORDER BY at, id", person.id
        )
    return [(row[0], row[1]) for row in rows]


async def test_the_previous_refresh_token_gives_the_same_successor_for_ten_seconds(api: ApiFixture) -> None:
    caller = await signed_in(api, await api.person("Mai"))
    first = cookie(caller)
    one, two = await refreshed(api, first), await refreshed(api, first)
    assert (one.status, two.status) == (200, 200)
    assert one.headers["Set-Cookie"] == two.headers["Set-Cookie"]
    assert first not in one.headers["Set-Cookie"]


async def test_a_token_older_than_the_previous_one_ends_the_session_at_once(api: ApiFixture) -> None:
    mai = await api.person("Mai")
    caller = await signed_in(api, mai)
    first = cookie(caller)
    for _ in range(2):
        assert (await caller.post(REFRESH, headers=SAME)).status == 200
    third = cookie(caller)
    assert (await caller.get("/api/v1/me")).status == 200
    assert (await refreshed(api, first)).status == 401
    assert (await refreshed(api, third)).status == 401
    assert (await caller.get("/api/v1/me")).status == 401
    assert ("session.reused", "denied") in await actions(api, mai)


async def test_the_previous_token_after_its_grace_period_ends_the_session(api: ApiFixture) -> None:
    mai = await api.person("Mai")
    caller, other = await signed_in(api, mai), await signed_in(api, mai)
    first = cookie(caller)
    assert (await caller.post(REFRESH, headers=SAME)).status == 200
    async with api.context.database.transaction() as conn:
        await conn.execute(
            "UPDATE sessions SET rotated_at = $1 WHERE user_id = $2", ids.now() - 10_001, mai.id
        )
    assert (await refreshed(api, first)).status == 401
    assert (await caller.post(REFRESH, headers=SAME)).status == 401
    assert (await other.post(REFRESH, headers=SAME)).status == 200  # another family


@pytest.mark.parametrize("value", ["x", "", "A" * 86, "é" * 20, "x" * 4000])
async def test_an_invalid_refresh_token_ends_no_session(api: ApiFixture, value: str) -> None:
    caller = await signed_in(api, await api.person("Mai"))
    assert (await refreshed(api, value)).status == 401
    assert (await caller.post(REFRESH, headers=SAME)).status == 200


async def test_twenty_tabs_that_refresh_repeatedly_stay_signed_in(api: ApiFixture) -> None:
    caller = await signed_in(api, await api.person("Mai"))
    value = cookie(caller)
    for _ in range(3):
        answers: list[Answer] = []

        async def tab(shown: str, answers: list[Answer]) -> None:
            answers.append(await refreshed(api, shown))

        async with trio.open_nursery() as nursery:
            for _ in range(20):
                nursery.start_soon(tab, value, answers)
        assert {answer.status for answer in answers} == {200}
        (header,) = {answer.headers["Set-Cookie"] for answer in answers}
        value = header.partition("=")[2].partition(";")[0]


async def test_a_session_ends_half_a_year_after_it_began_even_when_used(api: ApiFixture) -> None:
    mai = await api.person("Mai")
    caller = await signed_in(api, mai)
    async with api.context.database.transaction() as conn:
        await conn.execute(
            "UPDATE sessions SET created_at = now() - interval '170 days' WHERE user_id = $1", mai.id
        )
    assert (await caller.post(REFRESH, headers=SAME)).status == 200
    async with api.context.database.connection() as conn:
        days = await conn.fetchval(
            "SELECT extract(epoch FROM expires_at - now()) / 86400 FROM sessions WHERE user_id = $1", mai.id
        )
    assert 9.9 < days < 10.1


async def test_sessions_are_listed_with_device_ip_address_and_time_and_ended_one_by_one(
    api: ApiFixture,
) -> None:
    mai, tom = await api.person("Mai"), await api.person("Tom")
    desk, phone, toms = (
        await signed_in(api, mai),
        await signed_in(api, mai, agent=PHONE),
        await signed_in(api, tom),
    )
    listed = (await desk.get(SESSIONS)).json
    assert [each["device"] for each in listed] == ["Safari 18, iPhone", "Firefox 145, Linux"]
    assert [each["current"] for each in listed] == [False, True]
    assert all(each["address"] and each["created_at"] <= each["last_used_at"] for each in listed)
    foreign = await toms.call("DELETE", f"{SESSIONS}/{listed[0]['id']}")
    assert (foreign.status, foreign.json["code"]) == (404, "not_found")
    assert (await desk.call("DELETE", f"{SESSIONS}/{listed[0]['id']}")).status == 204
    assert (await phone.get("/api/v1/me")).status == 401
    assert (await phone.post(REFRESH, headers=SAME)).status == 401
    assert len((await desk.get(SESSIONS)).json) == 1
    assert (await toms.get("/api/v1/me")).status == 200


async def test_signing_out_everywhere_ends_all_sessions_and_publishes_it_to_the_sockets(
    api: ApiFixture,
) -> None:
    project = await api.project()
    mai = await api.person("Mai", agent=project)
    desk, phone = await signed_in(api, mai), await signed_in(api, mai, agent=PHONE)
    published = await published_during(api, project, lambda: desk.post("/api/v1/auth/logout-everywhere"))
    assert published == [SessionEnded(project, mai.id, None)]
    for caller in (desk, phone):
        assert (await caller.get("/api/v1/me")).status == 401
        assert (await caller.post(REFRESH, headers=SAME)).status == 401
    assert ("session.ended", "ok") in await actions(api, mai)


async def test_an_eleventh_session_ends_the_oldest(api: ApiFixture) -> None:
    mai = await api.person("Mai")
    callers = [await signed_in(api, mai) for _ in range(11)]
    statuses = [(await caller.get("/api/v1/me")).status for caller in callers]
    assert statuses == [401] + [200] * 10
    assert len((await callers[-1].get(SESSIONS)).json) == 10


async def test_a_new_device_is_mailed_about_and_a_known_one_is_not(api: ApiFixture) -> None:
    mai = await api.person("Mai")
    first = await signed_in(api, mai)
    assert await mails_to(api, mai.email) == []  # the first sign-in has none to compare with
    body = {"email": mai.email, "password": PASSWORD}
    assert (
        await first.post(LOGIN, body, headers={"User-Agent": PHONE})
    ).status == 200  # the same browser jar
    await signed_in(api, mai)  # known by an active session from there
    assert await mails_to(api, mai.email) == []
    await signed_in(api, mai, agent="Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0")
    (mail,) = await mails_to(api, mai.email)
    assert isinstance(mail, NewSignIn)
    assert (mail.full_name, mail.device) == ("Mai", "Edge 140, Windows")


async def test_the_device_cookie_of_one_user_does_not_count_for_another(api: ApiFixture) -> None:
    mai, tom = await api.person("Mai"), await api.person("Tom")
    await signed_in(api, tom, agent=PHONE)
    caller = await signed_in(api, mai)
    body = {"email": tom.email, "password": PASSWORD}
    assert (await caller.post(LOGIN, body, headers={"User-Agent": FIREFOX})).status == 200
    assert len(await mails_to(api, tom.email)) == 1
    assert (await caller.post(LOGIN, body, headers={"User-Agent": "Something else"})).status == 200
    assert len(await mails_to(api, tom.email)) == 1  # both are known in that browser now


def forged(user: UserId, session: bytes, **changes: object) -> str:
    good = tokens.sign_access(SECRET, user=user, session=session, now=ids.now())
    claims = jwt.decode(good, options={"verify_signature": False}) | changes
    return jwt.encode(claims, tokens._key(SECRET), algorithm="HS256")


async def test_every_kind_of_token_is_refused_in_place_of_another(api: ApiFixture) -> None:
    project = await api.project()
    mai = await api.person("Mai", agent=project)
    caller = await signed_in(api, mai)
    assert caller.token is not None
    good = jwt.decode(caller.token, options={"verify_signature": False})
    session, now = ids.parse(good["sid"]), ids.now()
    visitor, _ = await api.writes(project, "Hello")
    ticket = (await caller.post(f"/api/v1/projects/{text(project)}/socket-tickets")).json["ticket"]
    partial = tokens.sign_partial(SECRET, user=mai.id, shown="", now=now)
    wrong = {
        "alg none": jwt.encode(good, None, algorithm="none"),
        "another key": jwt.encode(good, "k" * 32, algorithm="HS256"),
        "the bare secret": jwt.encode(good, SECRET, algorithm="HS256"),
        "another audience": forged(mai.id, session, aud="another-audience"),
        "another issuer": forged(mai.id, session, iss="another-issuer"),
        "expired": tokens.sign_access(SECRET, user=mai.id, session=session, now=now - 16 * 60 * 1000),
        "another's session": tokens.sign_access(
            SECRET, user=(await api.person("Tom")).id, session=session, now=now
        ),
        "socket ticket": ticket,
        "partial token": partial,
        "refresh token": cookie(caller),
        "device cookie": cookie(caller, "parley_device"),
        "visitor key": api.key(project, visitor),
    }
    ways = (
        ("GET", "/api/v1/me"),
        ("GET", f"/api/v1/projects/{text(project)}"),
        ("POST", "/api/v1/me/deactivate"),
    )
    for name, token in wrong.items():
        for method, path in ways:
            answer = await api.anonymous().call(method, path, headers={"Authorization": f"Bearer {token}"})
            assert answer.status == 401, (name, path, answer.body)
    for name, token in (wrong | {"access token": caller.token}).items():
        if name != "refresh token":
            assert (await refreshed(api, token)).status == 401, name
        for path, body in (
            ("/api/v1/auth/verify", {"token": token}),
            ("/api/v1/auth/email/confirm", {"token": token}),
            ("/api/v1/auth/reset", {"token": token, "password": "seven green lanterns"}),
        ):
            answer = await api.anonymous().post(path, body, headers=SAME)
            assert (answer.status, answer.json["code"]) == (400, "invalid_token"), (name, path)
        for path in ("/api/v1/auth/login/totp", "/api/v1/auth/login/recovery"):
            if name == "partial token":
                continue
            answer = await api.anonymous().post(path, {"partial_token": token, "code": "123456"})
            assert answer.status == 401, (name, path, answer.body)
    assert (await caller.get("/api/v1/me")).status == 200


async def test_a_suspended_user_loses_access_at_once(api: ApiFixture) -> None:
    mai = await api.person("Mai")
    caller = await signed_in(api, mai)
    async with api.context.database.transaction() as conn:
        await conn.execute("UPDATE users SET state = 'suspended' WHERE id = $1", mai.id)
    assert (await caller.get("/api/v1/me")).status == 401
    again = await api.anonymous().post(LOGIN, {"email": mai.email, "password": PASSWORD})
    assert (again.status, again.json["code"]) == (403, "inactive")
    guess = await api.anonymous().post(LOGIN, {"email": mai.email, "password": "not the password"})
    assert (guess.status, guess.json["code"]) == (401, "bad_credentials")
