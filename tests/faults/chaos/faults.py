"""One function per fault. Each returns when the fault is over, with a note for the log."""

from collections.abc import Awaitable, Callable

import trio

from core.db.locks import RELAY
from core.telemetry.log import Log
from tests.faults.chaos.redis import ClusterRedis
from tests.faults.chaos.schedule import PROCESSES, Fault
from tests.faults.chaos.targets import Seat, Targets
from tests.faults.chaos.waiting import until

REACHED_WITHIN = (
    25.0  # seconds a process may take to start and to reach its failpoint, if it reaches it at all
)
OWNS_WITHIN = 10.0  # seconds a worker may take to own its share of the shards
TAKEN_OVER_WITHIN = 15.0  # seconds from a worker's last heartbeat until another owns all its shards
BUSY = 15.0  # additional seconds for a busy machine
TAKE_OVERS = {"worker.stop_past_lease", "postgres.black_hole"}
MAX_CONNECTIONS = 400  # connections, more than Postgres allows in all
SLICE = 3  # bytes
USED = "\"return tonumber(string.match(redis.call('info','memory'),'used_memory:(%d+)'))\""


async def inflict(targets: Targets, fault: Fault) -> str:
    """Inflict the fault while no other fault hits its targets."""
    async with targets.alone_at(*places(fault)):
        if fault.kind in ELSEWHERE:
            return await ELSEWHERE[fault.kind](targets, fault)
        seats = targets.servers if fault.kind.startswith("server.") else targets.workers
        seat = seats[fault.target]
        return f"{seat.name} {await _to_process(targets, fault, seat)}".strip()


def places(fault: Fault) -> set[str]:
    """The targets that the fault hits or needs intact."""
    workers = {f"worker-{n}" for n in range(PROCESSES)}
    if fault.kind in TAKE_OVERS:  # timed: no worker can take over while Redis or Postgres is down
        return {*workers, "valkey", "postgres"}
    if fault.kind == "worker.relay.after_publish":
        return workers
    place = fault.kind.partition(".")[0]
    return {place if place in {"valkey", "postgres"} else f"{place}-{fault.target}"}


async def _to_process(targets: Targets, fault: Fault, seat: Seat) -> str:
    match fault.kind.partition(".")[2]:
        case "kill":
            await seat.kill()
            return ""
        case "term":
            code = await seat.terminate()
            assert code == 0, f"{seat.name} ended with {code} on SIGTERM: {seat.running.text[-2000:]}"
            return ""
        case "pause" | "stop_long":
            return await _pause(seat, fault.seconds)
        case "clock":
            return await _clock(seat, fault)
        case "stop_past_lease":
            return await _stop_past_lease(targets, fault, seat)
        case failpoint:
            seat.arm(failpoint)
            if failpoint.startswith("relay."):
                await _make_leader(targets, fault, seat)
            reached = await seat.die(within=REACHED_WITHIN)
            return "died there" if reached else "never came there, killed"


async def _make_leader(targets: Targets, fault: Fault, seat: Seat) -> None:
    """Make this relay the leader: the other one ends, and starts again when this one leads."""
    await until(lambda: _shards(seat) is not None, within=REACHED_WITHIN)
    other = targets.workers[1 - fault.target]
    other.running.kill()
    await until(lambda: Log.RELAY_LEADS in _since_start(seat), within=REACHED_WITHIN)
    await other.fill()


async def _pause(seat: Seat, seconds: float) -> str:
    seat.running.pause()
    await trio.sleep(seconds)
    seat.running.resume()
    return f"for {seconds} s"


async def _clock(seat: Seat, fault: Fault) -> str:
    how = "ten_minutes_fast" if fault.share > 0.6 else "ten_minutes_slow"
    seat.sabotage(how)
    await seat.wait()
    await trio.sleep(fault.seconds)
    seat.check()
    await seat.kill()
    return f"{how.replace('_', ' ')} for {fault.seconds} s"


async def _stop_past_lease(targets: Targets, fault: Fault, seat: Seat) -> str:
    """Pause a worker until another owns its shards, then resume it: it must not go on with its old shards."""
    other = targets.workers[1 - fault.target]
    await until(lambda: bool(_shards(seat)) and _shards(other) is not None, within=OWNS_WITHIN)
    seat.running.pause()
    said = await _taken_over(other, _shards(seat) or set())
    seat.running.resume()
    return said


async def _taken_over(other: Seat, shards: set[int]) -> str:
    """Wait until `other` owns the shards; fails when it does not."""
    started = trio.current_time()
    taken = await until(lambda: shards <= (_shards(other) or set()), within=TAKEN_OVER_WITHIN + BUSY)
    seconds = trio.current_time() - started
    assert taken, f"{other.name} did not take over {shards} within {seconds:.0f} s, it has {_shards(other)}"
    late = f", {seconds - TAKEN_OVER_WITHIN:.0f} s late" if seconds > TAKEN_OVER_WITHIN else ""
    return f"for {seconds:.0f} s{late}, {len(shards)} shards"


def _since_start(seat: Seat) -> str:
    return seat.running.text.rpartition(Log.WORKER_READY)[2]


def _shards(seat: Seat) -> set[int] | None:
    """The shards that it owns by its log; None before it is ready."""
    owned: set[int] | None = None
    for line in seat.running.text.splitlines():
        event, _, shards = line.partition('"shards":[')
        numbers = {int(one) for one in shards.partition("]")[0].split(",") if one}
        if Log.WORKER_READY in event:
            owned = set()
        elif Log.SHARD_OWNED in event:
            owned = (owned or set()) | numbers
        elif Log.SHARD_RELEASED in event:
            owned = (owned or set()) - numbers
        elif Log.STAGE_FAILED in event and '"inbound"' in event:
            owned = set()
    return owned


async def valkey_restart(targets: Targets, fault: Fault) -> str:
    kill = fault.share > 0.6
    await targets.redis.restart(kill=kill)
    return "by kill -9" if kill else "by SIGTERM"


async def valkey_kill_primary(targets: Targets, _: Fault) -> str:
    """The node of a cluster that has the command streams."""
    await targets.redis.restart(kill=True)
    return "with the commands"


async def valkey_stop_primary(targets: Targets, fault: Fault) -> str:
    assert isinstance(targets.redis, ClusterRedis)
    await targets.redis.stop(seconds=fault.seconds)
    return f"with the commands for {fault.seconds} s"


async def valkey_flush(targets: Targets, _: Fault) -> str:
    for ask in targets.redis.each:
        await ask("FLUSHALL")
    return ""


async def valkey_wipe(targets: Targets, _: Fault) -> str:
    await targets.redis.wipe()
    return "without its append-only file"


async def valkey_evict(targets: Targets, fault: Fault) -> str:
    """Redis evicts any keys, unread commands among them."""
    each = targets.redis.each
    for ask in each:
        used = int((await ask("EVAL", USED, "0"))[1:])
        await ask("CONFIG", "SET", "maxmemory-policy", "allkeys-random")
        await ask("CONFIG", "SET", "maxmemory", str(used - 100_000))
    await trio.sleep(fault.seconds)
    for ask in each:
        await ask("CONFIG", "SET", "maxmemory", "0")
        await ask("CONFIG", "SET", "maxmemory-policy", "noeviction")
    return f"for {fault.seconds} s"


async def valkey_full(targets: Targets, fault: Fault) -> str:
    each = targets.redis.each
    for ask in each:
        await ask("CONFIG", "SET", "maxmemory", "1")
    await trio.sleep(fault.seconds)
    for ask in each:
        await ask("CONFIG", "SET", "maxmemory", "0")
    return f"for {fault.seconds} s"


async def pubsub_lose(targets: Targets, fault: Fault) -> str:
    losses = targets.losses[fault.target]
    before, losses.share = losses.lost, 0.01 + fault.share / 10 if fault.kind.endswith("some") else 1.0
    await trio.sleep(fault.seconds)
    losses.share = 0.0
    return f"{losses.lost - before} payloads in {fault.seconds} s"


async def valkey_kill_pubsub(targets: Targets, _: Fault) -> str:
    ended = [int((await ask("CLIENT", "KILL", "TYPE", "pubsub"))[1:]) for ask in targets.redis.each]
    return f"{sum(ended)} connections"


async def valkey_pause(targets: Targets, fault: Fault) -> str:
    for ask in targets.redis.each:
        await ask("CLIENT", "PAUSE", str(round(fault.seconds * 1000)), "ALL")
    await trio.sleep(fault.seconds)
    return f"for {fault.seconds} s"


async def postgres_restart(targets: Targets, _: Fault) -> str:
    await targets.restart_postgres()
    return ""


async def postgres_stop(targets: Targets, fault: Fault) -> str:
    await targets.restart_postgres(after=fault.seconds)
    return f"for {fault.seconds} s"


async def postgres_exhaust(targets: Targets, fault: Fault) -> str:
    """Another client takes every connection, including ours."""
    async with targets.holding_connections(MAX_CONNECTIONS) as count:
        await trio.sleep(fault.seconds)
    return f"{count} connections for {fault.seconds} s"


async def postgres_black_hole(targets: Targets, fault: Fault) -> str:
    """A worker's connections, with its leases, carry no bytes in either direction, and none is closed."""
    seat, other = targets.workers[fault.target], targets.workers[1 - fault.target]
    await until(lambda: bool(_shards(seat)) and _shards(other) is not None, within=OWNS_WITHIN)
    shards, proxy = _shards(seat) or set(), targets.database_proxies[fault.target]
    proxy.dark = True
    try:
        said = await _taken_over(other, shards)
    finally:
        proxy.dark = False
        targets.proxy_thread.reset(proxy)
    return f"{seat.name} {said}"


async def postgres_terminate_some(targets: Targets, fault: Fault) -> str:
    rows = await targets.sql(
        """
        SELECT pg_terminate_backend(pid) FROM (
            SELECT pid, row_number() OVER (ORDER BY pid) AS n, count(*) OVER () AS of FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()) AS backends
        WHERE n <= ceil(of * $1::float)
        """,
        fault.share,
    )
    return f"{len(rows)} backends"


async def postgres_terminate_relay(targets: Targets, _: Fault) -> str:
    rows = await targets.sql(
        """
        SELECT pg_terminate_backend(pid) FROM pg_locks
        WHERE locktype = 'advisory' AND classid = $1::bigint::oid AND granted
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        """,
        RELAY,
    )
    return f"{len(rows)} relay"


async def network_latency(targets: Targets, fault: Fault) -> str:
    network = targets.networks[fault.target]
    network.latency = fault.share / 4
    await trio.sleep(fault.seconds)
    network.latency = 0
    return f"{fault.share / 4:.2f} s each way for {fault.seconds} s"


async def network_slices(targets: Targets, fault: Fault) -> str:
    network = targets.networks[fault.target]
    network.slice = SLICE
    await trio.sleep(fault.seconds)
    network.slice = 0
    return f"of {SLICE} bytes for {fault.seconds} s"


async def network_black_hole(targets: Targets, fault: Fault) -> str:
    """Bytes are lost, so the connections must end afterwards: TCP would not have lost any."""
    network = targets.networks[fault.target]
    network.dark = True
    await trio.sleep(fault.seconds)
    ended = network.reset()
    network.dark = False
    return f"{ended} lines for {fault.seconds} s"


async def network_cut(targets: Targets, fault: Fault) -> str:
    return f"{targets.networks[fault.target].cut(share=fault.share)} lines"


async def network_reset(targets: Targets, fault: Fault) -> str:
    return f"{targets.networks[fault.target].reset(share=fault.share)} lines"


ELSEWHERE: dict[str, Callable[[Targets, Fault], Awaitable[str]]] = {
    "valkey.restart": valkey_restart,
    "valkey.kill_primary": valkey_kill_primary,
    "valkey.stop_primary": valkey_stop_primary,
    "valkey.wipe": valkey_wipe,
    "valkey.flush": valkey_flush,
    "valkey.evict": valkey_evict,
    "valkey.full": valkey_full,
    "pubsub.lose_some": pubsub_lose,
    "pubsub.lose_all": pubsub_lose,
    "valkey.kill_pubsub": valkey_kill_pubsub,
    "valkey.pause": valkey_pause,
    "valkey.pause_long": valkey_pause,
    "postgres.restart": postgres_restart,
    "postgres.stop": postgres_stop,
    "postgres.exhaust": postgres_exhaust,
    "postgres.black_hole": postgres_black_hole,
    "postgres.terminate_some": postgres_terminate_some,
    "postgres.terminate_relay": postgres_terminate_relay,
    "network.latency": network_latency,
    "network.slices": network_slices,
    "network.black_hole": network_black_hole,
    "network.cut": network_cut,
    "network.reset": network_reset,
}
