"""A lost second factor: a reset can remove it three days later, with mails; signing in with it keeps it."""

from core import ids
from core.mail import AccountChanged, ResetPassword, TwoFactorEnds
from tests.integration.api.api_fixture import ApiFixture, Caller
from tests.integration.api.mailbox import last_mail, mails_to, token
from tests.integration.api.test_two_factor import (
    LOGIN,
    RECOVERY,
    TOTP,
    TwoFactorUser,
    audited,
    second_step,
    two_factor_user,
)

FORGOT, RESET = "/api/v1/auth/forgot", "/api/v1/auth/reset"
NEW = "seven green lanterns"
DAY = 24 * 60 * 60 * 1000  # ms


async def reset(api: ApiFixture, mai: TwoFactorUser, *, password: str = NEW, **given: bool) -> Caller:
    owner = api.anonymous()
    assert (await owner.post(FORGOT, {"email": mai.person.email})).status == 202
    link = token(await last_mail(api, mai.person.email, ResetPassword))
    assert (await owner.post(RESET, {"token": link, "password": password, **given})).status == 204
    return owner


async def owed(caller: Caller, mai: TwoFactorUser, password: str = NEW) -> str:
    """The partial token after a right password, when the code is still required."""
    answer = await caller.post(LOGIN, {"email": mai.person.email, "password": password})
    assert answer.status == 202, answer.body
    made: str = answer.json["partial_token"]
    return made


async def ends(api: ApiFixture, mai: TwoFactorUser) -> list[TwoFactorEnds]:
    return [one for one in await mails_to(api, mai.person.email) if isinstance(one, TwoFactorEnds)]


async def test_a_reset_alone_keeps_the_second_factor(api: ApiFixture) -> None:
    mai = await two_factor_user(api)
    owner = await reset(api, mai)
    assert await ends(api, mai) == []
    assert (await second_step(owner, TOTP, await owed(owner, mai), mai.app.code())).status == 200


async def test_a_reset_on_request_removes_it_after_three_days_and_mails_at_once(api: ApiFixture) -> None:
    mai = await two_factor_user(api)
    owner = await reset(api, mai, end_two_factor=True)
    (mail,) = await ends(api, mai)
    assert abs(mail.ends_at - ids.now() - 3 * DAY) < 60_000
    assert mail.full_name == "Mai"
    await owed(owner, mai)  # until then the code is required
    assert ("two_factor.ending", "ok") in await audited(api, mai.person)


async def test_another_reset_does_not_change_when_it_is_removed(api: ApiFixture) -> None:
    mai = await two_factor_user(api)
    await reset(api, mai, end_two_factor=True)
    async with api.context.database.transaction() as conn:
        await conn.execute(
            "UPDATE two_factor SET ends_at = ends_at - interval '2 days' WHERE user_id = $1", mai.person.id
        )
    await reset(api, mai, password="eight red balloons", end_two_factor=True)
    first, second = await ends(api, mai)
    assert second.ends_at == first.ends_at - 2 * DAY


async def test_signing_in_with_a_code_of_the_app_or_a_recovery_code_keeps_it(api: ApiFixture) -> None:
    for way in (TOTP, RECOVERY):
        mai = await two_factor_user(api)
        owner = await reset(api, mai, end_two_factor=True)
        code = mai.app.code() if way == TOTP else mai.codes[0]
        assert (await second_step(owner, way, await owed(owner, mai), code)).status == 200
        async with api.context.database.connection() as conn:
            left = await conn.fetchval("SELECT ends_at FROM two_factor WHERE user_id = $1", mai.person.id)
        assert left is None
        notices = [one for one in await mails_to(api, mai.person.email) if isinstance(one, AccountChanged)]
        assert "two_factor_kept" in [one.change for one in notices]
        assert ("two_factor.kept", "ok") in await audited(api, mai.person)


async def test_an_attacker_who_enrolled_the_app_cannot_keep_it_without_the_new_password(
    api: ApiFixture,
) -> None:
    mai = await two_factor_user(api)  # the app is an attacker's, the mailbox the owner's
    thief, partial = mai.caller, await owed(mai.caller, mai, "correct horse battery")
    await reset(api, mai, end_two_factor=True)
    answer = await second_step(thief, TOTP, partial, mai.app.code())
    assert (answer.status, answer.json["code"]) == (401, "unauthenticated")
    assert (
        await thief.post(LOGIN, {"email": mai.person.email, "password": "correct horse battery"})
    ).status == 401


async def test_without_a_second_factor_none_is_removed(api: ApiFixture) -> None:
    mai = await api.person("Mai")
    owner = api.anonymous()
    assert (await owner.post(FORGOT, {"email": mai.email})).status == 202
    link = token(await last_mail(api, mai.email, ResetPassword))
    assert (await owner.post(RESET, {"token": link, "password": NEW, "end_two_factor": True})).status == 204
    assert not any(isinstance(one, TwoFactorEnds) for one in await mails_to(api, mai.email))
    assert (await owner.post(LOGIN, {"email": mai.email, "password": NEW})).status == 200
