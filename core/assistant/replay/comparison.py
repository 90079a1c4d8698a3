"""Recorded conversations beside what a workflow would make of them."""

from collections.abc import Iterable, Sequence
from typing import Final, Literal

import msgspec

from core.assistant.graph import Workflow
from core.assistant.replay import recording
from core.assistant.replay.recording import Recorded, Step
from core.assistant.replay.replaying import Compared, replay
from core.ids import ConversationId

MAX_CONVERSATIONS: Final = 100  # in one replay

Verdict = Literal["changed", "unknown", "same"]


class KeptTurn(msgspec.Struct, frozen=True):
    """A turn as it is kept: the visitor's messages, and the steps in order."""

    id: bytes
    texts: Sequence[str]
    steps: Sequence[Step]


class KeptConversation(msgspec.Struct, frozen=True):
    """With its turns in order."""

    id: ConversationId
    visitor_name: str
    turns: Sequence[KeptTurn]


class ComparedConversation(msgspec.Struct, frozen=True):
    """`turns`: those that can be compared, each with its id."""

    id: ConversationId
    visitor_name: str
    turns: Sequence[tuple[bytes, Compared]]

    @property
    def verdict(self) -> Verdict:
        """Unknown: nothing differs as far as it is known, but not all is known."""
        if any(turn.changed for _, turn in self.turns):
            return "changed"
        return "unknown" if any(turn.unknown for _, turn in self.turns) else "same"


def compare(workflow: Workflow, kept: Iterable[KeptConversation]) -> list[ComparedConversation]:
    """In their order. Conversations without a turn that can be compared are left out."""
    made = []
    for conversation in kept:
        read = [(turn.id, found) for turn in conversation.turns if (found := _read(turn)) is not None]
        if read:
            compared = replay(workflow, [found for _, found in read])
            turns = [(id, found) for (id, _), found in zip(read, compared, strict=True)]
            made.append(ComparedConversation(conversation.id, conversation.visitor_name, turns))
    return made


def _read(turn: KeptTurn) -> Recorded | None:
    """None also when the messages are gone."""
    return recording.read(turn.texts, turn.steps) if turn.texts else None
