"""Forms under concurrency on a real Postgres: each command on a connection of its own."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest

from core import ids
from core.apply.apply import apply
from core.apply.result import Refused
from core.commands import AnswerForm, CloseForm, Command, EditAnswer, FillForm, RemoveAnswer, SendForm
from core.content import FormField
from core.db.forms import templates
from core.events import (
    AnswerChanged,
    CommandRefused,
    FormChanged,
    MessagePosted,
    MessageRepeated,
    decode,
)
from core.ids import SYSTEM, ConversationId, MessageId, Ref, VisitorId
from core.model import Author, HistoryMode
from tests.integration.core.core_fixture import NOW, CoreFixture, connect, new_visitor
from tests.stack import Stack

FIELD = FormField("size", "Size", "select", required=True, options=("S", "M"))
VALUES: dict[str, Any] = {"size": "M"}


class Forms:
    """A project with an enabled template that is shown before the chat."""

    def __init__(self, url: str, history_mode: HistoryMode = "forever") -> None:
        self.core = CoreFixture(url, history_mode)
        self.template = ids.make()
        self.core.run(
            lambda conn: templates.add(
                conn,
                self.core.project,
                templates.Template(self.template, "Order", "", (FIELD,), True, True, 1, NOW, NOW),
            )
        )

    def apply(self, *commands: Command, now: int = NOW) -> list[Any]:
        """In one batch."""

        async def once(conn: Any) -> Any:
            async with conn.transaction():
                return await apply(conn, commands, now=now)

        done: list[Any] = self.core.run(once)
        return done

    def at_once(self, commands: Sequence[Command]) -> list[Any]:
        """Each in a transaction of its own, all at the same time."""

        async def one(command: Command) -> Any:
            conn = await connect(self.core.url)
            try:
                async with conn.transaction():
                    (result,) = await apply(conn, [command], now=NOW)
                return result
            finally:
                await conn.close()

        async def all_of_them() -> list[Any]:
            return await asyncio.gather(*map(one, commands))

        return asyncio.run(all_of_them())

    def begun(self) -> tuple[VisitorId, ConversationId]:
        visitor = new_visitor()
        (first,) = self.apply(self.core.post(visitor))
        return visitor, first.conversation

    def send(self, talk: ConversationId, *, expires_at: int | None = None, at: int = NOW) -> SendForm:
        author, ref = Author("agent", self.core.agent, "Ann"), Ref(ids.make())
        message = MessageId(ids.make())
        return SendForm(self.core.project, author, ref, message, talk, self.template, expires_at, at)

    def sent(self, talk: ConversationId, *, expires_at: int | None = None) -> MessageId:
        (posted,) = self.apply(self.send(talk, expires_at=expires_at))
        return MessageId(posted.message)

    def answer(
        self,
        visitor: VisitorId,
        talk: ConversationId | None,
        request: MessageId | None,
        *,
        ref: Ref | None = None,
        values: dict[str, Any] | None = None,
        at: int = NOW,
    ) -> AnswerForm:
        return AnswerForm(
            self.core.project,
            visitor,
            ref or Ref(ids.make()),
            MessageId(ids.make()),
            talk,
            request,
            self.template if request is None else None,
            VALUES if values is None else values,
            at,
            "en",
        )

    def fill(self, talk: ConversationId) -> FillForm:
        author, ref = Author("agent", self.core.agent, "Ann"), Ref(ids.make())
        message = MessageId(ids.make())
        return FillForm(self.core.project, author, ref, message, talk, self.template, VALUES, NOW)

    def cancel(self, talk: ConversationId, request: MessageId) -> CloseForm:
        return CloseForm(self.core.project, self.core.agent, talk, request, False, NOW, "Ann")

    def expire(self, talk: ConversationId, request: MessageId, *, at: int = NOW) -> CloseForm:
        return CloseForm(self.core.project, SYSTEM, talk, request, True, at)

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        found = self.core.run(lambda conn: conn.fetch(statement, self.core.project))
        return [tuple(row) for row in found]

    def state(self, request: MessageId) -> tuple[str, bytes | None]:
        rows = self.rows("SELECT id, state, answer_id FROM form_requests WHERE project_id = $1")
        ((_, state, answer),) = [row for row in rows if row[0] == request]
        return state, answer

    def events(self) -> list[Any]:
        return [
            decode(row[0])
            for row in self.rows("SELECT payload FROM outbox WHERE project_id = $1 ORDER BY id")
        ]


@pytest.fixture
def forms(stack: Stack) -> Forms:
    return Forms(stack.database_url)


def reasons(results: Sequence[Any]) -> Counter[str]:
    """What became of commands: the kind of the event, or why it was refused."""
    refused = Refused | CommandRefused
    return Counter(str(one.reason) if isinstance(one, refused) else type(one).__name__ for one in results)


def test_of_fifty_parallel_answers_one_is_stored(forms: Forms) -> None:
    visitor, talk = forms.begun()
    request = forms.sent(talk)
    results = forms.at_once([forms.answer(visitor, talk, request) for _ in range(50)])
    assert reasons(results) == {"MessagePosted": 1, "form_answered": 49}
    (posted,) = [one for one in results if isinstance(one, MessagePosted)]
    assert forms.state(request) == ("answered", posted.message)
    assert len(forms.rows("SELECT id FROM form_answers WHERE project_id = $1")) == 1
    changed = [one for one in forms.events() if isinstance(one, FormChanged)]
    assert [(one.state, one.answer, one.change) for one in changed] == [("answered", posted.message, 1)]


def test_an_answer_that_is_sent_again_fifty_times_at_once_is_stored_once(forms: Forms) -> None:
    visitor, talk = forms.begun()
    request, ref = forms.sent(talk), Ref(ids.make())
    results = forms.at_once([forms.answer(visitor, talk, request, ref=ref) for _ in range(50)])
    assert reasons(results) == {"MessagePosted": 1, "MessageRepeated": 49}
    assert len({one.message for one in results}) == 1


@pytest.mark.parametrize("seed", range(6))
def test_answer_cancellation_and_expiry_at_once_have_one_outcome(forms: Forms, seed: int) -> None:
    visitor, talk = forms.begun()
    request = forms.sent(talk, expires_at=NOW + 5)
    commands: list[Command] = [forms.answer(visitor, talk, request, at=NOW) for _ in range(4)]
    commands += [forms.cancel(talk, request) for _ in range(4)]
    commands += [forms.expire(talk, request, at=NOW + 5) for _ in range(4)]
    random.Random(seed).shuffle(commands)
    forms.at_once(commands)
    state, answer = forms.state(request)
    changed = [one for one in forms.events() if isinstance(one, FormChanged)]
    assert [(one.state, one.answer, one.change) for one in changed] == [(state, answer, 1)]
    stored = forms.rows("SELECT id FROM messages WHERE project_id = $1 AND kind = 'form_answer'")
    assert stored == ([] if answer is None else [(answer,)])
    assert (state == "answered") == (answer is not None)
    assert forms.rows("SELECT last_change FROM conversations WHERE project_id = $1") == [(1,)]


def test_a_template_that_changes_or_goes_while_visitors_answer_changes_no_snapshot(forms: Forms) -> None:
    talks = [forms.begun() for _ in range(8)]
    requests = [forms.sent(talk) for _, talk in talks]

    async def change() -> None:
        conn = await connect(forms.core.url)
        try:
            found = await templates.by_id(conn, forms.core.project, forms.template)
            assert found is not None
            await templates.change(conn, forms.core.project, found, now=NOW)
            await templates.remove(conn, forms.core.project, forms.template, now=NOW)
        finally:
            await conn.close()

    async def answer(command: Command) -> Any:
        conn = await connect(forms.core.url)
        try:
            async with conn.transaction():
                (result,) = await apply(conn, [command], now=NOW)
            return result
        finally:
            await conn.close()

    async def both() -> list[Any]:
        commands = [
            forms.answer(visitor, talk, request)
            for (visitor, talk), request in zip(talks, requests, strict=True)
        ]
        _, *results = await asyncio.gather(change(), *map(answer, commands))
        return results

    assert reasons(asyncio.run(both())) == {"MessagePosted": 8}
    assert forms.apply(forms.send(talks[0][1])) == [Refused("not_found")]  # type: ignore[arg-type]


def test_parallel_forms_of_one_conversation_are_one_open_form(forms: Forms) -> None:
    _, talk = forms.begun()
    results = forms.at_once([forms.send(talk) for _ in range(20)])
    assert reasons(results) == {"MessagePosted": 1, "form_open": 19}


def test_of_fifty_first_answers_before_the_chat_one_starts_the_conversation(forms: Forms) -> None:
    visitor = new_visitor()
    results = forms.at_once([forms.answer(visitor, None, None) for _ in range(50)])
    assert reasons(results) == {"MessagePosted": 1, "form_answered": 49}
    ((status, seq, snippet),) = forms.rows(
        "SELECT status, last_seq, snippet FROM conversations WHERE project_id = $1"
    )
    assert (status, seq, snippet) == ("open", 1, "Order: M")
    assert forms.rows("SELECT id, language FROM visitors WHERE project_id = $1") == [(visitor, "en")]


def test_an_answer_before_the_chat_and_a_text_at_once_are_one_conversation(forms: Forms) -> None:
    visitor = new_visitor()
    results = forms.at_once(
        [forms.answer(visitor, None, None), *(forms.core.post(visitor) for _ in range(9))]
    )
    found = reasons(results)
    assert found["MessagePosted"] + found["form_answered"] == 10 and found["form_answered"] <= 1
    assert len(forms.rows("SELECT id FROM conversations WHERE project_id = $1")) == 1


def test_an_answer_of_another_visitor_or_for_another_conversation_is_not_found(forms: Forms) -> None:
    visitor, talk = forms.begun()
    other, elsewhere = forms.begun()
    request = forms.sent(talk)
    foreign = Forms(forms.core.url)
    stranger, abroad = foreign.begun()
    results = [
        *forms.apply(
            forms.answer(other, talk, request),
            forms.answer(other, elsewhere, request),
            forms.answer(visitor, elsewhere, request),
            forms.answer(visitor, talk, MessageId(ids.make())),
            forms.answer(visitor, ConversationId(ids.make()), request),
        ),
        *foreign.apply(foreign.answer(stranger, abroad, request), foreign.answer(stranger, talk, request)),
    ]
    assert reasons(results) == {"not_found": 7}
    assert forms.state(request) == ("open", None)


def test_in_one_batch_each_command_sees_what_the_ones_before_did(forms: Forms) -> None:
    visitor, talk = forms.begun()
    first, second = forms.send(talk, expires_at=NOW + 1), forms.send(talk, at=NOW + 2)
    filled = forms.fill(talk)
    project, agent = forms.core.project, forms.core.agent
    results = forms.apply(
        first,
        forms.send(talk),  # the first is open
        forms.answer(visitor, talk, first.message, values={"size": "XL"}),
        second,  # the first has expired
        forms.answer(visitor, talk, first.message),
        forms.answer(visitor, talk, second.message),
        forms.cancel(talk, second.message),
        filled,
        EditAnswer(project, agent, talk, filled.message, {"size": "S"}, 1, False, NOW, "Ann"),
        RemoveAnswer(project, agent, talk, filled.message, False, NOW, "Ann"),
        RemoveAnswer(project, agent, talk, filled.message, False, NOW, "Ann"),
    )
    assert [next(iter(reasons([one]))) for one in results] == [
        "MessagePosted",
        "form_open",
        "invalid",
        "MessagePosted",
        "form_expired",
        "MessagePosted",
        "form_answered",
        "MessagePosted",
        "AnswerChanged",
        "AnswerChanged",
        "NoneType",
    ]
    changes = [one.change for one in forms.events() if isinstance(one, FormChanged | AnswerChanged)]
    assert changes == [1, 2, 3, 4]
    rows = forms.rows("SELECT version, removed_at FROM form_answers WHERE project_id = $1 ORDER BY seq")
    assert rows == [(1, None), (3, NOW)]
    (content,) = forms.rows("SELECT content FROM messages WHERE project_id = $1 AND seq = 5")[0]
    assert (content["values"], content["removed"], content["version"]) == ([], True, 3)


def test_an_expired_form_expires_once_and_an_answer_in_time_counts_by_when_it_was_sent(forms: Forms) -> None:
    visitor, talk = forms.begun()
    request = forms.sent(talk, expires_at=NOW + 100)
    assert forms.apply(forms.expire(talk, request, at=NOW + 99)) == [None]
    (posted,) = forms.apply(forms.answer(visitor, talk, request, at=NOW + 99), now=NOW + 5_000)
    assert isinstance(posted, MessagePosted)
    again = forms.sent(talk, expires_at=NOW + 100)
    results = forms.at_once([forms.expire(talk, again, at=NOW + 100) for _ in range(8)])
    assert reasons(results) == {"FormChanged": 1, "NoneType": 7}
    assert forms.apply(forms.expire(talk, request, at=NOW + 100)) == [None], "an answered one stays so"


@pytest.mark.parametrize(
    ("before", "after"), [("pending", "open"), ("solved", "open"), ("spam", "spam"), ("open", "open")]
)
def test_an_answer_reopens_as_a_text_does(forms: Forms, before: Any, after: str) -> None:
    visitor, talk = forms.begun()
    request = forms.sent(talk)
    forms.apply(forms.core.status(talk, before))
    (posted,) = forms.apply(forms.answer(visitor, talk, request))
    assert (posted.reopened, posted.conversation) == (before != after, talk)
    assert forms.rows("SELECT status FROM conversations WHERE project_id = $1") == [(after,)]


def test_an_ended_conversation_takes_no_form_and_no_answer(stack: Stack) -> None:
    forms = Forms(stack.database_url, "limit_to_active")
    visitor, talk = forms.begun()
    request = forms.sent(talk)
    forms.apply(forms.core.status(talk, "solved"), forms.core.post(visitor))
    assert reasons(forms.apply(forms.answer(visitor, talk, request), forms.send(talk))) == {"closed": 2}
    filled = forms.fill(talk)
    assert reasons(forms.apply(filled)) == {"closed": 1}


def test_a_form_before_the_chat_starts_the_next_conversation_of_a_limited_history(stack: Stack) -> None:
    forms = Forms(stack.database_url, "limit_to_active")
    visitor, talk = forms.begun()
    assert reasons(forms.apply(forms.answer(visitor, None, None))) == {"form_answered": 1}
    forms.apply(forms.core.status(talk, "solved"))
    (posted,) = forms.apply(forms.answer(visitor, None, None))
    assert isinstance(posted, MessagePosted) and posted.conversation != talk


def test_a_repeated_answer_is_the_first_one_also_after_it_was_corrected(forms: Forms) -> None:
    visitor, talk = forms.begun()
    request = forms.sent(talk)
    answer = forms.answer(visitor, talk, request)
    (posted,) = forms.apply(answer)
    other = forms.answer(visitor, talk, request, ref=answer.ref, values={"size": "S"})
    assert reasons(forms.apply(other)) == {"conflict": 1}
    project, agent = forms.core.project, forms.core.agent
    forms.apply(EditAnswer(project, agent, talk, posted.message, {"size": "S"}, 1, True, NOW, "Ann"))
    (repeated,) = forms.apply(answer)
    assert isinstance(repeated, MessageRepeated) and repeated.message == posted.message
    text = forms.core.post(visitor, ref=answer.ref, conversation=talk)
    assert reasons(forms.apply(text)) == {"conflict": 1}
    assert reasons(forms.apply(forms.answer(visitor, talk, MessageId(uuid4().bytes), ref=answer.ref))) == {
        "conflict": 1
    }
