"""What a turn asks: the providers, or in tests a model that the test plays."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

from core.assistant.tools import Offer
from worker.providers.failover import Answer


class Asker(Protocol):
    """Asks the first provider that answers."""

    async def ask(
        self,
        messages: list[dict[str, Any]],
        offers: Sequence[Offer],
        required: bool,  # noqa: FBT001  always named
        max_tokens: int,
        on_text: Callable[[str], Awaitable[None]],
    ) -> Answer:
        """`on_text` gets each piece of text as it arrives. Raises ProviderError."""


async def unseen(_text: str) -> None:
    """An `on_text` for answers that are read when they are whole."""
