"""The names of all log events, and how a line is written: JSON, to stderr."""

import json
import logging
import sys
import time
from contextvars import ContextVar
from enum import StrEnum
from typing import Any

import orjson

from core.text import reasons


class Log(StrEnum):
    """The log events. Nothing per frame above debug."""

    SERVER_READY = "server.ready"
    SERVER_DRAINING = "server.draining"
    SERVER_STOPPED = "server.stopped"
    CONNECTION_FAILED = "connection.failed"
    PAYLOAD_UNREADABLE = "payload.unreadable"
    PAYLOAD_LOST = "payload.lost"
    SUBSCRIPTION_LOST = "subscription.lost"
    SUBSCRIPTION_BACK = "subscription.back"
    EVENTS_UNREAD = "events.unread"
    REQUEST_FAILED = "request.failed"
    STREAM_CUT = "stream.cut"
    WORKER_READY = "worker.ready"
    WORKER_STOPPED = "worker.stopped"
    STAGE_FAILED = "stage.failed"
    STAGE_BACK = "stage.back"
    POSTGRES_AWAY = "postgres.away"
    POSTGRES_BACK = "postgres.back"
    POSTGRES_LEFTOVER = "postgres.leftover"
    REPLICA_SKIPPED = "replica.skipped"
    REPLICA_USED = "replica.used"
    REDIS_AWAY = "redis.away"
    REDIS_BACK = "redis.back"
    REDIS_EVICTS = "redis.evicts"
    REDIS_CLUSTER = "redis.cluster"
    REDIS_CLUSTER_FOUND = "redis.cluster_found"
    REDIS_SENTINEL_FOUND = "redis.sentinel_found"
    REDIS_PRIMARY = "redis.primary"
    HEALTH_FAILED = "health.failed"
    SHARD_OWNED = "shard.owned"
    SHARD_RELEASED = "shard.released"
    OWNER_ENDED = "owner.ended"
    RELAY_LEADS = "relay.leads"
    EVENT_QUARANTINED = "event.quarantined"
    EVENT_RELEASED = "event.released"
    CONSUMER_FAILED = "consumer.failed"
    CONSUMER_DEAD = "consumer.dead"
    COMMAND_DEAD = "command.dead"
    COMMAND_LATER = "command.later"
    NODE_REMOVED = "node.removed"
    PROJECT_CLEARED = "project.cleared"
    PROVIDER_REFUSED = "provider.refused"
    PROVIDER_AWAY = "provider.away"
    MAIL_SENT = "mail.sent"
    MAIL_POSTPONED = "mail.postponed"
    MAIL_DEAD = "mail.dead"
    MAIL_SERVER_AWAY = "mail.server_away"
    MAIL_SERVER_BACK = "mail.server_back"
    WEBHOOK_FAILED = "webhook.failed"
    BUDGET_LOW = "budget.low"
    WEBHOOK_DISABLED = "webhook.disabled"
    WEBHOOK_FULL = "webhook.full"
    PUSH_FAILED = "push.failed"
    PUSH_SUBSCRIPTION_REMOVED = "push.subscription_removed"
    TURN_FAILED = "turn.failed"
    MODEL_FAILED = "model.failed"
    ARTICLE_FAILED = "article.failed"
    IMPORT_FAILED = "import.failed"
    IMPORT_PAGE_FAILED = "import.page_failed"
    EMBEDDINGS_FAILED = "embeddings.failed"
    EMBEDDINGS_OFF = "embeddings.off"
    EXAMINER_ENDED = "examiner.ended"
    ANTIVIRUS_FAILED = "antivirus.failed"
    STORAGE_FAILED = "storage.failed"
    SCREENSHOT_FAILED = "screenshot.failed"
    SCREENSHOTS_OFF = "screenshots.off"
    BROWSER_KILLED = "browser.killed"
    AUDIT_LATE = "audit.late"
    AUDIT_LOST = "audit.lost"
    PARTITIONS_FAILED = "partitions.failed"


trace: ContextVar[str] = ContextVar("trace", default="")
"""The id of the current request, connection or batch; every line logged meanwhile has it."""

_process: dict[str, Any] = {}
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


class JsonLines(logging.Formatter):
    """One JSON object per line: at (ms), level, event, process, trace, then the fields."""

    def format(self, record: logging.LogRecord) -> str:
        """Converts bytes and other values to text; never raises."""
        line: dict[str, Any] = {
            "at": int(record.created * 1000),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
        }
        if record.name != _logger.name:
            line["logger"] = record.name
        line.update(_process)
        if at_hand := trace.get():
            line["trace"] = at_hand
        line.update(getattr(record, "fields", {}))
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        try:
            return orjson.dumps(line, default=_plain, option=orjson.OPT_NON_STR_KEYS).decode()
        except TypeError:  # a lone surrogate, or an integer beyond 64 bits
            return json.dumps(line, default=_plain)


def set_up(level: str, **process: Any) -> None:
    """Sends all log lines of the process, also those of libraries, to stderr as JSON. Raises ValueError.

    `process`: fields that each line has, such as which process it is.
    """
    _process.clear()
    _process.update(process)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.Formatter.converter = time.gmtime
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    _logger.setLevel(level.upper())


def _plain(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
