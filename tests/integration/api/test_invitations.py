"""Invitations: mailed, valid for seven days, for one address, once; resent, revoked, looked up, accepted."""

import os
from typing import Any
from uuid import UUID

import msgspec
import pytest
import trio

from core import ids
from core.db.identity import user_tokens
from core.db.projects import members
from core.mail import Invitation
from server.api.projects import invitations
from tests.integration.api.api_fixture import ApiFixture, Caller, Person, of, text
from tests.integration.api.mailbox import last_mail, mails_to, post_from, token
from tests.integration.api.tenancy import Shop, shop

__all__ = ["shop"]
WEEK = 7 * 24 * 60 * 60 * 1000  # ms
LOOKUP, ACCEPT = "/api/v1/invitations/lookup", "/api/v1/invitations/accept"


async def invite(shop: Shop, email: str, role: str = "agent") -> Any:
    answer = await shop.manager.post(shop.path("/invitations"), {"email": email, "role": role})
    assert answer.status == 201, answer.body
    return answer.json


async def mailed_token(shop: Shop, email: str) -> str:
    """The token of the newest mail."""
    return token(await last_mail(shop.api, email, Invitation))


async def lookup(api: ApiFixture, given: str) -> Any:
    return await api.anonymous().post(LOOKUP, {"token": given})


async def expire(shop: Shop) -> None:
    async with shop.api.context.database.connection() as conn:
        await conn.execute("UPDATE invitations SET expires_at = $1", ids.now() - 1)


@pytest.fixture
async def eve(api: ApiFixture) -> Person:
    return await api.person("Eva")


async def test_an_invitation_goes_out_in_a_mail_and_only_its_hash_stays(shop: Shop, eve: Person) -> None:
    made = await invite(shop, eve.email.upper())
    assert (made["email"], made["role"], made["expired"]) == (eve.email, "agent", False)
    assert made["invited_by"] == {"id": text(shop.boss.id), "full_name": "Mai"}
    assert made["expires_at"] - made["created_at"] == WEEK
    (mail,) = await mails_to(shop.api, eve.email)
    assert isinstance(mail, Invitation)
    assert (mail.project, mail.inviter, mail.role) == ("Shop", "Mai", "agent")
    assert mail.expires_at == made["expires_at"]
    assert "/app/invitation#" in mail.link and len(token(mail)) == 43
    (row,) = await shop.rows("SELECT * FROM invitations")
    assert row["token_hash"] == user_tokens.digest(token(mail))
    assert (await shop.manager.get(shop.path("/invitations"))).json == [made]
    assert await shop.audit_entries("invitation.sent") == [
        ("ok", UUID(made["id"]).bytes, {"email": eve.email, "role": "agent"})
    ]


async def test_the_holder_of_the_link_learns_what_it_is_for(shop: Shop, eve: Person) -> None:
    made = await invite(shop, eve.email, "manager")
    answer = await lookup(shop.api, await mailed_token(shop, eve.email))
    assert (answer.status, answer.json) == (
        200,
        {
            "project_name": "Shop",
            "email": eve.email,
            "role": "manager",
            "inviter": "Mai",
            "expires_at": made["expires_at"],
            "account_exists": True,
        },
    )
    await invite(shop, "new@shop.example")
    answer = await lookup(shop.api, await mailed_token(shop, "new@shop.example"))
    assert answer.json["account_exists"] is False


async def test_the_invited_person_joins_once(shop: Shop, eve: Person) -> None:
    made = await invite(shop, eve.email)
    caller, given = await shop.api.sign_in(eve), await mailed_token(shop, eve.email)
    assert (await caller.get(shop.path())).status == 404
    answer = await caller.post(ACCEPT, {"token": given})
    assert answer.json == {"id": text(shop.project), "name": "Shop", "role": "agent"}
    assert (await caller.get(shop.path())).status == 200
    assert (await shop.roles())[eve.id] == "agent"
    assert (await caller.post(ACCEPT, {"token": given})).status == 404
    assert (await lookup(shop.api, given)).status == 404
    assert (await shop.manager.get(shop.path("/invitations"))).json == []
    assert await shop.audit_entries("invitation.accepted") == [
        ("ok", UUID(made["id"]).bytes, {"role": "agent"})
    ]


async def test_another_person_cannot_use_the_link(shop: Shop, eve: Person) -> None:
    await invite(shop, eve.email)
    given = await mailed_token(shop, eve.email)
    answer = await shop.stranger.post(ACCEPT, {"token": given})
    assert (answer.status, answer.json["code"]) == (403, "other_address")
    assert len(await shop.roles()) == 2
    assert (await lookup(shop.api, given)).status == 200, "the link still works for the invited person"
    assert (await shop.api.anonymous().post(ACCEPT, {"token": given})).status == 401


async def test_a_link_that_is_clicked_many_times_at_once_joins_once(shop: Shop, eve: Person) -> None:
    await invite(shop, eve.email)
    caller, given = await shop.api.sign_in(eve), await mailed_token(shop, eve.email)
    answers: list[int] = []

    async def accept() -> None:
        answers.append((await caller.post(ACCEPT, {"token": given})).status)

    async with trio.open_nursery() as nursery:
        for _ in range(6):
            nursery.start_soon(accept)
    assert sorted(answers) == [200, 404, 404, 404, 404, 404]
    assert len(await shop.audit_entries("invitation.accepted")) >= 1
    assert [row[0] for row in await shop.audit_entries("invitation.accepted")].count("ok") == 1


async def test_an_expired_invitation_is_invalid_and_allows_a_new_one(shop: Shop, eve: Person) -> None:
    await invite(shop, eve.email)
    given = await mailed_token(shop, eve.email)
    await expire(shop)
    (listed,) = (await shop.manager.get(shop.path("/invitations"))).json
    assert listed["expired"] is True
    assert (await lookup(shop.api, given)).status == 404
    caller = await shop.api.sign_in(eve)
    assert (await caller.post(ACCEPT, {"token": given})).status == 404
    again = await invite(shop, eve.email, "manager")
    assert again["id"] != listed["id"] and again["expired"] is False
    assert len((await shop.manager.get(shop.path("/invitations"))).json) == 1
    assert (await caller.post(ACCEPT, {"token": await mailed_token(shop, eve.email)})).json[
        "role"
    ] == "manager"


async def test_an_open_invitation_is_not_sent_twice_by_accident(shop: Shop, eve: Person) -> None:
    await invite(shop, eve.email)
    answer = await shop.manager.post(shop.path("/invitations"), {"email": eve.email, "role": "agent"})
    assert (answer.status, answer.json["code"]) == (409, "already_invited")
    assert len(await mails_to(shop.api, eve.email)) == 1


async def test_a_member_is_not_invited(shop: Shop) -> None:
    answer = await shop.manager.post(shop.path("/invitations"), {"email": shop.ben.email, "role": "manager"})
    assert (answer.status, answer.json["code"]) == (409, "already_member")
    assert await mails_to(shop.api, shop.ben.email) == []


async def test_after_a_resend_the_new_link_works_and_the_old_one_does_not(shop: Shop, eve: Person) -> None:
    made = await invite(shop, eve.email)
    old = await mailed_token(shop, eve.email)
    await expire(shop)
    answer = await shop.manager.post(shop.path(f"/invitations/{made['id']}/resend"))
    assert (answer.status, answer.json["id"], answer.json["expired"]) == (200, made["id"], False)
    new = await mailed_token(shop, eve.email)
    assert (await lookup(shop.api, old)).status == 404
    assert (await lookup(shop.api, new)).status == 200
    assert len(await mails_to(shop.api, eve.email)) == 2


async def test_mails_to_one_address_are_throttled(shop: Shop, eve: Person) -> None:
    made = await invite(shop, eve.email)
    statuses = [
        (await shop.manager.post(shop.path(f"/invitations/{made['id']}/resend"))).status for _ in range(6)
    ]
    assert statuses == [200, 200, 200, 200, 429, 429]
    assert len(await mails_to(shop.api, eve.email)) == 5


async def other_manager(api: ApiFixture, *, name: str = "Mai") -> tuple[Caller, str]:
    """A manager of a new project, and the path to which its invitations are posted."""
    project = await api.project(f"Project of {name}")
    return await api.sign_in(await api.person(name, manager=project)), of(project, "/invitations")


async def test_mails_to_one_address_from_one_network_are_throttled_over_all_projects_and_inviters(
    api: ApiFixture, eve: Person
) -> None:
    statuses, body = [], {"email": eve.email, "role": "agent"}
    for _ in range(8):
        manager, path = await other_manager(api)
        statuses.append((await manager.post(path, body)).status)
    assert statuses == [201] * 5 + [429] * 3
    assert len(await mails_to(api, eve.email)) == 5


async def test_mails_to_one_address_by_one_inviter_are_throttled_over_all_projects_and_networks(
    api: ApiFixture, eve: Person
) -> None:
    mai = await api.person("Mai")
    caller, statuses = await api.sign_in(mai), []
    for number in range(7):
        project = await api.project(f"Shop {number}")
        async with api.context.database.transaction() as conn:
            await members.add(conn, project=project, user=mai.id, role="manager", now=ids.now())
        body = {"email": eve.email, "role": "agent"}
        statuses.append(
            (await post_from(caller, f"10.20.0.{number}", of(project, "/invitations"), body)).status
        )
    assert statuses == [201] * 5 + [429] * 2


async def test_a_stranger_does_not_use_up_the_invitations_of_others(
    api: ApiFixture, shop: Shop, eve: Person
) -> None:
    stranger, path = await other_manager(api, name="Eve")
    body = {"email": eve.email, "role": "agent"}
    made = (await post_from(stranger, "10.21.0.1", path, body)).json
    again = [
        (await post_from(stranger, "10.21.0.1", f"{path}/{made['id']}/resend", None)).status for _ in range(9)
    ]
    assert again == [200] * 4 + [429] * 5
    await invite(shop, eve.email)
    assert "Shop" in {mail.project for mail in await mails_to(api, eve.email) if isinstance(mail, Invitation)}


async def test_after_a_flood_of_invitations_other_senders_wait_a_minute_not_an_hour(
    api: ApiFixture, shop: Shop, eve: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = msgspec.structs.replace(invitations.TO_ONE_BY_ALL, times=3)
    monkeypatch.setattr(invitations, "TO_ONE_BY_ALL", rule)
    body = {"email": eve.email, "role": "agent"}
    for number in range(3):
        stranger, path = await other_manager(api, name="Eve")
        assert (await post_from(stranger, f"10.22.0.{number}", path, body)).status == 201
    late = await shop.manager.post(shop.path("/invitations"), body)
    assert (late.status, late.json["code"]) == (429, "rate_limited")
    assert 0 < int(late.headers["Retry-After"]) <= 60
    assert rule.longest <= 5 * 60


async def test_a_refused_invitation_counts_for_its_sender_only(
    api: ApiFixture, shop: Shop, eve: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = msgspec.structs.replace(invitations.TO_ONE_BY_ALL, times=2)
    monkeypatch.setattr(invitations, "TO_ONE_BY_ALL", rule)
    stranger, path = await other_manager(api, name="Eve")
    body = {"email": eve.email, "role": "agent"}
    statuses = [(await post_from(stranger, "10.23.0.1", path, body)).status for _ in range(6)]
    assert statuses == [201] + [409] * 4 + [429]
    await invite(shop, eve.email)


async def test_one_inviter_sends_a_hundred_an_hour_into_all_projects_together(
    api: ApiFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invitations, "BY_ONE", msgspec.structs.replace(invitations.BY_ONE, times=3))
    one, two = await api.project("One"), await api.project("Two")
    mai = await api.person("Mai", manager=one)
    async with api.context.database.transaction() as conn:
        await members.add(conn, project=two, user=mai.id, role="manager", now=ids.now())
    caller, statuses = await api.sign_in(mai), []
    for number in range(5):
        body = {"email": f"lan-{number}-{os.urandom(4).hex()}@shop.example", "role": "agent"}
        statuses.append((await caller.post(of(two if number % 2 else one, "/invitations"), body)).status)
    assert statuses == [201] * 3 + [429] * 2


async def test_a_revoked_invitation_is_invalid(shop: Shop, eve: Person) -> None:
    made = await invite(shop, eve.email)
    path = shop.path(f"/invitations/{made['id']}")
    assert (await shop.manager.call("DELETE", path)).status == 204
    assert (await lookup(shop.api, await mailed_token(shop, eve.email))).status == 404
    assert (await shop.manager.call("DELETE", path)).status == 404
    assert (await shop.manager.post(f"{path}/resend")).status == 404
    assert ("ok", UUID(made["id"]).bytes, {"email": eve.email}) in await shop.audit_entries(
        "invitation.revoked"
    )


async def test_only_managers_invite_and_only_to_their_project(
    api: ApiFixture, shop: Shop, eve: Person
) -> None:
    made = await invite(shop, eve.email)
    body = {"email": "x@shop.example", "role": "manager"}
    assert (await shop.agent.post(shop.path("/invitations"), body)).status == 403
    assert (await shop.agent.get(shop.path("/invitations"))).status == 403
    assert (await shop.stranger.post(shop.path("/invitations"), body)).status == 404
    other = await api.project("Other")
    carl = await api.sign_in(await api.person("Carl", manager=other))
    for method, rest in (("DELETE", ""), ("POST", "/resend")):
        assert (await carl.call(method, of(other, f"/invitations/{made['id']}{rest}"))).status == 404
    assert len((await shop.manager.get(shop.path("/invitations"))).json) == 1


@pytest.mark.parametrize("email", ["", "nowhere", "a@b@c", "a b@shop.example", "x" * 260 + "@shop.example"])
async def test_an_invalid_address_is_refused(shop: Shop, email: str) -> None:
    answer = await shop.manager.post(shop.path("/invitations"), {"email": email, "role": "agent"})
    assert (answer.status, answer.json["code"]) == (422, "invalid")


@pytest.mark.parametrize("given", ["x", "A" * 43, "../../etc", "\u00e9"])
async def test_a_made_up_link_is_invalid(api: ApiFixture, given: str) -> None:
    assert (await lookup(api, given)).status == 404


async def test_an_invitation_to_a_deleted_project_is_invalid(shop: Shop, eve: Person) -> None:
    await invite(shop, eve.email)
    caller, given = await shop.api.sign_in(eve), await mailed_token(shop, eve.email)
    assert (await shop.manager.call("DELETE", shop.path(), {"name": "Shop"})).status == 204
    assert (await lookup(shop.api, given)).status == 404
    assert (await caller.post(ACCEPT, {"token": given})).status == 404


async def test_a_member_who_accepts_keeps_their_role(shop: Shop, eve: Person) -> None:
    await invite(shop, eve.email, "agent")
    async with shop.api.context.database.connection() as conn:
        await conn.execute("INSERT INTO memberships VALUES ($1, $2, 'manager')", shop.project, eve.id)
    caller: Caller = await shop.api.sign_in(eve)
    answer = await caller.post(ACCEPT, {"token": await mailed_token(shop, eve.email)})
    assert (answer.status, answer.json["role"]) == (200, "manager")
