"""OIDC identities in the settings: linking, listing, unlinking, and keeping the last way to sign in."""

import os

import trio

from core import ids
from core.ids import UserId
from core.mail import AccountChanged, ResetPassword
from tests.integration.api.api_fixture import ApiFixture, text
from tests.integration.api.mailbox import last_mail, token
from tests.integration.api.oidc_steps import (
    FINISH,
    IDENTITIES,
    LINK,
    SAME,
    address,
    fetch,
    finish,
    flow_cookie,
    linked,
    refused,
    returned,
    start,
)
from tests.patience import PATIENCE
from tests.provider import Provider


async def test_an_identity_of_another_address_is_linked_from_the_settings(
    trusting: ApiFixture, provider: Provider
) -> None:
    mai, private = await trusting.person("Mai"), address()
    caller = await trusting.sign_in(mai)
    answer = await linked(caller, provider, email=private)
    assert (answer.status, answer.json) == (200, {"linked": True})
    assert [each["email"] for each in (await caller.get(IDENTITIES)).json] == [private]
    signed_in = await returned(trusting.anonymous(), provider, email=private)
    assert signed_in.json["user"]["id"] == text(mai.id)
    again = await linked(caller, provider, email=private)
    assert (again.status, again.json) == (200, {"linked": True})


async def test_an_identity_belongs_to_one_account(trusting: ApiFixture, provider: Provider) -> None:
    email = address()
    assert (await returned(trusting.anonymous(), provider, email=email)).status == 200
    caller = await trusting.sign_in(await trusting.person("Tom"))
    refused(await linked(caller, provider, email=email), 409, "identity_taken")


async def test_linking_ends_with_the_session_that_began_it(trusting: ApiFixture, provider: Provider) -> None:
    caller = await trusting.sign_in(await trusting.person("Mai"))
    url = await start(caller, LINK)
    back = provider.sign_in(url, email=address())
    assert (await caller.post("/api/v1/auth/logout", headers=SAME)).status == 204
    refused(await finish(caller, *back))


async def test_linking_is_for_the_browser_that_is_signed_in(trusting: ApiFixture, provider: Provider) -> None:
    attacker = await trusting.sign_in(await trusting.person("Eve"))
    url = await start(attacker, LINK)
    back = provider.sign_in(url, email=address())
    victim = await trusting.sign_in(await trusting.person("Mai"))
    (mine,) = [each.value for each in victim.client.cookie_jar if each.name == "parley_refresh"]  # type: ignore[union-attr]
    other = trusting.anonymous()
    cookies = f"parley_flow={flow_cookie(attacker)}; parley_refresh={mine}"
    answer = await other.post(FINISH, {"code": back[0], "state": back[1]}, headers=SAME | {"Cookie": cookies})
    refused(answer)
    assert (await victim.get(IDENTITIES)).json == []


async def test_linking_needs_the_password(trusting: ApiFixture, provider: Provider) -> None:
    mai = await trusting.person("Mai")
    thief = await trusting.sign_in(mai)  # the thief has a stolen token and cookie
    for password in (None, "not the password"):
        answer = await thief.post(LINK, {"password": password}, headers=SAME)
        assert (answer.status, answer.json["code"]) == (403, "wrong_password")
    assert (await linked(thief, provider, email=address())).status == 200
    mail = await last_mail(trusting, mai.email, AccountChanged)
    assert (mail.change, mail.provider, mail.full_name) == ("identity_linked", "Local", "Mai")


async def test_without_a_password_linking_needs_a_recent_sign_in(
    trusting: ApiFixture, provider: Provider
) -> None:
    caller, email = trusting.anonymous(), address()
    caller.token = (await returned(caller, provider, email=email)).json["access_token"]
    await fetch(trusting, "UPDATE sessions SET created_at = created_at - interval '11 minutes'")
    late = await caller.post(LINK, {"password": None}, headers=SAME)
    assert (late.status, late.json["code"]) == (403, "sign_in_again")
    caller.token = (await returned(caller, provider, email=email)).json["access_token"]
    assert (await linked(caller, provider, password=None, email=address())).status == 200


async def test_a_password_reset_unlinks_identities_of_another_address(
    trusting: ApiFixture, provider: Provider
) -> None:
    mai, private = await trusting.person("Mai"), address()
    thief = await trusting.sign_in(mai)
    assert (await linked(thief, provider, email=private)).status == 200
    assert (await linked(thief, provider, email=mai.email)).status == 200
    owner = trusting.anonymous()
    assert (await owner.post("/api/v1/auth/forgot", {"email": mai.email})).status == 202
    body = {
        "token": token(await last_mail(trusting, mai.email, ResetPassword)),
        "password": "seven green lanterns",
    }
    assert (await owner.post("/api/v1/auth/reset", body)).status == 204
    again = await returned(trusting.anonymous(), provider, email=private)
    assert again.json["user"]["id"] != text(mai.id)
    kept = await returned(trusting.anonymous(), provider, email=mai.email)
    assert kept.json["user"]["id"] == text(mai.id)
    actions = await fetch(
        trusting,
        "SELECT count(*) FROM audit_log WHERE action = 'identity.unlinked' AND actor_id = $1",
        mai.id,
    )
    assert actions[0][0] == 1


async def test_the_last_way_to_sign_in_cannot_be_removed(trusting: ApiFixture, provider: Provider) -> None:
    caller = trusting.anonymous()
    answer = await returned(caller, provider, email=address())
    caller.token = answer.json["access_token"]
    (only,) = (await caller.get(IDENTITIES)).json
    kept = await caller.call("DELETE", f"{IDENTITIES}/{only['id']}")
    assert (kept.status, kept.json["code"]) == (409, "last_way_in")
    # An identity of a provider that is no longer configured does not count.
    await add_identity(trusting, answer.json["user"]["id"], issuer="https://gone.example")
    assert (await caller.call("DELETE", f"{IDENTITIES}/{only['id']}")).status == 409
    second = await linked(caller, provider, email=address(), password=None)
    assert second.status == 200
    assert (await caller.call("DELETE", f"{IDENTITIES}/{only['id']}")).status == 204
    mail = await last_mail(trusting, answer.json["user"]["email"], AccountChanged)
    assert (mail.change, mail.provider) == ("identity_unlinked", "Local")
    assert len((await caller.get(IDENTITIES)).json) == 2
    assert (await caller.call("DELETE", f"{IDENTITIES}/{only['id']}")).status == 404


async def test_two_concurrent_unlinks_leave_one_way_to_sign_in(
    trusting: ApiFixture, provider: Provider
) -> None:
    caller = trusting.anonymous()
    answer = await returned(caller, provider, email=address())
    caller.token = answer.json["access_token"]
    assert (await linked(caller, provider, email=address())).status == 200
    seen: list[int] = []

    async def unlink(identity: str) -> None:
        seen.append((await caller.call("DELETE", f"{IDENTITIES}/{identity}")).status)

    mine = [each["id"] for each in (await caller.get(IDENTITIES)).json]
    async with trio.open_nursery() as nursery, trusting.context.database.transaction() as conn:
        # Both are blocked at the DELETE: without an earlier lock, both would have passed the check by then.
        await conn.fetch(
            "SELECT FROM identities WHERE id = ANY($1) FOR UPDATE", [ids.parse(one) for one in mine]
        )
        for one in mine:
            nursery.start_soon(unlink, one)
        with trio.fail_after(PATIENCE):
            while await conn.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted") < 2:
                await trio.lowlevel.checkpoint()
    assert sorted(seen) == [204, 409]


async def test_with_a_password_an_identity_can_be_unlinked_and_no_longer_signs_in(
    trusting: ApiFixture, provider: Provider
) -> None:
    mai, private = await trusting.person("Mai"), address()
    caller = await trusting.sign_in(mai)
    assert (await linked(caller, provider, email=private)).status == 200
    (one,) = (await caller.get(IDENTITIES)).json
    assert (await caller.call("DELETE", f"{IDENTITIES}/{one['id']}")).status == 204
    other = await returned(trusting.anonymous(), provider, email=private)
    assert other.json["user"]["id"] != text(mai.id)
    actions = await fetch(trusting, "SELECT action FROM audit_log WHERE actor_id = $1", mai.id)
    assert {"identity.linked", "identity.unlinked"} <= {each[0] for each in actions}


async def add_identity(api: ApiFixture, user: str, *, issuer: str) -> None:
    await fetch(
        api,
        "INSERT INTO identities (id, user_id, issuer, subject, email) VALUES ($1, $2, $3, $4, 'a@b.example')",
        ids.make(),
        UserId(ids.parse(user)),
        issuer,
        os.urandom(4).hex(),
    )
