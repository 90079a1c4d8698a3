"""Hop 2: the frames a client may send, `[type, …]`.

Trailing elements and unknown keys of `hello` come from newer clients and are ignored.
"""

from collections.abc import Sequence
from typing import Annotated, Final, Literal

import msgspec

from protocol import limits
from protocol.values import (
    Body,
    CopilotText,
    FileIds,
    FormValues,
    Id,
    Language,
    Meta,
    Reached,
    Rid,
    Seq,
    Title,
    Token,
    Url,
    View,
    Word,
)


class Page(msgspec.Struct, array_like=True, tag=18, frozen=True):
    """The page the visitor is on; at most one per PAGE_INTERVAL."""

    url: Url
    title: Title


class OpenedPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """The page that a `hello` is sent from."""

    url: Url = ""
    title: Title = ""
    referrer: Url = ""


class Greeting(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of `hello`: a visitor sends `key` (absent the first time), an agent sends `jwt`."""

    project: Id
    tab: Id
    key: Annotated[str, msgspec.Meta(max_length=512)] | None = None
    jwt: Annotated[str, msgspec.Meta(max_length=4096)] | None = None
    have: Annotated[Sequence[tuple[Id, Seq | Reached]], msgspec.Meta(max_length=limits.HAVE)] = []
    page: OpenedPage | None = None
    lang: Language = ""
    version: Annotated[str, msgspec.Meta(max_length=32)] = ""

    def positions(self) -> list[tuple[Id, Seq, Seq | None]]:
        """`have`: conversation, last `seq` and last change (None: not counted by this client)."""
        return [
            (talk, at.seq, at.change) if isinstance(at, Reached) else (talk, at, None)
            for talk, at in self.have
        ]


class Hello(msgspec.Struct, array_like=True, tag=1, frozen=True):
    rid: Rid
    greeting: Greeting


class Ping(msgspec.Struct, array_like=True, tag=5, frozen=True):
    token: Token


class Pong(msgspec.Struct, array_like=True, tag=6, frozen=True):
    token: Token


class Send(msgspec.Struct, array_like=True, tag=10, frozen=True):
    """A visitor's message; the client keeps it, with its `ref`, until it gets `stored`.

    `article`: what the visitor asks about; one that visitors may not read is ignored.
    """

    rid: Rid
    ref: Id
    conversation: Id | None
    kind: Literal["text"]
    body: Body
    meta: Meta = {}
    article: Id | None = None


class Read(msgspec.Struct, array_like=True, tag=15, frozen=True):
    """The sender of this frame has seen everything up to `seq`."""

    conversation: Id
    seq: Seq


class Typing(msgspec.Struct, array_like=True, tag=16, frozen=True):
    conversation: Id | None
    on: bool


class Identify(msgspec.Struct, array_like=True, tag=19, frozen=True):
    """What the page knows about its visitor has changed; send it only if `facts` in `welcome` is true."""

    facts: Meta


class Watch(msgspec.Struct, array_like=True, tag=20, frozen=True):
    """Agents subscribe to all conversations (`inbox`), or also to one visitor's pages (`conversation`)."""

    rid: Rid
    view: View
    conversation: Id | None = None


class Unwatch(msgspec.Struct, array_like=True, tag=21, frozen=True):
    rid: Rid
    view: View
    conversation: Id | None = None


class Answer(msgspec.Struct, array_like=True, tag=24, frozen=True):
    """A visitor's answer to the form `request`, a message; or to `template`, before the first message.

    As of a `send`, the client keeps it, with its `ref`, until it gets `stored`.
    """

    rid: Rid
    ref: Id
    conversation: Id | None
    request: Id | None
    values: FormValues
    template: Id | None = None
    meta: Meta = {}


class Filling(msgspec.Struct, array_like=True, tag=25, frozen=True):
    """The visitor has begun to fill the form `request`."""

    conversation: Id
    request: Id


class Attach(msgspec.Struct, array_like=True, tag=26, frozen=True):
    """A visitor's message with files, which were uploaded by HTTP. `body`: a caption, or empty.

    As of a `send`, the client keeps it, with its `ref`, until it gets `stored`.
    """

    rid: Rid
    ref: Id
    conversation: Id | None
    files: FileIds
    body: Body = ""
    meta: Meta = {}
    article: Id | None = None


class Stop(msgspec.Struct, array_like=True, tag=36, frozen=True):
    """Stop the assistant's turn. Answer: `ok` with one of STOP_RESULTS, or `error`."""

    rid: Rid
    conversation: Id
    turn: Id


class StreamGet(msgspec.Struct, array_like=True, tag=37, frozen=True):
    """Asks for what the running turn has said so far: for a client that joins it, or has missed a part.

    Answer: `streamstart` and one `streamtoken` with the whole text, then `ok`; only `ok` if none runs.
    """

    rid: Rid
    conversation: Id


class ChooseOwner(msgspec.Struct, array_like=True, tag=38, frozen=True):
    """A visitor asks for a person, or for the assistant again. Has no answer but a `changed` with `owner`."""

    conversation: Id
    owner: Literal["person", "assistant"]


class CopilotAsk(msgspec.Struct, array_like=True, tag=47, frozen=True):
    """An agent asks the copilot, in an own session. Answers: `copilotasked`, or `error` with the `ref`.

    `intent` null: it is found out from the text. `draft`: the posts that a `social_edit` changes. `about`:
    the message that the text is of. `into`: the language of a `translate`. `tone`: of a `rewrite`.
    """

    rid: Rid
    ref: Id
    session: Id
    text: CopilotText
    intent: Word | None = None
    draft: Id | None = None
    about: Id | None = None
    into: Language = ""
    tone: Word = ""


class CopilotStop(msgspec.Struct, array_like=True, tag=48, frozen=True):
    """Stop the copilot's turn. Answer: `ok` with one of STOP_RESULTS, or `error`."""

    rid: Rid
    session: Id
    turn: Id


class CopilotGet(msgspec.Struct, array_like=True, tag=49, frozen=True):
    """Asks for what the session's running turn has said so far.

    Answer: `copilotstart` and one `copilottoken` with the whole text, then `ok`; only `ok` if none runs.
    """

    rid: Rid
    session: Id


ClientFrame = (
    Hello
    | Ping
    | Pong
    | Send
    | Read
    | Typing
    | Page
    | Identify
    | Watch
    | Unwatch
    | Answer
    | Filling
    | Attach
    | Stop
    | StreamGet
    | ChooseOwner
    | CopilotAsk
    | CopilotStop
    | CopilotGet
)

STOP_RESULTS: Final = ("stopped", "already_finished", "nothing_to_stop")
"""`stopped`: the turn ends now, and `streamstopped` follows for everybody who sees it."""

OF_COPILOT: Final = (CopilotAsk, CopilotStop, CopilotGet)
"""Operations of agents' copilot sessions."""

OF_AGENTS: Final = (Watch, Unwatch, *OF_COPILOT)
"""Frames that only agents send: the widget's first load leaves them out."""

OF_ASSISTANT: Final = (Stop, StreamGet, ChooseOwner)
"""Frames about the assistant: the widget loads them with the part that shows its answers."""
