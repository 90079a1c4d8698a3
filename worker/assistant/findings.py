"""What a turn finds out before it speaks: what the visitor wants, and which parts of articles are about it.

Only in projects with published articles, and only where a node speaks to the visitor. One request to the
model at most, with a short deadline; whatever it answers, a visitor's intent comes out.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from core.assistant import intents, passages
from core.assistant.context import Message
from core.assistant.intents import Intent
from core.assistant.passages import Known, Passage
from core.assistant.turn import Turn
from core.db.assistant import turns
from core.db.assistant.steps import NewStep
from core.db.assistant.turns import Claimed
from core.db.knowledge import passages as table
from core.knowledge import questions
from worker.assistant.scene import Scene
from worker.pool import Database
from worker.providers.answer_stream import Usage, estimate
from worker.providers.asker import Asker, unseen
from worker.providers.embeddings import EmbeddingsClient
from worker.providers.errors import ProviderError
from worker.providers.failover import Answer

OFFER_AFTER: Final = 2  # answers in a row that no article covers, before a person is offered


EMBEDDING_TIMEOUT: Final = 1.5  # seconds
NOTHING_USED: Final = Usage(0, 0, estimated=False)


class Findings(msgspec.Struct, frozen=True):
    """`steps`: for the turn's page. `answer`: of the model, if it was asked."""

    known: Known
    steps: tuple[NewStep, ...]
    answer: Answer | None = None


class _Decided(msgspec.Struct, frozen=True):
    intent: Intent
    by: str  # rules, model, or default: the model's answer was of no use
    code: str = ""
    used: Usage = NOTHING_USED
    answer: Answer | None = None


async def find(
    database: Database,
    asker: Asker,
    turn: Claimed,
    scene: Scene,
    state: Turn,
    *,
    asking: Callable[[Sequence[Message]], None],
    embeddings: EmbeddingsClient | None = None,
) -> Findings:
    """For a turn that is about to speak at its node. `asking` is called with what the model is asked.

    Raises pool.UNAVAILABLE.
    """
    began = time.monotonic()
    async with database.connection() as conn:
        before = await turns.intent_before(conn, turn)
    decided = await _decide(asker, scene, asking)
    intent = intents.settled(decided.intent, before=before)
    ms = round((time.monotonic() - began) * 1000)
    found: tuple[Passage, ...] = ()
    if intent == "question" or (intent == "out_of_scope" and decided.by == "model"):
        began, text = time.monotonic(), "\n".join(scene.texts)
        # By words alone where it may be out of scope: something is always the nearest.
        vector = await embedding_of(embeddings, text) if intent == "question" else None
        async with database.connection() as conn:
            found = await table.about(
                conn,
                turn.project,
                text,
                article=scene.article if intent == "question" else None,
                embedding=vector,
                least=questions.GOOD_ENOUGH if intent == "question" else questions.SURE,
            )
        if found:
            intent = "question"  # the company has written about it
    node = state.at.node
    steps = [_decision(node, intent, decided, ms=ms)]
    if intent == "question":
        steps.append(_search(node, found, scene, ms=round((time.monotonic() - began) * 1000)))
    return Findings(Known(intent, found), tuple(steps), decided.answer)


async def embedding_of(embeddings: EmbeddingsClient | None, text: str) -> list[float] | None:
    """None: there is no server of embeddings, or it did not answer in time."""
    if embeddings is None:
        return None
    return await embeddings.of_question(text[-passages.MAX_QUERY :], seconds=EMBEDDING_TIMEOUT)


def covered(state: Turn, found: Scene) -> bool | None:
    """None: the answer does not count. A visitor who declines a person begins anew."""
    if found.uncovered >= OFFER_AFTER and intents.declines(found.texts):
        return True
    return not state.uncovered if state.intent == "question" else None


def gap(state: Turn, found: Scene) -> str:
    """The question that no article covers; "" if it has no word that an article could be about."""
    asked = "\n".join(found.texts)
    return asked if state.uncovered and questions.content_words(asked) else ""


async def _decide(asker: Asker, scene: Scene, asking: Callable[[Sequence[Message]], None]) -> _Decided:
    ruled = intents.by_rules(scene.texts, offered=scene.uncovered >= OFFER_AFTER)
    if ruled is not None:
        return _Decided(ruled, "rules")
    sent, bound = intents.request(scene.texts), asyncio.timeout(intents.TIMEOUT)
    asking(sent)
    try:
        async with bound:
            answer = await asker.ask(
                sent, (intents.OFFER,), required=True, max_tokens=intents.MAX_TOKENS, on_text=unseen
            )
    except ProviderError as error:
        return _Decided(intents.DEFAULT, "default", error.code)
    except TimeoutError:
        if not bound.expired():
            raise  # of Redis, which the breaker asks
        return _Decided(intents.DEFAULT, "default", "too_slow", estimate(sent))
    intent = intents.read(answer.reply.calls)
    if intent is None:
        return _Decided(intents.DEFAULT, "default", "no_call", answer.usage, answer)
    return _Decided(intent, "model", "", answer.usage, answer)


def _decision(node: str, intent: Intent, decided: _Decided, *, ms: int) -> NewStep:
    said: dict[str, Any] = {"by": decided.by}
    if decided.code:
        said["code"] = decided.code
    answer = decided.answer
    return NewStep(
        node=node,
        kind="intent",
        outcome=intent,
        sent=_json(said),
        received=_json({"calls": answer.reply.calls, "text": answer.reply.text}) if answer else "",
        ms=ms,
        prompt_tokens=decided.used.prompt,
        answer_tokens=decided.used.answer,
    )


def _search(node: str, found: tuple[Passage, ...], scene: Scene, *, ms: int) -> NewStep:
    shown = [
        {
            "number": number,
            "article": str(passages.identifier(one)),
            "version": one.version,
            "title": one.title,
            "heading": one.heading,
        }
        for number, one in passages.numbered(found)
    ]
    outcome = f"{len(found)} passages" if found else "nothing found"
    return NewStep(
        node=node,
        kind="search",
        outcome=outcome,
        sent=_json({"query": scene.texts[-1][: passages.MAX_QUERY]}),
        received=_json(shown),
        ms=ms,
    )


def _json(made: Any) -> str:
    return msgspec.json.encode(made).decode()
