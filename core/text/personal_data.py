"""What in a text may name a person: e-mail addresses, phone numbers and other long numbers."""

import re
from typing import Final

MASK: Final = "…"

# The part before the @ is bounded, as in every real address: a long text without one would take its square.
_ADDRESS: Final = re.compile(r"[\w.+%-]{1,64}@[\w-]+(?:\.[\w-]+)+")
# Seven digits or more with separators between them; dates and years are shorter.
_PHONE: Final = re.compile(r"(?<![\w#])\+?\(?\d(?:[\s().\-/]{0,2}\d){6,14}(?!\w)")
_WITHOUT_SPACES: Final = re.compile(r"\S+")
_LONG_NUMBER: Final = re.compile(r"\d[\d .\-]{3,}\d")


def without_contacts(text: str) -> str:
    """E-mail addresses and phone numbers masked, no more: dates and prices of a post stay."""
    return _PHONE.sub(MASK, _ADDRESS.sub(MASK, text))


def without_numbers(text: str) -> str:
    """What looks like an address, and every long number masked, such as those of orders."""
    return _LONG_NUMBER.sub(MASK, without_addresses(text))


def without_addresses(text: str, *, mask: str = MASK) -> str:
    """Whatever has an @ between other signs masked."""
    return _WITHOUT_SPACES.sub(lambda found: mask if "@" in found[0][1:-1] else found[0], text)
