"""The OpenID Connect providers that users may sign in with, from the setting PARLEY_OIDC."""

import ipaddress
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Final
from urllib.parse import urlsplit

import msgspec

from core.config.settings import Settings, SettingsError


class Preset(msgspec.Struct, frozen=True):
    """Built-in defaults of a well-known provider."""

    name: str
    issuer: str


PRESETS: Final[Mapping[str, Preset]] = MappingProxyType(
    {"google": Preset("Google", "https://accounts.google.com")}
)

_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=300)]


class Provider(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One provider: `id` is its part of our URLs, `name` is on the button."""

    id: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9_-]{1,30}\Z")]
    client_id: _Text
    client_secret: _Text
    name: Annotated[str, msgspec.Meta(max_length=60)] = ""
    issuer: Annotated[str, msgspec.Meta(max_length=300)] = ""
    own_redirect: bool = False  # whether it has a redirect address of its own, which no other provider knows


def of(settings: Settings) -> dict[str, Provider]:
    """The providers by id, in the operator's order; raises SettingsError."""
    if not settings.oidc.strip():
        return {}
    try:
        listed = msgspec.json.decode(settings.oidc, type=list[Provider])
    except msgspec.DecodeError as error:
        raise SettingsError(f"PARLEY_OIDC is invalid: {error}") from None
    made = {each.id: _complete(each) for each in listed}
    if len(made) != len(listed) or len({each.issuer for each in made.values()}) != len(listed):
        raise SettingsError("PARLEY_OIDC lists a provider twice")
    return made


def _complete(given: Provider) -> Provider:
    preset = PRESETS.get(given.id, Preset(given.id, ""))
    made = msgspec.structs.replace(
        given, name=given.name or preset.name, issuer=given.issuer or preset.issuer
    )
    if not _may_be_asked(made.issuer):
        raise SettingsError(f"the provider {given.id} of PARLEY_OIDC needs an `issuer` with https://")
    return made


def _may_be_asked(issuer: str) -> bool:
    """Secrets and keys are sent there: only by TLS, or within this machine."""
    parts = urlsplit(issuer)
    if parts.query or parts.fragment or not parts.hostname:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
