"""Changing the email address: requested, confirmed or cancelled, and what it revokes."""

import os

import trio

from core import ids
from core.db.identity import users
from core.ids import UserId
from core.mail import EmailChangeAlert, EmailChanged, EmailChangeVerify, ResetPassword
from tests.integration.api.api_fixture import PASSWORD, Answer, ApiFixture
from tests.integration.api.mailbox import SAME, last_mail, mails_to, token
from tests.patience import PATIENCE

EMAIL, CONFIRM, LOGIN = "/api/v1/me/email", "/api/v1/auth/email/confirm", "/api/v1/auth/login"


def fresh() -> str:
    return f"new-{os.urandom(6).hex()}@shop.example"


async def confirmed(api: ApiFixture, text: str, *, password: str | None = PASSWORD) -> Answer:
    """Confirm by the link in a browser without a session."""
    return await api.anonymous().post(CONFIRM, {"token": text, "password": password}, headers=SAME)


async def test_the_new_address_confirms_by_mail_and_the_old_one_is_notified(api: ApiFixture) -> None:
    mai, new = await api.person("Mai"), fresh()
    caller = await api.sign_in(mai)
    wrong = await caller.post(EMAIL, {"new_email": new, "password": "not the password"})
    assert (wrong.status, wrong.json["code"]) == (403, "wrong_password")
    asked = await caller.post(EMAIL, {"new_email": f" {new.upper()} ", "password": PASSWORD})
    assert (asked.status, asked.json) == (202, {})
    me = (await caller.get("/api/v1/me")).json
    assert (me["email"], me["pending_email"]) == (mai.email, new)
    assert (await last_mail(api, mai.email, EmailChangeAlert)).new_email == new
    mail = await last_mail(api, new, EmailChangeVerify)
    assert mail.link.startswith("http://127.0.0.1:8000/app/email#")
    assert (await confirmed(api, token(mail))).status == 204
    assert (await last_mail(api, mai.email, EmailChanged)).new_email == new
    assert (await caller.get("/api/v1/me")).status == 401
    assert (await caller.post("/api/v1/auth/refresh", headers=SAME)).status == 401
    assert (await api.anonymous().post(LOGIN, {"email": mai.email, "password": PASSWORD})).status == 401
    again = await api.anonymous().post(LOGIN, {"email": new, "password": PASSWORD})
    assert (again.status, again.json["user"]["pending_email"]) == (200, None)
    assert (await confirmed(api, token(mail))).json["code"] == "already_confirmed"


async def test_confirming_a_change_needs_the_session_or_the_password(api: ApiFixture) -> None:
    eve, victims = await api.person("Eve"), fresh()
    attacker = await api.sign_in(eve)
    assert (await attacker.post(EMAIL, {"new_email": victims, "password": PASSWORD})).status == 202
    text = token(await last_mail(api, victims, EmailChangeVerify))
    # The victim's browser or a mail scanner opens the link; another user's session does not help either.
    for caller in (api.anonymous(), await api.sign_in(await api.person("Mai"))):
        answer = await caller.post(CONFIRM, {"token": text}, headers=SAME)
        assert (answer.status, answer.json["code"]) == (403, "password_needed")
        answer = await caller.post(CONFIRM, {"token": text, "password": "a guess of mine"}, headers=SAME)
        assert (answer.status, answer.json["code"]) == (403, "wrong_password")
    assert (await attacker.get("/api/v1/me")).json["email"] == eve.email
    assert (await attacker.post(CONFIRM, {"token": text}, headers=SAME)).status == 204


async def test_a_change_and_a_registration_at_the_same_moment_leave_one_owner(api: ApiFixture) -> None:
    mai, new = await api.person("Mai"), fresh()
    caller = await api.sign_in(mai)
    assert (await caller.post(EMAIL, {"new_email": new, "password": PASSWORD})).status == 202
    text = token(await last_mail(api, new, EmailChangeVerify))
    answers: list[Answer] = []
    async with trio.open_nursery() as nursery, api.context.database.transaction() as conn:
        added = await users.add(conn, user=UserId(ids.make()), email=new, full_name="Lan", password_hash=None)
        assert added

        async def confirm() -> None:
            answers.append(await confirmed(api, text))

        nursery.start_soon(confirm)  # it sees no account with the address yet, and waits for the unique key
        with trio.fail_after(PATIENCE):
            while not await conn.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                await trio.lowlevel.checkpoint()
    assert [(one.status, one.json["code"]) for one in answers] == [(400, "invalid_token")]
    assert (await caller.get("/api/v1/me")).json["email"] == mai.email


async def test_a_change_can_be_cancelled_and_a_second_one_replaces_the_first(api: ApiFixture) -> None:
    mai, one, two = await api.person("Mai"), fresh(), fresh()
    caller = await api.sign_in(mai)
    for new in (one, two):
        assert (await caller.post(EMAIL, {"new_email": new, "password": PASSWORD})).status == 202
    first, second = (
        token(await last_mail(api, one, EmailChangeVerify)),
        token(await last_mail(api, two, EmailChangeVerify)),
    )
    assert (await confirmed(api, first)).json["code"] == "invalid_token"
    assert (await caller.call("DELETE", EMAIL)).status == 204
    assert (await caller.get("/api/v1/me")).json["pending_email"] is None
    assert (await confirmed(api, second)).json["code"] == "invalid_token"


async def test_a_change_is_pending_for_a_day(api: ApiFixture) -> None:
    mai, new = await api.person("Mai"), fresh()
    caller = await api.sign_in(mai)
    assert (await caller.post(EMAIL, {"new_email": new, "password": PASSWORD})).status == 202
    async with api.context.database.transaction() as conn:
        hours = await conn.fetchval(
            "SELECT (extract(epoch FROM expires_at - created_at) / 3600)::int FROM user_tokens "
            "WHERE user_id = $1",
            mai.id,
        )
        await conn.execute("UPDATE user_tokens SET expires_at = $2 WHERE user_id = $1", mai.id, ids.now())
    assert hours == 24
    assert (await caller.get("/api/v1/me")).json["pending_email"] is None
    text = token(await last_mail(api, new, EmailChangeVerify))
    assert (await confirmed(api, text)).json["code"] == "invalid_token"


async def test_a_taken_address_gets_no_mail_and_the_response_does_not_reveal_it(api: ApiFixture) -> None:
    mai, tom, free = await api.person("Mai"), await api.person("Tom"), fresh()
    caller = await api.sign_in(mai)
    taken = await caller.post(EMAIL, {"new_email": tom.email, "password": PASSWORD})
    other = await caller.post(EMAIL, {"new_email": free, "password": PASSWORD})
    assert (taken.status, taken.body) == (other.status, other.body)
    assert await mails_to(api, tom.email) == []
    assert (await caller.post(EMAIL, {"new_email": mai.email, "password": PASSWORD})).status == 422


async def test_an_address_taken_in_the_meantime_stays_with_its_owner(api: ApiFixture) -> None:
    mai, tom, new = await api.person("Mai"), await api.person("Tom"), fresh()
    texts = []
    for person in (mai, tom):
        caller = await api.sign_in(person)
        assert (await caller.post(EMAIL, {"new_email": new, "password": PASSWORD})).status == 202
        texts.append(token(await last_mail(api, new, EmailChangeVerify)))
    assert (await confirmed(api, texts[1])).status == 204
    assert (await confirmed(api, texts[0])).json["code"] == "invalid_token"
    assert (await api.anonymous().post(LOGIN, {"email": mai.email, "password": PASSWORD})).status == 200


async def test_identities_of_another_address_are_unlinked(api: ApiFixture) -> None:
    mai, new = await api.person("Mai"), fresh()
    caller = await api.sign_in(mai)
    async with api.context.database.transaction() as conn:
        for email in (mai.email, new.upper()):
            await conn.execute(
                "INSERT INTO identities (id, user_id, issuer, subject, email) "
                "VALUES ($1, $2, 'https://x', $3, $3)",
                ids.make(),
                mai.id,
                email,
            )
    assert (await caller.post(EMAIL, {"new_email": new, "password": PASSWORD})).status == 202
    text = token(await last_mail(api, new, EmailChangeVerify))
    assert (await confirmed(api, text)).status == 204
    async with api.context.database.connection() as conn:
        left = await conn.fetch("SELECT email FROM identities WHERE user_id = $1", mai.id)
        actions = await conn.fetch(
            "SELECT action FROM audit_log WHERE actor_id = $1 "
            "AND action IN ('email.changed', 'identity.unlinked') ORDER BY action",
            mai.id,
        )
    assert [row[0] for row in left] == [new.upper()]
    assert [row[0] for row in actions] == ["email.changed", "identity.unlinked"]


async def test_a_new_password_cancels_a_pending_change_that_a_thief_requested(
    api: ApiFixture,
) -> None:
    for way in ("reset", "changed"):
        mai, new, anonymous = await api.person("Mai"), fresh(), api.anonymous()
        caller, anew = await api.sign_in(mai), "seven green lanterns"
        assert (await caller.post(EMAIL, {"new_email": new, "password": PASSWORD})).status == 202
        text = token(await last_mail(api, new, EmailChangeVerify))
        if way == "reset":
            assert (await anonymous.post("/api/v1/auth/forgot", {"email": mai.email})).status == 202
            link = token(await last_mail(api, mai.email, ResetPassword))
            done = await anonymous.post("/api/v1/auth/reset", {"token": link, "password": anew})
        else:
            body = {"current_password": PASSWORD, "new_password": anew}
            done = await caller.post("/api/v1/me/password", body)
        assert done.status == 204
        assert (await confirmed(api, text)).json["code"] == "invalid_token"
        assert (await anonymous.post(LOGIN, {"email": mai.email, "password": anew})).status == 200
