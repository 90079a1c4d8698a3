"""All our Redis key and channel names. Each has a hash tag, so that scripts stay in one cluster slot."""

import hashlib
from functools import lru_cache
from itertools import count
from typing import Final

from coredis._utils import hash_slot

from core.ids import ConversationId, ProjectId, VisitorId

ALL_SLOTS: Final = 16_384
ROOT: Final = "parley"
GROUP: Final = "workers"
NODES: Final = f"{ROOT}:{{nodes}}:alive"
"""Hash-tagged zset: node id (hex) → last heartbeat in ms of Redis time."""

NODES_READ: Final = f"{ROOT}:{{nodes}}:reads"
"""Hash: node id (hex) → the format version it reads, see core.bus.heartbeats.READS."""

WORKERS: Final = f"{ROOT}:{{workers}}:alive"
"""Hash-tagged zset: worker id → last heartbeat in ms of Redis time."""

WORKERS_READ: Final = f"{ROOT}:{{workers}}:reads"
"""Hash: worker id → the format version it reads."""

WORKERS_HUNGRY: Final = f"{ROOT}:{{workers}}:hungry"
"""Hash-tagged zset: worker id → when it last reported too few shards, in ms of Redis time."""

LAYOUTS: Final = f"{ROOT}:{{workers}}:layouts"
"""Sorted set: a number of slots that command streams are spread over → when a server last said so."""

NEWS: Final = f"{ROOT}:{{news}}"
"""Pub/Sub channel of every server and worker: projects that changed or were deleted."""

SCREENSHOT_WORKERS: Final = f"{ROOT}:{{screenshots}}:workers"
"""Sorted set: worker id → last heartbeat in ms of Redis time, of workers that can take screenshots."""

SCREENSHOT_REASON: Final = f"{ROOT}:{{screenshots}}:reason"
"""Why a worker that has the stage cannot take screenshots."""

SCREENSHOTS_UNDER_WAY: Final = f"{ROOT}:{{screenshots}}:under_way"
"""Sorted set: name of a picture → until when it may take, in ms of Redis time."""

SCREENSHOT_QUEUE: Final = f"{ROOT}:{{screenshots}}:queue"
"""List of requests, `name URL`, oldest first."""

SCREENSHOTS: Final = f"{ROOT}:{{screenshots}}:results"
"""Hash: name of a picture → the picture, or why there is none."""

SCREENSHOTS_EXPIRE: Final = f"{ROOT}:{{screenshots}}:expire"
"""Sorted set: name of a picture → when its result expires, in ms of Redis time."""


def probe(number: int) -> str:
    """Written by the health check to see whether Redis accepts writes; each number has a slot of its own."""
    return f"{ROOT}:{{health{number or ''}}}:write"


def commands(shard: int, slots: int = 1) -> str:
    """Stream of one shard; those in one of the `slots` of a cluster are read in one call."""
    if slots == 1:
        return f"{ROOT}:{{commands}}:{shard}"
    return f"{ROOT}:{{{_commands_tag(slots, shard % slots)}}}:{shard}"


@lru_cache(maxsize=1_024)
def _commands_tag(slots: int, part: int) -> str:
    """Its slot is in the `part`-th of `slots` equal ranges: so each node of a cluster gets its share."""
    for number in count():
        tag = f"commands:{slots}.{part}.{number}"
        if hash_slot(tag.encode()) * slots // ALL_SLOTS == part:
            return tag
    raise AssertionError


def room(project: ProjectId) -> str:
    """Pub/Sub channel of all events and signals of a project."""
    return f"{ROOT}:{{{project.hex()}}}:room"


def everything(project: ProjectId) -> str:
    """SCAN pattern that matches every key of a project."""
    return f"{ROOT}:{{{project.hex()}}}:*"


def project_of(room: str) -> ProjectId:
    """The project of a room's channel."""
    return ProjectId(bytes.fromhex(room[len(ROOT) + 2 : len(ROOT) + 34]))


def published(project: ProjectId) -> str:
    """Counter of the payloads that the relay has published to the room."""
    return f"{ROOT}:{{{project.hex()}}}:told"


def log(project: ProjectId, conversation: ConversationId) -> str:
    """List of a conversation's last events, oldest first: the resume log."""
    return f"{ROOT}:{{{project.hex()}}}:log:{conversation.hex()}"


def change(project: ProjectId, conversation: ConversationId) -> str:
    """The number of a conversation's last change; absent when unknown. Lives as long as its last `seq`."""
    return f"{ROOT}:{{{project.hex()}}}:change:{conversation.hex()}"


def last(project: ProjectId, conversation: ConversationId) -> str:
    """The last `seq` of a conversation; outlives the log, so that "nothing missed" is known for days."""
    return f"{ROOT}:{{{project.hex()}}}:last:{conversation.hex()}"


def session(project: ProjectId, visitor: VisitorId) -> str:
    """Hash: a visitor's visit (pages, browser, language)."""
    return f"{ROOT}:{{{project.hex()}}}:session:{visitor.hex()}"


def sockets(project: ProjectId, visitor: VisitorId) -> str:
    """Hash: socket id (hex) → `node hex:opened ms` of a visitor's tabs and devices."""
    return f"{ROOT}:{{{project.hex()}}}:sockets:{visitor.hex()}"


def trail(project: ProjectId, visitor: VisitorId) -> str:
    """List of a visitor's last pages, newest first."""
    return f"{ROOT}:{{{project.hex()}}}:trail:{visitor.hex()}"


def sites(project: ProjectId, kind: str) -> str:
    """Sorted set: host → when it last asked for the widget, in ms. `kind`: whether it was refused."""
    return f"{ROOT}:{{{project.hex()}}}:sites:{kind}"


def unwritten(project: ProjectId) -> str:
    """Sorted set: id (hex) of a visitor without a message → when last seen, in ms of Redis time."""
    return f"{ROOT}:{{{project.hex()}}}:unwritten"


def agents(project: ProjectId) -> str:
    """Hash: socket id (hex) → `node hex:user hex` of agents' sockets."""
    return f"{ROOT}:{{{project.hex()}}}:agents"


def attention(project: ProjectId, user: bytes) -> str:
    """Hash: tab (hex) → how an agent uses it."""
    return f"{ROOT}:{{{project.hex()}}}:attention:{user.hex()}"


def node_sockets(node: str) -> str:
    """Set of `project hex:visitor hex:socket hex` held by a node, to clean up after a dead one.

    An agent's socket has no visitor: `project hex::socket hex`.
    """
    return f"{ROOT}:{{node:{node}}}:sockets"


def forwards(node: str) -> str:
    """Pub/Sub channel of one server: what reached another server for a stream that this one holds."""
    return f"{ROOT}:{{node:{node}}}:forwards"


def turn(project: ProjectId, conversation: ConversationId) -> str:
    """What the assistant's turn in a conversation has said so far."""
    return f"{ROOT}:{{{project.hex()}}}:turn:{conversation.hex()}"


def turn_stop(project: ProjectId, conversation: ConversationId) -> str:
    """Who wants that turn stopped."""
    return f"{ROOT}:{{{project.hex()}}}:turn_stop:{conversation.hex()}"


def copilot_turn(project: ProjectId, session: bytes) -> str:
    """What the copilot's turn in a session has said so far."""
    return f"{ROOT}:{{{project.hex()}}}:copilot:{session.hex()}"


def copilot_stop(project: ProjectId, session: bytes) -> str:
    """The turn of the session that its agent wants stopped."""
    return f"{ROOT}:{{{project.hex()}}}:copilot_stop:{session.hex()}"


def ticket(jti: str) -> str:
    """Exists once a single-use token was used."""
    return f"{ROOT}:{{ticket:{jti}}}"


def rate(what: str, who: str) -> str:
    """Counter of one rate limit for one party."""
    return f"{ROOT}:{{rate:{who}}}:{what}"


def guesses(what: str, who: str) -> str:
    """Sorted set: mark of an attempt → when it was made, in ms of Redis time."""
    return f"{ROOT}:{{rate:{who}}}:guesses:{what}"


def fact(what: str, who: str) -> str:
    """A flag with a TTL: for example that an address is one the user has signed in from."""
    return f"{ROOT}:{{rate:{who}}}:fact:{what}"


def flow(name: str) -> str:
    """State of a sign-in at a provider; `name` is the browser's secret, so the key holds its hash."""
    return f"{ROOT}:{{flow:{hashlib.sha256(name.encode()).hexdigest()}}}"


def breaker(of: str) -> str:
    """Hash: failures in a row of a provider of models, and until when it is open, in ms of Redis time."""
    return f"{ROOT}:{{breaker:{hashlib.sha256(of.encode()).hexdigest()[:32]}}}"
