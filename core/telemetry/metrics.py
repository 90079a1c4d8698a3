"""Every metric of a process, by name: counters, gauges and histograms, cheap enough for the message path."""

from bisect import bisect_left
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from time import monotonic
from typing import Final


class Metric(StrEnum):
    """What is counted or measured; `_total` only grows, the rest goes up and down."""

    SOCKETS = "parley_sockets"
    EVENT_STREAMS = "parley_event_streams"
    POSTS_FORWARDED = "parley_posts_forwarded_total"
    HANDSHAKES_REFUSED = "parley_handshakes_refused_total"
    FRAMES_RECEIVED = "parley_frames_received_total"
    FRAMES_SENT = "parley_frames_sent_total"
    MAILBOX_DROPPED = "parley_mailbox_dropped_total"
    PEERS_SLOW = "parley_peers_slow_total"
    PROTOCOL_ERRORS = "parley_protocol_errors_total"
    CONNECTIONS_FAILED = "parley_connections_failed_total"
    COMMANDS_APPENDED = "parley_commands_appended_total"
    COMMANDS_BUSY = "parley_commands_busy_total"
    UNANSWERED_FORGOTTEN = "parley_unanswered_forgotten_total"
    COMMANDS_APPLIED = "parley_commands_applied_total"
    COMMANDS_RECLAIMED = "parley_commands_reclaimed_total"
    COMMANDS_DEAD = "parley_commands_dead_total"
    BATCHES = "parley_batches_total"
    BATCH_FAILURES = "parley_batch_failures_total"
    EVENTS_PUBLISHED = "parley_events_published_total"
    EVENTS_QUARANTINED = "parley_events_quarantined_total"
    CONSUMER_EVENTS_DONE = "parley_consumer_events_done_total"
    CONSUMER_EVENTS_FAILED = "parley_consumer_events_failed_total"
    CONSUMER_EVENTS_DEAD = "parley_consumer_events_dead_total"
    EVENTS_UNREAD = "parley_events_unread_total"
    PAYLOADS_LOST = "parley_payloads_lost_total"
    STAGE_FAILURES = "parley_stage_failures_total"
    CONTROL_MESSAGES = "parley_control_messages_total"
    MAILS_SENT = "parley_mails_sent_total"
    MAILS_POSTPONED = "parley_mails_postponed_total"
    MAILS_DEAD = "parley_mails_dead_total"
    WEBHOOKS_DELIVERED = "parley_webhooks_delivered_total"
    WEBHOOKS_FAILED = "parley_webhooks_failed_total"
    WEBHOOKS_DEAD = "parley_webhooks_dead_total"
    PUSHES_SENT = "parley_pushes_sent_total"
    PUSHES_FAILED = "parley_pushes_failed_total"
    PUSHES_DROPPED = "parley_pushes_dropped_total"
    PUSHES_QUEUED = "parley_pushes_queued"
    PUSHES_OLDEST = "parley_pushes_oldest_seconds"
    SEARCH_QUEUED = "parley_search_queued"
    SEARCH_OLDEST = "parley_search_oldest_seconds"
    ATTACHMENTS_ACCEPTED = "parley_attachments_accepted_total"
    ATTACHMENTS_REFUSED = "parley_attachments_refused_total"
    ATTACHMENTS_REMOVED = "parley_attachments_removed_total"
    ATTACHMENTS_EXAMINING = "parley_attachments_examining"
    ATTACHMENTS_UNNEEDED = "parley_attachments_unneeded"
    ATTACHMENTS_UNNEEDED_OLDEST = "parley_attachments_unneeded_oldest_seconds"
    SCREENSHOTS_TAKEN = "parley_screenshots_taken_total"
    SCREENSHOTS_FAILED = "parley_screenshots_failed_total"
    BROWSERS_KILLED = "parley_browsers_killed_total"
    SHARDS_OWNED = "parley_shards_owned"
    STREAM_ENTRIES = "parley_stream_entries"
    STREAM_OLDEST = "parley_stream_oldest_seconds"
    RELAY_LAG = "parley_relay_lag_seconds"
    REQUESTS_FAILED = "parley_requests_failed_total"
    REDIS_PRIMARIES = "parley_redis_primaries"
    REDIS_CHANGES = "parley_redis_changes_total"
    REPLICA_LAG = "parley_replica_lag_seconds"
    REPLICA_SKIPPED = "parley_replica_skipped_total"
    AUDIT_LATE = "parley_audit_late_total"
    AUDIT_LOST = "parley_audit_lost_total"
    AUDIT_SKIPPED = "parley_audit_skipped_total"
    PARTITIONS_MISSING = "parley_partitions_missing"


class Timing(StrEnum):
    """What is timed, in seconds; together the hops of a message."""

    APPEND = "parley_append_seconds"
    STREAM_WAIT = "parley_stream_wait_seconds"
    APPLY = "parley_apply_seconds"
    PUBLISH = "parley_publish_seconds"
    FANOUT = "parley_fanout_seconds"
    STORED = "parley_stored_seconds"
    REQUEST = "parley_request_seconds"
    EXAMINE = "parley_examine_seconds"
    DATABASE_WAIT = "parley_database_wait_seconds"
    LOOP_LAG = "parley_loop_lag_seconds"


HELP: Final[dict[Metric | Timing, str]] = {
    Metric.SOCKETS: "Websockets that are open, event streams included.",
    Metric.EVENT_STREAMS: "Event streams that are open: clients whose network blocks websockets.",
    Metric.POSTS_FORWARDED: "POSTs of frames that were forwarded to the server that holds their stream.",
    Metric.HANDSHAKES_REFUSED: "Websocket handshakes that were refused.",
    Metric.FRAMES_RECEIVED: "Frames received from clients.",
    Metric.FRAMES_SENT: "Writes of frames to clients.",
    Metric.MAILBOX_DROPPED: "Ephemeral frames of slow clients: replaced by a newer one, or dropped.",
    Metric.PEERS_SLOW: "Clients that were closed because they read too slowly.",
    Metric.PROTOCOL_ERRORS: "Frames that could not be decoded.",
    Metric.CONNECTIONS_FAILED: "Connections that ended with a server error.",
    Metric.COMMANDS_APPENDED: "Hop 3: messages that Redis has accepted.",
    Metric.COMMANDS_BUSY: "Hop 3: messages that were refused temporarily: Redis is unavailable or full.",
    Metric.UNANSWERED_FORGOTTEN: "Hop 3: messages without a reply that are no longer tracked: too many.",
    Metric.COMMANDS_APPLIED: "Hop 5: commands that were committed.",
    Metric.COMMANDS_RECLAIMED: "Hop 4: commands that were taken over from another worker.",
    Metric.COMMANDS_DEAD: "Hop 5: commands that became dead letters.",
    Metric.BATCHES: "Hop 5: transactions.",
    Metric.BATCH_FAILURES: "Hop 5: transactions that were rolled back because of a command.",
    Metric.EVENTS_PUBLISHED: "Hop 7: events that were published to rooms.",
    Metric.EVENTS_QUARANTINED: "Published events whose consumers' rows could not be created; tried again.",
    Metric.CONSUMER_EVENTS_DONE: "Events that a consumer has processed.",
    Metric.CONSUMER_EVENTS_FAILED: "Events that a consumer failed to process; tried again.",
    Metric.CONSUMER_EVENTS_DEAD: "Events that a consumer has given up on.",
    Metric.EVENTS_UNREAD: "Hop 8: events of a later release; their clients were asked to resync.",
    Metric.PAYLOADS_LOST: "Hop 8: published payloads that did not arrive; their rooms were asked to resync.",
    Metric.STAGE_FAILURES: "Failures of worker stages, each followed by a restart.",
    Metric.CONTROL_MESSAGES: "Control messages that this worker has received.",
    Metric.MAILS_SENT: "Emails that the mail server has accepted.",
    Metric.MAILS_POSTPONED: "Emails that are tried again later.",
    Metric.MAILS_DEAD: "Emails that could not be sent and are not tried again.",
    Metric.WEBHOOKS_DELIVERED: "Deliveries that a webhook's receiver has accepted.",
    Metric.WEBHOOKS_FAILED: "Attempts of deliveries that failed and are tried again later.",
    Metric.WEBHOOKS_DEAD: "Deliveries that were given up; a manager can replay them.",
    Metric.PUSHES_SENT: "Push messages that a push service has accepted.",
    Metric.PUSHES_FAILED: "Attempts of push messages that failed.",
    Metric.PUSHES_DROPPED: "Push messages not sent: the message was read, or the agent wants none now.",
    Metric.PUSHES_QUEUED: "Push messages that are due and that no worker has claimed, up to 10,000.",
    Metric.PUSHES_OLDEST: "How long the oldest of them has been due.",
    Metric.SEARCH_QUEUED: "Rows that a search cannot find yet, up to 10,000; 0 if another worker counts.",
    Metric.SEARCH_OLDEST: "Age of the oldest of them; 0 if another worker counts.",
    Metric.ATTACHMENTS_ACCEPTED: "Uploaded files that were accepted.",
    Metric.ATTACHMENTS_REFUSED: "Uploaded files that were refused after they had been examined.",
    Metric.ATTACHMENTS_REMOVED: "Stored files that were deleted because they are no longer needed.",
    Metric.ATTACHMENTS_EXAMINING: "Uploaded files that are being examined, or wait for it, in this server.",
    Metric.ATTACHMENTS_UNNEEDED: "Stored files to delete, up to 10,000; 0 if another worker deletes.",
    Metric.ATTACHMENTS_UNNEEDED_OLDEST: "How long the oldest of them was to be deleted.",
    Metric.SCREENSHOTS_TAKEN: "Screenshots of visitors' pages.",
    Metric.SCREENSHOTS_FAILED: "Screenshots that could not be taken, mostly because of the page.",
    Metric.BROWSERS_KILLED: "Browsers that were killed: they used too much memory, or a page did not end.",
    Metric.SHARDS_OWNED: "Shards of the command stream that this worker reads.",
    Metric.STREAM_ENTRIES: "Commands queued in the shards of this worker.",
    Metric.STREAM_OLDEST: "Age of the oldest command in the shards of this worker.",
    Metric.RELAY_LAG: "Age of the oldest event that is not published; 0 if another worker publishes.",
    Metric.REQUESTS_FAILED: "HTTP requests that ended with a server error.",
    Metric.REDIS_PRIMARIES: "Primaries of the Redis Cluster, as this process knows it; 0 without one.",
    Metric.REDIS_CHANGES: "How often another Redis became a primary, in a cluster or by Sentinel.",
    Metric.REPLICA_LAG: "Age of the data of the replica; 0 without one.",
    Metric.REPLICA_SKIPPED: "Reads that the primary answered because the replica was unavailable or late.",
    Metric.AUDIT_LATE: "Failures to write audit entries, each tried again.",
    Metric.AUDIT_LOST: "Audit entries that were lost.",
    Metric.AUDIT_SKIPPED: "Audit entries of refused requests not written: too many from one address.",
    Metric.PARTITIONS_MISSING: "Months of the audit log without a partition, of this one and the next.",
    Timing.APPEND: "Hop 3: from a batch of commands to Redis's reply.",
    Timing.STREAM_WAIT: "Hop 4: time in the stream of the oldest command of a read, by the worker's clock.",
    Timing.APPLY: "Hop 5: transactions of the worker.",
    Timing.PUBLISH: "Hop 7: from a batch of events to Redis's reply.",
    Timing.FANOUT: "Hop 8: from a room's payload to the mailboxes of its listeners.",
    Timing.STORED: "Hops 3 to 8: from Redis's reply to the event that the message is stored.",
    Timing.REQUEST: "HTTP requests of the API.",
    Timing.EXAMINE: "Examinations of uploaded files, with their waits.",
    Timing.DATABASE_WAIT: "Waits for a free connection of the process's database pool.",
    Timing.LOOP_LAG: "How late the event loop wakes a task whose time has come.",
}

BOUNDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # seconds


class Histogram:
    """How often a time fell into each bucket of BOUNDS; the last bucket has no bound."""

    __slots__ = ("buckets", "total")

    def __init__(self) -> None:
        self.buckets = [0] * (len(BOUNDS) + 1)
        self.total = 0.0

    def observe(self, seconds: float) -> None:
        """One more time."""
        self.buckets[bisect_left(BOUNDS, seconds)] += 1
        self.total += seconds


counters: Final[dict[Metric, float]] = dict.fromkeys(Metric, 0)
"""Counters and gauges of this process: `counters[Metric.SOCKETS] += 1`."""

timings: Final[dict[Timing, Histogram]] = {timing: Histogram() for timing in Timing}
"""Histograms of this process: `timings[Timing.APPEND].observe(0.002)`."""


@contextmanager
def timed(timing: Timing) -> Iterator[None]:
    """Observes how long the block took, failures included. For batches and requests, not for frames."""
    began = monotonic()
    try:
        yield
    finally:
        timings[timing].observe(monotonic() - began)


LAG_EVERY: Final = 0.1  # seconds


async def observe_loop_lag(sleep: Callable[[float], Awaitable[None]]) -> None:
    """How late `sleep` returns, until cancelled; for any event loop."""
    while True:
        due = monotonic() + LAG_EVERY
        await sleep(LAG_EVERY)
        timings[Timing.LOOP_LAG].observe(max(0.0, monotonic() - due))
