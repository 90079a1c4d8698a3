"""E-mail addresses as we keep and compare them. Pure."""

import re
from typing import Final

import idna

LONGEST: Final = 254  # characters (RFC 5321)

# What a mail server may be asked to deliver to, without the quoted forms that nobody has and headers are
# smuggled in, and ASCII only: beyond it two addresses may look the same, and few servers would take them.
_LOCAL: Final = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}")
_DOMAIN: Final = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
)


def normalise(address: str) -> str:
    """Without blanks around it, in lower case, its domain punycoded; raises ValueError for what is none."""
    given, at, domain = address.strip().rpartition("@")
    local, domain = given.lower(), domain.lower()
    # Before it is lowered: a few letters of other alphabets have small ones that are ASCII.
    if not at or not given.isascii() or _LOCAL.fullmatch(local) is None:
        raise ValueError("not an e-mail address")
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode().lower()
        except idna.IDNAError:
            raise ValueError("not an e-mail address") from None
    made = f"{local}@{domain}"
    if _DOMAIN.fullmatch(domain) is None or len(made) > LONGEST:
        raise ValueError("not an e-mail address")
    return made
