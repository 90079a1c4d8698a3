"""Email addresses as we store and compare them. Pure."""

import re
from typing import Final

import idna

MAX_LENGTH: Final = 254  # characters (RFC 5321)
DECOY: Final = "@decoy.invalid"  # of accounts that are inserted for equal response time, and rolled back
RESERVED: Final = ("@parley.invalid", DECOY)  # addresses of the system and of deleted users

# Deliverable addresses, without quoted local parts: they are not in use, and can smuggle in headers. ASCII
# only: other characters let two addresses look the same, and few mail servers accept them.
_LOCAL: Final = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}")
_DOMAIN: Final = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
)


def normalise(address: str) -> str:
    """The address stripped, in lower case, its domain punycoded; raises ValueError for an invalid one."""
    given, at, domain = address.strip().rpartition("@")
    local, domain = given.lower(), domain.lower()
    # Before lower(): a few characters of other alphabets have an ASCII lower case.
    if not at or not given.isascii() or _LOCAL.fullmatch(local) is None:
        raise ValueError("not an email address")
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode().lower()
        except idna.IDNAError:
            raise ValueError("not an email address") from None
    made = f"{local}@{domain}"
    if _DOMAIN.fullmatch(domain) is None or len(made) > MAX_LENGTH:
        raise ValueError("not an email address")
    return made
