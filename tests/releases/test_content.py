"""Content of messages beside an earlier release: its servers read past it, its clients show the text."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Final
from uuid import UUID

import msgspec

from core import content, events, ids
from core.content import AssistantTurn
from core.ids import ConversationId, MessageId, ProjectId, VisitorId
from protocol.codec import MSGPACK
from server.gateway import translate
from tests.stack import ROOT

# Decodes each event on stdin, as the gateway and the resume log of the release in the working directory do.
EVENTS: Final = """
import json, sys
from msgspec import msgpack
from core.events import Event
decode = msgpack.Decoder(Event).decode
print(json.dumps([decode(bytes.fromhex(given)).body for given in json.load(sys.stdin)]))
"""
# Decodes frames and reduces them, as the faces of the release do.
FACES: Final = """
import { EMPTY } from "./src/chat/model";
import { reduce } from "./src/chat/store";
import { heard } from "./src/dashboard/desk/hear";
import { decode } from "./src/wire/codec";
let given = "";
process.stdin.on("data", (data) => { given += data; }).on("end", () => {
  const bytes = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
  const frames = JSON.parse(given).map((hex) => decode(bytes(hex)));
  const widget = frames.reduce((state, frame) => reduce(state, { type: "frame", frame, now: 1 }), EMPTY);
  const dashboard = frames.map((frame) => heard(frame, 1).message.body);
  console.log(JSON.stringify({ widget: widget.messages.map(({ body }) => body), dashboard }));
});
"""
SOME: Final = ids.make()
TEXTS: Final = ["hello", "We ship to Hanoi.", "Order 17: paid", "bye"]


def messages() -> list[events.MessagePosted]:
    """Without content, with an assistant's, with one of a type that no release knows, and without again."""
    turn = content.packed(AssistantTurn(UUID(bytes=SOME)))
    card = msgspec.Raw(msgspec.msgpack.encode({"type": "card", "lines": [{"of": [1.5, None]}]}))
    kinds = ("text", "text", "attachment", "text")  # 0.1.0 reads no later kinds
    return [
        events.MessagePosted(
            project=ProjectId(SOME),
            conversation=ConversationId(SOME),
            seq=number + 1,
            visitor=VisitorId(SOME),
            message=MessageId(ids.make()),
            ref=None,
            author_party="agent",
            author=SOME,
            author_name="Mai",
            at=1,
            kind=kind,
            body=body,
            meta={},
            origin=None,
            content=given,
        )
        for number, (kind, body, given) in enumerate(
            zip(kinds, TEXTS, (content.NONE, turn, card, content.NONE), strict=True)
        )
    ]


def test_a_server_of_the_release_reads_events_with_content(earlier: Path) -> None:
    asked = json.dumps([events.encode(event).hex() for event in messages()])
    done = subprocess.run(
        [sys.executable, "-c", EVENTS], cwd=earlier, input=asked, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == TEXTS


def test_the_faces_of_the_release_show_the_text_of_a_message_with_content(
    earlier: Path, tmp_path: Path
) -> None:
    entry = earlier / "widget/show_content.ts"
    entry.write_text(FACES)
    built = tmp_path / "show_content.mjs"
    esbuild = ROOT / "widget/node_modules/.bin/esbuild"
    words = [esbuild, entry, "--bundle", "--platform=node", "--format=esm", f"--outfile={built}"]
    subprocess.run(words, check=True, capture_output=True)
    frames = [MSGPACK.encode(translate.message(event)).hex() for event in messages()]
    asked = json.dumps(frames)
    done = subprocess.run(["node", built], input=asked, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == {"widget": TEXTS, "dashboard": TEXTS}
