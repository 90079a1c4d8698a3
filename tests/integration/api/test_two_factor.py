"""Two-factor authentication: enrolling, signing in, recovery codes, turning it off."""

import base64
import os
import time
from typing import Any

import msgspec
import pyotp
import pytest
import trio

from core.mail import AccountChanged
from server.api import app
from server.api.sign_in import codes
from tests.integration.api.api_fixture import PASSWORD, Answer, ApiFixture, Caller, Person, text
from tests.integration.api.mailbox import last_mail, mails_to

LOGIN, TOTP, RECOVERY = "/api/v1/auth/login", "/api/v1/auth/login/totp", "/api/v1/auth/login/recovery"
ENROL, CONFIRM = "/api/v1/me/two-factor", "/api/v1/me/two-factor/confirm"
RENEW, DISABLE = "/api/v1/me/two-factor/recovery-codes", "/api/v1/me/two-factor/disable"


class App:
    """An authenticator app. Each code works once, so `shift` selects the codes of neighbouring time steps."""

    def __init__(self, secret: str) -> None:
        self._totp = pyotp.TOTP(secret)

    def code(self, shift: int = 0) -> str:
        return self._totp.at(int(time.time()) + 30 * shift)

    def wrong(self) -> str:
        right = {self.code(shift) for shift in (-2, -1, 0, 1, 2)}
        return next(
            code for code in ("000000", "111111", "222222", "333333", "444444", "555555") if code not in right
        )


class TwoFactorUser:
    """A user with a second factor, confirmed with the code of the previous time step."""

    def __init__(self, person: Person, caller: Caller, app: App, codes: list[str]) -> None:
        self.person = person
        self.caller = caller
        self.app = app
        self.codes = codes


async def two_factor_user(api: ApiFixture) -> TwoFactorUser:
    person = await api.person("Mai")
    caller = await api.sign_in(person)
    offer = await caller.post(ENROL, {"password": PASSWORD})
    assert offer.status == 200, offer.body
    app = App(offer.json["secret"])
    done = await caller.post(CONFIRM, {"code": app.code(-1)})
    assert done.status == 200, done.body
    return TwoFactorUser(person, caller, app, done.json["recovery_codes"])


async def first_step(api: ApiFixture, person: Person) -> tuple[Caller, str]:
    caller = api.anonymous()
    answer = await caller.post(LOGIN, {"email": person.email, "password": PASSWORD})
    assert answer.status == 202, answer.body
    assert set(answer.json) == {"partial_token", "expires_in"}
    assert "parley_refresh" not in str(answer.headers)
    return caller, answer.json["partial_token"]


async def second_step(caller: Caller, path: str, token: str, code: str) -> Answer:
    return await caller.post(path, {"partial_token": token, "code": code})


async def audited(api: ApiFixture, person: Person) -> list[tuple[str, str]]:
    async with api.context.database.connection() as conn:
        rows = await conn.fetch(
            "SELECT action, result FROM audit_log WHERE actor_id = $1 OR entity_id = $1 ORDER BY id",
            person.id,
        )
    return [(row[0], row[1]) for row in rows]


async def test_signing_in_needs_the_password_and_a_code(api: ApiFixture) -> None:
    mai = await two_factor_user(api)
    caller, token = await first_step(api, mai.person)
    answer = await second_step(caller, TOTP, token, mai.app.code())
    assert answer.status == 200
    assert answer.json["user"]["id"] == text(mai.person.id)
    assert answer.json["user"]["two_factor"] is True
    caller.token = answer.json["access_token"]
    assert (await caller.get("/api/v1/me")).status == 200


async def test_a_partial_token_of_the_old_password_ends_when_the_password_changes(api: ApiFixture) -> None:
    mai = await two_factor_user(api)
    thief, token = await first_step(api, mai.person)
    body = {"current_password": PASSWORD, "new_password": "seven green lanterns"}
    assert (await mai.caller.post("/api/v1/me/password", body)).status == 204
    for path, code in ((TOTP, mai.app.code()), (RECOVERY, mai.codes[0])):
        answer = await second_step(thief, path, token, code)
        assert (answer.status, answer.json["code"]) == (401, "unauthenticated")


async def test_a_right_password_is_recorded_before_any_code(api: ApiFixture) -> None:
    mai = await two_factor_user(api)
    before = await audited(api, mai.person)
    await first_step(api, mai.person)
    assert (await audited(api, mai.person))[len(before) :] == [("session.code_asked", "ok")]


async def test_wrong_codes_are_mailed_about_once_a_day(api: ApiFixture) -> None:
    mai = await two_factor_user(api)
    caller, token = await first_step(api, mai.person)
    for expected in (0, 0, 1, 1, 1):
        assert (await second_step(caller, TOTP, token, mai.app.wrong())).status == 403
        found = await mails_to(api, mai.person.email)
        notices = [
            mail for mail in found if isinstance(mail, AccountChanged) and mail.change == "codes_guessed"
        ]
        assert len(notices) == expected
    assert notices[0].full_name == "Mai"


async def test_a_day_allows_thirty_guesses_whatever_each_quarter_of_an_hour_allows(
    api: ApiFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(codes, "QUARTER", msgspec.structs.replace(codes.QUARTER, times=1000))
    mai = await two_factor_user(api)
    caller, token = await first_step(api, mai.person)
    answers = [(await second_step(caller, TOTP, token, mai.app.wrong())).status for _ in range(33)]
    assert answers == [403] * 30 + [429] * 3
    # The owner's known browser has its own count.
    known = mai.caller
    owed = await known.post(LOGIN, {"email": mai.person.email, "password": PASSWORD})
    assert (await second_step(known, TOTP, owed.json["partial_token"], mai.app.code())).status == 200


async def test_the_use_of_a_recovery_code_is_mailed(api: ApiFixture) -> None:
    mai = await two_factor_user(api)
    caller, token = await first_step(api, mai.person)
    assert (await second_step(caller, RECOVERY, token, mai.codes[0])).status == 200
    assert (await last_mail(api, mai.person.email, AccountChanged)).change == "recovery_code_used"
    assert (await mai.caller.get("/api/v1/me")).json["recovery_codes_left"] == 9


async def test_nothing_changes_until_a_code_confirms_the_app(api: ApiFixture) -> None:
    mai = await api.person("Mai")
    caller = await api.sign_in(mai)
    first = (await caller.post(ENROL, {"password": PASSWORD})).json
    second = (await caller.post(ENROL, {"password": PASSWORD})).json
    assert first["secret"] != second["secret"]
    assert second["uri"].endswith(f"secret={second['secret']}&issuer=Parley")
    assert second["qr_svg"].startswith("<svg ")
    refused = await caller.post(CONFIRM, {"code": App(first["secret"]).code()})
    assert (refused.status, refused.json["code"]) == (403, "wrong_code")
    assert (await api.anonymous().post(LOGIN, {"email": mai.email, "password": PASSWORD})).status == 200
    assert (await caller.get("/api/v1/me")).json["two_factor"] is False


async def test_enrolling_needs_the_password_and_works_once(api: ApiFixture) -> None:
    mai = await two_factor_user(api)
    assert (await mai.caller.post(ENROL, {"password": "wrong"})).json["code"] == "wrong_password"
    assert (await mai.caller.post(ENROL, {})).json["code"] == "wrong_password"
    again = await mai.caller.post(ENROL, {"password": PASSWORD})
    assert (again.status, again.json["code"]) == (409, "conflict")
    assert (await mai.caller.post(CONFIRM, {"code": mai.app.code()})).status == 409


async def test_the_secret_is_sealed_and_recovery_codes_are_hashed(api: ApiFixture) -> None:
    mai = await two_factor_user(api)
    async with api.context.database.connection() as conn:
        sealed = await conn.fetchval("SELECT sealed FROM two_factor WHERE user_id = $1", mai.person.id)
        hashes = await conn.fetch("SELECT code_hash FROM recovery_codes WHERE user_id = $1", mai.person.id)
    assert mai.app._totp.byte_secret() not in sealed
    assert len(hashes) == len(mai.codes) == 10
    assert not {row[0] for row in hashes} & {code.encode() for code in mai.codes}


async def test_a_used_code_is_refused_for_the_next_sign_in_too(api: ApiFixture) -> None:
    mai = await two_factor_user(api)
    code = mai.app.code()
    caller, token = await first_step(api, mai.person)
    assert (await second_step(caller, TOTP, token, code)).status == 200
    caller, token = await first_step(api, mai.person)
    refused = await second_step(caller, TOTP, token, code)
    assert (refused.status, refused.json["code"]) == (403, "wrong_code")


async def test_the_code_that_confirmed_the_app_cannot_sign_in(api: ApiFixture) -> None:
    person = await api.person("Mai")
    caller = await api.sign_in(person)
    app = App((await caller.post(ENROL, {"password": PASSWORD})).json["secret"])
    code = app.code()
    assert (await caller.post(CONFIRM, {"code": code})).status == 200
    other, token = await first_step(api, person)
    assert (await second_step(other, TOTP, token, code)).status == 403


async def test_of_concurrent_sign_ins_with_one_code_one_succeeds(api: ApiFixture) -> None:
    mai = await two_factor_user(api)
    code = mai.app.code()
    tokens = [(await first_step(api, mai.person))[1] for _ in range(5)]
    seen: list[int] = []

    async def shown(token: str) -> None:
        seen.append((await second_step(api.anonymous(), TOTP, token, code)).status)

    async with trio.open_nursery() as nursery:
        for token in tokens:
            nursery.start_soon(shown, token)
    assert sorted(seen) == [200, 403, 403, 403, 403]


async def test_codes_older_than_a_used_code_are_refused(api: ApiFixture) -> None:
    mai = await two_factor_user(api)
    caller, token = await first_step(api, mai.person)
    assert (await second_step(caller, TOTP, token, mai.app.code(1))).status == 200
    caller, token = await first_step(api, mai.person)
    assert (await second_step(caller, TOTP, token, mai.app.code(0))).status == 403


async def test_codes_more_than_one_step_away_are_refused(api: ApiFixture) -> None:
    mai = await two_factor_user(api)
    caller, token = await first_step(api, mai.person)
    for shift in (-3, 3):
        assert (await second_step(caller, TOTP, token, mai.app.code(shift))).status == 403


async def test_a_partial_token_works_for_one_sign_in_and_nothing_else(api: ApiFixture) -> None:
    mai = await two_factor_user(api)
    caller, token = await first_step(api, mai.person)
    assert (await second_step(caller, TOTP, token, mai.app.wrong())).status == 403  # one typo is allowed
    assert (await second_step(caller, TOTP, token, mai.app.code())).status == 200
    for path, code in ((TOTP, mai.app.code(1)), (RECOVERY, mai.codes[0])):
        again = await second_step(caller, path, token, code)
        assert (again.status, again.json["code"]) == (401, "unauthenticated")
    stranger = api.anonymous()
    stranger.token = token
    assert (await stranger.get("/api/v1/me")).status == 401
    # A refused attempt does not use the code up.
    other, fresh = await first_step(api, mai.person)
    assert (await second_step(other, RECOVERY, fresh, mai.codes[0])).status == 200


@pytest.mark.parametrize("kind", ["access token", "garbage"])
async def test_only_a_partial_token_is_accepted_for_the_second_step(api: ApiFixture, kind: str) -> None:
    mai = await two_factor_user(api)
    token = mai.caller.token if kind == "access token" else "garbage"
    refused = await second_step(api.anonymous(), TOTP, str(token), mai.app.code())
    assert (refused.status, refused.json["code"]) == (401, "unauthenticated")


async def test_a_recovery_code_replaces_the_app_once_in_any_spelling(api: ApiFixture) -> None:
    mai = await two_factor_user(api)
    caller, token = await first_step(api, mai.person)
    assert (await second_step(caller, RECOVERY, token, mai.codes[0].upper().replace("-", " "))).status == 200
    caller, token = await first_step(api, mai.person)
    assert (await second_step(caller, RECOVERY, token, mai.codes[0])).json["code"] == "wrong_code"
    assert (await second_step(caller, RECOVERY, token, mai.codes[1])).status == 200
    assert ("two_factor.code_used", "ok") in await audited(api, mai.person)


async def test_of_concurrent_sign_ins_with_one_recovery_code_one_succeeds(api: ApiFixture) -> None:
    mai = await two_factor_user(api)
    tokens = [(await first_step(api, mai.person))[1] for _ in range(5)]
    seen: list[int] = []

    async def shown(token: str) -> None:
        seen.append((await second_step(api.anonymous(), RECOVERY, token, mai.codes[0])).status)

    async with trio.open_nursery() as nursery:
        for token in tokens:
            nursery.start_soon(shown, token)
    assert sorted(seen) == [200, 403, 403, 403, 403]


async def test_the_codes_of_one_user_are_refused_for_another(api: ApiFixture) -> None:
    mai, tom = await two_factor_user(api), await two_factor_user(api)
    caller, token = await first_step(api, mai.person)
    assert (await second_step(caller, TOTP, token, tom.app.code())).status == 403
    assert (await second_step(caller, RECOVERY, token, tom.codes[0])).status == 403


async def test_five_wrong_codes_throttle_that_account_only(api: ApiFixture) -> None:
    mai, tom = await two_factor_user(api), await two_factor_user(api)
    caller, token = await first_step(api, mai.person)
    for path, code in ((TOTP, mai.app.wrong()), (RECOVERY, "0000-0000-0000")):
        for _ in range(2):
            assert (await second_step(caller, path, token, code)).status == 403
    assert (await second_step(caller, TOTP, token, mai.app.wrong())).status == 403
    refused = await second_step(caller, TOTP, token, mai.app.code())
    assert (refused.status, refused.json["code"]) == (429, "rate_limited")
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    other, fresh = await first_step(api, tom.person)
    assert (await second_step(other, TOTP, fresh, tom.app.code())).status == 200


async def test_parallel_guesses_of_a_code_are_counted_too(api: ApiFixture) -> None:
    mai = await two_factor_user(api)
    _, token = await first_step(api, mai.person)
    seen: list[int] = []

    async def guess() -> None:
        seen.append((await second_step(api.anonymous(), TOTP, token, mai.app.wrong())).status)

    async with trio.open_nursery() as nursery:
        for _ in range(12):
            nursery.start_soon(guess)
    assert sorted(seen) == [403] * 5 + [429] * 7


async def test_a_known_browser_signs_in_while_a_stranger_guesses(api: ApiFixture) -> None:
    mai = await two_factor_user(api)
    _, token = await first_step(api, mai.person)
    for _ in range(6):
        last = await second_step(api.anonymous(), TOTP, token, mai.app.wrong())
    assert last.status == 429
    own = await mai.caller.post(
        LOGIN, {"email": mai.person.email, "password": PASSWORD}, headers={"Authorization": ""}
    )
    assert (await second_step(mai.caller, TOTP, own.json["partial_token"], mai.app.code())).status == 200


async def test_new_recovery_codes_replace_the_old_ones(api: ApiFixture) -> None:
    mai = await two_factor_user(api)
    wrong = await mai.caller.post(RENEW, {"password": "wrong", "code": mai.app.code()})
    assert wrong.json["code"] == "wrong_password"
    wrong = await mai.caller.post(RENEW, {"password": PASSWORD, "code": mai.app.wrong()})
    assert wrong.json["code"] == "wrong_code"
    fresh = await mai.caller.post(RENEW, {"password": PASSWORD, "code": mai.app.code()})
    assert len(set(fresh.json["recovery_codes"]) - set(mai.codes)) == 10
    caller, token = await first_step(api, mai.person)
    assert (await second_step(caller, RECOVERY, token, mai.codes[0])).status == 403
    assert (await second_step(caller, RECOVERY, token, fresh.json["recovery_codes"][0])).status == 200


@pytest.mark.parametrize("kind", ["app", "recovery"])
async def test_turning_it_off_needs_password_and_code(api: ApiFixture, kind: str) -> None:
    mai = await two_factor_user(api)
    code = mai.app.code() if kind == "app" else mai.codes[3]
    for body in (
        {"code": code},
        {"password": "wrong", "code": code},
        {"password": PASSWORD, "code": mai.app.wrong()},
    ):
        assert (await mai.caller.post(DISABLE, body)).status == 403
    assert (await mai.caller.get("/api/v1/me")).json["two_factor"] is True
    assert (await mai.caller.post(DISABLE, {"password": PASSWORD, "code": code})).status == 204
    assert (
        await api.anonymous().post(LOGIN, {"email": mai.person.email, "password": PASSWORD})
    ).status == 200
    async with api.context.database.connection() as conn:
        left = await conn.fetchval("SELECT count(*) FROM recovery_codes WHERE user_id = $1", mai.person.id)
    assert left == 0
    entries = await audited(api, mai.person)
    assert ("two_factor.enabled", "ok") in entries
    assert ("two_factor.disabled", "ok") in entries
    assert ("two_factor.disabled", "denied") in entries


async def test_turning_it_off_twice_is_refused(api: ApiFixture) -> None:
    mai = await two_factor_user(api)
    assert (await mai.caller.post(DISABLE, {"password": PASSWORD, "code": mai.codes[0]})).status == 204
    refused = await mai.caller.post(DISABLE, {"password": PASSWORD, "code": mai.codes[1]})
    assert (refused.status, refused.json["code"]) == (403, "wrong_code")


async def test_an_enrolled_app_works_with_a_newer_sealing_key(api: ApiFixture) -> None:
    mai = await two_factor_user(api)
    _, token = await first_step(api, mai.person)
    newer = f"one:{base64.urlsafe_b64encode(os.urandom(32)).decode()}"
    changed = msgspec.structs.replace(api.context.settings, encryption_keys=newer)
    later = ApiFixture(app.create(api.context._replace(settings=changed)), api.context)
    assert (await second_step(later.anonymous(), TOTP, token, mai.app.code())).status == 200


async def test_a_user_without_a_password_needs_none(api: ApiFixture) -> None:
    mai = await two_factor_user(api)
    async with api.context.database.connection() as conn:
        await conn.execute("UPDATE users SET password_hash = NULL WHERE id = $1", mai.person.id)
    assert (await mai.caller.post(DISABLE, {"code": mai.app.wrong()})).status == 403
    assert (await mai.caller.post(DISABLE, {"code": mai.app.code()})).status == 204


async def test_a_suspended_user_is_refused_at_the_second_step(api: ApiFixture) -> None:
    mai = await two_factor_user(api)
    caller, token = await first_step(api, mai.person)
    async with api.context.database.connection() as conn:
        await conn.execute("UPDATE users SET state = 'suspended' WHERE id = $1", mai.person.id)
    refused = await second_step(caller, TOTP, token, mai.app.code())
    assert (refused.status, refused.json["code"]) == (403, "inactive")


@pytest.mark.parametrize("code", ["", "12345", "x" * 21, "12\x0034", None, 123456])
async def test_an_invalid_code_is_a_validation_error(api: ApiFixture, code: Any) -> None:
    assert (await api.anonymous().post(TOTP, {"partial_token": "x", "code": code})).status == 422
