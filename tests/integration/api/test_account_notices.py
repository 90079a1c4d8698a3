"""Changes of an account's credentials are mailed to its owner and need more than a session."""

import pytest

from core.mail import AccountChanged
from tests.integration.api.api_fixture import PASSWORD, ApiFixture, Caller, Person
from tests.integration.api.mailbox import mails_to
from tests.integration.api.test_two_factor import CONFIRM, DISABLE, ENROL, RENEW, App, two_factor_user

CHANGE = "/api/v1/me/password"
NEW = "seven green lanterns"


async def changes(api: ApiFixture, person: Person) -> list[str]:
    found = await mails_to(api, person.email)
    return [mail.change for mail in found if isinstance(mail, AccountChanged)]


async def without_password(api: ApiFixture, person: Person) -> Caller:
    caller = await api.sign_in(person)
    async with api.context.database.transaction() as conn:
        await conn.execute("UPDATE users SET password_hash = NULL WHERE id = $1", person.id)
    return caller


async def aged(api: ApiFixture, person: Person) -> None:
    """Make the sessions older, as if they had begun a while ago."""
    async with api.context.database.transaction() as conn:
        await conn.execute(
            "UPDATE sessions SET created_at = created_at - interval '11 minutes' WHERE user_id = $1",
            person.id,
        )


async def test_a_changed_password_is_mailed_with_browser_and_ip_address(api: ApiFixture) -> None:
    mai = await api.person("Mai")
    caller = await api.sign_in(mai)
    body = {"current_password": PASSWORD, "new_password": NEW}
    firefox = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"}
    answer = await caller.call("POST", CHANGE, body, firefox, scope_base={"client": ("198.51.100.7", 4711)})
    assert answer.status == 204
    (mail,) = [one for one in await mails_to(api, mai.email) if isinstance(one, AccountChanged)]
    assert (mail.change, mail.device, mail.address) == (
        "password_changed",
        "Firefox 145, Linux",
        "198.51.100.7",
    )


async def test_a_first_password_needs_a_recent_sign_in_and_is_mailed(api: ApiFixture) -> None:
    mai = await api.person("Mai")
    caller = await without_password(api, mai)
    await aged(api, mai)
    refused = await caller.post(CHANGE, {"new_password": NEW})
    assert (refused.status, refused.json["code"]) == (403, "sign_in_again")
    assert await changes(api, mai) == []
    async with api.context.database.transaction() as conn:
        await conn.execute("UPDATE sessions SET created_at = now() WHERE user_id = $1", mai.id)
    assert (await caller.post(CHANGE, {"new_password": NEW})).status == 204
    assert await changes(api, mai) == ["password_set"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (ENROL, {}),
        (DISABLE, {"code": "000000"}),
        (RENEW, {"code": "000000"}),
        ("/api/v1/me/deactivate", {}),
        ("/api/v1/me/delete", {"email": "x@shop.example"}),
    ],
)
async def test_without_a_password_an_old_session_is_not_enough(
    api: ApiFixture, path: str, body: dict[str, str]
) -> None:
    mai = await api.person("Mai")
    caller = await without_password(api, mai)
    await aged(api, mai)
    answer = await caller.post(path, body)
    assert (answer.status, answer.json["code"]) == (403, "sign_in_again")


async def test_a_second_factor_turned_on_and_off_is_mailed(api: ApiFixture) -> None:
    mai = await two_factor_user(api)
    assert await changes(api, mai.person) == ["two_factor_on"]
    body = {"password": PASSWORD, "code": mai.app.code()}
    assert (await mai.caller.post(RENEW, body)).status == 200
    body["code"] = mai.app.code(1)
    assert (await mai.caller.post(DISABLE, body)).status == 204
    assert await changes(api, mai.person) == ["two_factor_on", "recovery_codes_renewed", "two_factor_off"]


async def test_an_enrolment_that_is_not_confirmed_is_not_mailed(api: ApiFixture) -> None:
    mai = await api.person("Mai")
    caller = await api.sign_in(mai)
    secret = (await caller.post(ENROL, {"password": PASSWORD})).json["secret"]
    assert (await caller.post(CONFIRM, {"code": App(secret).wrong()})).status == 403
    assert await changes(api, mai) == []
