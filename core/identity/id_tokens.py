"""ID tokens of OpenID Connect: a provider's claims about a user, trusted only when every check passes."""

from typing import Any, Final

import msgspec
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from core.errors import CoreError
from core.identity.providers import Provider
from core.text import emails, names

# Only by the provider's key pair: with HS256 anyone who knows our client secret could sign one.
ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
LEEWAY: Final = 60  # seconds of clock skew of the provider
LONGEST_NAME: Final = 100
LONGEST_SUBJECT: Final = 255


class InvalidIdToken(CoreError):
    """Not a valid token of this provider, for this client and this flow, at this time."""


class UnknownKey(InvalidIdToken):
    """Signed with a key that is not in the set: the provider may have rotated its keys."""


class Claims(msgspec.Struct, frozen=True):
    """The user at the provider. `email` None: the provider gave none, or has not verified it."""

    subject: str
    email: str | None
    name: str


def key_set(document: Any) -> KeySet:
    """The keys of a JWKS document; raises InvalidIdToken when it has none."""
    try:
        return KeySet.import_key_set(document)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise InvalidIdToken(f"no key set: {type(error).__name__}") from None


def read(
    token: str, keys: KeySet, *, provider: Provider, nonce: str, access_token: str, now: int
) -> dict[str, Any]:
    """The claims of an ID token, fully verified; raises UnknownKey or InvalidIdToken. `now` in ms."""
    try:
        decoded = jwt.decode(token, keys, algorithms=ALGORITHMS)
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            options={
                "iss": {"essential": True, "value": provider.issuer},
                "aud": {"essential": True, "value": provider.client_id},
                "exp": {"essential": True},
                "nonce": {"essential": True, "value": nonce},
                "sub": {"essential": True},
            },
            params={"nonce": nonce, "client_id": provider.client_id, "access_token": access_token},
        )
        claims.validate(now=now // 1000, leeway=LEEWAY)
    except JoseError as error:
        if error.error == "invalid_key_id":
            raise UnknownKey("signed with a key that is not in the set") from None
        raise InvalidIdToken(f"{error.error}: {error.description}"[:200]) from None
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise InvalidIdToken(type(error).__name__) from None
    _subject(claims)
    return dict(claims)


def claims(token: dict[str, Any], info: dict[str, Any] | None = None) -> Claims:
    """The claims we use of an ID token and of `info`, from the userinfo endpoint; raises InvalidIdToken."""
    subject = _subject(token)
    if info is not None and info.get("sub") != subject:
        raise InvalidIdToken("userinfo of another subject")
    said = token if info is None or "email" in token else info
    name = token.get("name") or (info or {}).get("name") or ""
    return Claims(subject, _email(said), _name(name))


def _subject(said: dict[str, Any]) -> str:
    subject = said.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT or "\0" in subject:
        raise InvalidIdToken("no subject")
    return subject


def _email(said: dict[str, Any]) -> str | None:
    email, verified = said.get("email"), said.get("email_verified")
    # Some providers send the boolean as a string.
    if not isinstance(email, str) or (verified is not True and verified != "true"):
        return None
    try:
        return emails.normalise(email)
    except ValueError:
        return None


def _name(said: Any) -> str:
    name = names.clean(said.encode("utf-8", "ignore").decode() if isinstance(said, str) else "")
    return name[:LONGEST_NAME].strip() if names.is_visible(name) else ""
