"""The error of the wire: invalid bytes, or a frame that is not allowed now."""

from protocol.codes import ErrorCode


class ProtocolError(Exception):
    """Carries the stable code that is sent to the peer; `reason` never quotes the peer's text.

    `ref` and `rid` are set when what was refused is a `send` that still says which text it is: then the
    client gets an answer and the connection goes on. It also goes on after UNSUPPORTED: a well-formed frame
    of a later version, whose second element is its `rid` where it has one.
    """

    def __init__(self, code: ErrorCode, reason: str, *, rid: int = 0, ref: bytes | None = None) -> None:
        super().__init__(f"{code.name.lower()}: {reason}")
        self.code = code
        self.reason = reason
        self.rid = rid
        self.ref = ref
