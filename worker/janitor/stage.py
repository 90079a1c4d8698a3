"""Cleans up: the sockets of dead nodes, expired sessions, mailed tokens and forms."""

import asyncio
import logging
import time

from core.bus import connection as bus
from core.bus import heartbeats, memory, presence, rooms, visits
from core.bus.presence import Departure, Held
from core.db import consumers, idempotent_requests, locks, quarantine
from core.db.assistant import daily_tokens, inputs, turns
from core.db.identity import sessions, user_tokens
from core.db.knowledge import imports, publishing
from core.db.ops import mails
from core.db.webhooks import deliveries
from core.ids import NodeId, ProjectId, VisitorId
from core.signals import AgentsChanged, PresenceChanged, Signal
from core.storage import opening
from core.telemetry.log import Log, log
from worker import accounts, pool
from worker.janitor import (
    deleted_accounts,
    deleted_conversations,
    deleted_projects,
    due_forms,
    unneeded_files,
    unseen_conversations,
)
from worker.janitor.answer_times import AnswerTimes
from worker.janitor.audit_log import AuditLog
from worker.janitor.prompt_deletion import PromptDeletion
from worker.process import Process
from worker.supervision import Health, pause

INTERVAL = 5.0  # seconds
SILENCE = 30.0  # seconds after which a silent janitor is ended
BATCH_SIZE = 500  # sockets
DAY = 24 * 60 * 60 * 1000  # ms
DEAD_KEPT = 30 * DAY  # mails and events that were given up
DELIVERIES_KEPT = 30 * DAY  # the log of webhooks
TURNS_KEPT = 30 * DAY  # what the assistant did, step by step
REMOVED_KEPT = 30 * DAY  # articles, because answers cite them
IMPORTS_KEPT = 30 * DAY  # of articles


class Janitor:
    """The stage. A lease elects one active janitor among all workers."""

    def __init__(self, process: Process) -> None:
        """Opens nothing yet."""
        self._settings = process.settings
        self._sealer = process.sealer
        self._stop = process.stop
        self._store = opening.of(process.settings)
        self._prompt_deletion = PromptDeletion(process)
        self._answer_times = AnswerTimes()
        self._audit_log = AuditLog(days=process.settings.audit_days)

    async def run(self, health: Health) -> None:
        """Runs until `stop`; every round can be interrupted and run again."""
        async with (
            bus.client(self._settings.redis_url, connections=2) as redis,
            pool.connection(self._settings.database_url, name="parley janitor") as conn,
            asyncio.TaskGroup() as group,
        ):
            await _warn_of_eviction(redis)
            prompt_deletion = group.create_task(self._prompt_deletion.run())
            while not self._stop.is_set():
                if await locks.take(conn, locks.JANITOR, [0]):
                    for node in await heartbeats.dead_nodes(redis):
                        await remove_node(redis, node)
                    now = time.time_ns() // 1_000_000
                    await _remove_old(conn, now=now)
                    await self._audit_log.sweep(conn, now=now)
                    await due_forms.sweep(conn, now=now)
                    await deleted_projects.sweep(conn, redis, now=now)
                    await unseen_conversations.sweep(conn, now=now)
                    await deleted_conversations.sweep(conn, redis, now=now)
                    await unneeded_files.sweep(conn, self._store, now=now)
                    await deleted_accounts.sweep(conn)
                    await accounts.sweep(conn, self._sealer, now=now)
                    await self._answer_times.sweep(conn, now=now)
                    await locks.release(conn, locks.JANITOR, [0])
                else:
                    unneeded_files.left_to_another()
                    await locks.end_silent(conn, locks.JANITOR, silence=SILENCE)
                health.works()
                await pause(self._stop, INTERVAL)
            prompt_deletion.cancel()


async def _remove_old(conn: pool.Driver, *, now: int) -> None:
    """What has expired, or was kept long enough."""
    await sessions.remove_expired(conn, now=now)
    await user_tokens.remove_expired(conn, now=now)
    await mails.remove_old(conn, before=now - DEAD_KEPT)
    await consumers.remove_old(conn, before=now - DEAD_KEPT)
    await quarantine.remove_old(conn, before=now - DEAD_KEPT)
    await deliveries.remove_old(conn, before=now - DELIVERIES_KEPT)
    await idempotent_requests.remove_old(conn, before=now)
    await turns.remove_old(conn, before=now - TURNS_KEPT)
    await inputs.remove_old(conn, before=now - TURNS_KEPT)
    await daily_tokens.remove_old(conn, before=now - TURNS_KEPT)
    await publishing.remove_old(conn, before=now - REMOVED_KEPT)
    await imports.remove_old(conn, before=now - IMPORTS_KEPT)


async def remove_node(redis: bus.Redis, node: str) -> None:
    """Removes a dead node and its sockets, and publishes which visitors are absent now.

    The node first: if it is alive after all, its next heartbeat finds the node unknown, and the node
    registers its sockets again.
    """
    await heartbeats.leave(redis, node=node)
    count = 0
    while held := await presence.held_by(redis, node, count=BATCH_SIZE):
        count += len(held)
        gone = await _forget(redis, node, held)
        if gone:
            await rooms.publish_signals(redis, gone)
    log(Log.NODE_REMOVED, level=logging.WARNING, node=node, sockets=count)


async def _forget(redis: bus.Redis, node: str, held: list[Held]) -> list[Signal]:
    name = NodeId(bytes.fromhex(node))
    signals: list[Signal] = []
    visitors = [Departure(project, visitor, socket) for project, visitor, socket in held if visitor]
    if visitors:
        lasts = await presence.disconnect(redis, name, visitors)
        absent = [one for one, last in zip(visitors, lasts, strict=True) if last]
        signals += await _absences(redis, absent)
    for project, visitor, socket in held:
        if visitor is None:
            online, changed = await presence.disconnect_agent(redis, name, project=project, socket=socket)
            if changed:
                signals.append(AgentsChanged(project, online))
    return signals


async def _absences(redis: bus.Redis, absent: list[Departure]) -> list[Signal]:
    """One signal per project, only for visitors with a conversation: agents know no others."""
    known = await visits.with_conversation(redis, [(one.project, one.visitor) for one in absent])
    by_project: dict[ProjectId, list[tuple[VisitorId, bool]]] = {}
    for project, visitor in known:
        by_project.setdefault(project, []).append((visitor, False))
    return [PresenceChanged(project, visitors) for project, visitors in by_project.items()]


async def _warn_of_eviction(redis: bus.Redis) -> None:
    """Warns when Redis may evict keys: it would lose presence, or commands that no worker has read."""
    try:
        policy = await memory.eviction_policy(redis)
    except bus.UNAVAILABLE:
        return
    if policy not in {"", "noeviction"}:
        log(Log.REDIS_EVICTS, level=logging.ERROR, policy=policy, wanted="noeviction")
