"""Registering and confirming the address; no response reveals who has an account."""

import os
import statistics
import time
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest
import trio

from core import ids
from core.db.identity import user_tokens
from core.db.projects import invitations
from core.ids import ProjectId
from core.mail import AccountExists, ResetPassword, VerifyEmail
from server.api import app
from tests.integration.api.api_fixture import PASSWORD, Answer, ApiFixture, Person
from tests.integration.api.mailbox import SAME, last_mail, mails_to, post_from, token

REGISTER, VERIFY, RESEND = "/api/v1/auth/register", "/api/v1/auth/verify", "/api/v1/auth/resend"
LOGIN, FORGOT = "/api/v1/auth/login", "/api/v1/auth/forgot"
GOOD = "seven green lanterns"
ROUNDS = 8


def fresh() -> str:
    return f"new-{os.urandom(6).hex()}@shop.example"


def registration(email: str, **given: Any) -> dict[str, Any]:
    return {"email": email, "password": GOOD, "full_name": "Mai Tran"} | given


async def registered(api: ApiFixture, email: str, **given: Any) -> Answer:
    answer = await api.anonymous().post(REGISTER, registration(email, **given))
    assert answer.status == 202, answer.body
    return answer


async def invite(api: ApiFixture, project: ProjectId, email: str) -> str:
    manager, text = await api.person("Manager", manager=project), user_tokens.fresh()
    async with api.context.database.transaction() as conn:
        made = await invitations.add(
            conn,
            project=project,
            invitation=ids.make(),
            email=email,
            role="agent",
            token_hash=user_tokens.digest(text),
            inviter=manager.id,
            now=ids.now(),
        )
    assert made
    return text


async def test_registering_verifying_and_signing_in(api: ApiFixture) -> None:
    email, caller = fresh(), api.anonymous()
    assert (await registered(api, f"  {email.upper()} ", language="vi")).json == {"next": "check_mail"}
    early = await caller.post(LOGIN, {"email": email, "password": GOOD})
    assert (early.status, early.json["code"]) == (403, "unverified")
    wrong = await caller.post(LOGIN, {"email": email, "password": "not the password"})
    assert (wrong.status, wrong.json["code"]) == (401, "bad_credentials")
    mail = await last_mail(api, email, VerifyEmail)
    assert mail.link.startswith("http://127.0.0.1:8000/app/verify#")
    assert (await caller.post(VERIFY, {"token": token(mail), "password": GOOD})).status == 204
    signed_in = await caller.post(LOGIN, {"email": email, "password": GOOD})
    assert signed_in.status == 200
    user = signed_in.json["user"]
    assert (user["email"], user["full_name"], user["language"]) == (email, "Mai Tran", "vi")
    assert user | {"id": "", "created_at": 0} == {
        "id": "",
        "email": email,
        "full_name": "Mai Tran",
        "language": "vi",
        "timezone": "UTC",
        "avatar_url": None,
        "is_admin": False,
        "has_password": True,
        "two_factor": False,
        "pending_email": None,
        "created_at": 0,
        "recovery_codes_left": None,
        "mail_on_assignment": True,
        "mail_on_mention": True,
    }


async def test_a_link_works_once_and_within_a_day(api: ApiFixture) -> None:
    email, caller = fresh(), api.anonymous()
    await registered(api, email)
    first = token(await last_mail(api, email, VerifyEmail))
    async with api.context.database.transaction() as conn:
        await conn.execute("UPDATE user_tokens SET expires_at = $1 WHERE email = $2", ids.now(), email)
    late = await caller.post(VERIFY, {"token": first})
    assert (late.status, late.json["code"]) == (400, "invalid_token")
    assert (await caller.post(RESEND, {"email": email})).status == 202
    second = token(await last_mail(api, email, VerifyEmail))
    assert (await caller.post(VERIFY, {"token": second, "password": GOOD})).status == 204
    for again in (first, "made up"):
        assert (await caller.post(VERIFY, {"token": again})).json["code"] == "invalid_token"
    # A mail scanner or a second click: the response says that the address is confirmed already.
    opened = await caller.post(VERIFY, {"token": second})
    assert (opened.status, opened.json["code"]) == (409, "already_confirmed")


async def test_tokens_are_stored_as_hashes_and_work_for_their_purpose_only(api: ApiFixture) -> None:
    email, caller = fresh(), api.anonymous()
    await registered(api, email)
    text = token(await last_mail(api, email, VerifyEmail))
    assert len(text) >= 43
    async with api.context.database.connection() as conn:
        (row,) = await conn.fetch("SELECT token_hash, purpose FROM user_tokens WHERE email = $1", email)
    assert tuple(row) == (user_tokens.digest(text), "verify_email")
    wrong_use = await caller.post("/api/v1/auth/reset", {"token": text, "password": "another good one"})
    assert wrong_use.json["code"] == "invalid_token"
    confirm = await caller.post("/api/v1/auth/email/confirm", {"token": text}, headers=SAME)
    assert confirm.json["code"] == "invalid_token"
    assert (await caller.post(VERIFY, {"token": text, "password": GOOD})).status == 204


async def test_a_taken_address_gets_a_mail_and_the_stranger_learns_nothing(api: ApiFixture) -> None:
    mai, free = await api.person("Mai"), fresh()
    taken, new = await registered(api, mai.email), await registered(api, free)
    assert taken.body == new.body
    assert {*taken.headers.keys()} == {*new.headers.keys()}
    mail = await last_mail(api, mai.email, AccountExists)
    assert mail.full_name == "Mai"
    assert "#" not in mail.link
    assert (await api.anonymous().post(LOGIN, {"email": mai.email, "password": PASSWORD})).status == 200
    async with api.context.database.connection() as conn:
        assert await conn.fetchval("SELECT count(*) FROM users WHERE email LIKE '%@decoy.invalid'") == 0


async def test_a_strangers_earlier_password_is_not_confirmed_by_the_owner(api: ApiFixture) -> None:
    email, caller = fresh(), api.anonymous()
    thiefs, owners = "the thief's own words", "the owner's own words"
    await registered(api, email, password=thiefs)
    await registered(api, email, password=owners)
    text = token(await last_mail(api, email, VerifyEmail))
    assert (await caller.post(VERIFY, {"token": text, "password": thiefs})).json["code"] == "wrong_password"
    assert (await caller.post(VERIFY, {"token": text, "password": owners})).status == 204
    assert (await caller.post(LOGIN, {"email": email, "password": thiefs})).status == 401
    assert (await caller.post(LOGIN, {"email": email, "password": owners})).status == 200


async def test_opening_the_link_gives_no_account_to_a_stranger_who_registered_the_address(
    api: ApiFixture,
) -> None:
    email, owner, thief = fresh(), api.anonymous(), api.anonymous()
    assert (await thief.post(REGISTER, registration(email))).status == 202
    text = token(await last_mail(api, email, VerifyEmail))
    opened = await owner.post(VERIFY, {"token": text})
    assert (opened.status, opened.json["code"]) == (403, "password_needed")
    guess = await owner.post(VERIFY, {"token": text, "password": "a guess of mine"})
    assert (guess.status, guess.json["code"]) == (403, "wrong_password")
    assert (await thief.post(LOGIN, {"email": email, "password": GOOD})).json["code"] == "unverified"
    # The mailbox's owner gets the account by a reset, and the thief's password no longer works.
    assert (await owner.post(FORGOT, {"email": email})).status == 202
    body = {"token": token(await last_mail(api, email, ResetPassword)), "password": "the owner's own words"}
    assert (await owner.post("/api/v1/auth/reset", body)).status == 204
    assert (await owner.post(LOGIN, {"email": email, "password": "the owner's own words"})).status == 200
    assert (await thief.post(LOGIN, {"email": email, "password": GOOD})).json["code"] == "bad_credentials"


async def test_the_browser_of_the_registration_needs_no_password(api: ApiFixture) -> None:
    email, browser = fresh(), api.anonymous()
    assert (await browser.post(REGISTER, registration(email))).status == 202
    text = token(await last_mail(api, email, VerifyEmail))
    assert (await browser.post(VERIFY, {"token": text})).status == 204
    assert (await browser.post(LOGIN, {"email": email, "password": GOOD})).status == 200


async def test_the_browser_of_one_registration_confirms_no_other_one(api: ApiFixture) -> None:
    email, thief, owner = fresh(), api.anonymous(), api.anonymous()
    assert (await thief.post(REGISTER, registration(email, password="the thief's own words"))).status == 202
    assert (await owner.post(REGISTER, registration(email))).status == 202
    text = token(await last_mail(api, email, VerifyEmail))
    assert (await thief.post(VERIFY, {"token": text})).json["code"] == "password_needed"
    assert (await owner.post(VERIFY, {"token": text})).status == 204


async def test_password_guesses_with_a_link_are_throttled(api: ApiFixture) -> None:
    email, caller = fresh(), api.anonymous()
    await registered(api, email)
    text = token(await last_mail(api, email, VerifyEmail))
    body = {"token": text, "password": "a guess of mine"}
    assert [(await caller.post(VERIFY, body)).status for _ in range(6)] == [403] * 5 + [429]


async def test_a_resent_link_does_not_confirm_the_password_of_an_earlier_registration(
    api: ApiFixture,
) -> None:
    email, caller = fresh(), api.anonymous()
    await registered(api, email, password="the thief's own words")
    await registered(api, email, password="the owner's own words")
    assert (await caller.post(RESEND, {"email": email})).status == 202
    text = token(await last_mail(api, email, VerifyEmail))
    for password in ("the thief's own words", "the owner's own words"):
        answer = await caller.post(VERIFY, {"token": text, "password": password})
        assert answer.json["code"] == "wrong_password"  # only a reset proves who owns the account


async def test_a_resent_link_confirms_the_password_of_the_only_registration(api: ApiFixture) -> None:
    email, caller = fresh(), api.anonymous()
    await registered(api, email)
    assert (await caller.post(RESEND, {"email": email})).status == 202
    mail = await last_mail(api, email, VerifyEmail)
    assert (await caller.post(VERIFY, {"token": token(mail), "password": GOOD})).status == 204
    assert (await caller.post(LOGIN, {"email": email, "password": GOOD})).status == 200


async def test_concurrent_registrations_of_one_address_are_all_answered(api: ApiFixture) -> None:
    answers: list[int] = []

    async def register(email: str) -> None:
        answers.append((await api.anonymous().post(REGISTER, registration(email))).status)

    for _ in range(3):
        email = fresh()
        async with trio.open_nursery() as nursery:
            for _ in range(5):
                nursery.start_soon(register, email)
    assert answers == [202] * 15


async def test_resend_and_forgot_send_mail_to_existing_accounts_only(api: ApiFixture) -> None:
    mai, waiting, unknown, caller = await api.person("Mai"), fresh(), fresh(), api.anonymous()
    await registered(api, waiting)
    for email in (mai.email, waiting, unknown):
        assert (await caller.post(RESEND, {"email": email})).body == b"{}"
        assert (await caller.post(FORGOT, {"email": email})).body == b"{}"
    assert [type(mail) for mail in await mails_to(api, mai.email)] == [ResetPassword]
    assert [type(mail) for mail in await mails_to(api, waiting)] == [
        VerifyEmail,
        VerifyEmail,
        ResetPassword,
    ]
    assert await mails_to(api, unknown) == []
    async with api.context.database.connection() as conn:
        assert await conn.fetchval("SELECT count(*) FROM user_tokens WHERE email = $1", unknown) == 0


async def test_an_invitation_to_the_address_confirms_it_and_joins_at_once(api: ApiFixture) -> None:
    project, email, caller = await api.project("Shop"), fresh(), api.anonymous()
    text = await invite(api, project, email)
    other = await registered(api, fresh(), invitation=text)
    assert other.json == {"next": "check_mail"}  # an invitation of another address does not confirm this one
    assert (await registered(api, email, invitation=text)).json == {"next": "sign_in"}
    answer = await caller.post(LOGIN, {"email": email, "password": GOOD})
    assert answer.status == 200
    caller.token = answer.json["access_token"]
    (mine,) = (await caller.get("/api/v1/projects")).json
    assert (mine["name"], mine["role"]) == ("Shop", "agent")
    async with api.context.database.connection() as conn:
        actions = await conn.fetch(
            "SELECT action FROM audit_log WHERE project_id = $1 AND action LIKE 'invitation.%'", project
        )
    assert [row[0] for row in actions] == ["invitation.accepted"]


async def test_an_invitation_does_not_change_an_existing_account(api: ApiFixture) -> None:
    project, mai = await api.project("Shop"), await api.person("Mai")
    text = await invite(api, project, mai.email)
    assert (await registered(api, mai.email, invitation=text)).json == {"next": "sign_in"}
    assert (await api.anonymous().post(LOGIN, {"email": mai.email, "password": GOOD})).status == 401
    caller = await api.sign_in(mai)
    assert (await caller.get("/api/v1/projects")).json == []


async def test_registration_by_invitation_only_is_explained_to_others(api: ApiFixture) -> None:
    settings = msgspec.structs.replace(api.context.settings, registration="invited")
    closed = ApiFixture(
        app.create(api.context._replace(settings=settings)),
        api.context._replace(settings=settings),
    )
    caller, email = closed.anonymous(), fresh()
    assert (await caller.get("/api/v1/auth/options")).json["registration"] == "invited"
    assert (await caller.post(REGISTER, registration(email))).json["code"] == "registration_closed"
    assert (await caller.post(REGISTER, registration(email, invitation="x"))).json[
        "code"
    ] == "registration_closed"
    text = await invite(api, await api.project("Shop"), email)
    assert (await caller.post(REGISTER, registration(email, invitation=text))).json == {"next": "sign_in"}


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"password": "short one"}, "password", "too_short"),
        ({"password": "x" * 129}, "password", "too_long"),
        ({"password": "1234567890"}, "password", "too_common"),
        ({"password": "Password123"}, "password", "too_common"),
        (
            {"email": "long.address@shop.example", "password": "long.address@shop.example"},
            "password",
            "own_email",
        ),
        ({"email": "no-address"}, "email", "not_an_email"),
        ({"email": "system@parley.invalid"}, "email", "not_an_email"),
        ({"email": "x@Decoy.invalid"}, "email", "not_an_email"),
        ({"email": "a b@shop.example"}, "email", "not_an_email"),
        ({"email": "mai@shop.example\r\nBcc: x@y.example"}, "email", "not_an_email"),
        ({"full_name": "   "}, "full_name", "required"),
    ],
)
async def test_invalid_fields_are_named_one_by_one(
    api: ApiFixture, given: dict[str, str], field: str, code: str
) -> None:
    answer = await api.anonymous().post(REGISTER, registration(fresh()) | given)
    assert (answer.status, answer.json["code"]) == (422, "invalid")
    (error,) = answer.json["errors"]
    assert (error["field"], error["code"]) == (field, code)
    assert error["detail"]


async def test_an_address_is_the_same_in_every_spelling(api: ApiFixture) -> None:
    name = f"mai-{os.urandom(4).hex()}"
    await registered(api, f"{name}@MÜLLER.example")
    email = f"{name}@xn--mller-kva.example"
    text = token(await last_mail(api, email, VerifyEmail))
    caller = api.anonymous()
    assert (await caller.post(VERIFY, {"token": text, "password": GOOD})).status == 204
    assert (
        await caller.post(LOGIN, {"email": f" {name.upper()}@müller.Example", "password": GOOD})
    ).status == 200


Attempt = Callable[[str], Awaitable[Answer]]


@pytest.mark.alone
@pytest.mark.parametrize("route", ["register", "login", "forgot", "resend"])
async def test_response_time_does_not_reveal_whether_an_address_exists(api: ApiFixture, route: str) -> None:
    caller = api.anonymous()
    people = [await api.person("Mai") for _ in range(50)]

    async def attempt(email: str, number: int) -> float:
        body = {
            "register": registration(email),
            "login": {"email": email, "password": "not the password"},
            "forgot": {"email": email},
            "resend": {"email": email},
        }[route]
        started = time.perf_counter()
        answer = await post_from(
            caller, f"10.0.{number // 250}.{number % 250}", f"/api/v1/auth/{route}", body
        )
        taken = time.perf_counter() - started
        assert answer.status == (401 if route == "login" else 202), answer.body
        return taken

    ratios = []
    for _ in range(ROUNDS):  # a busy machine deviates now and then, both ways; a leak does each time
        there, absent = await _timed(attempt, people)
        ratios.append(statistics.median(there) / statistics.median(absent))
        if 0.9 < ratios[-1] < 1.1:
            return
    raise AssertionError(f"an existing address takes {ratios} times as long")


async def _timed(
    attempt: Callable[[str, int], Awaitable[float]], people: list[Person]
) -> tuple[list[float], list[float]]:
    """Interleaved, in both orders, so that other load of the machine affects both."""
    there, absent = list[float](), list[float]()
    await attempt(fresh(), 999)
    for number, person in enumerate(people):
        if number % 2:
            there.append(await attempt(person.email, 2 * number))
            absent.append(await attempt(fresh(), 2 * number + 1))
        else:
            absent.append(await attempt(fresh(), 2 * number))
            there.append(await attempt(person.email, 2 * number + 1))
    return there, absent
