"""Hops 2 and 8: encodes and decodes frames, in msgpack or JSON; any bytes give a frame or a ProtocolError."""

import re
from collections.abc import Callable, Iterable
from typing import Any, Final, NoReturn, Protocol, get_args

import msgspec

from protocol import limits
from protocol.codes import ErrorCode
from protocol.errors import ProtocolError
from protocol.from_client import Answer, Attach, ClientFrame, CopilotAsk, Hello, Identify, Page, Send
from protocol.from_server import ServerFrame
from protocol.values import Id, Rid

Bytes = bytes | bytearray | memoryview

# What msgspec raises for invalid frames. Bad UTF-8 and lone surrogates are a ValueError.
_UNREADABLE: Final = (msgspec.MsgspecError, ValueError, OverflowError, RecursionError, MemoryError)
_CLIENT_TYPES: Final = frozenset(frame.__struct_config__.tag for frame in get_args(ClientFrame))
_SERVER_TYPES: Final = frozenset(frame.__struct_config__.tag for frame in get_args(ServerFrame))
# Where msgspec found the fault: a path of our own field names and positions, which never quotes the peer.
_PLACE: Final = re.compile(r" - at (?:`key` in )?`\$([^`]*)`")


class Codec(Protocol):
    """One of the two encodings of the frames. `text`: whether it uses websocket text frames."""

    @property
    def text(self) -> bool: ...
    def encode(self, frame: ClientFrame | ServerFrame) -> bytes: ...
    def decode_client(self, data: Bytes) -> ClientFrame:
        """Decodes one frame that fills `data`; raises ProtocolError for anything else."""

    def decode_server(self, data: Bytes) -> ServerFrame:
        """Likewise for clients; the error code is UNSUPPORTED for a type that this version does not know."""


class _Head(msgspec.Struct, array_like=True, tag=10, frozen=True):
    """The first fields of a `send`, so that a refusal can name its `ref`; the rest is skipped."""

    rid: Rid
    ref: Id


class _AnswerHead(msgspec.Struct, array_like=True, tag=24, frozen=True):
    """Likewise of an `answer`."""

    rid: Rid
    ref: Id


class _AttachHead(msgspec.Struct, array_like=True, tag=26, frozen=True):
    """Likewise of an `attach`."""

    rid: Rid
    ref: Id


class _AskHead(msgspec.Struct, array_like=True, tag=47, frozen=True):
    """Likewise of a `copilotask`."""

    rid: Rid
    ref: Id


_CARRIERS: Final = {
    _Head: "a send",
    _AnswerHead: "an answer",
    _AttachHead: "an attach",
    _AskHead: "a copilotask",
}


class _AnyFrame(msgspec.Struct, array_like=True, frozen=True):
    """The first fields of every frame; the rest is skipped, but must be well-formed."""

    type: int
    second: msgspec.Raw = msgspec.Raw()


class _Encoding:
    """A codec; decoders are made once, because making one costs as much as a thousand decodes."""

    __slots__ = ("_any", "_client", "_head", "_rid", "_server", "encode", "text")

    def __init__(
        self, encode: Callable[[Any], bytes], decoder: Callable[[Any], Callable[[Bytes], Any]], *, text: bool
    ) -> None:
        self.encode = encode
        self.text = text
        self._client = decoder(ClientFrame)
        self._server = decoder(ServerFrame)
        self._head = decoder(_Head | _AnswerHead | _AttachHead | _AskHead)
        self._any = decoder(_AnyFrame)
        self._rid = decoder(Rid)

    def decode_client(self, data: Bytes) -> ClientFrame:
        try:
            frame: ClientFrame = self._client(data)
        except _UNREADABLE as error:
            self._refuse(data, error)
        # Checks that a schema cannot express cheaply; only seven frames carry text of the peer.
        if type(frame) is Send or type(frame) is Attach:
            _check_send(frame)
        elif type(frame) is Hello:
            _check_hello(frame)
        elif type(frame) is Page:
            _check_text((frame.url, frame.title))
        elif type(frame) is Identify:
            _check_text((*frame.facts, *frame.facts.values()))
        elif type(frame) is Answer:
            _check_answer(frame)
        elif type(frame) is CopilotAsk:
            _check_ask(frame)
        return frame

    def decode_server(self, data: Bytes) -> ServerFrame:
        try:
            frame: ServerFrame = self._server(data)
        except _UNREADABLE:
            unknown = self._unknown(data, known=_SERVER_TYPES)
            if unknown is not None:
                raise unknown from None
            raise ProtocolError(ErrorCode.BAD_FRAME, "no frame") from None
        return frame

    def _refuse(self, data: Bytes, error: BaseException) -> NoReturn:
        """Raises the reason why `data` is not a frame, without quoting it."""
        unknown = self._unknown(data, known=_CLIENT_TYPES)
        if unknown is not None:
            raise unknown from None
        text = str(error)
        code = ErrorCode.TOO_LARGE if " of length <= " in text else ErrorCode.BAD_FRAME
        place = _PLACE.search(text)
        where = f" at {place[1]}" if place and place[1] else ""
        try:
            head = self._head(data)
        except _UNREADABLE:
            raise ProtocolError(code, f"no frame{where}") from None
        raise ProtocolError(code, f"not {_CARRIERS[type(head)]}{where}", rid=head.rid, ref=head.ref) from None

    def _unknown(self, data: Bytes, *, known: frozenset[Any]) -> ProtocolError | None:
        """The refusal of a well-formed frame of a later version; None for anything else."""
        try:
            frame = self._any(data)
        except _UNREADABLE:
            return None
        if frame.type in known:
            return None
        try:
            rid: Rid = self._rid(frame.second)
        except _UNREADABLE:
            rid = 0
        return ProtocolError(ErrorCode.UNSUPPORTED, "a frame type of a later version", rid=rid)


def _check_send(frame: Send | Attach) -> None:
    body = frame.body
    # A code point takes at most four bytes, so only long bodies are measured.
    if len(body) * 4 > limits.BODY_BYTES and len(body.encode()) > limits.BODY_BYTES:
        raise ProtocolError(ErrorCode.TOO_LARGE, "body", rid=frame.rid, ref=frame.ref)
    # Postgres cannot store NUL in text: refused here it costs one reply; in a batch it would fail the others.
    if "\0" in body or (frame.meta and _has_nul((*frame.meta, *frame.meta.values()))):
        raise ProtocolError(ErrorCode.BAD_FRAME, "NUL", rid=frame.rid, ref=frame.ref)


def _check_answer(frame: Answer) -> None:
    given = frame.values.values()
    chosen = [option for value in given if isinstance(value, list) for option in value]
    if _has_nul((*frame.values, *given, *chosen, *frame.meta, *frame.meta.values())):
        raise ProtocolError(ErrorCode.BAD_FRAME, "NUL", rid=frame.rid, ref=frame.ref)


def _check_ask(frame: CopilotAsk) -> None:
    if _has_nul((frame.text, frame.intent, frame.into, frame.tone)):
        raise ProtocolError(ErrorCode.BAD_FRAME, "NUL", rid=frame.rid, ref=frame.ref)


def _check_hello(frame: Hello) -> None:
    greeting = frame.greeting
    _check_text((greeting.key, greeting.jwt, greeting.lang, greeting.version))
    if page := greeting.page:
        _check_text((page.url, page.title, page.referrer))


def _check_text(values: Iterable[object]) -> None:
    if _has_nul(values):
        raise ProtocolError(ErrorCode.BAD_FRAME, "NUL")


def _has_nul(values: Iterable[object]) -> bool:
    return any(isinstance(value, str) and "\0" in value for value in values)


def _msgpack_decoder(kind: Any) -> Callable[[Bytes], Any]:
    return msgspec.msgpack.Decoder(kind).decode


def _json_decoder(kind: Any) -> Callable[[Bytes], Any]:
    return msgspec.json.Decoder(kind).decode


MSGPACK: Final[Codec] = _Encoding(msgspec.msgpack.Encoder().encode, _msgpack_decoder, text=False)
JSON: Final[Codec] = _Encoding(msgspec.json.Encoder().encode, _json_decoder, text=True)
"""JSON, for debugging: the same arrays; ids are base64 text."""

_CODECS: Final = {limits.SUBPROTOCOL_MSGPACK: MSGPACK, limits.SUBPROTOCOL_JSON: JSON}


def read_server(codec: Codec, data: Bytes) -> ServerFrame | None:
    """Decodes a server frame; None for an unknown type, which clients ignore. Raises ProtocolError."""
    try:
        return codec.decode_server(data)
    except ProtocolError as error:
        if error.code is ErrorCode.UNSUPPORTED:
            return None
        raise


def for_subprotocol(name: str) -> Codec:
    """The codec of a negotiated subprotocol; raises KeyError for a name that we never offer."""
    return _CODECS[name]
