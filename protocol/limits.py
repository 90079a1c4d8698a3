"""Every limit of the wire, with its unit; PROTOCOL.md explains them."""

from typing import Final

SECONDS: Final = 1.0
KIB: Final = 1024

SUBPROTOCOL_MSGPACK: Final = "parley.1.msgpack"
SUBPROTOCOL_JSON: Final = "parley.1.json"

VISITOR_FRAME: Final = 16 * KIB
AGENT_FRAME: Final = 64 * KIB
BODY: Final = 5_000  # code points
BODY_BYTES: Final = 15_000  # bytes, also enforced, so that a visitor frame always holds a whole body
NAME: Final = 100
URL: Final = 2_000
TITLE: Final = 300
WORD: Final = 32  # a kind, a party, a status
META_KEYS: Final = 32
META_KEY: Final = 64
META_VALUE: Final = 1_000
CONTENT_BYTES: Final = 16 * KIB  # of a message's content, as msgpack
CONTENT_DEPTH: Final = 6  # its arrays and maps, the content itself included
FORM_FIELDS: Final = 40
FORM_KEY: Final = 40  # code points
FORM_TEXT: Final = 5_000  # code points of one value; a form itself allows less, and names the field
FORM_CHOICES: Final = 50  # chosen options of one field
FORM_OPTION: Final = 200  # code points
FILES: Final = 10  # attached to one message
COPILOT_TEXT: Final = 10_000  # code points of a question to the copilot, and of a part of its answer
HAVE: Final = 64  # conversations in one hello
FRAGMENTS: Final = 16

HELLO_TIMEOUT: Final = 5 * SECONDS
HEARTBEAT: Final = 25 * SECONDS
HEARTBEAT_SPREAD: Final = 0.2
HEARTBEAT_LEAST: Final = 0.2  # the shortest share of HEARTBEAT before the first ping after a welcome
PONG_TIMEOUT: Final = 10 * SECONDS
GREETING_TIMEOUT: Final = 10 * SECONDS  # from hello to welcome, where the client waits for the server
PAGE_INTERVAL: Final = 2 * SECONDS
PAGE_SLACK: Final = 0.5 * SECONDS  # tolerance for a page that the network delivered early
IDENTIFY_INTERVAL: Final = 2 * SECONDS
TYPING_INTERVAL: Final = 1 * SECONDS  # an identical typing frame within it is dropped

COMMANDS_PER_SECOND: Final = 10.0
COMMANDS_BURST: Final = 30.0  # as many again are refused, then the peer is closed
PENDING_COMMANDS: Final = 8  # beyond it the socket is not read (backpressure)

MAILBOX_BYTES: Final = 256 * KIB
MAILBOX_FRAMES: Final = 512
MAILBOX_SOFT_BYTES: Final = 64 * KIB  # above it ephemeral frames are dropped
SLOW_READER_TIMEOUT: Final = 10 * SECONDS  # a peer whose buffer did not drain for this long is closed
