"""Signing in and out as functions: called with a connection, as a command line or a stage does."""

from typing import Any

import pytest

from core import ids
from core.accounts import (
    credentials,
    second_step,
    sessions,
    sign_in,
    two_factor,
)
from core.accounts.second_step import CodeNeeded
from core.accounts.sessions import Begun, NotRefreshed, Refreshed
from core.db.identity import two_factor as factor_rows
from core.db.identity import users
from core.errors import DomainError
from core.identity import tokens
from core.mail import NewSignIn
from core.model import User
from core.signals import SessionEnded
from tests.integration.core.accounts import (
    FIREFOX,
    MINUTE,
    NEW_HASH,
    begin,
    changes,
    code_at,
    enrolled,
    living,
    stored,
)
from tests.integration.core.office import HASH, NOW, Office, by, code


def test_signing_in_begins_a_session_and_a_strange_browser_is_mailed(office: Office) -> None:
    mai = office.person("Mai")
    first = begin(office, mai)
    assert living(office, mai) == {first.session}
    assert office.mails(mai.email) == [], "the first sign-in ever is no surprise"
    begin(office, stored(office, mai), agent=FIREFOX)
    (mail,) = office.mails(mai.email)
    assert isinstance(mail, NewSignIn)
    assert mail.device == "Firefox 145, Linux"
    assert office.audited(mai) == ["session.started", "session.started"]


def test_the_oldest_session_ends_and_its_sockets_are_named(office: Office) -> None:
    mai = office.person("Mai")
    shop = office.project(mai)
    begun = [begin(office, mai, now=NOW + count) for count in range(sessions.MAX_SESSIONS)]
    assert all(each.signals == [] for each in begun)
    last = begin(office, mai, now=NOW + 100)
    assert last.signals == [SessionEnded(shop, mai.id, begun[0].session)]
    assert living(office, mai) == {each.session for each in begun[1:]} | {last.session}


def test_a_password_that_changed_since_it_was_verified_begins_nothing(office: Office) -> None:
    mai = office.person("Mai")
    owner, thief = by(mai), by()
    won, late = office.race(
        lambda conn: credentials.change_password(conn, owner, mai, password_hash=NEW_HASH, kept_session=None),
        lambda conn: sessions.begin(conn, thief, mai, secret=office.secret, knows_device=False),
    )
    assert won == []
    assert code(late) == "bad_credentials"
    assert living(office, mai) == set()


@pytest.mark.parametrize(("state", "refusal"), [("suspended", "inactive"), ("deactivated", "inactive")])
def test_a_closed_account_cannot_sign_in(office: Office, state: Any, refusal: str) -> None:
    mai = office.person("Mai")
    office.run(lambda conn: users.set_state(conn, mai.id, state))
    for user in (mai, stored(office, mai)):
        given = {"rehashed": None, "secret": office.secret, "knows": lambda _: False}
        refused = office.refused(lambda conn: sign_in.with_password(conn, by(), user, **given))  # noqa: B023
        assert refused == refusal


def test_a_refresh_token_is_rotated_and_a_copy_ends_the_session(office: Office) -> None:
    mai = office.person("Mai")
    shop = office.project(mai)
    begun = begin(office, mai)

    def refresh(token: str, *, now: int) -> Any:
        return office.run(lambda conn: sessions.refresh(conn, by(now=now), token, secret=office.secret))

    rotated = refresh(begun.refresh_token, now=NOW + MINUTE)
    assert isinstance(rotated, Refreshed)
    assert rotated.session == begun.session
    copied = refresh(begun.refresh_token, now=NOW + 2 * MINUTE)
    assert copied == NotRefreshed([SessionEnded(shop, mai.id, begun.session)])
    assert living(office, mai) == set()
    assert refresh(rotated.refresh_token, now=NOW + 2 * MINUTE) == NotRefreshed([])
    assert office.audited(mai)[-1] == "session.reused"


def test_signing_out_ends_one_session_and_everywhere_ends_all(office: Office) -> None:
    mai = office.person("Mai")
    shop = office.project(mai)
    first, second, third = (begin(office, mai, now=NOW + count) for count in range(3))
    out = office.run(lambda conn: sessions.sign_out(conn, by(), first.refresh_token, secret=office.secret))
    assert out == [SessionEnded(shop, mai.id, first.session)]
    assert office.run(lambda conn: sessions.sign_out(conn, by(), "no token", secret=office.secret)) == []
    assert office.run(lambda conn: sessions.end_one(conn, by(mai), mai.id, second.session))
    strange = ids.make()
    assert office.refused(lambda conn: sessions.end_one(conn, by(mai), mai.id, strange)) == "not_found"
    assert office.run(lambda conn: sessions.end_all(conn, by(mai), mai.id)) == [
        SessionEnded(shop, mai.id, None)
    ]
    assert third.session not in living(office, mai)


def test_the_second_factor_is_asked_and_its_code_works_once(office: Office) -> None:
    mai = office.person("Mai")
    secret = enrolled(office, mai)
    later = NOW + MINUTE
    asked = office.run(
        lambda conn: sign_in.with_password(
            conn, by(now=later), mai, rehashed=None, secret=office.secret, knows=lambda _: False
        )
    )
    assert isinstance(asked, CodeNeeded)
    assert living(office, mai) == set()
    partial = second_step.read(asked.partial_token, secret=office.secret, now=later)

    async def finish(conn: Any, typed: str = code_at(secret, later)) -> Any:
        return await second_step.finish(
            conn,
            by(now=later),
            partial,
            kind="app",
            code=typed,
            link=None,
            secret=office.secret,
            knows_device=True,
        )

    assert office.refused(lambda conn: finish(conn, "000000")) == "wrong_code"
    won, late = office.race(finish, finish)
    assert isinstance(won, Begun)
    assert code(late) == "wrong_code"
    assert living(office, mai) == {won.session}


def test_one_partial_token_begins_one_session_although_two_codes_are_right(office: Office) -> None:
    mai = office.person("Mai")
    secret = enrolled(office, mai)
    asked = office.run(lambda conn: second_step.ask(conn, by(), mai, secret=office.secret))
    partial = second_step.read(asked.partial_token, secret=office.secret, now=NOW)
    later = NOW + MINUTE
    recovery = office.run(
        lambda conn: two_factor.renew_codes(conn, by(mai, now=later), mai, code_at(secret, later))
    )

    def finish(typed: str) -> Any:
        return lambda conn: second_step.finish(
            conn,
            by(now=later),
            partial,
            kind="recovery",
            code=typed,
            link=None,
            secret=office.secret,
            knows_device=True,
        )

    won, late = office.race(finish(recovery[0]), finish(recovery[1]))
    assert isinstance(won, Begun)
    assert code(late) == "unauthenticated"
    assert living(office, mai) == {won.session}
    profile = office.run(lambda conn: users.profile(conn, mai.id, now=later))
    assert profile.recovery_codes == 9, "one is used up"


def test_a_partial_token_ends_with_the_password_and_with_its_time(office: Office) -> None:
    mai = office.person("Mai")
    asked = office.run(lambda conn: second_step.ask(conn, by(), mai, secret=office.secret))
    partial = second_step.read(asked.partial_token, secret=office.secret, now=NOW)
    assert second_step.still_good(partial, mai, secret=office.secret) == mai
    changed = User(*[NEW_HASH if each == HASH else each for each in _fields(mai)])
    for owner, refusal in ((changed, "unauthenticated"), (None, "unauthenticated")):
        with pytest.raises(DomainError) as refused:
            second_step.still_good(partial, owner, secret=office.secret)
        assert refused.value.code == refusal
    with pytest.raises(DomainError) as late:
        second_step.read(asked.partial_token, secret=office.secret, now=NOW + 60 * MINUTE)
    assert late.value.code == "expired"
    ticket = tokens.sign_access(office.secret, user=mai.id, session=ids.make(), now=NOW)
    with pytest.raises(DomainError) as wrong:
        second_step.read(ticket, secret=office.secret, now=NOW)
    assert wrong.value.code == "unauthenticated"


def test_recovery_codes_turn_the_second_factor_off(office: Office) -> None:
    mai = office.person("Mai")
    secret = enrolled(office, mai)
    later = by(mai, now=NOW + MINUTE)
    fresh = office.run(lambda conn: two_factor.renew_codes(conn, later, mai, code_at(secret, NOW + MINUTE)))
    assert office.refused(lambda conn: two_factor.disable(conn, later, mai, "no such code")) == "wrong_code"
    office.run(lambda conn: two_factor.disable(conn, later, mai, fresh[0].upper()))
    assert not office.run(lambda conn: factor_rows.enabled(conn, mai.id))
    assert changes(office, mai) == [
        "two_factor_on",
        "recovery_codes_renewed",
        "recovery_code_used",
        "two_factor_off",
    ]


def _fields(user: User) -> list[Any]:
    return [getattr(user, name) for name in User.__struct_fields__]
