"""`python -m protocol.golden` adds missing golden frames to protocol/vectors; existing ones never change.

A vector is one frame in three forms: the msgpack bytes in hex, the JSON text, and the object of a TypeScript
client (ids as canonical UUID text). The Python and the TypeScript tests read the same files. `later.json`
holds frames of a later version in msgpack, with what a reader of this version decodes from them.
"""

import json
import sys
import uuid
from pathlib import Path
from typing import Any, Final

import msgspec

from protocol import from_client as c
from protocol import from_server as s
from protocol.bad import BAD, BAD_JSON
from protocol.codec import JSON, MSGPACK
from protocol.golden_frames import assistant, attachments, copilot, forms
from protocol.golden_frames.ids import (
    AGENT_PERSON,
    AT,
    CONVERSATION,
    MESSAGE,
    PROJECT,
    REF,
    SOCKET,
    USER,
    VISITOR,
    VISITOR_PERSON,
)
from protocol.values import Person, Reached

FOLDER: Final = Path(__file__).parent / "vectors"

CLIENT: Final[dict[str, c.ClientFrame]] = {
    "hello of a new visitor": c.Hello(1, c.Greeting(project=PROJECT, tab=SOCKET)),
    "hello of a visitor who comes back": c.Hello(
        1,
        c.Greeting(
            project=PROJECT,
            tab=SOCKET,
            key="AQIDBA",
            have=[(CONVERSATION, 7), (MESSAGE, 2**53 - 1)],
            page=c.OpenedPage("https://example.com/prices?x=1", "Prices & more", "https://search.example/"),
            lang="vi-VN",
            version="0.1.0",
        ),
    ),
    "hello with the last change": c.Hello(
        1,
        c.Greeting(
            project=PROJECT,
            tab=SOCKET,
            key="AQIDBA",
            have=[(CONVERSATION, Reached(7, 2)), (MESSAGE, Reached(5))],
        ),
    ),
    "hello of an agent": c.Hello(2**31 - 1, c.Greeting(project=PROJECT, tab=SOCKET, jwt="e30.e30.AA")),
    "ping": c.Ping(0),
    "pong": c.Pong(2**31 - 1),
    "send a first text": c.Send(2, REF, None, "text", "Hello"),
    "send a Vietnamese text with an emoji": c.Send(
        300,
        REF,
        CONVERSATION,
        "text",
        "Xin chào! 👋\nGiá bao nhiêu?",
        {"source": "faq", "n": -5, "ok": True, "x": None},
    ),
    "send an empty text": c.Send(65_536, REF, CONVERSATION, "text", ""),
    "send a text about an article": c.Send(3, REF, None, "text", "Does it hold for gifts?", {}, MESSAGE),
    "read": c.Read(CONVERSATION, 128),
    "typing before there is a conversation": c.Typing(None, on=True),
    "typing stopped": c.Typing(CONVERSATION, on=False),
    "page": c.Page("https://example.com/cart", "Cart"),
    "identify": c.Identify({"name": "Trần Thị Mai", "email": "mai@example.com", "orders": 3, "plan": None}),
    "watch the inbox": c.Watch(4, "inbox"),
    "watch a conversation": c.Watch(5, "conversation", CONVERSATION),
    "unwatch a conversation": c.Unwatch(6, "conversation", CONVERSATION),
    **forms.CLIENT,
    **attachments.CLIENT,
    **assistant.CLIENT,
    **copilot.CLIENT,
}

SERVER: Final[dict[str, s.ServerFrame]] = {
    "welcome of a new visitor": s.Welcome(
        1,
        s.Greeted(
            session=SOCKET,
            heartbeat_ms=25_000,
            limits=s.Bounds(),
            now=AT,
            recovered=True,
            agents_online=0,
            config_version=1,
            visitor=VISITOR,
            key="AQIDBA",
        ),
    ),
    "welcome of a visitor who comes back": s.Welcome(
        1,
        s.Greeted(
            session=SOCKET,
            heartbeat_ms=25_000,
            limits=s.Bounds(frame=65_536, body=5_000, messages_per_minute=60),
            now=AT,
            recovered=False,
            agents_online=3,
            config_version=12,
            visitor=VISITOR,
            conversation=CONVERSATION,
            last_seq=70_000,
        ),
    ),
    "welcome of a visitor whose texts were read meanwhile": s.Welcome(
        1,
        s.Greeted(
            session=SOCKET,
            heartbeat_ms=25_000,
            limits=s.Bounds(),
            now=AT,
            recovered=True,
            agents_online=1,
            config_version=12,
            visitor=VISITOR,
            conversation=CONVERSATION,
            last_seq=9,
            agent_read_seq=8,
            facts=True,
        ),
    ),
    "ok": s.Ok(4),
    "ping": s.Ping(17),
    "pong": s.Pong(0),
    "drain": s.Drain(0, 10_000),
    "queued": s.Queued(2, REF),
    "stored": s.Stored(REF, CONVERSATION, MESSAGE, 1, AT),
    "text of a visitor": s.Message(
        CONVERSATION, 1, MESSAGE, REF, VISITOR_PERSON, AT, "text", "Xin chào! 👋", {"source": "faq"}
    ),
    "text of an agent": s.Message(CONVERSATION, 256, MESSAGE, REF, AGENT_PERSON, AT, "text", "Chào bạn", {}),
    "note of an agent": s.Message(
        CONVERSATION, 65_536, MESSAGE, None, Person("agent", USER, ""), AT, "note", "x" * 300, {}
    ),
    "line of the system": s.Message(
        CONVERSATION, 9, MESSAGE, None, Person("system", USER, ""), AT, "system", "Mai has joined", {}
    ),
    "text of the assistant": s.Message(
        CONVERSATION,
        10,
        MESSAGE,
        REF,
        Person("assistant", USER, ""),
        AT,
        "text",
        "Chào bạn",
        {},
        {"type": "assistant_turn", "turn": str(uuid.UUID(bytes=REF)), "stopped": True},
    ),
    **forms.SERVER,
    **attachments.SERVER,
    **assistant.SERVER,
    **copilot.SERVER,
    "solved": s.Changed(CONVERSATION, 9, AT, s.Changes(status="solved")),
    "assigned": s.Changed(
        CONVERSATION, 9, AT, s.Changes(assigned=True, assignee=USER, assignee_name=AGENT_PERSON.name)
    ),
    "solved by an agent": s.Changed(
        CONVERSATION,
        9,
        AT,
        s.Changes(status="solved", by_party="agent", by=USER, by_name=AGENT_PERSON.name),
    ),
    "reopened, for the third change": s.Changed(CONVERSATION, 9, AT, s.Changes(status="open"), 3),
    "unassigned": s.Changed(CONVERSATION, 9, AT, s.Changes(assigned=True)),
    "edited by an agent": s.Changed(
        CONVERSATION,
        9,
        AT,
        s.Changes(
            by_party="agent",
            by=USER,
            by_name=AGENT_PERSON.name,
            message=s.AlteredMessage(
                seq=7, id=MESSAGE, version=4, body="Đã sửa 👍", content=None, edited_at=AT
            ),
        ),
        4,
    ),
    "redacted": s.Changed(
        CONVERSATION,
        9,
        AT,
        s.Changes(
            message=s.AlteredMessage(seq=7, id=MESSAGE, version=5, body="", content=None, redacted_at=AT)
        ),
        5,
    ),
    "a change that is not for visitors": s.Changed(CONVERSATION, 9, AT, s.Changes(), 6),
    "delivered": s.Delivered(CONVERSATION, 9),
    "read by an agent": s.Read(CONVERSATION, 9, AGENT_PERSON),
    "typing by a visitor": s.Typing(CONVERSATION, on=True, who=VISITOR_PERSON),
    "presence for visitors": s.Presence(2),
    "presence for agents": s.Presence(None, [(VISITOR, True), (USER, False)]),
    "page": s.Page(VISITOR, "https://example.com/cart", "Cart", AT),
    "visitor with facts of the page": s.Visitor(
        VISITOR, CONVERSATION, "Trần Thị Mai", {"name": "Trần Thị Mai", "orders": 3, "vip": True}, AT
    ),
    "visitor whom the site has vouched for": s.Visitor(
        VISITOR, CONVERSATION, "Trần Thị Mai", {"cart": 2}, AT, {"name": "Trần Thị Mai", "vip": True}
    ),
    "resync": s.Resync(),
    "touched settings": s.Touched("project", None, 12),
    "touched project": s.Touched("projects", None, 13),
    "touched invitation": s.Touched("invitations", MESSAGE, None),
}


_PERSON: Final = ["agent", USER, "Mai", {"avatar": 1}, 2]
_MESSAGE: Final = [
    CONVERSATION,
    7,
    MESSAGE,
    None,
    _PERSON,
    AT,
    "card",
    "Order 17: paid",
    {},
    {"lines": [1, [2]]},
]

# What a later version may send, and what this version reads. None: a type that clients of this version skip.
LATER_CLIENT: Final[dict[str, tuple[list[Any], c.ClientFrame]]] = {
    "a ping with an element more": ([5, 1, 2], c.Ping(1)),
    "a send with elements more": (
        [10, 2, REF, None, "text", "Hello", {}, None, {"reply_to": 3}, [1.5]],
        c.Send(2, REF, None, "text", "Hello"),
    ),
    "a typing with an element more": ([16, None, True, "draft"], c.Typing(None, on=True)),
    "a hello with fields more": (
        [1, 1, {"project": PROJECT, "tab": SOCKET, "theme": "dark", "page": {"url": "", "depth": 2}}, "more"],
        c.Hello(1, c.Greeting(project=PROJECT, tab=SOCKET, page=c.OpenedPage())),
    ),
    "a hello with positions that say more": (
        [
            1,
            1,
            {"project": PROJECT, "tab": SOCKET, "have": [[CONVERSATION, [7, 9, {"draft": 1}]], [MESSAGE, 5]]},
        ],
        c.Hello(
            1, c.Greeting(project=PROJECT, tab=SOCKET, have=[(CONVERSATION, Reached(7, 9)), (MESSAGE, 5)])
        ),
    ),
}
LATER_SERVER: Final[dict[str, tuple[list[Any], s.ServerFrame | None]]] = {
    "a type that did not exist": ([60, CONVERSATION, {"a": [1, None]}], None),
    "a type that did not exist, alone": ([200], None),
    "a message of a later kind, with elements more in it and in its author": (
        [13, *_MESSAGE],
        s.Message(
            CONVERSATION,
            7,
            MESSAGE,
            None,
            Person("agent", USER, "Mai"),
            AT,
            "card",
            "Order 17: paid",
            {},
            {"lines": [1, [2]]},
        ),
    ),
    "a message with content of a later type, and an element more": (
        [13, *_MESSAGE[:-1], {"type": "card", "price": 1.5, "lines": [{"of": [None, True]}]}, "more"],
        s.Message(
            CONVERSATION,
            7,
            MESSAGE,
            None,
            Person("agent", USER, "Mai"),
            AT,
            "card",
            "Order 17: paid",
            {},
            {"type": "card", "price": 1.5, "lines": [{"of": [None, True]}]},
        ),
    ),
    "a message of a later party": (
        [13, CONVERSATION, 8, MESSAGE, REF, ["assistant", USER, "Parley"], AT, "text", "Hello", {}],
        s.Message(
            CONVERSATION, 8, MESSAGE, REF, Person("assistant", USER, "Parley"), AT, "text", "Hello", {}
        ),
    ),
    "a stored with an element more": (
        [12, REF, CONVERSATION, MESSAGE, 1, AT, "more"],
        s.Stored(REF, CONVERSATION, MESSAGE, 1, AT),
    ),
    "an error of a later code": (
        [4, 2, 199, "later", False, 0, REF, "field"],
        s.Error(2, 199, "later", temporary=False, ref=REF, details="field"),
    ),
    "presence with a later part": ([17, 2, [], {"queue": 4}], s.Presence(2)),
    "a touched of a later resource, with an element more": (
        [41, "webhooks", MESSAGE, 3, {"by": USER}],
        s.Touched("webhooks", MESSAGE, 3),
    ),
}


def as_object(value: object) -> Any:
    """A frame, or a part of one, as a TypeScript object: without omitted defaults, ids as text."""
    match value:
        case Reached():
            return [value.seq, value.change]
        case msgspec.Struct():
            config = value.__struct_config__
            given = {name: getattr(value, name) for name in value.__struct_fields__}
            if not config.array_like and config.omit_defaults:
                given = {name: part for name, part in given.items() if not _is_default(value, name)}
            kind = {"type": type(value).__name__.lower()} if config.tag is not None else {}
            return kind | {name: as_object(part) for name, part in given.items()}
        case bytes():
            return str(uuid.UUID(bytes=value))
        case list() | tuple():
            return [as_object(part) for part in value]
        case _:
            return value


def _is_default(struct: msgspec.Struct, name: str) -> bool:
    for field in msgspec.structs.fields(struct):
        if field.name == name and not field.required:
            default = field.default_factory() if callable(field.default_factory) else field.default
            return bool(getattr(struct, name) == default)
    return False


def vector(name: str, frame: c.ClientFrame | s.ServerFrame) -> dict[str, Any]:
    """One entry of client.json or server.json."""
    return {
        "name": name,
        "type": type(frame).__name__.lower(),
        "hex": MSGPACK.encode(frame).hex(),
        "json": JSON.encode(frame).decode(),
        "frame": as_object(frame),
    }


def later(
    side: str, name: str, values: list[Any], frame: c.ClientFrame | s.ServerFrame | None
) -> dict[str, Any]:
    """One entry of later.json; `side` is the sender."""
    return {
        "name": name,
        "from": side,
        "hex": msgspec.msgpack.encode(values).hex(),
        "frame": None if frame is None else as_object(frame),
    }


def main() -> int:
    """Appends new vectors to the files."""
    files = {
        "client": [vector(name, frame) for name, frame in CLIENT.items()],
        "server": [vector(name, frame) for name, frame in SERVER.items()],
        "bad": [{"name": name, "hex": data.hex(), "code": int(code)} for name, (data, code) in BAD.items()],
        "bad_json": [
            {"name": name, "json": text, "code": int(code)} for name, (text, code) in BAD_JSON.items()
        ],
        "later": [
            *(later("client", name, *made) for name, made in LATER_CLIENT.items()),
            *(later("server", name, *made) for name, made in LATER_SERVER.items()),
        ],
    }
    for stem, made in files.items():
        path = FOLDER / f"{stem}.json"
        kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
        names = {entry["name"] for entry in kept}
        rows = [*kept, *(entry for entry in made if entry["name"] not in names)]
        lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
        path.write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
