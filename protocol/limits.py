"""Every bound of the wire, with its unit; the prose is in PROTOCOL.md."""

from typing import Final

SECONDS: Final = 1.0
KIB: Final = 1024

SUBPROTOCOL_MSGPACK: Final = "parley.1.msgpack"
SUBPROTOCOL_JSON: Final = "parley.1.json"

VISITOR_FRAME: Final = 16 * KIB
AGENT_FRAME: Final = 64 * KIB
BODY: Final = 5_000  # code points
BODY_BYTES: Final = 15_000  # and bytes, so that a visitor frame always holds a whole body
NAME: Final = 100
URL: Final = 2_000
TITLE: Final = 300
META_KEYS: Final = 32
META_KEY: Final = 64
META_VALUE: Final = 1_000
HAVE: Final = 64  # conversations named in one hello
FRAGMENTS: Final = 16

HELLO_TIMEOUT: Final = 5 * SECONDS
HEARTBEAT: Final = 25 * SECONDS
HEARTBEAT_SPREAD: Final = 0.2
PONG_TIMEOUT: Final = 10 * SECONDS
PAGE_INTERVAL: Final = 2 * SECONDS

COMMANDS_PER_SECOND: Final = 10.0
COMMANDS_BURST: Final = 30.0
PENDING_COMMANDS: Final = 8  # beyond it the socket is not read

MAILBOX_BYTES: Final = 256 * KIB
MAILBOX_FRAMES: Final = 512
MAILBOX_SOFT_BYTES: Final = 64 * KIB  # past it ephemeral frames are dropped
SLOW_READER_TIMEOUT: Final = 10 * SECONDS  # a buffer that has not moved for this long closes the peer
