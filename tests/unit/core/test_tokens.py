"""Access tokens and socket tickets."""

import json

import jwt
import pytest
from jwt.api_jws import PyJWS

from core import ids
from core.identity import tokens
from core.ids import ProjectId, UserId

SECRET = "a secret of at least thirty-two characters"
USER = UserId(ids.make())
SESSION = ids.make()
jws = PyJWS()
PROJECT = ProjectId(ids.make())
NOW = 1_800_000_000_000


def access() -> str:
    return tokens.sign_access(SECRET, user=USER, session=SESSION, now=NOW)


def ticket() -> str:
    return tokens.sign_ticket(
        SECRET, user=USER, project=PROJECT, name="Ann", role="agent", session=SESSION, now=NOW
    )


def test_an_access_token_identifies_its_caller_for_fifteen_minutes() -> None:
    read = tokens.read_access(SECRET, access(), now=NOW + tokens.ACCESS_LIFE * 1000 - 1)
    assert (read.user, read.session) == (USER, SESSION)
    with pytest.raises(tokens.ExpiredToken):
        tokens.read_access(SECRET, access(), now=NOW + tokens.ACCESS_LIFE * 1000)


def test_a_ticket_identifies_its_user_and_project() -> None:
    read = tokens.read_ticket(SECRET, ticket(), project=PROJECT, now=NOW)
    assert (read.user, read.project, read.name, read.role, read.session) == (
        USER,
        PROJECT,
        "Ann",
        "agent",
        SESSION,
    )
    with pytest.raises(tokens.ExpiredToken):
        tokens.read_ticket(SECRET, ticket(), project=PROJECT, now=NOW + tokens.TICKET_LIFE * 1000)
    with pytest.raises(tokens.InvalidToken):
        tokens.read_ticket(SECRET, ticket(), project=ProjectId(ids.make()), now=NOW)


def test_two_tickets_are_never_the_same() -> None:
    jtis = {tokens.read_ticket(SECRET, ticket(), project=PROJECT, now=NOW).jti for _ in range(10)}
    assert len(jtis) == 10


def test_an_access_token_and_a_ticket_cannot_stand_in_for_each_other() -> None:
    with pytest.raises(tokens.InvalidToken):
        tokens.read_access(SECRET, ticket(), now=NOW)
    with pytest.raises(tokens.InvalidToken):
        tokens.read_ticket(SECRET, access(), project=PROJECT, now=NOW)


def test_another_secret_is_refused() -> None:
    with pytest.raises(tokens.InvalidToken):
        tokens.read_access(SECRET[::-1], access(), now=NOW)


@pytest.mark.parametrize("claim", ["iss", "aud", "sub", "iat", "exp", "jti", "sid"])
def test_a_token_with_a_missing_claim_is_refused(claim: str) -> None:
    claims = jwt.decode(access(), options={"verify_signature": False})
    del claims[claim]
    forged = jwt.encode(claims, tokens._key(SECRET), algorithm="HS256")
    with pytest.raises(tokens.InvalidToken):
        tokens.read_access(SECRET, forged, now=NOW)


@pytest.mark.parametrize(("claim", "value"), [("sub", "no id"), ("sid", 7), ("exp", "soon"), ("iss", "us")])
def test_a_claim_of_the_wrong_type_is_refused(claim: str, value: object) -> None:
    claims = jwt.decode(access(), options={"verify_signature": False}) | {claim: value}
    forged = jws.encode(json.dumps(claims).encode(), tokens._key(SECRET), algorithm="HS256")
    with pytest.raises(tokens.InvalidToken):
        tokens.read_access(SECRET, forged, now=NOW)


def test_an_unsigned_token_is_refused() -> None:
    claims = jwt.decode(access(), options={"verify_signature": False})
    with pytest.raises(tokens.InvalidToken):
        tokens.read_access(SECRET, jwt.encode(claims, None, algorithm="none"), now=NOW)


@pytest.mark.parametrize("token", ["", "a.b.c", "é", "x" * 5000])
def test_any_other_text_is_refused(token: str) -> None:
    with pytest.raises(tokens.InvalidToken):
        tokens.read_access(SECRET, token, now=NOW)


def test_a_partial_token_is_valid_for_five_minutes_and_for_the_second_factor_alone() -> None:
    partial = tokens.sign_partial(SECRET, user=USER, shown="", now=NOW)
    assert tokens.read_partial(SECRET, partial, now=NOW + 5 * 60_000 - 1).user == USER
    with pytest.raises(tokens.ExpiredToken):
        tokens.read_partial(SECRET, partial, now=NOW + 5 * 60_000)
    for other in (access(), ticket()):
        with pytest.raises(tokens.InvalidToken):
            tokens.read_partial(SECRET, other, now=NOW)
    with pytest.raises(tokens.InvalidToken):
        tokens.read_access(SECRET, partial, now=NOW)
    with pytest.raises(tokens.InvalidToken):
        tokens.read_ticket(SECRET, partial, project=PROJECT, now=NOW)
