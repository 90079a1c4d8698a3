"""The rules of accounts as functions: called with a connection, as a command line or a stage does."""

from typing import Any

import pytest

from core import ids
from core.accounts import (
    administration,
    closing,
    credentials,
    email_change,
    identities,
    proof,
    registration,
    sessions,
    sign_in,
    two_factor,
)
from core.accounts.sessions import Begun
from core.db.identity import two_factor as factor_rows
from core.db.identity import users
from core.db.ops import administration as admin_rows
from core.db.projects import members as member_rows
from core.errors import InvalidField
from core.identity.id_tokens import Claims
from core.ids import UserId
from core.mail import EmailChanged, EmailChangeVerify, ResetPassword, VerifyEmail
from core.model import User
from core.signals import Resource, ResourceChanged, SessionEnded
from tests.integration.core.accounts import (
    MINUTE,
    NEW_HASH,
    PROVIDER,
    begin,
    changes,
    enrolled,
    living,
    stored,
    token_in,
)
from tests.integration.core.office import HASH, NOW, Office, by, code


def test_a_reset_password_ends_every_session_and_schedules_the_end_of_the_second_factor(
    office: Office,
) -> None:
    mai = office.person("Mai")
    shop = office.project(mai)
    enrolled(office, mai)
    begin(office, mai)
    office.run(lambda conn: credentials.request_reset(conn, by(), mai.email))
    (mail,) = [each for each in office.mails(mai.email) if isinstance(each, ResetPassword)]

    async def reset(conn: Any, chosen: str = "seven green lanterns") -> Any:
        return await credentials.reset_password(
            conn, by(), token_in(mail.link), password=chosen, password_hash=NEW_HASH, end_two_factor=True
        )

    with pytest.raises(InvalidField):
        office.run(lambda conn: reset(conn, mai.email))
    done = office.run(reset)
    assert (done.user.id, done.signals) == (mai.id, [SessionEnded(shop, mai.id, None)])
    assert stored(office, mai).password_hash == NEW_HASH
    assert office.refused(reset) == "invalid_token"
    assert living(office, mai) == set()

    due = by(now=NOW + two_factor.DELAY)
    assert not office.run(lambda conn: two_factor.end_due(conn, by(now=NOW + MINUTE)))
    assert office.run(lambda conn: two_factor.end_due(conn, due))
    assert not office.run(lambda conn: factor_rows.enabled(conn, mai.id))
    assert changes(office, mai)[-1] == "two_factor_off"


def test_a_reset_of_an_unknown_address_leaves_nothing(office: Office) -> None:
    address = f"{ids.make().hex()}@shop.example"
    office.run(lambda conn: credentials.request_reset(conn, by(), address))
    assert office.mails(address) == []


def test_changing_the_password_needs_the_one_that_was_verified(office: Office) -> None:
    mai = office.person("Mai")
    kept, other = begin(office, mai), begin(office, mai)

    async def change(conn: Any) -> Any:
        return await credentials.change_password(
            conn, by(mai), mai, password_hash=NEW_HASH, kept_session=kept.session
        )

    office.run(change)
    assert living(office, mai) == {kept.session}
    assert other.session not in living(office, mai)
    assert office.refused(change) == "wrong_password"
    assert changes(office, mai) == ["password_changed"]


def test_without_a_password_only_a_young_session_proves_the_owner(office: Office) -> None:
    mai = office.person("Mai", password_hash=None)
    session = begin(office, mai).session

    async def prove(conn: Any, now: int = NOW + proof.FRESH) -> User:
        return await proof.to_prove(conn, mai.id, session=session, now=now)

    assert office.run(prove).id == mai.id
    assert office.refused(lambda conn: prove(conn, NOW + proof.FRESH + 1)) == "sign_in_again"
    office.run(lambda conn: sessions.end_all(conn, by(mai), mai.id))
    assert office.refused(prove) == "unauthenticated"


def test_an_address_changes_from_the_new_mailbox_and_the_old_one_is_told(office: Office) -> None:
    mai = office.person("Mai")
    shop = office.project(mai)
    wanted = f"{ids.make().hex()}@new.example"
    assert office.refused(lambda conn: email_change.request(conn, by(mai), mai, mai.email)) == "invalid", (
        "it is the present address"
    )
    office.run(lambda conn: email_change.request(conn, by(mai), mai, wanted))
    (mail,) = office.mails(wanted)
    assert isinstance(mail, EmailChangeVerify)

    async def confirm(conn: Any) -> Any:
        return await email_change.confirm(conn, by(), mai, token_in(mail.link))

    signals = office.run(confirm)
    assert signals == [SessionEnded(shop, mai.id, None), ResourceChanged(shop, Resource.MEMBERS, mai.id)]
    assert stored(office, mai).email == wanted
    assert isinstance(office.mails(mai.email)[-1], EmailChanged)
    assert office.refused(confirm) == "already_confirmed"


def test_a_cancelled_change_of_address_cannot_be_confirmed(office: Office) -> None:
    mai = office.person("Mai")
    wanted = f"{ids.make().hex()}@new.example"
    office.run(lambda conn: email_change.request(conn, by(mai), mai, wanted))
    office.run(lambda conn: email_change.cancel(conn, by(mai), mai.id))
    text = token_in(office.mails(wanted)[0].link)
    assert office.refused(lambda conn: email_change.confirm(conn, by(), mai, text)) == "invalid_token"


def applicant(email: str, password_hash: str = HASH) -> User:
    return registration.applicant(
        email=email, full_name="Mai", password_hash=password_hash, language="vi", now=NOW
    )


def test_each_registration_verifies_its_own_password(office: Office) -> None:
    address = f"{ids.make().hex()}@shop.example"
    for password_hash in ("a stranger's", "the owner's"):
        office.run(lambda conn: registration.register(conn, by(), applicant(address, password_hash)))  # noqa: B023
    links = [mail.link for mail in office.mails(address) if isinstance(mail, VerifyEmail)]
    found = office.run(lambda conn: users.by_email(conn, address))
    assert (found.password_hash, found.email_verified_at) == (None, None)
    office.run(lambda conn: registration.verify(conn, by(), found, token_in(links[1])))
    assert stored(office, found).password_hash == "the owner's"
    late = office.refused(lambda conn: registration.verify(conn, by(), found, token_in(links[0])))
    assert late == "already_confirmed"


def test_two_registrations_of_one_address_at_once_make_one_account(office: Office) -> None:
    address = f"{ids.make().hex()}@shop.example"
    first, second = applicant(address, "one"), applicant(address, "two")
    office.race(
        lambda conn: registration.register(conn, by(), first),
        lambda conn: registration.register(conn, by(), second),
    )
    found = office.run(lambda conn: users.by_email(conn, address))
    assert found.id == first.id
    assert found.password_hash is None, "whose it is shows the mail that is opened"
    assert len(office.mails(address)) == 2


def claims(subject: str, email: str | None) -> Claims:
    return Claims(subject, email, "Mai")


def test_a_provider_makes_an_account_only_where_registration_allows_it(office: Office) -> None:
    subject = ids.make().hex()
    shown = claims(subject, f"{subject}@shop.example")

    async def owner(conn: Any, *, open_to_all: bool) -> Any:
        return await identities.owner(conn, by(), PROVIDER, shown, open_to_all=open_to_all)

    assert office.refused(lambda conn: owner(conn, open_to_all=False)) == "registration_closed"
    unverified = claims(subject, None)
    assert (
        office.refused(lambda conn: identities.owner(conn, by(), PROVIDER, unverified, open_to_all=True))
        == "provider_unverified"
    )
    found = office.run(lambda conn: owner(conn, open_to_all=True))
    assert (found.is_linked, found.signals) == (False, [])
    begun = office.run(
        lambda conn: sign_in.with_provider(
            conn, by(), found, PROVIDER, shown, secret=office.secret, knows=lambda _: False
        )
    )
    assert isinstance(begun, Begun)
    assert office.run(lambda conn: owner(conn, open_to_all=False)).is_linked
    assert office.mails(found.user.email) == [], "a new account is not warned of its own making"


def test_the_owner_of_a_mailbox_gets_the_account_that_a_stranger_registered(office: Office) -> None:
    mai = office.person("Mai", verified=False)
    shop = office.project(mai)
    begin(office, mai)
    shown = claims(ids.make().hex(), mai.email)
    found = office.run(lambda conn: identities.owner(conn, by(), PROVIDER, shown, open_to_all=False))
    assert found.signals == [SessionEnded(shop, mai.id, None)]
    assert stored(office, mai).password_hash is None
    assert living(office, mai) == set()


def test_an_identity_belongs_to_one_account_and_the_last_way_in_stays(office: Office) -> None:
    mai, tom = office.person("Mai"), office.person("Tom")
    shown = claims(ids.make().hex(), mai.email)
    office.run(lambda conn: identities.link(conn, by(), mai, PROVIDER, shown))
    assert office.refused(lambda conn: identities.link(conn, by(), tom, PROVIDER, shown)) == "identity_taken"
    office.run(lambda conn: identities.link_unless_taken(conn, by(), tom, PROVIDER, shown))
    known = {PROVIDER.issuer: PROVIDER.name}
    identity = _identity(office, mai)
    office.run(lambda conn: users.set_password(conn, mai.id, None))
    refused = office.refused(lambda conn: identities.unlink(conn, by(mai), mai.id, identity, known=known))
    assert refused == "last_way_in"
    office.run(lambda conn: users.set_password(conn, mai.id, HASH))
    office.run(lambda conn: identities.unlink(conn, by(mai), mai.id, identity, known=known))
    assert changes(office, mai) == ["identity_linked", "identity_unlinked"]


def _identity(office: Office, user: User) -> bytes:
    found: bytes = office.run(
        lambda conn: conn.fetchval("SELECT id FROM identities WHERE user_id = $1", user.id)
    )
    return found


def test_of_two_managers_who_delete_their_accounts_at_once_one_stays(office: Office) -> None:
    mai, tom = office.person("Mai"), office.person("Tom")
    shop = office.project(mai, tom)
    won, late = office.race(
        lambda conn: closing.delete(conn, by(mai), mai),
        lambda conn: closing.deactivate(conn, by(tom), tom),
    )
    assert won == [SessionEnded(shop, mai.id, None), ResourceChanged(shop, Resource.MEMBERS, mai.id)]
    assert code(late) == "last_manager"
    assert "Shop" in str(late)
    assert office.roles(shop) == {tom.id: "manager"}
    assert stored(office, mai).state == "deleted"
    assert stored(office, tom).state == "active"


def test_a_deactivated_manager_does_not_count_as_one(office: Office) -> None:
    mai, tom = office.person("Mai"), office.person("Tom")
    shop = office.project(mai, tom)
    office.run(lambda conn: closing.deactivate(conn, by(mai), mai))
    assert office.refused(lambda conn: closing.deactivate(conn, by(tom), tom)) == "last_manager"
    office.run(lambda conn: administration.reactivate(conn, by(), mai.id))
    office.run(lambda conn: closing.deactivate(conn, by(tom), tom))
    assert office.run(lambda conn: member_rows.managers(conn, shop)) == {mai.id}


def admin(office: Office, name: str) -> User:
    made = office.person(name)
    office.run(lambda conn: administration.set_admin(conn, by(), made.email, is_admin=True))
    return made


def test_of_two_administrators_who_suspend_each_other_one_stays(office: Office) -> None:
    mai, tom = admin(office, "Mai"), admin(office, "Tom")
    won, late = office.race(
        lambda conn: administration.suspend(conn, by(mai), tom.id, admin=mai.id),
        lambda conn: administration.suspend(conn, by(tom), mai.id, admin=tom.id),
    )
    assert (won.without_manager, won.signals) == ([], [])
    assert code(late) == "forbidden"
    assert stored(office, mai).state == "active"
    assert mai.id in office.run(admin_rows.living_admins)


def test_an_operator_suspends_without_being_an_administrator(office: Office) -> None:
    mai = office.person("Mai")
    shop = office.project(mai)
    done = office.run(lambda conn: administration.suspend(conn, by(), mai.id))
    assert [each.project for each in done.without_manager] == [shop]
    assert done.signals == [SessionEnded(shop, mai.id, None)]
    assert (
        office.refused(lambda conn: administration.suspend(conn, by(mai), mai.id, admin=mai.id)) == "conflict"
    )
    nobody = UserId(ids.make())
    assert office.refused(lambda conn: administration.reactivate(conn, by(), nobody)) == "not_found"


def test_an_unconfirmed_address_makes_no_administrator(office: Office) -> None:
    mai = office.person("Mai", verified=False)
    for email, refusal in ((mai.email, "unverified"), ("nobody@shop.example", "not_found")):
        refused = office.refused(
            lambda conn: administration.set_admin(conn, by(), email, is_admin=True)  # noqa: B023
        )
        assert refused == refusal
