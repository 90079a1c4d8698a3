"""Our cookies. With https their names begin with `__Host-`: no other host of the domain can set them."""

from typing import Final

import msgspec
from quart import request

Header = tuple[str, str]
PREFIX: Final = "__Host-"
PATH: Final = "/api/v1/auth"


class Cookie(msgspec.Struct, frozen=True):
    """An HttpOnly cookie, kept for `life` seconds."""

    name: str
    life: int
    path: str = PATH

    def kept_as(self, *, secure: bool) -> str:
        """The cookie's full name in browsers."""
        return PREFIX + self.name if secure else self.name

    def headers(self, value: str, *, secure: bool) -> tuple[Header, ...]:
        """The headers that set the cookie; an empty `value` deletes it. `secure`: the site uses https."""
        age = self.life if value else 0
        flags = f"Max-Age={age}; HttpOnly; SameSite=Lax"  # Lax: the redirect from a provider is cross-site
        name = self.kept_as(secure=secure)
        if not secure:
            return (("Set-Cookie", f"{name}={value}; Path={self.path}; {flags}"),)
        # The prefix requires Secure and Path=/ (RFC 6265bis 4.1.3.2).
        kept = ("Set-Cookie", f"{name}={value}; Path=/; {flags}; Secure")
        if self.name not in request.cookies:
            return (kept,)
        # Set by a release before 0.2.0. Deleted: otherwise it would be used again once the other is gone.
        return kept, (
            "Set-Cookie",
            f"{self.name}=; Path={self.path}; Max-Age=0; HttpOnly; SameSite=Lax; Secure",
        )

    def read(self) -> str:
        """The cookie's value, unchecked; empty without one."""
        # Without the prefix: on plain http, and for one release the cookies of 0.1. Remove this with 0.3.0.
        return request.cookies.get(self.kept_as(secure=True)) or request.cookies.get(self.name, "")


REFRESH: Final = Cookie("parley_refresh", 30 * 24 * 60 * 60)
DEVICE: Final = Cookie("parley_device", 365 * 24 * 60 * 60)
FLOW: Final = Cookie("parley_flow", 10 * 60, f"{PATH}/oidc")
REGISTERED: Final = Cookie("parley_registered", 24 * 60 * 60)
"""Marks the browser of a registration: in it the mailed link confirms the address without the password."""
