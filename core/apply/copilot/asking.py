"""Hop 5: questions to the copilot: AskCopilot."""

from collections.abc import Sequence
from typing import Any, Final, Self

from core import ids
from core.apply.batch import Batch
from core.apply.family import Family
from core.apply.rare import LoadedRows
from core.apply.result import Result
from core.commands import AskCopilot
from core.db.chat.load import LoadRequest
from core.db.connection import Connection
from core.db.copilot import asking
from core.db.copilot.asking import AskedSession, NewQuestion, NewTurn, SessionKey, StoredQuestion
from core.errors import Refusal
from core.events import CopilotAsked, CopilotRefused
from core.ids import ProjectId, Ref

MAX_WAITING: Final = 20  # questions of one session; further ones are refused until a turn ends

QuestionKey = tuple[ProjectId, bytes, Ref]


class Sessions(LoadedRows):
    """The sessions of the batch, locked, with what it adds to them."""

    def __init__(
        self,
        sessions: Sequence[AskedSession] = (),
        stored: dict[QuestionKey, StoredQuestion] | None = None,
    ) -> None:
        self._sessions: dict[SessionKey, AskedSession] = {(one.project, one.id): one for one in sessions}
        self._stored = dict(stored or {})
        self._questions: list[NewQuestion] = []
        self._turns: list[NewTurn] = []

    @classmethod
    async def load(cls, conn: Connection, commands: Sequence[Any]) -> Self:
        asked: list[AskCopilot] = [one for one in commands if isinstance(one, AskCopilot)]
        keys = list(dict.fromkeys((one.project, one.session) for one in asked))
        locked = await asking.lock(conn, keys)
        stored = await asking.questions(conn, [(one.project, one.session, one.ref) for one in asked])
        return cls(locked, stored)

    def session(self, command: AskCopilot) -> AskedSession | None:
        """The session, if it is the asking agent's own."""
        found = self._sessions.get((command.project, command.session))
        return found if found is not None and found.user == command.user else None

    def stored(self, command: AskCopilot) -> StoredQuestion | None:
        """What was asked under this `ref`, before or in this batch."""
        return self._stored.get((command.project, command.session, command.ref))

    def add(self, command: AskCopilot, session: AskedSession) -> StoredQuestion:
        """The next message of the session, with a turn of its own if none runs."""
        session.last_number += 1
        waiting = session.busy
        turn = None if waiting else ids.make(command.at)
        if turn is None:
            session.waiting += 1
        else:
            session.busy = True
            self._turns.append(
                NewTurn(command.project, turn, command.session, session.last_number, command.at)
            )
        self._questions.append(
            NewQuestion(
                command.project,
                command.session,
                session.last_number,
                command.message,
                command.ref,
                turn,
                command.intent,
                "waiting" if waiting else "running",
                command.text,
                command.about,
                command.into,
                command.tone,
                command.draft,
                command.at,
            )
        )
        added = StoredQuestion(command.message, session.last_number, command.at, waiting, *_asked(command))
        self._stored[command.project, command.session, command.ref] = added
        return added

    async def write(self, conn: Connection) -> None:
        await asking.save(conn, self._questions, self._turns)


def _want(command: AskCopilot, request: LoadRequest) -> None:
    """No conversation: a session is not a part of one."""


def _ask(command: AskCopilot, batch: Batch) -> Result:
    rows = batch.rare(Sessions)
    session = rows.session(command)
    if session is None:
        return _refuse(command, batch, Refusal.NOT_FOUND)
    stored = rows.stored(command)
    if stored is not None and not _same(stored, command):
        return _refuse(command, batch, Refusal.CONFLICT)
    if stored is None:
        if session.waiting >= MAX_WAITING:
            return _refuse(command, batch, Refusal.TOO_MANY)
        stored = rows.add(command, session)
    # Also for a repeated one: its sender waits for the answer.
    event = CopilotAsked(
        command.project,
        command.user,
        command.session,
        command.ref,
        stored.id,
        stored.number,
        stored.at,
        stored.waiting,
    )
    batch.emit(event)
    return event


def _asked(command: AskCopilot) -> tuple[str, str, bytes | None, str, str, bytes | None]:
    return command.text, command.intent, command.about, command.into, command.tone, command.draft


def _same(stored: StoredQuestion, command: AskCopilot) -> bool:
    """Whether all of it is what was asked before under this `ref`."""
    before = (stored.text, stored.intent, stored.about, stored.into_language, stored.tone, stored.draft)
    return before == _asked(command)


def _refuse(command: AskCopilot, batch: Batch, reason: Refusal) -> CopilotRefused:
    event = CopilotRefused(command.project, command.user, command.ref, reason)
    batch.emit(event)
    return event


ASK: Final = Family(_want, _ask, (Sessions,))
