"""The providers of models that the assistant asks, from the setting PARLEY_AI."""

import ipaddress
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

import msgspec

MAX_PROVIDERS: Final = 10
MAX_KEY: Final = 4_096  # characters

_Price = Annotated[float, msgspec.Meta(ge=0, le=1_000_000)]


class Provider(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A server that speaks OpenAI's chat completions, and one of its models.

    `price_in` and `price_out`: for a million tokens that it reads and writes. `scripted`: it has rules and no
    model, and managers see so. `tools`: whether the model can call tools.
    """

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    base_url: Annotated[str, msgspec.Meta(max_length=300)]
    model: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    key: str = ""
    key_file: str = ""  # whose first line is the key
    price_in: _Price = 0.0
    price_out: _Price = 0.0
    scripted: bool = False
    tools: bool = True

    def __repr__(self) -> str:
        """Without the key: it must not get into logs."""
        return f"Provider({self.name!r}, {self.base_url!r}, {self.model!r})"

    def cost(self, prompt: int, answer: int) -> int:
        """Of so many tokens, in millionths of the prices' currency."""
        return round(prompt * self.price_in + answer * self.price_out)


def read(text: str) -> tuple[Provider, ...]:
    """In the operator's order, with the keys of files; raises ValueError, which quotes no key."""
    if not text.strip():
        return ()
    try:
        listed = msgspec.json.decode(text, type=list[Provider])
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError(f"must be a JSON list of providers: {error}") from None
    if len(listed) > MAX_PROVIDERS:
        raise ValueError(f"lists more than {MAX_PROVIDERS} providers")
    if len({each.name for each in listed}) != len(listed):
        raise ValueError("lists a name twice")
    return tuple(complete(each) for each in listed)


def complete(given: Provider) -> Provider:
    """Checked, with the key of its file; raises ValueError, which quotes no key."""
    if not given.name.isprintable() or not given.model.isprintable():
        raise ValueError("a name or a model has characters that cannot be shown")
    if given.key and given.key_file:
        raise ValueError(f"the provider {given.name} has a `key` and a `key_file`: keep one of them")
    key = _key_of_file(given) if given.key_file else given.key
    if len(key) > MAX_KEY or not key.isascii() or not key.isprintable() or " " in key:
        raise ValueError(f"the key of the provider {given.name} has characters that a key cannot have")
    url = given.base_url.rstrip("/")
    _check_url(given.name, url, has_key=bool(key))
    return msgspec.structs.replace(given, base_url=url, key=key)


def _key_of_file(given: Provider) -> str:
    try:
        with Path(given.key_file).open(encoding="utf-8") as file:
            key = file.readline(MAX_KEY + 2).strip()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise ValueError(f"the key file of the provider {given.name} cannot be read: {why}") from None
    if not key:
        raise ValueError(f"the first line of the key file of the provider {given.name} is empty")
    return key


def _check_url(name: str, url: str, *, has_key: bool) -> None:
    try:
        parts = urlsplit(url if url.isascii() and url.isprintable() and " " not in url else "")
        fits = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        parts, fits = urlsplit(""), False
    if not fits or parts.query or parts.fragment:
        raise ValueError(f"the provider {name} needs a `base_url` such as https://api.example.com/v1")
    if parts.username is not None:
        raise ValueError(f"write the key of the provider {name} as `key`, not into its `base_url`")
    if has_key and parts.scheme == "http" and not _is_inside(parts.hostname or ""):
        raise ValueError(f"the provider {name} needs https://, because its key is sent there")


def _is_inside(host: str) -> bool:
    """Whether a request stays on this machine or in its network, as far as the name says so."""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host
