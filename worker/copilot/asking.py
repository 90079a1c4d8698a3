"""Asks the model on behalf of a turn, and counts what that costs."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, Final

from core.assistant import tools
from core.assistant.tools import Offer
from core.copilot import intents
from core.copilot.intents import Intent
from core.db.copilot import turns
from core.db.copilot.turns import Claimed, Spent
from worker import pool
from worker.copilot.scene import Scene
from worker.pool import Database
from worker.providers.answer_stream import estimate
from worker.providers.asker import Asker, unseen
from worker.providers.errors import ProviderError
from worker.providers.failover import Answer

MAX_TOKENS: Final = 1_500
CLASSIFYING: Final = 60  # tokens
TOO_LONG: Final = "turn_too_long"
MAX_SECONDS: Final = 60.0  # of one turn's calls
COUNTING: Final = 2.0  # seconds to count a request that has no answer


class Failure(Exception):
    """The turn cannot go on; `code` is stable."""

    def __init__(self, code: str, *, retryable: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.retryable = retryable


class Asking:
    """For one turn."""

    def __init__(self, database: Database, asker: Asker, turn: Claimed) -> None:
        self._database = database
        self._asker = asker
        self._turn = turn
        self._ends_at = asyncio.get_running_loop().time() + MAX_SECONDS

    async def ask(
        self,
        messages: list[dict[str, Any]],
        offers: Sequence[Offer] = (),
        *,
        on_text: Callable[[str], Awaitable[None]] | None = None,
        max_tokens: int = MAX_TOKENS,
    ) -> Answer:
        """`offers`: one of them has to be called. Raises Failure."""
        bound = asyncio.timeout_at(self._ends_at)
        answer: Answer | None = None
        said: list[str] = []

        async def hear(piece: str) -> None:
            said.append(piece)
            await (on_text or unseen)(piece)

        try:
            async with bound:
                answer = await self._asker.ask(
                    messages,
                    offers,
                    required=bool(offers),
                    max_tokens=max_tokens,
                    on_text=hear,
                )
        except ProviderError as error:
            raise Failure(error.code, retryable=error.retryable) from None
        except TimeoutError:
            if not bound.expired():
                raise  # of Postgres
            raise Failure(TOO_LONG, retryable=True) from None
        finally:
            if answer is None:  # also when the agent stops it: the provider has worked all the same
                await self._count_unanswered(messages, "".join(said))
        await self._count(answer)
        return answer

    async def intent(self, scene: Scene) -> Intent:
        """What the question is: as the program says, by rules, or by a model that has two seconds for it."""
        question, has_draft = scene.question, scene.draft is not None
        found: Intent | None = None
        if question.intent:
            found = intents.said({"intent": question.intent}, has_draft=True)
        found = found or intents.by_rules(question.text, has_draft=has_draft)
        found = found or await self._classified(question.text, has_draft=has_draft)
        # There is nothing to edit: then it is about new posts.
        return "social_create" if found == "social_edit" and not has_draft else found

    async def _classified(self, text: str, *, has_draft: bool) -> Intent:
        """The model's choice; the default when it is late, fails or answers something else."""
        messages, offer = intents.request(text, has_draft=has_draft)
        bound = asyncio.timeout(intents.TIMEOUT)
        try:
            async with bound:
                answer = await self.ask(messages, (offer,), max_tokens=CLASSIFYING)
        except Failure:
            return intents.DEFAULT
        except TimeoutError:
            if not bound.expired():
                raise
            return intents.DEFAULT
        return intents.said(called(answer, intents.TOOL), has_draft=has_draft)

    async def _count(self, answer: Answer) -> None:
        usage = answer.usage
        await self._spend(
            Spent(answer.provider, answer.model, usage.prompt, usage.answer, answer.cost, usage.estimated)
        )

    async def _count_unanswered(self, messages: list[dict[str, Any]], said: str) -> None:
        """Never in the way of the turn's end."""
        with suppress(*pool.UNAVAILABLE, TimeoutError):
            async with asyncio.timeout(COUNTING):
                await self._spend(unanswered(messages, said))

    async def _spend(self, spent: Spent) -> None:
        async with self._database.connection() as conn:
            await turns.spend(conn, self._turn, spent)


def unanswered(messages: list[dict[str, Any]], said: str = "") -> Spent:
    """An estimate for a request that was stopped, failed or was late; whose it was is not known."""
    usage = estimate(messages, said)
    return Spent("", "", usage.prompt, usage.answer, 0, usage.estimated)


def called(answer: Answer, tool: str) -> dict[str, Any]:
    """The arguments of the call of `tool`; empty if there is none that can be read."""
    for call in answer.reply.calls:
        if call.name == tool:
            try:
                return tools.decoded(call.arguments)
            except tools.BadArguments:
                return {}
    return {}
