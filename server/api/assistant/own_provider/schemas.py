"""The JSON schemas of a project's own provider."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from server.api.assistant.schemas import Version
from server.api.http.fields import NAME

BaseUrl = Annotated[
    str,
    Meta(
        min_length=8,
        max_length=300,
        pattern=r"^https?://[\x21-\x7e]+\Z",
        description="what comes before `/chat/completions`",
    ),
]
Model = Annotated[str, Meta(min_length=1, max_length=200, pattern=NAME)]
Temperature = Annotated[float, Meta(ge=0, le=2, description="null: the model's default")]
Key = Annotated[str, Meta(max_length=4_096, pattern=r"^[\x21-\x7e]*\Z")]
FailureCode = Literal[
    "provider_unavailable", "provider_refused", "provider_busy", "provider_silent", "provider_garbage"
]


class OwnProvider(msgspec.Struct, frozen=True, kw_only=True):
    """`version` 0: the project has none, and uses the operator's. `has_key`: the key is never shown."""

    base_url: str
    model: str
    temperature: float | None
    has_key: bool
    version: Version


class OwnProviderInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`version`: of the provider as you loaded it. `key`: omitted, it stays; empty, it is removed."""

    version: Version
    base_url: BaseUrl
    model: Model
    temperature: Temperature | None = None
    key: Key | UnsetType = UNSET


class ProviderTrial(msgspec.Struct, frozen=True, kw_only=True):
    """How the provider answered. `code`: why not; null if it did. `detail`: a sentence for people."""

    ok: bool
    code: FailureCode | None
    detail: str
    ms: int
