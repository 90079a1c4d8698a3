"""Identity tokens: only what the project's own secret has signed for now and here is believed."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any, Final

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from core import ids
from core.identity import visitor_tokens
from core.identity.visitor_tokens import Identity, InvalidIdentity, read_signature, read_token
from core.ids import ProjectId

NOW: Final = 1_767_000_000_000
SECONDS: Final = NOW // 1000
PROJECT: Final = ProjectId(ids.make(NOW))
FIRST, SECOND = ids.make(NOW), ids.make(NOW)
KNOWN: Final = {
    SECOND: "pis_second-secret-of-the-project-0123456789",
    FIRST: "pis_first-0123456789-0123456789-01",
}
CLAIMS: Final[dict[str, Any]] = {
    "external_id": "1042",
    "name": "Jonas Weber",
    "email": "jonas@example.com",
    "orders": 3,
    "vip": True,
    "aud": ids.text(PROJECT),
    "iat": SECONDS,
    "exp": SECONDS + 3600,
}


def signed(
    claims: dict[str, Any] | None = None, *, secret: str = KNOWN[FIRST], kid: str | None = None, **more: Any
) -> str:
    header = {"kid": kid} if kid is not None else None
    return jwt.encode({**(CLAIMS if claims is None else claims), **more}, secret, "HS256", headers=header)


def read(token: str, *, now: int = NOW) -> Identity:
    return read_token(token, KNOWN, project=PROJECT, now=now)


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in CLAIMS.items() if key != name}


def by_hand(header: Any, claims: Any = CLAIMS, *, secret: str = KNOWN[FIRST]) -> str:
    """A token of any header, signed with HMAC-SHA256."""
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, claims)]
    signature = hmac.digest(secret.encode(), b".".join(parts), hashlib.sha256)
    return b".".join([*parts, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()


def test_a_token_says_who_the_visitor_is_and_which_secret_signed_it() -> None:
    found = read(signed())
    assert (found.external_id, found.secret) == ("1042", FIRST)
    assert found.facts == {"name": "Jonas Weber", "email": "jonas@example.com", "orders": 3, "vip": True}
    assert read(signed(secret=KNOWN[SECOND], kid=ids.text(SECOND))).secret == SECOND
    assert read(by_hand({"alg": "HS256", "typ": "JWT"})).external_id == "1042"


def test_javascript_and_php_give_times_with_fractions() -> None:
    assert read(signed(iat=SECONDS + 0.25, exp=SECONDS + 60.75)).external_id == "1042"


RSA: Final = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PUBLIC: Final = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

FORGED: Final[dict[str, Callable[[], str]]] = {
    "of another secret": lambda: signed(secret="pis_a-secret-of-somewhere-else-0123456789"),
    "of the empty secret": lambda: by_hand({"alg": "HS256"}, secret=""),
    "of the secret of another kid": lambda: signed(kid=ids.text(SECOND)),
    "of an unknown kid": lambda: signed(kid=ids.text(ids.make(NOW))),
    "of a kid that is no text": lambda: by_hand({"alg": "HS256", "kid": [ids.text(FIRST)]}),
    "with another payload": lambda: ".".join(
        [signed().split(".")[0], signed(external_id="1").split(".")[1], signed().split(".")[2]]
    ),
    "without a signature": lambda: signed().rsplit(".", 1)[0] + ".",
    "alg none": lambda: jwt.encode(CLAIMS, "", "none"),
    "alg none in other letters, with a right signature": lambda: by_hand({"alg": "nOnE"}),
    "alg HS512": lambda: jwt.encode(CLAIMS, KNOWN[FIRST] * 2, "HS512"),
    "alg RS256": lambda: jwt.encode(CLAIMS, RSA, "RS256"),
    "alg RS256, with a right HMAC": lambda: by_hand({"alg": "RS256"}),
    "signed by HMAC with a public key": lambda: by_hand({"alg": "HS256"}, secret=PUBLIC),
    "no alg": lambda: by_hand({"typ": "JWT"}),
    "a header that is no object": lambda: by_hand(["HS256"]),
    "a header of 3,000 lists": lambda: (
        base64.urlsafe_b64encode(b"[" * 3000).decode().rstrip("=") + ".e30.AAAA"
    ),
    "claims that are no object": lambda: by_hand({"alg": "HS256"}, [1]),
    "no JWT": lambda: "hello",
    "four parts": lambda: signed() + ".AAAA",
    "not ASCII": lambda: "é.é.é",
    "too long": lambda: signed(padding="x" * 8_192),
    "another project": lambda: signed(aud=ids.text(ids.make(NOW))),
    "two projects that are not ours": lambda: signed(aud=[ids.text(ids.make(NOW)), "*"]),
    "an audience that is no text": lambda: signed(aud=1),
    "expired": lambda: signed(exp=SECONDS),
    "issued in the future": lambda: signed(iat=SECONDS + 61, exp=SECONDS + 3600),
    "in milliseconds": lambda: signed(iat=NOW, exp=NOW + 3_600_000),
    "not valid yet": lambda: signed(nbf=SECONDS + 61),
    "valid for more than a day": lambda: signed(exp=SECONDS + 86_401),
    "valid for a million years": lambda: signed(exp=10**30),
    "an exp of NaN": lambda: signed(exp=float("nan")),
    "an exp of infinity": lambda: signed(exp=float("inf")),
    "an exp that is true": lambda: signed(exp=True),
    "an exp that is a text": lambda: signed(exp=str(SECONDS + 60)),
    "an iat of minus infinity": lambda: signed(iat=float("-inf")),
    **{
        f"without {name}": (lambda name=name: signed(without(name)))
        for name in ("aud", "exp", "iat", "external_id")
    },
}


@pytest.mark.parametrize("make", FORGED.values(), ids=FORGED.keys())
def test_a_token_is_refused_that_is(make: Callable[[], str]) -> None:
    with pytest.raises(InvalidIdentity) as refused:
        read(make())
    assert str(refused.value)
    assert not any(secret in str(refused.value) for secret in KNOWN.values())


def test_a_token_can_be_used_again_until_it_expires_and_not_after() -> None:
    token = signed()
    assert read(token) == read(token, now=NOW + 3_599_999)
    with pytest.raises(InvalidIdentity, match="expired"):
        read(token, now=NOW + 3_600_000)


def test_a_removed_secret_signs_nothing_any_more() -> None:
    token = signed(secret=KNOWN[FIRST])
    with pytest.raises(InvalidIdentity, match="signature"):
        read_token(token, {SECOND: KNOWN[SECOND]}, project=PROJECT, now=NOW)
    with pytest.raises(InvalidIdentity, match="signature"):
        read_token(token, {}, project=PROJECT, now=NOW)


EXTERNAL_IDS: Final = {
    "empty": "",
    "too long": "x" * 201,
    "a number": 1042,
    "null": None,
    "a list": ["1042"],
    "a NUL": "10\x0042",
    "a line break": "10\n42",
    "a blank before": " 1042",
    "only blanks": "   ",
    "a bidirectional override": "10\u202e42",
    "a zero-width space": "1042\u200b",
    "a byte order mark": "\ufeff1042",
    "half a surrogate pair": "10\ud83d42",
    "only a joiner": "\u200d",
}


@pytest.mark.parametrize("given", EXTERNAL_IDS.values(), ids=EXTERNAL_IDS.keys())
def test_an_external_id_is_refused_that_is(given: Any) -> None:
    with pytest.raises(InvalidIdentity):
        read(signed(external_id=given))


@pytest.mark.parametrize(
    "given", ["Жонас", "山田-7", "👩‍👩‍👧", "e\u0301", "é", "a" * 200, "0", "a:b/c?d#e", "İ"]
)
def test_any_other_external_id_stays_as_it_is(given: str) -> None:
    assert read(signed(external_id=given)).external_id == given


def test_ids_that_only_look_alike_are_different_visitors() -> None:
    alike = [read(signed(external_id=one)).external_id for one in ("é", "e\u0301", "A", "a", "\u0430")]
    assert len({ids.verified_visitor(PROJECT, one) for one in alike}) == 5


def test_the_visitor_is_the_same_everywhere_and_another_one_in_another_project() -> None:
    visitor = ids.verified_visitor(PROJECT, "1042")
    assert visitor == ids.verified_visitor(PROJECT, "1042") != ids.verified_visitor(PROJECT, "1043")
    assert visitor != ids.verified_visitor(ProjectId(ids.make(NOW)), "1042")
    assert ids.is_verified(visitor)
    assert not ids.is_verified(ids.VisitorId(ids.make(NOW)))


FACTS: Final[dict[str, dict[str, Any]]] = {
    "a list": {"roles": ["admin"]},
    "an object": {"address": {"city": "Ulm"}},
    "a fraction": {"balance": 1.5},
    "a number that JavaScript cannot count to": {"id": 2**53},
    "a huge number": {"id": 10**400},
    "a long text": {"note": "x" * 1_001},
    "a long name": {"n" * 65: "x"},
    "half a surrogate pair": {"note": "\ud800"},
    "half a surrogate pair in a name": {"\ud800": "x"},
    "too many facts": {f"fact {number}": 1 for number in range(40)},
    "too many bytes": {f"fact {number}": "x" * 900 for number in range(5)},
}


@pytest.mark.parametrize("more", FACTS.values(), ids=FACTS.keys())
def test_facts_that_cannot_be_kept_are_an_error_and_not_lost(more: dict[str, Any]) -> None:
    with pytest.raises(InvalidIdentity):
        read(signed({**without("name"), **more}))


def test_facts_are_cleaned_as_all_facts_are_and_nulls_left_out() -> None:
    found = read(signed(name="Jonas\u202e\n Weber", email=None, jti="a", iss="shop", sub="1042"))
    assert found.facts == {"name": "Jonas Weber", "orders": 3, "vip": True}


def simple(
    external_id: str = "1042", expires: int = SECONDS + 60, *, secret: str = KNOWN[FIRST], message: str = ""
) -> str:
    return hmac.new(
        secret.encode(), (message or f"{expires}.{external_id}").encode(), hashlib.sha256
    ).hexdigest()


def test_the_simple_form_proves_the_id_and_nothing_else() -> None:
    found = read_signature("1042", SECONDS + 60, simple(), KNOWN, now=NOW)
    assert found == Identity("1042", {}, FIRST)


@pytest.mark.parametrize(
    ("external_id", "expires", "signature"),
    [
        ("1043", SECONDS + 60, simple()),
        ("1042", SECONDS + 61, simple()),
        ("1042", SECONDS, simple(expires=SECONDS)),
        ("1042", SECONDS + 86_401, simple(expires=SECONDS + 86_401)),
        ("1042", 10**15, simple(expires=10**15)),
        ("1042", SECONDS + 60, simple(secret="another")),
        ("1042", SECONDS + 60, simple(message="1042")),
        ("1042", SECONDS + 60, simple().upper()),
        ("1042", SECONDS + 60, ""),
        ("1042", SECONDS + 60, "é" * 64),
        ("10\u200b42", SECONDS + 60, simple("10\u200b42")),
        ("\ud800", SECONDS + 60, "0" * 64),
    ],
)
def test_a_wrong_signature_is_refused(external_id: str, expires: int, signature: str) -> None:
    with pytest.raises(InvalidIdentity):
        read_signature(external_id, expires, signature, KNOWN, now=NOW)


def test_a_token_cannot_pass_for_a_signature() -> None:
    """Both are made with one secret: what is signed must not be readable as the other form."""
    head, payload, signature = signed().split(".")
    as_hex = base64.urlsafe_b64decode(signature + "==").hex()
    assert not head.isdigit()
    with pytest.raises(InvalidIdentity):
        read_signature(payload[:200], SECONDS + 60, as_hex, KNOWN, now=NOW)


def test_a_new_secret_is_long_and_recognisable() -> None:
    made = {visitor_tokens.fresh_secret() for _ in range(10)}
    assert len(made) == 10
    assert all(one.startswith("pis_") and len(one) == 47 for one in made)
