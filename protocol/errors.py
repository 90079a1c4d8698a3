"""The one error of the wire: bytes that are no frame, or a frame that is not allowed now."""

from protocol.codes import ErrorCode


class ProtocolError(Exception):
    """Carries the stable code that the peer is told; `reason` never quotes the peer's text."""

    def __init__(self, code: ErrorCode, reason: str) -> None:
        super().__init__(f"{code.name.lower()}: {reason}")
        self.code = code
        self.reason = reason
