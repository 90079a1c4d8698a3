"""Encryption at rest, under rotatable keys, of secrets that we must read again: TOTP, mails, identity."""

import base64
import binascii
import os
import re
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.config.settings import Settings, SettingsError
from core.errors import CoreError

VERSION: Final = 1
KEY: Final = 32  # bytes: AES-256
NONCE: Final = 12  # bytes, random: enough for 2^32 seals under one key
DERIVED: Final = "secret"  # the id of the key derived from PARLEY_SECRET_KEY
MAIL: Final = "mail"  # the purpose of mails.sealed

_ID = re.compile(r"[A-Za-z0-9_-]{1,16}")


class Unsealable(CoreError):
    """The bytes were changed, sealed for another purpose, or sealed under a key that we no longer have."""


class Sealer:
    """Seals with the newest key and opens with any. Build it with `of`."""

    def __init__(self, keys: dict[str, bytes]) -> None:
        """`keys`: id → 32 bytes, the newest first; at least one."""
        self._keys = {name: AESGCM(key) for name, key in keys.items()}
        self._newest = next(iter(self._keys))
        self.head = _head(self._newest)

    @classmethod
    def of(cls, settings: Settings) -> "Sealer":
        """The keys of the settings; raises SettingsError.

        The key derived from the secret is the last one, so that an operator who starts to list keys can still
        open what was sealed before; the word `secret` in the list gives it another position.
        """
        derived = _derived(settings.secret_key) if settings.secret_key else None
        keys = _named(settings.encryption_keys, derived)
        if derived is not None:
            keys.setdefault(DERIVED, derived)
        if not keys:
            raise SettingsError("PARLEY_ENCRYPTION_KEYS or PARLEY_SECRET_KEY must be set")
        return cls(keys)

    def seal(self, secret: bytes, *, purpose: str) -> bytes:
        """Version, key id, nonce and ciphertext. Only the same `purpose` opens it."""
        nonce = os.urandom(NONCE)
        sealed = self._keys[self._newest].encrypt(nonce, secret, self.head + purpose.encode())
        return self.head + nonce + sealed

    def open(self, sealed: bytes, *, purpose: str) -> bytes:
        """The secret; raises Unsealable."""
        name = _key_id(sealed)
        if name not in self._keys:
            raise Unsealable(f"sealed with the key {name!r}, which is not in PARLEY_ENCRYPTION_KEYS")
        head = _head(name)
        nonce, rest = sealed[len(head) : len(head) + NONCE], sealed[len(head) + NONCE :]
        try:
            return self._keys[name].decrypt(nonce, rest, head + purpose.encode())
        except (InvalidTag, ValueError):
            raise Unsealable("changed, truncated, or sealed for another purpose") from None

    def stale(self, sealed: bytes) -> bool:
        """Whether it is sealed with another key than the newest."""
        return not sealed.startswith(self.head)


def totp_purpose(user: bytes) -> str:
    """The purpose of two_factor.sealed: bound to the user, so that rows cannot be swapped."""
    return f"two_factor|{user.hex()}"


def identity_purpose(secret: bytes) -> str:
    """The purpose of identity_secrets.sealed: bound to the secret's id."""
    return f"identity_secret|{secret.hex()}"


def provider_purpose(project: bytes) -> str:
    """The purpose of assistant_providers.sealed: bound to the project."""
    return f"assistant_provider|{project.hex()}"


def _head(name: str) -> bytes:
    return bytes([VERSION, len(name)]) + name.encode()


def _key_id(sealed: bytes) -> str:
    if len(sealed) < 2 or sealed[0] != VERSION:
        raise Unsealable("not in the sealed format of this version")
    return sealed[2 : 2 + sealed[1]].decode("ascii", "replace")


def _named(text: str, derived: bytes | None) -> dict[str, bytes]:
    keys: dict[str, bytes] = {}
    for each in filter(None, (part.strip() for part in text.split(","))):
        if each == DERIVED and derived is not None:
            keys.setdefault(DERIVED, derived)
            continue
        name, _, written = each.partition(":")
        if not _ID.fullmatch(name) or name == DERIVED or name in keys:
            raise SettingsError(
                "PARLEY_ENCRYPTION_KEYS is `id:key,id:key`: each id once, 1 to 16 letters, digits, - and _, "
                f"not `{DERIVED}`"
            )
        keys[name] = _decoded(name, written)
    return keys


def _decoded(name: str, written: str) -> bytes:
    try:
        key = base64.b64decode(
            written.encode("ascii") + b"=" * (-len(written) % 4), altchars=b"-_", validate=True
        )
    except (binascii.Error, UnicodeEncodeError):
        key = b""
    if len(key) != KEY:
        raise SettingsError(f"the key {name} of PARLEY_ENCRYPTION_KEYS is not {KEY} bytes in base64url")
    return key


def _derived(secret: str) -> bytes:
    """A separate key, so that no other use of the secret can open anything."""
    return HKDF(SHA256(), KEY, salt=None, info=b"parley sealing").derive(secret.encode())
