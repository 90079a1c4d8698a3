"""The rules of projects as functions: called with a connection, as a command line or a stage does."""

from typing import Any

import pytest

from core.db.projects import members as member_rows
from core.errors import InvalidField
from core.model import User
from core.projects import api_keys, invitations, members, projects
from core.signals import (
    ProjectChanged,
    ProjectDeleted,
    Resource,
    ResourceChanged,
    RoleChanged,
    SessionEnded,
)
from tests.integration.core.office import Office, by, code


def token_of(office: Office, user: User) -> str:
    """The token of the invitation that was mailed last."""
    link: str = office.mails(user.email)[-1].link
    return link.partition("#")[2]


def test_a_new_project_has_its_maker_as_manager(office: Office) -> None:
    mai = office.person("Mai")
    made = office.run(
        lambda conn: projects.create(
            conn, by(mai), name="  Shop ", domains=["SHOP.example", "shop.example"], manager=mai.id
        )
    )
    assert (made.name, made.domains) == ("Shop", ("shop.example",))
    assert office.roles(made.id) == {mai.id: "manager"}
    assert office.audited(mai) == ["project.created"]


@pytest.mark.parametrize(
    ("domains", "field", "fault"),
    [
        (["shop.example", "no host"], "domains[1]", "not_a_domain"),
        (["*.com"], "domains[0]", "too_wide"),
    ],
)
def test_a_domain_that_cannot_be_is_named(office: Office, domains: list[str], field: str, fault: str) -> None:
    mai = office.person("Mai")
    with pytest.raises(InvalidField) as wrong:
        office.run(lambda conn: projects.create(conn, by(mai), name="Shop", domains=domains, manager=mai.id))
    assert (wrong.value.code, wrong.value.field, wrong.value.fault) == ("invalid", field, fault)


def test_settings_change_once_per_version_and_say_what_to_publish(office: Office) -> None:
    mai = office.person("Mai")
    shop = office.project(mai)
    done = office.run(lambda conn: projects.change(conn, by(mai), shop, version=1, name="Store"))
    assert done.signals == [ProjectChanged(shop), ResourceChanged(shop, Resource.PROJECT, version=2)]
    same = office.run(lambda conn: projects.change(conn, by(mai), shop, version=2, name="Store"))
    assert (same.signals, same.project.version) == ([], 2)
    assert office.refused(lambda conn: projects.change(conn, by(mai), shop, version=1, name="X")) == "stale"


def test_a_deleted_project_is_gone_for_everybody(office: Office) -> None:
    mai = office.person("Mai")
    shop = office.project(mai)
    wrong = office.refused(lambda conn: projects.delete(conn, by(mai), shop, confirmed_name="Shopp"))
    assert wrong == "wrong_name"
    signals = office.run(lambda conn: projects.delete(conn, by(mai), shop, confirmed_name=" Shop "))
    assert signals == [ProjectDeleted(shop)]
    assert office.roles(shop) == {}
    assert office.refused(lambda conn: members.leave(conn, by(mai), shop, mai.id)) == "not_found"


def test_leaving_ends_sockets_and_the_last_manager_stays(office: Office) -> None:
    mai, tom = office.person("Mai"), office.person("Tom")
    shop = office.project(mai, agents=(tom,))
    assert office.refused(lambda conn: members.leave(conn, by(mai), shop, mai.id)) == "last_manager"
    signals = office.run(lambda conn: members.leave(conn, by(tom), shop, tom.id))
    assert signals == [SessionEnded(shop, tom.id), ResourceChanged(shop, Resource.MEMBERS, tom.id)]
    assert office.roles(shop) == {mai.id: "manager"}
    assert office.audited(tom) == ["member.left"]


def test_of_two_managers_who_leave_at_once_one_stays(office: Office) -> None:
    mai, tom = office.person("Mai"), office.person("Tom")
    shop = office.project(mai, tom)
    won, late = office.race(
        lambda conn: members.leave(conn, by(mai), shop, mai.id),
        lambda conn: members.leave(conn, by(tom), shop, tom.id),
    )
    assert len(won) == 2
    assert code(late) == "last_manager"
    assert office.roles(shop) == {tom.id: "manager"}


def test_of_two_managers_who_demote_each_other_one_stays(office: Office) -> None:
    mai, tom = office.person("Mai"), office.person("Tom")
    shop = office.project(mai, tom)
    won, late = office.race(
        lambda conn: members.change_role(conn, by(mai), shop, tom.id, "agent", manager=mai.id),
        lambda conn: members.change_role(conn, by(tom), shop, mai.id, "agent", manager=tom.id),
    )
    assert won.signals == [
        RoleChanged(shop, tom.id, "agent"),
        ResourceChanged(shop, Resource.MEMBERS, tom.id),
    ]
    assert code(late) == "forbidden"
    assert office.roles(shop) == {mai.id: "manager", tom.id: "agent"}


def test_of_two_managers_who_remove_each_other_one_stays(office: Office) -> None:
    mai, tom = office.person("Mai"), office.person("Tom")
    shop = office.project(mai, tom)
    _, late = office.race(
        lambda conn: members.remove(conn, by(mai), shop, tom.id, manager=mai.id),
        lambda conn: members.remove(conn, by(tom), shop, mai.id, manager=tom.id),
    )
    assert code(late) == "not_found"
    assert office.roles(shop) == {mai.id: "manager"}


def test_a_manager_leaves_while_the_other_becomes_an_agent_and_one_manager_stays(office: Office) -> None:
    mai, tom = office.person("Mai"), office.person("Tom")
    shop = office.project(mai, tom)
    _, late = office.race(
        lambda conn: members.change_role(conn, by(mai), shop, mai.id, "agent", manager=mai.id),
        lambda conn: members.leave(conn, by(tom), shop, tom.id),
    )
    assert code(late) == "last_manager"
    assert office.roles(shop)[tom.id] == "manager"


def test_an_agent_cannot_change_roles_and_nobody_removes_themselves(office: Office) -> None:
    mai, tom = office.person("Mai"), office.person("Tom")
    shop = office.project(mai, agents=(tom,))
    assert (
        office.refused(lambda conn: members.change_role(conn, by(tom), shop, mai.id, "agent", manager=tom.id))
        == "forbidden"
    )
    assert (
        office.refused(lambda conn: members.remove(conn, by(mai), shop, mai.id, manager=mai.id)) == "conflict"
    )


def test_an_invitation_is_mailed_and_makes_a_member_once(office: Office) -> None:
    mai, tom = office.person("Mai"), office.person("Tom")
    shop = office.project(mai)
    sent = office.run(
        lambda conn: invitations.invite(conn, by(mai), shop, email=tom.email, role="agent", inviter=mai.id)
    )
    assert sent.signals == [ResourceChanged(shop, Resource.INVITATIONS, sent.invitation.id)]
    (mail,) = office.mails(tom.email)
    assert mail.link.startswith("https://chat.example/app/invitation#")
    assert (mail.project, mail.inviter) == ("Shop", "Mai")
    token = token_of(office, tom)

    stranger = office.person("Eve")
    assert (
        office.refused(
            lambda conn: invitations.accept(conn, by(stranger), token, user=stranger.id, email=stranger.email)
        )
        == "other_address"
    )
    joined = office.run(lambda conn: invitations.accept(conn, by(tom), token, user=tom.id, email=tom.email))
    assert joined.project == shop
    assert ResourceChanged(shop, Resource.MEMBERS, tom.id) in joined.signals
    assert office.roles(shop)[tom.id] == "agent"
    assert (
        office.refused(lambda conn: invitations.accept(conn, by(tom), token, user=tom.id, email=tom.email))
        == "not_found"
    )
    again = office.refused(
        lambda conn: invitations.invite(conn, by(mai), shop, email=tom.email, role="agent", inviter=mai.id)
    )
    assert again == "already_member"


def test_an_invitation_accepted_twice_at_once_joins_once(office: Office) -> None:
    mai, tom = office.person("Mai"), office.person("Tom")
    shop = office.project(mai)
    office.run(
        lambda conn: invitations.invite(conn, by(mai), shop, email=tom.email, role="agent", inviter=mai.id)
    )
    token = token_of(office, tom)

    async def accept(conn: Any) -> Any:
        return await invitations.accept(conn, by(tom), token, user=tom.id, email=tom.email)

    won, late = office.race(accept, accept)
    assert won.project == shop
    assert code(late) == "not_found"
    assert office.audited(tom) == ["invitation.accepted"]


def test_a_member_who_is_added_again_keeps_the_role(office: Office) -> None:
    mai = office.person("Mai")
    shop = office.project(mai)
    office.run(lambda conn: members.add(conn, by(), shop, mai.id, "agent"))
    assert office.roles(shop) == {mai.id: "manager"}


def test_a_key_is_shown_once_and_its_limit_holds_under_concurrency(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    mai = office.person("Mai")
    shop = office.project(mai)
    monkeypatch.setattr(api_keys, "MAX_KEYS", 1)

    async def create(conn: Any) -> Any:
        return await api_keys.create(
            conn, by(mai), shop, name="Export", scopes=["members:read", "members:read"], maker=mai.id
        )

    won, late = office.race(create, create)
    assert won.secret.startswith(won.key.hint)
    assert won.key.scopes == ["members:read"]
    assert code(late) == "too_many"
    gone = office.run(lambda conn: api_keys.revoke(conn, by(mai), shop, won.key.id))
    assert gone == [ResourceChanged(shop, Resource.API_KEYS, won.key.id)]
    assert office.refused(lambda conn: api_keys.revoke(conn, by(mai), shop, won.key.id)) == "not_found"


def test_a_refused_change_leaves_no_audit_entry(office: Office) -> None:
    mai = office.person("Mai")
    shop = office.project(mai)
    office.refused(lambda conn: members.leave(conn, by(mai), shop, mai.id))
    assert office.audited(mai) == ["project.created"]
    assert office.run(lambda conn: member_rows.managers(conn, shop)) == {mai.id}
