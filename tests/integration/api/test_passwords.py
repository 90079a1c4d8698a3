"""Passwords: reset, change, first password; and the limits for a thief with a stolen session."""

import unicodedata
from typing import Any

import argon2
import pytest
import trio

from core.db.identity import users
from core.identity import passwords
from core.identity.passwords import fault, hashed
from core.mail import ResetPassword
from core.signals import SessionEnded
from server.api.identity import passwords as password_checks
from tests.integration.api.api_fixture import CHEAP, PASSWORD, ApiFixture, Caller, Person, hash_by
from tests.integration.api.mailbox import SAME, last_mail, published_during, token

LOGIN, FORGOT, RESET = "/api/v1/auth/login", "/api/v1/auth/forgot", "/api/v1/auth/reset"
CHANGE, REFRESH = "/api/v1/me/password", "/api/v1/auth/refresh"
NEW = "seven green lanterns"


async def mailed_reset_token(api: ApiFixture, person: Person) -> str:
    assert (await api.anonymous().post(FORGOT, {"email": person.email})).status == 202
    mail = await last_mail(api, person.email, ResetPassword)
    assert mail.link.startswith("http://127.0.0.1:8000/app/reset#")
    return token(mail)


async def may_sign_in(api: ApiFixture, person: Person, password: str) -> bool:
    answer = await api.anonymous().post(LOGIN, {"email": person.email, "password": password})
    return bool(answer.status == 200)


async def test_a_password_reset_ends_every_session(api: ApiFixture) -> None:
    project = await api.project()
    mai = await api.person("Mai", agent=project)
    desk, text, caller = await api.sign_in(mai), await mailed_reset_token(api, mai), api.anonymous()
    published = await published_during(
        api, project, lambda: caller.post(RESET, {"token": text, "password": NEW})
    )
    assert published == [SessionEnded(project, mai.id, None)]
    assert (await desk.get("/api/v1/me")).status == 401
    assert (await desk.post(REFRESH, headers=SAME)).status == 401
    assert await may_sign_in(api, mai, NEW)
    assert not await may_sign_in(api, mai, PASSWORD)
    again = await caller.post(RESET, {"token": text, "password": "another good one"})
    assert (again.status, again.json["code"]) == (400, "invalid_token")


async def test_a_link_is_valid_for_half_an_hour_and_one_use_revokes_the_others(api: ApiFixture) -> None:
    mai, caller = await api.person("Mai"), api.anonymous()
    late = await mailed_reset_token(api, mai)
    async with api.context.database.transaction() as conn:
        lives = await conn.fetchval(
            "SELECT (extract(epoch FROM expires_at - created_at))::int FROM user_tokens WHERE user_id = $1",
            mai.id,
        )
        await conn.execute("UPDATE user_tokens SET expires_at = created_at WHERE user_id = $1", mai.id)
    assert lives == 30 * 60
    assert (await caller.post(RESET, {"token": late, "password": NEW})).json["code"] == "invalid_token"
    one, two = await mailed_reset_token(api, mai), await mailed_reset_token(api, mai)
    assert (await caller.post(RESET, {"token": two, "password": NEW})).status == 204
    assert (await caller.post(RESET, {"token": one, "password": NEW})).json["code"] == "invalid_token"


async def test_an_unacceptable_password_leaves_the_link_valid(api: ApiFixture) -> None:
    mai, caller = await api.person("Mai"), api.anonymous()
    text = await mailed_reset_token(api, mai)
    for password, code in (("short", "too_short"), ("1234567890", "too_common"), (mai.email, "own_email")):
        answer = await caller.post(RESET, {"token": text, "password": password})
        assert (answer.status, answer.json["errors"][0]["code"]) == (422, code)
    assert (await caller.post(RESET, {"token": text, "password": NEW})).status == 204


async def test_using_a_reset_link_confirms_the_address(api: ApiFixture) -> None:
    mai = await api.person("Mai")
    async with api.context.database.transaction() as conn:
        await conn.execute("UPDATE users SET email_verified_at = NULL WHERE id = $1", mai.id)
    assert not await may_sign_in(api, mai, PASSWORD)
    body = {"token": await mailed_reset_token(api, mai), "password": NEW}
    assert (await api.anonymous().post(RESET, body)).status == 204
    assert await may_sign_in(api, mai, NEW)


async def test_a_suspended_user_gets_no_reset_mail(api: ApiFixture) -> None:
    mai, caller = await api.person("Mai"), api.anonymous()
    text = await mailed_reset_token(api, mai)
    async with api.context.database.transaction() as conn:
        await conn.execute("UPDATE users SET state = 'suspended' WHERE id = $1", mai.id)
    assert (await caller.post(RESET, {"token": text, "password": NEW})).json["code"] == "invalid_token"


async def test_a_changed_password_ends_the_other_sessions_and_not_this_one(api: ApiFixture) -> None:
    mai = await api.person("Mai")
    desk, phone = await api.sign_in(mai), await api.sign_in(mai)
    link = await mailed_reset_token(api, mai)
    wrong = await desk.post(CHANGE, {"current_password": "not the password", "new_password": NEW})
    assert (wrong.status, wrong.json["code"]) == (403, "wrong_password")
    left_out = await desk.post(CHANGE, {"new_password": NEW})
    assert (left_out.status, left_out.json["code"]) == (403, "wrong_password")
    common = await desk.post(CHANGE, {"current_password": PASSWORD, "new_password": "qwertyuiop"})
    assert (common.status, common.json["errors"][0]["field"]) == (422, "new_password")
    assert (await desk.post(CHANGE, {"current_password": PASSWORD, "new_password": NEW})).status == 204
    assert (await desk.get("/api/v1/me")).status == 200
    assert (await phone.get("/api/v1/me")).status == 401
    assert await may_sign_in(api, mai, NEW)
    body = {"token": link, "password": "another good one"}
    assert (await api.anonymous().post(RESET, body)).json["code"] == "invalid_token"


@pytest.mark.parametrize("path", [CHANGE, "/api/v1/me/email"])
async def test_the_old_password_cannot_change_it_after_a_concurrent_reset(
    api: ApiFixture, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    mai, shown = await api.person("Mai"), password_checks.require_password
    thief, kept = await api.sign_in(mai), hashed("the owner's own words")

    async def then_reset(*given: Any) -> Any:
        user = await shown(*given)
        async with api.context.database.transaction() as conn:
            await users.set_password(conn, mai.id, kept)
        return user

    monkeypatch.setattr(password_checks, "require_password", then_reset)
    change = {"current_password": PASSWORD, "new_password": NEW}
    answer = await thief.post(
        path, change if path == CHANGE else {"new_email": "t@x.example", "password": PASSWORD}
    )
    assert (answer.status, answer.json["code"]) == (403, "wrong_password")
    assert await may_sign_in(api, mai, "the owner's own words")


async def test_a_user_without_a_password_sets_one(api: ApiFixture) -> None:
    mai = await api.person("Mai")
    caller = await api.sign_in(mai)
    async with api.context.database.transaction() as conn:
        await conn.execute("UPDATE users SET password_hash = NULL WHERE id = $1", mai.id)
    assert (await caller.get("/api/v1/me")).json["has_password"] is False
    assert not await may_sign_in(api, mai, PASSWORD)
    assert (await caller.post(CHANGE, {"current_password": None, "new_password": NEW})).status == 204
    assert (await caller.get("/api/v1/me")).json["has_password"] is True
    assert await may_sign_in(api, mai, NEW)


async def test_a_stolen_session_cannot_guess_the_password(api: ApiFixture) -> None:
    caller: Caller = await api.sign_in(await api.person("Mai"))
    body = {"current_password": "a guess of mine", "new_password": NEW}
    assert [(await caller.post(CHANGE, body)).status for _ in range(6)] == [403] * 5 + [429]


async def test_a_sign_in_concurrent_with_a_password_change_needs_the_new_one(api: ApiFixture) -> None:
    mai, caller = await api.person("Mai"), api.anonymous()
    statuses: list[int] = []
    async with api.context.database.transaction() as conn, trio.open_nursery() as nursery:
        await conn.execute("SELECT 1 FROM users WHERE id = $1 FOR UPDATE", mai.id)

        async def sign_in() -> None:
            statuses.append((await caller.post(LOGIN, {"email": mai.email, "password": PASSWORD})).status)

        nursery.start_soon(sign_in)
        while not await _waits_for_a_lock(api):
            await trio.lowlevel.checkpoint()
        await conn.execute("UPDATE users SET password_hash = $2 WHERE id = $1", mai.id, hashed(NEW))
        await conn.execute("COMMIT")
        await conn.execute("BEGIN")
    assert statuses == [401]


async def _waits_for_a_lock(api: ApiFixture) -> bool:
    async with api.context.database.connection() as conn:
        count = await conn.fetchval(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
    return bool(count)


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("123456789", "too_short"),
        ("1234567890", "too_common"),
        ("QWERTYUIOP", "too_common"),
        (" password123 ", "too_common"),
        ("x" * 129, "too_long"),
        ("Mai.Tran.1990", "own_email"),
        ("mai.tran.1990@shop.example", "own_email"),
        ("x" * 128, None),
        ("ééééééééé1", None),
        ("🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑", None),
        ("correct horse battery", None),
    ],
)
def test_which_passwords_may_be_chosen(password: str, why: str | None) -> None:
    assert fault(password, email="mai.tran.1990@shop.example") == why


async def test_a_password_typed_on_another_system_signs_in(api: ApiFixture) -> None:
    mai, typed = await api.person("Mai"), "mật khẩu café 2024"
    caller = await api.sign_in(mai)
    body = {"current_password": PASSWORD, "new_password": typed}
    assert (await caller.post(CHANGE, body)).status == 204
    assert await may_sign_in(api, mai, unicodedata.normalize("NFD", typed))
    assert await may_sign_in(api, mai, typed)


async def test_a_hash_of_the_decomposed_text_is_replaced_at_the_next_sign_in(api: ApiFixture) -> None:
    mai, typed = await api.person("Mai"), "mật khẩu café 2024"
    plain = argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
    old = plain.hash(unicodedata.normalize("NFD", typed))
    async with api.context.database.transaction() as conn:
        await users.set_password(conn, mai.id, old)
    assert not await may_sign_in(api, mai, typed)
    assert await may_sign_in(api, mai, unicodedata.normalize("NFD", typed))
    assert await may_sign_in(api, mai, typed)


async def test_a_made_up_link_costs_no_password_hash(
    api: ApiFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashes = []
    monkeypatch.setattr(passwords, "hashed", lambda text: hashes.append(text) or hash_by(CHEAP))
    answer = await api.anonymous().post(RESET, {"token": "x" * 43, "password": NEW})
    assert (answer.json["code"], hashes) == ("invalid_token", [])
