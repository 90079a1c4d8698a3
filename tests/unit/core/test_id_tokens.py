"""ID tokens: which are accepted, and which are refused."""

import base64
import json
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

from core.identity import id_tokens
from core.identity.id_tokens import InvalidIdToken, UnknownKey
from core.identity.providers import Provider

NOW = 1_800_000_000
PROVIDER = Provider(
    id="local", name="Local", issuer="https://id.example", client_id="parley", client_secret="a client secret"
)
RSA = RSAKey.generate_key(2048, {"kid": "one"})
EC = ECKey.generate_key("P-256", {"kid": "two"})
STRANGER = RSAKey.generate_key(2048, {"kid": "one"})
KEYS = KeySet.import_key_set({"keys": [RSA.as_dict(private=False), EC.as_dict(private=False)]})
RIGHT = {
    "iss": "https://id.example",
    "aud": "parley",
    "sub": "subject-1",
    "nonce": "n-1",
    "iat": NOW - 5,
    "exp": NOW + 600,
    "email": "Mai@Shop.example",
    "email_verified": True,
    "name": "Mai Tran",
}


def signed(claims: dict[str, Any], *, key: Any = RSA, algorithm: str = "RS256", kid: str = "one") -> str:
    return jwt.encode({"alg": algorithm, "kid": kid}, claims, key, algorithms=[algorithm])


def read(token: str, *, now: int = NOW) -> dict[str, Any]:
    return id_tokens.read(token, KEYS, provider=PROVIDER, nonce="n-1", access_token="at", now=now * 1000)


def unsigned(header: dict[str, Any], claims: dict[str, Any], signature: str = "") -> str:
    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part(header)}.{part(claims)}.{signature}"


def test_a_valid_token_is_accepted_with_each_algorithm() -> None:
    assert read(signed(RIGHT))["sub"] == "subject-1"
    assert read(signed(RIGHT, algorithm="PS256"))["sub"] == "subject-1"
    assert read(signed(RIGHT, key=EC, algorithm="ES256", kid="two"))["sub"] == "subject-1"


def test_with_several_audiences_the_authorized_party_must_be_us() -> None:
    assert read(signed(RIGHT | {"aud": ["parley", "another"], "azp": "parley"}))
    with pytest.raises(InvalidIdToken):
        read(signed(RIGHT | {"aud": ["parley", "another"], "azp": "another"}))


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://evil.example"},
        {"iss": "https://id.example/"},
        {"iss": ["https://id.example"]},
        {"aud": "another"},
        {"aud": ["another"]},
        {"aud": []},
        {"azp": "another"},
        {"nonce": "n-2"},
        {"nonce": ""},
        {"exp": NOW - 61},
        {"exp": "never"},
        {"iat": NOW + 600},
        {"nbf": NOW + 600},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 256},
        {"sub": "a\0b"},
        {"at_hash": "wrong"},
    ],
    ids=str,
)
def test_a_token_with_a_wrong_claim_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(InvalidIdToken):
        read(signed(RIGHT | changed))


@pytest.mark.parametrize("missing", ["iss", "aud", "sub", "nonce", "exp", "iat"])
def test_a_token_with_a_missing_claim_is_refused(missing: str) -> None:
    with pytest.raises(InvalidIdToken):
        read(signed({name: value for name, value in RIGHT.items() if name != missing}))


def test_a_token_expires_with_a_leeway_of_a_minute() -> None:
    token = signed(RIGHT)
    assert read(token, now=NOW + 600 + 59)
    with pytest.raises(InvalidIdToken):
        read(token, now=NOW + 600 + 61)


def test_a_forged_signature_is_refused() -> None:
    public = RSA.as_pem(private=False)
    tokens = [
        signed(RIGHT, key=STRANGER),
        unsigned({"alg": "none"}, RIGHT),
        unsigned({"alg": "none", "kid": "one"}, RIGHT, "e30"),
        signed(RIGHT, key=OctKey.import_key(PROVIDER.client_secret), algorithm="HS256"),
        signed(RIGHT, key=OctKey.import_key(base64.b64encode(public)), algorithm="HS256"),
        signed(RIGHT)[:-4] + "AAAA",
    ]
    for token in tokens:
        with pytest.raises(InvalidIdToken):
            read(token)


def test_a_key_inside_a_token_is_not_used() -> None:
    header = {"alg": "RS256", "kid": "one", "jwk": STRANGER.as_dict(private=False)}
    with pytest.raises(InvalidIdToken):
        read(jwt.encode(header, RIGHT, STRANGER, algorithms=["RS256"]))


def test_an_unknown_key_has_an_error_of_its_own() -> None:
    with pytest.raises(UnknownKey):
        read(signed(RIGHT, kid="three"))


@pytest.mark.parametrize("text", ["", "a", "a.b.c", "....", "e30.e30.e30", "é.é.é", "[" * 5000])
def test_a_malformed_token_is_refused(text: str) -> None:
    with pytest.raises(InvalidIdToken):
        read(text)


@pytest.mark.parametrize(
    "document", [None, {}, [], {"keys": []}, {"keys": [{}]}, {"keys": "x"}, {"keys": [1]}]
)
def test_a_malformed_key_set_is_refused(document: Any) -> None:
    with pytest.raises(InvalidIdToken):
        id_tokens.key_set(document)


def test_a_verified_address_is_normalised() -> None:
    assert id_tokens.claims(RIGHT) == id_tokens.Claims("subject-1", "mai@shop.example", "Mai Tran")
    assert id_tokens.claims(RIGHT | {"email_verified": "true"}).email == "mai@shop.example"


@pytest.mark.parametrize("verified", [False, None, "false", "yes", 1, [], "True "])
def test_an_unverified_address_is_ignored(verified: Any) -> None:
    assert id_tokens.claims(RIGHT | {"email_verified": verified}).email is None
    assert id_tokens.claims({name: RIGHT[name] for name in ("sub", "email")}).email is None


def test_userinfo_adds_an_address_for_the_same_subject_only() -> None:
    bare = {"sub": "subject-1"}
    assert id_tokens.claims(bare, {"sub": "subject-1", "email": "a@b.example", "email_verified": True}).email
    with pytest.raises(InvalidIdToken):
        id_tokens.claims(bare, {"sub": "subject-2", "email": "a@b.example", "email_verified": True})
    claims = id_tokens.claims(
        bare | {"email": "a@b.example", "email_verified": False},
        {"sub": "subject-1", "email": "a@b.example", "email_verified": True},
    )
    assert claims.email is None


def test_a_name_is_one_line_of_at_most_a_hundred_characters() -> None:
    assert id_tokens.claims(RIGHT | {"name": "Mai\n\0Tran" + "x" * 200}).name == "Mai Tran" + "x" * 92
    assert id_tokens.claims(RIGHT | {"name": 7}).name == ""
