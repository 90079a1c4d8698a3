"""Every finding that there is, by its code, with how serious it is."""

from enum import Enum, StrEnum
from typing import Final

import msgspec


class Severity(StrEnum):
    ERROR = "error"  # messages are lost, refused or readable by others, or some clients cannot connect
    WARNING = "warning"  # works until something happens
    HINT = "hint"  # could not be checked, or costs something


class Code(Enum):
    """A finding: its code, and how serious it is."""

    def __init__(self, text: str, severity: Severity) -> None:
        self.text = text
        self.severity = severity

    SETTINGS_INVALID = "settings.invalid", Severity.ERROR
    SETTINGS_MISSING = "settings.missing", Severity.ERROR
    PUBLIC_URL_MISSING = "settings.public_url_missing", Severity.WARNING
    PUBLIC_URL_PLAIN = "settings.public_url_plain", Severity.ERROR
    PROXIES_TOO_WIDE = "settings.trusted_proxies_too_wide", Severity.ERROR
    MAIL_TO_FILES = "settings.mail_to_files", Severity.WARNING
    DEMO = "settings.demo", Severity.WARNING
    FAILPOINT = "settings.failpoint", Severity.ERROR
    DATA_UNWRITABLE = "machine.data_unwritable", Severity.ERROR
    DISK_LOW = "machine.disk_low", Severity.ERROR
    OPEN_FILES = "machine.open_files", Severity.WARNING
    STORAGE_AWAY = "storage.unavailable", Severity.ERROR
    STORAGE_LOCAL = "storage.local_directory", Severity.HINT
    ANTIVIRUS_MISSING = "storage.no_antivirus_program", Severity.ERROR
    SOMAXCONN = "machine.somaxconn", Severity.WARNING
    CLOCK_POSTGRES = "clock.postgres", Severity.WARNING
    CLOCK_REDIS = "clock.redis", Severity.WARNING
    CLOCK_SERVER = "clock.server", Severity.WARNING
    POSTGRES_AWAY = "postgres.unavailable", Severity.ERROR
    POSTGRES_OLD = "postgres.too_old", Severity.ERROR
    POSTGRES_POOLED = "postgres.pooled_by_transaction", Severity.ERROR
    FSYNC_OFF = "postgres.fsync_off", Severity.ERROR
    PAGE_WRITES_OFF = "postgres.full_page_writes_off", Severity.ERROR
    COMMIT_NOT_DURABLE = "postgres.synchronous_commit_off", Severity.ERROR
    AUTOVACUUM_OFF = "postgres.autovacuum_off", Severity.ERROR
    SUPERUSER = "postgres.superuser", Severity.ERROR
    OWNER = "postgres.owner", Severity.WARNING
    RIGHTS_MISSING = "postgres.rights_missing", Severity.ERROR
    NOT_UTF8 = "postgres.not_utf8", Severity.ERROR
    ASCII_ONLY = "postgres.ascii_only", Severity.WARNING
    TOO_FEW_CONNECTIONS = "postgres.too_few_connections", Severity.ERROR
    STATEMENT_TIMEOUT = "postgres.statement_timeout", Severity.WARNING
    IDLE_TIMEOUT = "postgres.idle_session_timeout", Severity.WARNING
    MIGRATIONS = "postgres.migrations_pending", Severity.ERROR
    PARTITIONS = "postgres.partitions_missing", Severity.WARNING
    BLOAT = "postgres.bloat", Severity.WARNING
    IDLE_TRANSACTION = "postgres.idle_in_transaction", Severity.WARNING
    REPLICA_AWAY = "postgres.replica_unavailable", Severity.WARNING
    REPLICA_IS_PRIMARY = "postgres.replica_is_no_standby", Severity.WARNING
    REDIS_AWAY = "redis.unavailable", Severity.ERROR
    REDIS_OLD = "redis.too_old", Severity.ERROR
    REDIS_RIGHTS = "redis.rights_missing", Severity.ERROR
    REDIS_EVICTS = "redis.evicts", Severity.ERROR
    REDIS_EVICTS_VOLATILE = "redis.evicts_volatile", Severity.WARNING
    REDIS_UNBOUNDED = "redis.maxmemory_unset", Severity.WARNING
    REDIS_FULL = "redis.memory_nearly_full", Severity.ERROR
    REDIS_NOT_KEPT = "redis.not_persistent", Severity.WARNING
    REDIS_FSYNC = "redis.appendfsync_no", Severity.WARNING
    REDIS_WRITES_FAIL = "redis.writes_fail", Severity.ERROR
    REDIS_REPLICA = "redis.replica", Severity.ERROR
    REDIS_TIMEOUT = "redis.timeout", Severity.WARNING
    REDIS_IS_SENTINEL = "redis.url_of_a_sentinel", Severity.ERROR
    SENTINEL_AWAY = "redis.sentinel_unavailable", Severity.WARNING
    SENTINEL_NO_REPLICA = "redis.sentinel_without_replica", Severity.WARNING
    CLUSTER_BY_ONE_NODE = "redis.cluster_by_one_node", Severity.WARNING
    CLUSTER_INCOMPLETE = "redis.cluster_incomplete", Severity.ERROR
    CLUSTER_NO_REPLICA = "redis.cluster_without_replica", Severity.WARNING
    NO_WORKER = "work.no_worker", Severity.ERROR
    BACKLOG = "work.backlog", Severity.ERROR
    RELAY_LAG = "work.relay_lag", Severity.ERROR
    DEAD_LETTERS = "work.dead_letters", Severity.WARNING
    DEAD_MAILS = "work.dead_mails", Severity.WARNING
    DEAD_EVENTS = "work.dead_events", Severity.WARNING
    MIXED_RELEASES = "work.earlier_release", Severity.WARNING
    LOCAL_DOMAINS = "projects.local_domains", Severity.WARNING
    NO_SERVER = "server.unavailable", Severity.ERROR
    OTHER_SERVER = "server.not_this_one", Severity.ERROR
    OTHER_VERSION = "server.other_version", Severity.WARNING
    URL_UNRESOLVED = "public.unresolved", Severity.ERROR
    URL_UNREACHABLE = "public.unreachable", Severity.ERROR
    TLS_UNTRUSTED = "public.certificate_refused", Severity.ERROR
    TLS_ENDS = "public.certificate_ends", Severity.WARNING
    PUBLIC_URL_DIFFERS = "public.other_url", Severity.ERROR
    PROXY_UNTRUSTED = "proxy.not_trusted", Severity.ERROR
    NO_FORWARDED_FOR = "proxy.no_forwarded_for", Severity.ERROR
    FORGED_FORWARDED_FOR = "proxy.forged_forwarded_for", Severity.ERROR
    HOST_CHANGED = "proxy.host_changed", Severity.ERROR
    ORIGIN_REMOVED = "proxy.origin_removed", Severity.ERROR
    AUTHORIZATION_REMOVED = "proxy.authorization_removed", Severity.ERROR
    NO_UPGRADE = "proxy.no_websocket", Severity.ERROR
    IDLE_CLOSED = "proxy.idle_websocket_closed", Severity.ERROR
    BUFFERS = "proxy.buffers", Severity.WARNING
    CACHES = "proxy.caches", Severity.ERROR
    BODY_LIMIT = "proxy.body_limit", Severity.WARNING
    HEAD_LIMIT = "proxy.head_limit", Severity.WARNING
    MAIL_AWAY = "mail.unavailable", Severity.ERROR
    MAIL_REFUSED = "mail.refused", Severity.ERROR
    MAIL_PLAIN = "mail.without_tls", Severity.WARNING
    NO_SPF = "mail.no_spf", Severity.WARNING
    NO_DMARC = "mail.no_dmarc", Severity.WARNING
    NO_DKIM = "mail.no_dkim", Severity.WARNING
    DNS_AWAY = "mail.dns_unavailable", Severity.HINT
    NOT_EXAMINED = "doctor.not_examined", Severity.HINT


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong: `seen` on this installation, and what to `change`."""

    code: str
    severity: Severity
    seen: str
    change: str


ORDER: Final = {severity: number for number, severity in enumerate(Severity)}


def found(code: Code, seen: str, change: str) -> Finding:
    """Neither text may quote a password or a key."""
    return Finding(code=code.text, severity=code.severity, seen=seen, change=change)
