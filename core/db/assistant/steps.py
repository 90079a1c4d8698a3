"""Table `assistant_steps`: what happened in a turn, for its page."""

from typing import Final, Literal

import msgspec

from core.db.connection import Connection
from core.ids import ProjectId

MAX_LENGTH: Final = 32_000  # characters of what was sent or received
CUT: Final = "…"


class NewStep(msgspec.Struct, frozen=True, kw_only=True):
    """`sent` and `received`: JSON, for people; cut where they are long."""

    node: str
    kind: Literal["ask", "run", "say", "outcome", "intent", "search"]
    outcome: str
    sent: str = ""
    received: str = ""
    ms: int = 0
    prompt_tokens: int = 0
    answer_tokens: int = 0


async def add(
    conn: Connection, project: ProjectId, turn: bytes, step: NewStep, *, attempt: int, now: int
) -> None:
    """After the turn's other steps."""
    await conn.execute(
        """
        INSERT INTO assistant_steps (project_id, turn_id, number, attempt, node, kind, outcome, sent,
                                     received, ms, prompt_tokens, answer_tokens, at)
        SELECT $1, $2, coalesce(max(s.number), 0) + 1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12
        FROM assistant_steps s WHERE s.project_id = $1 AND s.turn_id = $2
        """,
        project,
        turn,
        attempt,
        step.node,
        step.kind,
        step.outcome,
        _cut(step.sent),
        _cut(step.received),
        step.ms,
        step.prompt_tokens,
        step.answer_tokens,
        now,
    )


def _cut(text: str) -> str:
    clean = text.replace("\0", "\ufffd")
    return clean if len(clean) <= MAX_LENGTH else clean[: MAX_LENGTH - len(CUT)] + CUT
