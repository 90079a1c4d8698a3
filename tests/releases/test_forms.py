"""Forms beside an earlier release: it skips what it does not know, loses nothing, and shows the text."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from core import command_codec, content, events, ids, signals
from core.commands import AnswerForm
from core.content import FormField, FormRequest
from core.ids import ConversationId, MessageId, ProjectId, Ref, VisitorId
from tests.releases.history import Release
from tests.releases.test_content import messages

SOME: Final = ids.make()
PROJECT, TALK, VISITOR = ProjectId(SOME), ConversationId(SOME), VisitorId(SOME)

# Reads a room's payload on stdin as the gateway of the release in the working directory does: the bodies of
# its messages, the names of its signals, and how many events are of a later release.
PAYLOAD: Final = """
import json, sys
from core import signals
read = getattr(signals, "read", lambda payload: ((), ["the whole payload"]))
items, later = read(bytes.fromhex(sys.stdin.read()))
print(json.dumps([[getattr(one, "body", type(one).__name__) for one in items], len(later)]))
"""
# What a worker of the release makes of the command on stdin.
COMMAND: Final = """
import sys
from core import commands
try:
    commands.decode(bytes.fromhex(sys.stdin.read()))
except Exception as error:
    print(type(error).__name__)
"""


def within(earlier: Path, program: str, given: bytes) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=earlier,
        input=given.hex(),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def state_changed() -> events.FormChanged:
    message = MessageId(SOME)
    return events.FormChanged(
        PROJECT, TALK, 2, VISITOR, 1, message, "answered", message, "visitor", SOME, "", 1
    )


def corrected() -> events.AnswerChanged:
    packed = content.packed(FormRequest(UUID(bytes=SOME), "Order", (FormField("a", "A", "multiselect"),)))
    return events.AnswerChanged(
        PROJECT, TALK, 2, VISITOR, 1, MessageId(SOME), 2, "Order", packed, SOME, "Mai", 2
    )


def test_a_server_of_the_release_reads_the_messages_between_events_of_forms(
    earlier: Path, release: Release
) -> None:
    first, *_, last = messages()
    filling = signals.Typed(PROJECT, TALK, VISITOR, "visitor", SOME, "Jonas", on=True, form=SOME)
    items: list[Any] = [first, state_changed(), filling, corrected(), last]
    payload = signals.batch([signals.encode(item) for item in items])
    bodies, later = json.loads(within(earlier, PAYLOAD, payload))
    whole = ([first.body, "Typed", last.body], 2)
    # 0.1.0 drops the whole payload, and its clients fetch.
    assert (bodies, later) == (([], 1) if release.version == "0.1.0" else whole)


def test_a_worker_of_the_release_leaves_an_answer_to_a_newer_one(earlier: Path, release: Release) -> None:
    command = AnswerForm(
        PROJECT, VISITOR, Ref(SOME), MessageId(SOME), TALK, MessageId(SOME), None, {"a": ["S"]}, 1
    )
    found = within(earlier, COMMAND, command_codec.encode(command))
    # 0.1.0 takes it for poison; servers do not send it while such a worker runs.
    assert found == ("Poison" if release.version == "0.1.0" else "LaterCommand")
