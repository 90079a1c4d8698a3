"""The names of all log events and metrics, and how they are exported."""

import json
import logging
import sys
import time
from enum import StrEnum
from typing import Any

from core import reasons


class Log(StrEnum):
    """The log events. Nothing per frame above debug."""

    SERVER_READY = "server.ready"
    SERVER_DRAINING = "server.draining"
    SERVER_STOPPED = "server.stopped"
    CONNECTION_FAILED = "connection.failed"
    ROOM_LOST = "room.lost"
    ROOM_BACK = "room.back"
    EVENTS_UNREAD = "events.unread"
    REQUEST_FAILED = "request.failed"
    WORKER_READY = "worker.ready"
    WORKER_STOPPED = "worker.stopped"
    STAGE_FAILED = "stage.failed"
    STAGE_BACK = "stage.back"
    POSTGRES_AWAY = "postgres.away"
    POSTGRES_BACK = "postgres.back"
    POSTGRES_LEFTOVER = "postgres.leftover"
    REDIS_UNAVAILABLE = "redis.away"
    REDIS_BACK = "redis.back"
    REDIS_EVICTS = "redis.evicts"
    HEALTH_FAILED = "health.failed"
    SHARD_OWNED = "shard.owned"
    SHARD_RELEASED = "shard.released"
    OWNER_ENDED = "owner.ended"
    RELAY_LEADS = "relay.leads"
    COMMAND_DEAD = "command.dead"
    COMMAND_LATER = "command.later"
    NODE_BURIED = "node.buried"
    PROJECT_CLEARED = "project.cleared"
    PROVIDER_REFUSED = "provider.refused"
    PROVIDER_AWAY = "provider.away"
    MAIL_SENT = "mail.sent"
    MAIL_POSTPONED = "mail.postponed"
    MAIL_DEAD = "mail.dead"
    MAIL_SERVER_AWAY = "mail.server_away"
    MAIL_SERVER_BACK = "mail.server_back"
    AUDIT_LATE = "audit.late"
    AUDIT_LOST = "audit.lost"


class Metric(StrEnum):
    """The metrics; `_total` are counters, the others gauges."""

    SOCKETS = "parley_sockets"
    HANDSHAKES_REFUSED = "parley_handshakes_refused_total"
    FRAMES_RECEIVED = "parley_frames_received_total"
    FRAMES_SENT = "parley_frames_sent_total"
    FRAMES_DROPPED = "parley_frames_dropped_total"
    PEERS_SLOW = "parley_peers_slow_total"
    PROTOCOL_ERRORS = "parley_protocol_errors_total"
    CONNECTIONS_FAILED = "parley_connections_failed_total"
    COMMANDS_APPENDED = "parley_commands_appended_total"
    COMMANDS_BUSY = "parley_commands_busy_total"
    COMMANDS_APPLIED = "parley_commands_applied_total"
    COMMANDS_RECLAIMED = "parley_commands_reclaimed_total"
    COMMANDS_DEAD = "parley_commands_dead_total"
    BATCHES = "parley_batches_total"
    BATCH_FAILURES = "parley_batch_failures_total"
    EVENTS_TOLD = "parley_events_told_total"
    EVENTS_UNREAD = "parley_events_unread_total"
    STAGE_FAILURES = "parley_stage_failures_total"
    MAILS_SENT = "parley_mails_sent_total"
    MAILS_POSTPONED = "parley_mails_postponed_total"
    MAILS_DEAD = "parley_mails_dead_total"
    SHARDS_OWNED = "parley_shards_owned"
    REQUESTS_FAILED = "parley_requests_failed_total"
    AUDIT_LATE = "parley_audit_late_total"
    AUDIT_LOST = "parley_audit_lost_total"
    AUDIT_SKIPPED = "parley_audit_skipped_total"


counters: dict[Metric, int] = dict.fromkeys(Metric, 0)
"""The registry of this process: `counters[Metric.SOCKETS] += 1`."""

_logger = logging.getLogger("parley")


def log(event: Log, *, level: int = logging.INFO, error: BaseException | None = None, **fields: Any) -> None:
    """Logs one event with fields. `error` adds its type, cause and, from ERROR up, its traceback."""
    if _logger.isEnabledFor(level):
        if error is not None:
            fields |= {"error": type(innermost(error)).__name__, "reason": reasons.said(error)}
        trace = error if level >= logging.ERROR else None
        _logger.log(level, event.value, extra={"fields": fields}, exc_info=trace)


def innermost(error: BaseException) -> BaseException:
    """The first error within a group; the group's own type and text carry no information."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def exposition() -> str:
    """All metrics in the text format of Prometheus."""
    lines = []
    for metric, value in counters.items():
        kind = "counter" if metric.endswith("_total") else "gauge"
        lines.append(f"# TYPE {metric.value} {kind}\n{metric.value} {value}\n")
    return "".join(lines)


class JsonLines(logging.Formatter):
    """One JSON object per line: at (ms), level, event, then the fields."""

    def format(self, record: logging.LogRecord) -> str:
        """Converts bytes and other values to text; never raises."""
        line: dict[str, Any] = {
            "at": int(record.created * 1000),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
        }
        if record.name != _logger.name:
            line["logger"] = record.name
        line.update(getattr(record, "fields", {}))
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, default=_plain, ensure_ascii=False)


def set_up(level: str) -> None:
    """Sends all log lines of the process, also those of libraries, to stderr as JSON. Raises ValueError."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.Formatter.converter = time.gmtime
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    _logger.setLevel(level.upper())


def _plain(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
