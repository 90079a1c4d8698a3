"""Draws which fault happens when from a seed: the same seed gives the same schedule. Pure."""

import random
from dataclasses import dataclass

PROCESSES = 2  # of each kind: servers and workers
SECONDS: dict[str, tuple[float, float]] = {  # how long a fault lasts, if that is drawn
    "server.pause": (1.0, 6.0),
    "server.stop_long": (30.0, 30.0),
    "server.clock": (2.0, 5.0),
    "worker.clock": (2.0, 5.0),
    "valkey.pause": (1.5, 1.5),
    "valkey.pause_long": (10.0, 60.0),
    "valkey.evict": (1.0, 3.0),
    "valkey.full": (1.0, 3.0),
    "valkey.stop_primary": (6.0, 10.0),
    "pubsub.lose_some": (3.0, 6.0),
    "pubsub.lose_all": (5.0, 5.0),
    "postgres.stop": (20.0, 20.0),
    "postgres.exhaust": (2.0, 5.0),
    "network.latency": (2.0, 5.0),
    "network.slices": (2.0, 5.0),
    "network.black_hole": (2.0, 6.0),
}
KINDS = (
    "server.kill",
    "server.term",
    "server.pause",
    "server.clock",
    "server.gateway.before_append",
    "server.gateway.after_append",
    "worker.kill",
    "worker.term",
    "worker.clock",
    "worker.stop_past_lease",
    "worker.inbound.before_commit",
    "worker.inbound.after_commit",
    "worker.inbound.after_ack",
    "worker.relay.after_publish",
    "valkey.restart",
    "valkey.wipe",
    "valkey.flush",
    "valkey.evict",
    "valkey.full",
    "valkey.kill_pubsub",
    "valkey.pause",
    "pubsub.lose_some",
    "pubsub.lose_all",
    "postgres.restart",
    "postgres.terminate_some",
    "postgres.terminate_relay",  # its lease and its LISTEN belong to that connection: NOTIFY is lost as well
    "network.latency",
    "network.slices",
    "network.black_hole",
    "network.cut",
    "network.reset",
)
LONG_KINDS = (
    "server.stop_long",
    "valkey.pause_long",
    "postgres.stop",
    "postgres.exhaust",
    "postgres.black_hole",
)
IN_CLUSTER = ("valkey.kill_primary", "valkey.stop_primary")
NOT_IN_CLUSTER = ("pubsub.lose_some", "pubsub.lose_all")  # servers connect to its nodes, past our proxies


@dataclass(frozen=True)
class Fault:
    """One fault; it starts when `at` messages are stored."""

    number: int
    kind: str
    at: int
    target: int  # index of the server, worker or network; unused for the databases
    seconds: float
    share: float  # of the connections that the fault hits


def draw(seed: int, *, faults: int, messages: int, cluster: bool = False) -> list[Fault]:
    """Draw `faults` of them, one in each equal part of the load; every kind occurs before one repeats.

    Faults that last half a minute occur once, and only when there is room for every kind.
    """
    dice = random.Random(seed)
    short = tuple(kind for kind in KINDS if kind not in NOT_IN_CLUSTER) + IN_CLUSTER if cluster else KINDS
    every = (*short, *LONG_KINDS)
    kinds = dice.sample(every, len(every)) if faults >= len(every) else []
    while len(kinds) < faults:
        kinds += dice.sample(short, len(short))
    part = messages / (faults + 1)  # the last part is for the recovery from the last fault
    return [
        Fault(
            number=number,
            kind=kind,
            at=int(part * (number - 1 + dice.uniform(0.2, 0.8))),
            target=dice.randrange(PROCESSES),
            seconds=round(dice.uniform(*SECONDS.get(kind, (0.0, 0.0))), 2),
            share=round(dice.uniform(0.2, 1.0), 2),
        )
        for number, kind in enumerate(kinds[:faults], start=1)
    ]
