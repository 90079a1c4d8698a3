"""Golden frames about the assistant, for golden.py."""

import uuid
from typing import Final

from protocol import from_client as c
from protocol import from_server as s
from protocol.golden_frames.ids import AT, CONVERSATION, MESSAGE, PROJECT, REF, USER
from protocol.values import Person

TURN: Final = REF

CLIENT: Final[dict[str, c.ClientFrame]] = {
    "stop a turn": c.Stop(7, CONVERSATION, TURN),
    "what a turn has said so far": c.StreamGet(8, CONVERSATION),
    "ask for a person": c.ChooseOwner(CONVERSATION, "person"),
    "ask for the assistant": c.ChooseOwner(CONVERSATION, "assistant"),
}

SERVER: Final[dict[str, s.ServerFrame]] = {
    "ok of a stop": s.Ok(7, "stopped"),
    "an answer that cites an article": s.Message(
        CONVERSATION,
        16,
        MESSAGE,
        REF,
        Person("assistant", USER, "Parley"),
        AT,
        "text",
        "Within three days.",
        {},
        {
            "type": "assistant_turn",
            "turn": str(uuid.UUID(bytes=REF)),
            "sources": [
                {
                    "article": str(uuid.UUID(bytes=PROJECT)),
                    "version": 3,
                    "title": "Delivery",
                    "url": "https://shop.example/delivery",
                }
            ],
        },
    ),
    "a turn begins": s.StreamStart(CONVERSATION, TURN, Person("assistant", USER, "Parley")),
    "a turn answers a question": s.StreamStart(
        CONVERSATION, TURN, Person("assistant", USER, "Parley"), "question"
    ),
    "the assistant thinks": s.StreamStatus(CONVERSATION, TURN, "thinking"),
    "the first token": s.StreamToken(CONVERSATION, TURN, 0, 0, "Chào "),
    "a later token": s.StreamToken(CONVERSATION, TURN, 300, 4_900, "bạn 👋"),
    "the end of a stream": s.StreamEnd(CONVERSATION, TURN, MESSAGE, 12),
    "the end of a turn that said nothing": s.StreamEnd(CONVERSATION, TURN, None, 12),
    "stopped by a visitor": s.StreamStopped(CONVERSATION, TURN, "visitor", MESSAGE),
    "stopped by an agent's reply": s.StreamStopped(CONVERSATION, TURN, "agent", None),
    "a failed turn": s.StreamFailed(CONVERSATION, TURN, "provider_unavailable", retryable=True),
    "taken over by a person": s.Changed(
        CONVERSATION,
        12,
        AT,
        s.Changes(owner="person", owner_reason="taken_over", by_party="agent", by=USER),
        4,
    ),
    "owned by a person, for a visitor": s.Changed(CONVERSATION, 12, AT, s.Changes(owner="person"), 4),
}
