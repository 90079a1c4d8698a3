"""Any bytes at all give a frame or a ProtocolError, and an independent codec agrees about every frame."""

import json
import math
import re
from typing import Any

import msgpack
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import limits
from protocol.bad import BAD, ID
from protocol.codec import JSON, MSGPACK, Codec, for_subprotocol, read_server
from protocol.codes import ErrorCode
from protocol.errors import ProtocolError
from protocol.from_client import ClientFrame, Hello, Page, Send
from protocol.from_server import ServerFrame
from protocol.golden import CLIENT, SERVER
from tests.unit.protocol.frames import client_frames, server_frames

both = pytest.mark.parametrize("codec", [MSGPACK, JSON], ids=["msgpack", "json"])

# Values that a msgpack peer may nest in any way, NaN, extension types and lone bytes included.
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=20)
    | st.binary(max_size=20)
    | st.just(ID)
    | st.builds(msgpack.ExtType, st.integers(0, 127), st.binary(max_size=8)),
    lambda inner: (
        st.lists(inner, max_size=8)
        | st.dictionaries(
            st.text(max_size=8) | st.sampled_from(["project", "tab", "have"]), inner, max_size=5
        )
    ),
    max_leaves=20,
)
shaped = st.lists(anything, max_size=8).map(list)


def outcome(codec: Codec, data: bytes) -> ClientFrame | ProtocolError:
    """The only two outcomes of decoding; any other exception fails the test."""
    try:
        return codec.decode_client(data)
    except ProtocolError as error:
        return error


@both
@given(data=st.binary(max_size=200))
def test_any_bytes_give_a_frame_or_a_protocol_error(codec: Codec, data: bytes) -> None:
    outcome(codec, data)


@given(data=anything)
def test_any_msgpack_value_gives_a_frame_or_a_protocol_error(data: Any) -> None:
    outcome(MSGPACK, msgpack.packb(data, unicode_errors="surrogatepass"))


@given(kind=st.sampled_from([1, 5, 6, 10, 15, 16, 18, 20, 21]), rest=shaped)
def test_any_elements_after_a_known_type_give_a_frame_or_a_protocol_error(kind: int, rest: list[Any]) -> None:
    outcome(MSGPACK, msgpack.packb([kind, *rest], unicode_errors="surrogatepass"))


@given(
    frame=client_frames,
    changes=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=4),
)
def test_a_frame_with_some_bytes_changed_gives_a_frame_or_a_protocol_error(
    frame: ClientFrame, changes: list[tuple[int, int]]
) -> None:
    data = bytearray(MSGPACK.encode(frame))
    for place, byte in changes:
        data[place % len(data)] = byte
    outcome(MSGPACK, bytes(data))


@given(text=st.text(st.characters(), max_size=80))
def test_any_text_gives_a_frame_or_a_protocol_error(text: str) -> None:
    outcome(JSON, text.encode("utf-8", "surrogatepass"))
    # And as a body: well-formed JSON around any text, lone surrogates as escapes.
    body = json.dumps([10, 1, "AAAAAAAAAAAAAAAAAAAAAA==", None, "text", text, {}]).encode()
    found = outcome(JSON, body)
    clean = "\0" not in text and text.encode("utf-8", "ignore").decode() == text
    assert isinstance(found, Send) == clean


@both
@given(frame=client_frames)
def test_a_client_frame_round_trips(codec: Codec, frame: ClientFrame) -> None:
    assert codec.decode_client(codec.encode(frame)) == frame


@both
@given(frame=server_frames)
def test_a_server_frame_round_trips(codec: Codec, frame: ServerFrame) -> None:
    assert codec.decode_server(codec.encode(frame)) == frame


@both
@given(frame=client_frames, garbage=st.binary(min_size=1, max_size=8))
def test_surplus_bytes_after_a_frame_are_refused(codec: Codec, frame: ClientFrame, garbage: bytes) -> None:
    if codec.text and not garbage.strip(b" \t\r\n"):
        return  # white space after JSON is JSON
    assert isinstance(outcome(codec, codec.encode(frame) + garbage), ProtocolError)


@both
@pytest.mark.parametrize("name", CLIENT)
def test_a_frame_truncated_at_any_byte_is_refused(codec: Codec, name: str) -> None:
    data = codec.encode(CLIENT[name])
    for length in range(len(data)):
        assert isinstance(outcome(codec, data[:length]), ProtocolError)


@both
@pytest.mark.parametrize("name", SERVER)
def test_a_server_frame_truncated_at_any_byte_is_refused_by_a_client(codec: Codec, name: str) -> None:
    data = codec.encode(SERVER[name])
    for length in range(len(data)):
        with pytest.raises(ProtocolError):
            codec.decode_server(data[:length])


@given(frame=client_frames | server_frames)
def test_an_independent_codec_reads_what_we_write(frame: ClientFrame | ServerFrame) -> None:
    assert msgpack.unpackb(MSGPACK.encode(frame)) == as_values(frame)


@given(frame=client_frames)
def test_we_read_what_an_independent_codec_writes(frame: ClientFrame) -> None:
    assert MSGPACK.decode_client(msgpack.packb(as_values(frame))) == frame


def as_values(frame: ClientFrame | ServerFrame) -> Any:
    """The frame as lists and dicts, by msgspec's own conversion to builtins, bytes kept."""
    return json_lists(msgspec.to_builtins(frame, builtin_types=(bytes,)))


def json_lists(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [json_lists(part) for part in value]
    if isinstance(value, dict):
        return {key: json_lists(part) for key, part in value.items()}
    return value


@pytest.mark.parametrize("name", BAD)
def test_poison_is_refused_with_its_code(name: str) -> None:
    data, code = BAD[name]
    found = outcome(MSGPACK, data)
    assert isinstance(found, ProtocolError), found
    assert found.code == code


@pytest.mark.parametrize("name", BAD)
def test_a_refusal_never_quotes_the_peer(name: str) -> None:
    data, _ = BAD[name]
    found = outcome(MSGPACK, data)
    assert isinstance(found, ProtocolError)
    allowed = r"(no frame|not a send)( at [\[\].\w]+)?|body|NUL|a frame type of a later version"
    assert re.fullmatch(allowed, found.reason), found.reason
    assert found.__cause__ is None


def test_a_refused_text_keeps_its_ref_so_that_its_sender_can_be_notified() -> None:
    found = outcome(MSGPACK, msgspec.msgpack.encode([10, 7, ID, None, "text", "x" * 5_001, {}]))
    assert isinstance(found, ProtocolError)
    assert (found.code, found.rid, found.ref) == (ErrorCode.TOO_LARGE, 7, ID)


@pytest.mark.parametrize(
    ("frame", "where"),
    [
        ([15, ID, -1], "[2]"),
        ([10, 7, ID, None, "text", "x", {"secret": 1.5}], "[6][...]"),
        ([1, 1, {"project": ID, "tab": ID, "page": {"url": 5}}], "[2].page.url"),
        ([1, 1, {"project": ID, "tab": ID, "have": [[ID, 1], [ID, "x"]]}], "[2].have[1][1]"),
    ],
)
@both
def test_a_refusal_names_the_faulty_field(codec: Codec, frame: list[Any], where: str) -> None:
    encode = msgspec.json.encode if codec.text else msgspec.msgpack.encode
    found = outcome(codec, encode(frame))
    assert isinstance(found, ProtocolError)
    assert found.reason.endswith(f" at {where}")


@both
def test_an_unknown_frame_type_is_distinguished_from_garbage_and_keeps_its_rid(codec: Codec) -> None:
    encode = msgspec.json.encode if codec.text else msgspec.msgpack.encode
    for later, rid in (
        ([99, 7, {"a": [1]}], 7),
        ([99], 0),
        ([99, "seven"], 0),
        ([99, -1], 0),
        ([2**40, 7], 7),
    ):
        found = outcome(codec, encode(later))
        assert isinstance(found, ProtocolError)
        assert (found.code, found.rid, found.ref) == (ErrorCode.UNSUPPORTED, rid, None)
        cut = outcome(codec, encode(later)[:-1])
        assert isinstance(cut, ProtocolError) and cut.code == ErrorCode.BAD_FRAME


@given(frame=client_frames, more=st.lists(anything, min_size=1, max_size=3))
def test_elements_that_a_later_client_adds_are_ignored(frame: ClientFrame, more: list[Any]) -> None:
    longer = [*msgpack.unpackb(MSGPACK.encode(frame)), *more]
    if type(frame).__name__ in {"Send", "Watch", "Unwatch", "Answer", "Attach"}:
        return  # elements that are omitted by default precede added ones; the vectors hold complete frames
    assert MSGPACK.decode_client(msgpack.packb(longer, unicode_errors="surrogatepass")) == frame


def test_a_broken_frame_that_names_no_text_is_refused_without_a_ref() -> None:
    found = outcome(MSGPACK, msgspec.msgpack.encode([15, ID, -1]))
    assert isinstance(found, ProtocolError)
    assert (found.rid, found.ref) == (0, None)


@both
@pytest.mark.parametrize("letter", ["x", "é", "ế"])
def test_the_longest_body_is_allowed_in_every_script_and_fits_a_visitors_frame(
    codec: Codec, letter: str
) -> None:
    frame = Send(2**31 - 1, ID, ID, "text", letter * limits.BODY, {})
    data = codec.encode(frame)
    assert codec.decode_client(data) == frame
    assert len(data) <= limits.VISITOR_FRAME


def test_a_body_of_emoji_is_limited_by_its_bytes() -> None:
    most = limits.BODY_BYTES // 4
    assert isinstance(outcome(MSGPACK, MSGPACK.encode(Send(1, ID, None, "text", "👋" * most, {}))), Send)
    assert isinstance(
        outcome(MSGPACK, MSGPACK.encode(Send(1, ID, None, "text", "👋" * (most + 1), {}))), ProtocolError
    )


def test_every_limit_of_a_page_is_inclusive() -> None:
    frame = Page("h" * limits.URL, "t" * limits.TITLE)
    assert MSGPACK.decode_client(MSGPACK.encode(frame)) == frame


@both
def test_a_client_distinguishes_an_unknown_frame_type_from_garbage(codec: Codec) -> None:
    later = b'[99,{"a":1}]' if codec.text else msgpack.packb([99, {"a": 1}])
    with pytest.raises(ProtocolError) as caught:
        codec.decode_server(later)
    assert caught.value.code == ErrorCode.UNSUPPORTED
    for garbage in (b"", b"[]", b"{}", codec.encode(SERVER["stored"])[:-1], b"[12]", b"\xc1"):
        with pytest.raises(ProtocolError) as caught:
            codec.decode_server(garbage)
        assert caught.value.code == ErrorCode.BAD_FRAME


@both
def test_a_client_skips_an_unknown_frame_type_and_nothing_else(codec: Codec) -> None:
    later = b'[99,{"a":1}]' if codec.text else msgpack.packb([99, {"a": 1}])
    assert read_server(codec, later) is None
    assert read_server(codec, codec.encode(SERVER["stored"])) == SERVER["stored"]
    with pytest.raises(ProtocolError):
        read_server(codec, later[:-1])


def test_a_client_ignores_elements_that_a_later_server_adds() -> None:
    stored = SERVER["stored"]
    longer = [*msgpack.unpackb(MSGPACK.encode(stored)), "new", 1]
    assert MSGPACK.decode_server(msgpack.packb(longer)) == stored
    welcome = msgpack.unpackb(MSGPACK.encode(SERVER["welcome of a new visitor"]))
    welcome[2]["new"] = 1
    assert MSGPACK.decode_server(msgpack.packb(welcome)) == SERVER["welcome of a new visitor"]


def test_json_has_no_nan_and_no_infinity() -> None:
    for number in ("NaN", "Infinity", "-Infinity", "1e999", str(2**64), str(math.pi)):
        assert isinstance(outcome(JSON, f'[15,"AAAAAAAAAAAAAAAAAAAAAA==",{number}]'.encode()), ProtocolError)


def test_deep_json_is_refused() -> None:
    assert isinstance(outcome(JSON, b"[" * 16_000), ProtocolError)
    assert isinstance(outcome(JSON, b'[1,1,{"have":' + b"[" * 600), ProtocolError)


def test_the_subprotocol_names_the_codec() -> None:
    assert for_subprotocol("parley.1.msgpack") is MSGPACK
    assert for_subprotocol("parley.1.json") is JSON
    assert JSON.text
    assert not MSGPACK.text


def test_any_buffer_is_read_alike() -> None:
    for frame in CLIENT.values():
        data = MSGPACK.encode(frame)
        assert MSGPACK.decode_client(bytearray(data)) == MSGPACK.decode_client(memoryview(data)) == frame


def test_an_absent_option_of_a_hello_takes_no_bytes() -> None:
    frame = CLIENT["hello of a new visitor"]
    assert isinstance(frame, Hello)
    assert set(msgpack.unpackb(MSGPACK.encode(frame))[2]) == {"project", "tab"}
