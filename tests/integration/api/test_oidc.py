"""OIDC sign-in with a real provider in its own process: which account it signs in to."""

import os
from collections.abc import Iterator

import pyotp
import pytest
import trio

from core import ids
from core.mail import AccountChanged
from tests.integration.api.api_fixture import PASSWORD, Answer, ApiFixture, Caller, Person, text
from tests.integration.api.mailbox import last_mail
from tests.integration.api.oidc_steps import (
    IDENTITIES,
    LOGIN,
    REFRESH,
    SAME,
    address,
    fetch,
    finish,
    linked,
    refused,
    returned,
    start,
    user_of,
    with_settings,
)
from tests.provider import Provider


@pytest.fixture(scope="module")
def reticent() -> Iterator[Provider]:
    """A provider that gives the email address at its userinfo endpoint only."""
    made = Provider(in_userinfo=True)
    yield made
    made.close()


async def test_a_new_user_gets_a_verified_account_without_a_password(
    trusting: ApiFixture, provider: Provider
) -> None:
    email, caller = address(), trusting.anonymous()
    answer = await returned(caller, provider, email=email.upper(), name="Mai Tran")
    assert answer.status == 200, answer.body
    assert answer.json["user"]["email"] == email
    assert answer.json["user"]["full_name"] == "Mai Tran"
    assert answer.json["user"]["has_password"] is False
    row = await user_of(trusting, email)
    assert row["password_hash"] is None
    assert row["email_verified_at"] is not None
    caller.token = answer.json["access_token"]
    (identity,) = (await caller.get(IDENTITIES)).json
    assert (identity["provider"], identity["email"]) == ("local", email)
    assert (await caller.post(REFRESH, headers=SAME)).status == 200
    actions = await fetch(trusting, "SELECT action FROM audit_log WHERE actor_id = $1 ORDER BY id", row["id"])
    assert {each[0] for each in actions} == {"user.registered", "identity.linked", "session.started"}


async def test_an_identity_is_found_by_its_subject_never_by_its_address(
    trusting: ApiFixture, provider: Provider
) -> None:
    subject, before, after = os.urandom(4).hex(), address(), address()
    first = await returned(trusting.anonymous(), provider, email=before, subject=subject)
    second = await returned(trusting.anonymous(), provider, email=after, subject=subject)
    assert first.json["user"]["id"] == second.json["user"]["id"]
    assert second.json["user"]["email"] == before
    # Another subject is another person, whatever the address.
    await fetch(trusting, "UPDATE users SET email_verified_at = NULL WHERE email = $1", before)
    third = await returned(trusting.anonymous(), provider, email=after, subject="another" + subject)
    assert third.json["user"]["id"] != first.json["user"]["id"]


async def test_a_known_identity_signs_in_even_when_its_address_is_no_longer_verified(
    trusting: ApiFixture, provider: Provider
) -> None:
    email = address()
    first = await returned(trusting.anonymous(), provider, email=email)
    second = await returned(trusting.anonymous(), provider, email=email, verified=False)
    assert first.json["user"]["id"] == second.json["user"]["id"]


async def test_a_verified_address_links_to_the_verified_account_and_keeps_its_data(
    trusting: ApiFixture, provider: Provider
) -> None:
    mai = await trusting.person("Mai")
    answer = await returned(trusting.anonymous(), provider, email=mai.email, name="Another Name")
    assert answer.json["user"]["id"] == text(mai.id)
    assert answer.json["user"]["full_name"] == "Mai"
    with_password = await trusting.anonymous().post(LOGIN, {"email": mai.email, "password": PASSWORD})
    assert with_password.status == 200


async def test_a_prepared_account_belongs_to_the_owner_of_the_address(
    trusting: ApiFixture, provider: Provider
) -> None:
    """Account pre-hijacking: an attacker registered the address, then its owner signs in by the provider."""
    mai = await trusting.person("Mai")
    attacker = await trusting.sign_in(mai)
    await unverify(trusting, mai)
    answer = await returned(trusting.anonymous(), provider, email=mai.email, name="Mai Tran")
    assert answer.status == 200, answer.body
    assert answer.json["user"]["id"] == text(mai.id)
    assert answer.json["user"]["full_name"] == "Mai Tran"
    assert answer.json["user"]["has_password"] is False
    assert answer.json["user"]["two_factor"] is False
    assert (await attacker.get("/api/v1/me")).status == 401
    assert (await attacker.post(REFRESH, headers=SAME)).status == 401
    again = await trusting.anonymous().post(LOGIN, {"email": mai.email, "password": PASSWORD})
    assert (again.status, again.json["code"]) == (401, "bad_credentials")
    (left,) = await fetch(
        trusting,
        "SELECT (SELECT count(*) FROM identities WHERE user_id = $1), (SELECT count(*) FROM user_tokens "
        "WHERE user_id = $1), (SELECT count(*) FROM two_factor WHERE user_id = $1)",
        mai.id,
    )
    assert tuple(left) == (1, 0, 0)  # the owner's own identity alone
    (identity,) = await fetch(trusting, "SELECT subject FROM identities WHERE user_id = $1", mai.id)
    assert identity[0] == mai.email


async def unverify(api: ApiFixture, person: Person) -> None:
    """An unverified account as an attacker would prepare it, with every credential to get back in."""
    async with api.context.database.transaction() as conn:
        await conn.execute("UPDATE users SET email_verified_at = NULL WHERE id = $1", person.id)
        await conn.execute(
            "INSERT INTO identities (id, user_id, issuer, subject, email) VALUES ($1, $2, $3, $4, $5)",
            ids.make(),
            person.id,
            "https://evil.example",
            "attacker",
            "attacker@evil.example",
        )
        await conn.execute(
            "INSERT INTO user_tokens (token_hash, user_id, purpose, email, expires_at) "
            "VALUES ($1, $2, 'change_email', 'attacker@evil.example', $3)",
            os.urandom(32),
            person.id,
            ids.now() + 1_000_000,
        )
        await conn.execute(
            "INSERT INTO two_factor (user_id, sealed, confirmed_at) VALUES ($1, $2, $3)",
            person.id,
            b"the attacker's",
            ids.now(),
        )


async def test_an_unverified_address_neither_links_nor_creates_an_account(
    trusting: ApiFixture, provider: Provider
) -> None:
    mai = await trusting.person("Mai")
    refused(
        await returned(trusting.anonymous(), provider, email=mai.email, verified=False),
        403,
        "provider_unverified",
    )
    email = address()
    refused(
        await returned(trusting.anonymous(), provider, email=email, verified=False),
        403,
        "provider_unverified",
    )
    assert await user_of(trusting, email) is None
    caller = await trusting.sign_in(mai)
    refused(await linked(caller, provider, email=address(), verified=False), 403, "provider_unverified")
    assert (await caller.get(IDENTITIES)).json == []


@pytest.mark.parametrize("state", ["suspended", "deactivated"])
@pytest.mark.parametrize("known", [True, False], ids=["known identity", "address only"])
async def test_an_inactive_user_is_refused(
    trusting: ApiFixture, provider: Provider, *, state: str, known: bool
) -> None:
    mai = await trusting.person("Mai")
    if known:
        assert (await returned(trusting.anonymous(), provider, email=mai.email)).status == 200
    await fetch(trusting, "UPDATE users SET state = $2 WHERE id = $1", mai.id, state)
    refused(await returned(trusting.anonymous(), provider, email=mai.email), 403, "inactive")


async def test_the_second_factor_is_required_before_an_identity_is_linked(
    trusting: ApiFixture, provider: Provider
) -> None:
    mai = await trusting.person("Mai")
    caller = await trusting.sign_in(mai)
    secret = (await caller.post("/api/v1/me/two-factor", {"password": PASSWORD})).json["secret"]
    totp = pyotp.TOTP(secret)
    at = ids.now() // 1000
    assert (await caller.post("/api/v1/me/two-factor/confirm", {"code": totp.at(at - 30)})).status == 200
    browser = trusting.anonymous()
    answer = await returned(browser, provider, email=mai.email)
    assert answer.status == 202
    assert "parley_refresh" not in str(answer.headers)
    body = {"partial_token": answer.json["partial_token"], "code": totp.at(at)}
    wrong = await browser.post("/api/v1/auth/login/totp", body | {"code": totp.at(at - 90)})
    assert wrong.json["code"] == "wrong_code"
    assert (await caller.get("/api/v1/me/identities")).json == []
    done = await browser.post("/api/v1/auth/login/totp", body)
    assert done.json["user"]["id"] == text(mai.id)
    assert [each["email"] for each in (await caller.get("/api/v1/me/identities")).json] == [mai.email]
    assert (await last_mail(trusting, mai.email, AccountChanged)).change == "identity_linked"
    actions = await fetch(
        trusting, "SELECT action FROM audit_log WHERE actor_id = $1 ORDER BY id DESC LIMIT 3", mai.id
    )
    assert [one[0] for one in actions] == ["session.started", "identity.linked", "session.code_asked"]


async def test_an_account_that_recently_took_the_address_is_not_linked_automatically(
    trusting: ApiFixture, provider: Provider
) -> None:
    eve = await trusting.person("Eve")
    moved = "UPDATE users SET email_changed_at = now() - $2 * interval '1 day' WHERE id = $1"
    await fetch(trusting, moved, eve.id, 1.0)
    refused(await returned(trusting.anonymous(), provider, email=eve.email), 409, "link_first")
    caller = await trusting.sign_in(eve)  # the password lets its owner link the identity
    assert (await linked(caller, provider, email=eve.email)).status == 200
    assert (await returned(trusting.anonymous(), provider, email=eve.email)).status == 200
    mai = await trusting.person("Mai")
    await fetch(trusting, moved, mai.id, 31.0)
    assert (await returned(trusting.anonymous(), provider, email=mai.email)).status == 200


async def test_many_tabs_of_a_new_user_create_one_account(trusting: ApiFixture, provider: Provider) -> None:
    email, answers = address(), list[Answer]()
    callers = [trusting.anonymous() for _ in range(4)]
    backs = []
    for caller in callers:
        url = await start(caller)
        backs.append(provider.sign_in(url, email=email))

    async def tab(caller: Caller, back: tuple[str, str]) -> None:
        answers.append(await finish(caller, *back))

    async with trio.open_nursery() as nursery:
        for caller, back in zip(callers, backs, strict=True):
            nursery.start_soon(tab, caller, back)
    assert {answer.status for answer in answers} <= {200, 400}
    users = {answer.json["user"]["id"] for answer in answers if answer.status == 200}
    assert len(users) == 1
    assert len(await fetch(trusting, "SELECT id FROM identities WHERE subject = $1", email)) == 1


async def test_with_registration_by_invitation_a_provider_creates_no_account_without_one(
    api: ApiFixture, provider: Provider
) -> None:
    closed = with_settings(api, oidc=provider.settings(), registration="invited")
    email, project = address(), await closed.project()
    refused(await returned(closed.anonymous(), provider, email=email), 403, "registration_closed")
    assert await user_of(closed, email) is None
    await fetch(
        closed,
        "INSERT INTO invitations (project_id, id, email, role, token_hash, expires_at) "
        "VALUES ($1, $2, $3, 'agent', $4, $5)",
        project,
        ids.make(),
        email,
        os.urandom(32),
        ids.now() + 60_000,
    )
    assert (await returned(closed.anonymous(), provider, email=email)).status == 200


async def test_an_address_from_the_userinfo_endpoint_is_accepted(api: ApiFixture, reticent: Provider) -> None:
    asking = with_settings(api, oidc=reticent.settings())
    email = address()
    answer = await returned(asking.anonymous(), reticent, email=email, name="Mai Tran")
    assert answer.status == 200, answer.body
    assert (answer.json["user"]["email"], answer.json["user"]["full_name"]) == (email, "Mai Tran")
