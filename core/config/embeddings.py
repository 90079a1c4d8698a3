"""The server that turns texts into vectors, from the setting PARLEY_EMBEDDINGS."""

from typing import Annotated

import msgspec

from core.config import ai_providers
from core.config.ai_providers import Provider
from core.knowledge.embedding import DIMENSIONS


class Embeddings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A server that speaks OpenAI's embeddings, and one of its models.

    `dimensions` None: as many as the model has, else the server is asked for so many.
    """

    base_url: Annotated[str, msgspec.Meta(max_length=300)]
    model: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    key: str = ""
    key_file: str = ""  # whose first line is the key
    dimensions: Annotated[int, msgspec.Meta(ge=1, le=DIMENSIONS)] | None = None

    def __repr__(self) -> str:
        """Without the key: it must not get into logs."""
        return f"Embeddings({self.base_url!r}, {self.model!r})"

    @property
    def name(self) -> str:
        """Of the vectors: those of another name cannot be compared with them."""
        return self.model if self.dimensions is None else f"{self.model} {self.dimensions}"


def read(text: str) -> Embeddings | None:
    """With the key of a file; None for no text. Raises ValueError, which quotes no key."""
    if not text.strip():
        return None
    try:
        given = msgspec.json.decode(text, type=Embeddings)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError(f"must be a JSON object with a base_url and a model: {error}") from None
    provider = ai_providers.complete(
        Provider(
            name="of embeddings",
            base_url=given.base_url,
            model=given.model,
            key=given.key,
            key_file=given.key_file,
        )
    )
    return msgspec.structs.replace(given, base_url=provider.base_url, key=provider.key, key_file="")
