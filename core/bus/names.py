"""Every name Redis knows from us. All carry a hash tag, so that scripts stay within one slot of a cluster."""

import hashlib
from typing import Final

from core.ids import ConversationId, ProjectId, VisitorId

ROOT: Final = "parley"
GROUP: Final = "workers"
NODES: Final = f"{ROOT}:{{nodes}}:alive"
"""Hash-tagged zset: node id (hex) → last heartbeat in ms of Redis time."""

NODES_READ: Final = f"{ROOT}:{{nodes}}:reads"
"""Hash: node id (hex) → the number of what it reads, see core.bus.heartbeats.READS."""

WORKERS: Final = f"{ROOT}:{{workers}}:alive"
"""Hash-tagged zset: worker id → last heartbeat in ms of Redis time."""

WORKERS_READ: Final = f"{ROOT}:{{workers}}:reads"
"""Hash: worker id → likewise."""

WORKERS_HUNGRY: Final = f"{ROOT}:{{workers}}:hungry"
"""Hash-tagged zset: worker id → when it last said that it has too few shards, in ms of Redis time."""


PROBE: Final = f"{ROOT}:{{health}}:write"
"""Written to see whether anything can be."""

NEWS: Final = f"{ROOT}:{{news}}"
"""Pub/Sub channel that every server hears: projects that changed or are gone."""


def commands(shard: int) -> str:
    """Stream of one shard. All shards share a slot, so that a worker reads all of its own in one call."""
    return f"{ROOT}:{{commands}}:{shard}"


def room(project: ProjectId) -> str:
    """Pub/Sub channel of everything that happens in a project."""
    return f"{ROOT}:{{{project.hex()}}}:room"


def everything(project: ProjectId) -> str:
    """Pattern of every key of a project."""
    return f"{ROOT}:{{{project.hex()}}}:*"


def project_of(room: str) -> ProjectId:
    """Whose room that is."""
    return ProjectId(bytes.fromhex(room[len(ROOT) + 2 : len(ROOT) + 34]))


def published(project: ProjectId) -> str:
    """Counter of the payloads that the relay has told the room."""
    return f"{ROOT}:{{{project.hex()}}}:told"


def log(project: ProjectId, conversation: ConversationId) -> str:
    """List of a conversation's last events, oldest first, for resuming."""
    return f"{ROOT}:{{{project.hex()}}}:log:{conversation.hex()}"


def last(project: ProjectId, conversation: ConversationId) -> str:
    """The last `seq` of a conversation; outlives its log, so that "nothing missed" is known for days."""
    return f"{ROOT}:{{{project.hex()}}}:last:{conversation.hex()}"


def session(project: ProjectId, visitor: VisitorId) -> str:
    """Hash: what is known of a visitor's visit."""
    return f"{ROOT}:{{{project.hex()}}}:session:{visitor.hex()}"


def sockets(project: ProjectId, visitor: VisitorId) -> str:
    """Hash: socket id (hex) → `node hex:opened ms` of a visitor's tabs and devices."""
    return f"{ROOT}:{{{project.hex()}}}:sockets:{visitor.hex()}"


def trail(project: ProjectId, visitor: VisitorId) -> str:
    """List of the last pages, newest first."""
    return f"{ROOT}:{{{project.hex()}}}:trail:{visitor.hex()}"


def unwritten(project: ProjectId) -> str:
    """Sorted set: id (hex) of a visitor who has not written → when last seen, in ms of Redis time."""
    return f"{ROOT}:{{{project.hex()}}}:unwritten"


def agents(project: ProjectId) -> str:
    """Hash: socket id (hex) → `node hex:user hex` of agents' sockets."""
    return f"{ROOT}:{{{project.hex()}}}:agents"


def node_sockets(node: str) -> str:
    """Set of `project hex:visitor hex:socket hex` held by a node, to clean up after a dead one.

    An agent's socket has no visitor: `project hex::socket hex`.
    """
    return f"{ROOT}:{{node:{node}}}:sockets"


def ticket(jti: str) -> str:
    """Exists once a socket ticket was used."""
    return f"{ROOT}:{{ticket:{jti}}}"


def rate(what: str, who: str) -> str:
    """Counter of one limit for one party."""
    return f"{ROOT}:{{rate:{who}}}:{what}"


def guesses(what: str, who: str) -> str:
    """Sorted set: mark of an attempt → when it was made, in ms of Redis time."""
    return f"{ROOT}:{{rate:{who}}}:guesses:{what}"


def fact(what: str, who: str) -> str:
    """Exists while something is known of somebody: an address that is the user's own."""
    return f"{ROOT}:{{rate:{who}}}:fact:{what}"


def flow(name: str) -> str:
    """What a sign-in at a provider was begun with; `name` is the browser's secret, so its hash is here."""
    return f"{ROOT}:{{flow:{hashlib.sha256(name.encode()).hexdigest()}}}"
