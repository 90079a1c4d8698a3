"""Every PARLEY_* variable, read once into one frozen value; an unknown name stops the process."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Literal

import msgspec

from core.config import ai_providers, embeddings, mail_server, process_exit, setting_checks  # noqa: F401  registers itself
from core.text import networks

PREFIX = "PARLEY_"
STRIPPED = {
    "host",
    "public_url",
    "trusted_proxies",
    "outbound_networks",
    "screenshot_browser",
    "screenshot_networks",
    "screenshot_user",
    "database_url",
    "replica_url",
    "redis_url",
    "smtp_url",
    "mail_from",
    "storage",
    "storage_key_id",
    "storage_secret_key",
    "antivirus_command",
}
"""Settings whose surrounding spaces are removed: they are typing errors in the environment file."""


class SettingsError(Exception):
    """The environment is invalid; the text names the variable and what to do."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The operator's settings. Field `port` is the variable PARLEY_PORT."""

    # Where servers listen, and the public address.
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = ""  # e.g. https://chat.example.com; empty: http://HOST:PORT
    trusted_proxies: str = ""  # comma-separated addresses or networks whose X-Forwarded-For is trusted

    # Storage and secrets. The launcher fills these in when they are empty.
    data: str = ".parley"  # our directory: databases, run.json, secrets
    database_url: str = ""
    database_app_role: str = ""  # migrations grant it access to rows; servers and workers connect as it
    replica_url: str = ""  # a standby of database_url, for search, statistics and exports
    redis_url: str = ""
    secret_key: str = ""  # signs visitor keys and access tokens; at least 32 characters
    encryption_keys: str = ""  # `id:base64url of 32 bytes, …`, newest first; empty: derived from secret_key
    oidc: str = ""  # JSON list of OpenID Connect providers, see core.identity.providers

    # Files that are attached to messages.
    storage: str = ""  # a directory, or s3://bucket/prefix?…, see core.storage.opening; empty: `data`/files
    storage_key_id: str = ""  # of the bucket
    storage_secret_key: str = ""
    attachment_quota_mb: int = 5_000  # per project, for those without a quota of their own
    attachments_per_hour: int = 3_000  # per project
    antivirus_command: str = ""  # gets a file's path as its last argument; ends with 0: clean, 1: infected
    antivirus_seconds: float = 30.0  # for one file; beyond it the file is refused

    # Mail. Without a mail server, mails are written to files in `data`/mail.
    smtp_url: str = ""  # smtp://user:password@host:587 or smtps://…, see core.config.mail_server
    mail_from: str = ""  # `Parley <parley@example.com>`; needed with smtp_url

    # Requests to addresses that users chose, such as webhooks: these networks are allowed beside public ones.
    outbound_networks: str = ""  # comma-separated addresses or networks

    # Providers of models that the assistant asks, in this order.
    ai: str = ""  # JSON list, see core.config.ai_providers; empty: no assistant

    # The server that turns parts of articles into vectors, for searches by meaning.
    embeddings: str = ""  # JSON, see core.config.embeddings; empty: articles are searched by words alone

    # Screenshots of the pages that visitors look at, taken by workers.
    screenshot_browser: str = ""  # path of a Chromium; empty: one that is installed; off: no screenshots
    screenshot_user: str = "nobody"  # whom the browser runs as where the worker is root
    screenshot_networks: str = ""  # comma-separated addresses or networks, allowed beside public ones
    screenshots_per_hour: int = 300  # per project

    registration: Literal["open", "invited"] = "open"  # who may register: everyone, or invited people

    # Processes and their resources.
    server_processes: int = 1
    worker_processes: int = 1
    embedded_cluster: bool = False  # the launcher starts a Valkey Cluster in place of one Valkey
    database_pool: int = 8  # connections per process, besides those of a worker's stages
    read_pool: int = 3  # connections per server process for search, statistics and exports
    read_timeout_seconds: float = 8.0  # for one statement of these
    stream_shards: int = 8  # never lowered while commands are queued
    stream_slots: int = 1  # of a cluster, over which the shards are spread; about one for each primary

    # Limits.
    max_connections: int = 15_000  # websockets per server process
    handshakes_per_minute: int = 300  # per client network, of unknown visitors
    sockets_per_network: int = 0  # at once; 0: ten times handshakes_per_minute
    messages_per_minute: int = 20  # per visitor
    network_messages_per_minute: int = 0  # 0: 60 times messages_per_minute
    project_messages_per_minute: int = 0  # 0: 1,500 times messages_per_minute
    sockets_per_visitor: int = 5
    unwritten_visits: int = 50_000  # of visitors without a message, per project; the oldest are deleted
    stream_capacity: int = 200_000  # queued commands over all shards at which senders get try_later

    audit_days: int = 365  # retention of the audit log

    drain_seconds: float = 10.0  # the window of the `drain` frame on SIGTERM
    demo: bool = False  # whether /demo shows a customer's page with the first project's widget
    log_level: str = "info"
    metrics_bind: str = ""  # host:port of Prometheus' /metrics of this process; empty: not served
    webhook_wait_factor: float = 1.0  # tests only: shortens the waits between attempts, and pauses
    failpoint: str = ""  # tests only: NAME kills the process at that point, see core.failpoints

    @property
    def origin(self) -> str:
        """The public origin, as a browser sends it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url.rstrip("/") or f"http://{host}:{self.port}"

    @property
    def secure(self) -> bool:
        """Whether browsers connect by https."""
        return self.origin.startswith("https:")

    @property
    def sockets_of_one_network(self) -> int:
        """How many sockets one network may have open at once, per process."""
        return self.sockets_per_network or 10 * self.handshakes_per_minute

    @property
    def messages_of_one_network(self) -> int:
        """How many a minute its visitors may send together to a process."""
        return self.network_messages_per_minute or 60 * self.messages_per_minute

    @property
    def messages_of_one_project(self) -> int:
        """How many a minute its visitors may send together to a process."""
        return self.project_messages_per_minute or 1_500 * self.messages_per_minute

    @property
    def mail_mode(self) -> Literal["smtp", "directory"]:
        """Where mails go."""
        return "smtp" if self.smtp_url else "directory"


def read(environ: Mapping[str, str]) -> Settings:
    """Settings from `environ`; raises SettingsError for an unknown name or a value that does not fit."""
    given = {
        name.removeprefix(PREFIX).lower(): value for name, value in environ.items() if name.startswith(PREFIX)
    }
    known = set(Settings.__struct_fields__)
    if unknown := sorted(given.keys() - known):
        names = ", ".join(PREFIX + name.upper() for name in unknown)
        raise SettingsError(f"unknown setting {names}: docs/reference/settings.md lists the names")
    for name in STRIPPED & given.keys():
        given[name] = given[name].strip()
    try:
        settings = msgspec.convert(given, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(_unfit(str(error))) from None
    _check("ai", ai_providers.read, settings.ai)
    _check("embeddings", embeddings.read, settings.embeddings)
    if settings.outbound_networks:
        _check("outbound_networks", networks.listed, settings.outbound_networks)
    if settings.screenshot_networks:
        _check("screenshot_networks", networks.listed, settings.screenshot_networks)
    if settings.metrics_bind:
        _check("metrics_bind", setting_checks.bind, settings.metrics_bind)
    if settings.secret_key:
        _check("secret_key", setting_checks.secret_key, settings.secret_key)
    _check_numbers(settings)
    _check_urls(settings)
    _check_mail(settings)
    _check_files(settings)
    return settings


def _unfit(said: str) -> str:
    """msgspec's message, with the variable's name in place of the path."""
    why, _, path = said.partition(" - at `$.")
    if not path:
        return f"a PARLEY_* variable is invalid: {said}"
    return f"{PREFIX}{path.rstrip('`').upper()} is invalid: {why[:1].lower()}{why[1:]}"


def _check_numbers(settings: Settings) -> None:
    for name in Settings.__struct_fields__:
        value = getattr(settings, name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            _check(name, partial(setting_checks.number, name), value)


def _check_urls(settings: Settings) -> None:
    """Empty ones have a default."""
    if settings.public_url:
        _check("public_url", setting_checks.public_url, settings.public_url)
    if settings.database_url:
        _check("database_url", setting_checks.database_url, settings.database_url)
    if settings.replica_url:
        _check(
            "replica_url", partial(setting_checks.replica_url, of=settings.database_url), settings.replica_url
        )
    if settings.redis_url:
        _check("redis_url", setting_checks.redis_url, settings.redis_url)


def _check(name: str, check: Callable[[Any], object], value: object) -> None:
    try:
        check(value)
    except ValueError as error:
        raise SettingsError(f"{PREFIX}{name.upper()}: {error}") from None


def _check_mail(settings: Settings) -> None:
    """The message does not quote the value: it may hold a password."""
    if settings.smtp_url:
        _check("smtp_url", mail_server.mail_server, settings.smtp_url)
    if settings.smtp_url or settings.mail_from:
        try:
            mail_server.sender(settings.mail_from)
        except ValueError as error:
            raise SettingsError(f"PARLEY_MAIL_FROM, needed with PARLEY_SMTP_URL: {error}") from None


def _check_files(settings: Settings) -> None:
    """The message does not quote the secret key."""
    if settings.storage:
        _check("storage", setting_checks.storage, settings.storage)
    if bool(settings.storage_key_id) is not bool(settings.storage_secret_key):
        raise SettingsError("PARLEY_STORAGE_KEY_ID and PARLEY_STORAGE_SECRET_KEY belong together: set both")
    if settings.antivirus_command:
        _check("antivirus_command", setting_checks.command, settings.antivirus_command)
