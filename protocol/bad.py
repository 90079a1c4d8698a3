"""Hand-written invalid client frames, each with the error code that refuses it."""

import struct
from typing import Any, Final

import msgspec

from protocol.codes import ErrorCode

ID: Final = bytes.fromhex("0198f3a2b4c57001800100000000ff00")
BAD_FRAME: Final = ErrorCode.BAD_FRAME
TOO_LARGE: Final = ErrorCode.TOO_LARGE
UNSUPPORTED: Final = ErrorCode.UNSUPPORTED

_pack = msgspec.msgpack.encode


def _raw(*elements: Any) -> bytes:
    """An array of values and, where given as a `msgspec.Raw`, of bytes as they are."""
    return _pack(list(elements))


def _send(body: Any = "x", *, meta: Any = None, kind: Any = "text", rid: Any = 1, ref: Any = ID) -> bytes:
    return _raw(10, rid, ref, None, kind, body, {} if meta is None else meta)


def _hello(**greeting: Any) -> bytes:
    return _raw(1, 1, {"project": ID, "tab": ID, **greeting})


def _text(data: bytes) -> msgspec.Raw:
    """A msgpack str of bytes that may be invalid UTF-8."""
    return msgspec.Raw(b"\xd9" + bytes([len(data)]) + data)


_NAN: Final = msgspec.Raw(b"\xcb" + struct.pack(">d", float("nan")))
_HUGE_ARRAY: Final = msgspec.Raw(b"\xdd\xff\xff\xff\xff")
_HUGE_MAP: Final = msgspec.Raw(b"\xdf\xff\xff\xff\xff")
_EXTENSION: Final = msgspec.Raw(b"\xd4\x05\x00")
_TIMESTAMP: Final = msgspec.Raw(b"\xd6\xff\x00\x00\x00\x00")

BAD_JSON: Final[dict[str, tuple[str, ErrorCode]]] = {
    "an id in base64 without padding": ('[15,"AZjzorTFcAGAAQAAAAD/AA",1]', BAD_FRAME),
    "an id in the alphabet for URLs": ('[15,"AZjzorTFcAGAAQAAAAD_AA==",1]', BAD_FRAME),
    "an id as a UUID": ('[15,"0198f3a2-b4c5-7001-8001-00000000ff00",1]', TOO_LARGE),
    "an id of 15 bytes": ('[15,"AZjzorTFcAGAAQAAAAD/",1]', BAD_FRAME),
    "a seq with a fraction": ('[15,"AZjzorTFcAGAAQAAAAD/AA==",1.5]', BAD_FRAME),
    "a name instead of a type": ('["read","AZjzorTFcAGAAQAAAAD/AA==",1]', BAD_FRAME),
    "an unknown type": ('[99,7,{"a":[1]}]', UNSUPPORTED),
    "an unknown type that ends early": ('[99,7,{"a":[1]}', BAD_FRAME),
    "a lone surrogate in a body": ('[10,1,"AZjzorTFcAGAAQAAAAD/AA==",null,"text","\\ud800",{}]', BAD_FRAME),
    "NUL in a body": ('[10,1,"AZjzorTFcAGAAQAAAAD/AA==",null,"text","\\u0000",{}]', BAD_FRAME),
}
"""Invalid frames in JSON, where the encoding matters."""

BAD: Final[dict[str, tuple[bytes, ErrorCode]]] = {
    "nothing": (b"", BAD_FRAME),
    "not an array": (_pack({"type": 10}), BAD_FRAME),
    "an empty array": (_raw(), BAD_FRAME),
    "a type as text": (_raw("10", 1), BAD_FRAME),
    "an unknown type": (_raw(99, 1), UNSUPPORTED),
    "a type of the server's": (_raw(12, ID, ID, ID, 1, 1), UNSUPPORTED),
    "an unknown type, cut": (_raw(99, 1)[:-1], BAD_FRAME),
    "an unknown type with surplus bytes": (_raw(99, 1) + b"\x00", BAD_FRAME),
    "the reserved byte": (b"\xc1", BAD_FRAME),
    "an array that ends early": (b"\x97\x0a\x01", BAD_FRAME),
    "an array of 2^32-1 declared elements": (b"\xdd\xff\xff\xff\xff\x0a", BAD_FRAME),
    "surplus bytes after a frame": (_raw(5, 1) + b"\x00", BAD_FRAME),
    "two frames in one": (_raw(5, 1) * 2, BAD_FRAME),
    "a missing element": (_raw(15, ID), BAD_FRAME),
    "an id of 15 bytes": (_send(ref=ID[:15]), BAD_FRAME),
    "an id of 17 bytes": (_send(ref=ID + b"\0"), TOO_LARGE),
    "an id as text": (_send(ref=ID.hex()), BAD_FRAME),
    "NUL in a body": (_send("a\0b"), BAD_FRAME),
    "NUL in a meta key": (_send(meta={"a\0": 1}), BAD_FRAME),
    "NUL in a meta value": (_send(meta={"a": "\0"}), BAD_FRAME),
    "NUL in a page's title": (_raw(18, "https://example.com", "\0"), BAD_FRAME),
    "NUL in the first page's address": (_hello(page={"url": "https://example.com/\0"}), BAD_FRAME),
    "NUL in a language": (_hello(lang="e\0n"), BAD_FRAME),
    "a lone surrogate": (_send(_text(b"\xed\xa0\x80")), BAD_FRAME),
    "bytes that are not UTF-8": (_send(_text(b"\xff\xfe")), BAD_FRAME),
    "an overlong encoding of a slash": (_send(_text(b"\xc0\xaf")), BAD_FRAME),
    "a code point beyond Unicode": (_send(_text(b"\xf4\x90\x80\x80")), BAD_FRAME),
    "a body of 5,001 code points": (_send("x" * 5_001), TOO_LARGE),
    "a body of 15,001 bytes": (_send("👋" * 3_750 + "x"), TOO_LARGE),
    "a body as bytes": (_send(b"x"), BAD_FRAME),
    "NaN as a number": (_send(meta={"a": _NAN}), BAD_FRAME),
    "a float as a seq": (_raw(15, ID, 1.5), BAD_FRAME),
    "NaN as a seq": (_raw(15, ID, _NAN), BAD_FRAME),
    "a seq of 2^64-1": (_raw(15, ID, 2**64 - 1), BAD_FRAME),
    "a seq of 2^53": (_raw(15, ID, 2**53), BAD_FRAME),
    "a negative seq": (_raw(15, ID, -1), BAD_FRAME),
    "a rid of 2^31": (_send(rid=2**31), BAD_FRAME),
    "true as a rid": (_send(rid=True), BAD_FRAME),
    "1 as a flag": (_raw(16, None, 1), BAD_FRAME),
    "a kind that visitors may not send": (_send(kind="note"), BAD_FRAME),
    "meta of 33 keys": (_send(meta={str(n): n for n in range(33)}), TOO_LARGE),
    "an empty meta key": (_send(meta={"": 1}), BAD_FRAME),
    "a meta key of 65 code points": (_send(meta={"k" * 65: 1}), TOO_LARGE),
    "a meta value of 1,001 code points": (_send(meta={"k": "v" * 1_001}), TOO_LARGE),
    "a meta number of 2^53+1": (_send(meta={"k": 2**53 + 1}), BAD_FRAME),
    "a list in meta": (_send(meta={"k": []}), BAD_FRAME),
    "meta of 2^32-1 declared keys": (_raw(10, 1, ID, None, "text", "x", _HUGE_MAP), TOO_LARGE),
    "an extension type": (_send(meta={"k": _EXTENSION}), BAD_FRAME),
    "a timestamp": (_raw(15, ID, _TIMESTAMP), BAD_FRAME),
    "depth 600 of arrays": (b"\x91" * 600 + b"\x00", BAD_FRAME),
    "depth 600 inside a send": (_send(meta={"k": msgspec.Raw(b"\x91" * 600 + b"\x00")}), BAD_FRAME),
    "depth 16,000 inside a hello": (_hello(have=msgspec.Raw(b"\x91" * 16_000 + b"\x00")), BAD_FRAME),
    "depth 16,000 in an element of a later version": (
        b"\x93\x05\x01" + b"\x91" * 16_000 + b"\x00",
        BAD_FRAME,
    ),
    "2^32-1 elements of a later version": (_raw(5, 1, _HUGE_ARRAY), BAD_FRAME),
    "a position that begins with no number": (_hello(have=[(ID, ["7"])]), BAD_FRAME),
    "a position of nothing": (_hello(have=[(ID, [])]), BAD_FRAME),
    "a pair of three in have": (_hello(have=[(ID, 1, 2)]), BAD_FRAME),
    "a hello without a project": (_raw(1, 1, {"tab": ID}), BAD_FRAME),
    "65 conversations in a hello": (_hello(have=[(ID, 1)] * 65), TOO_LARGE),
    "2^32-1 declared conversations": (_raw(1, 1, {"project": ID, "tab": ID, "have": _HUGE_ARRAY}), TOO_LARGE),
    "a page address of 2,001 code points": (_raw(18, "h" * 2_001, ""), TOO_LARGE),
    "an unknown view": (_raw(20, 1, "visitors"), BAD_FRAME),
}
