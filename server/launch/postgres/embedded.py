"""The embedded PostgreSQL of one data directory: finds or makes its cluster, and keeps its passwords."""

from collections.abc import Mapping
from pathlib import Path

from server.launch import binaries, ports, secrets
from server.launch.console import LaunchError
from server.launch.postgres import account, carry_over
from server.launch.postgres.cluster import SUPERUSER, Cluster

APP_ROLE = "parley_app"  # servers and workers: reads and writes rows, owns nothing


class Postgres:
    """One cluster under `home`, on a port of its own for as long as this object lives."""

    def __init__(self, home: Path, *, log: Path, settings: Mapping[str, str] | None = None) -> None:
        """Find or make the cluster and clean up after a crash. `settings` override cluster.SETTINGS.

        A cluster of an earlier release whose search knows only ASCII letters is carried over to a new one.
        """
        data = home / "data"
        carry_over.finish(data)
        made_by = _major(data)
        user = account.needed() if made_by is None else account.owner(data)
        tools = binaries.postgres(made_by)
        self._home = home.resolve() if home.exists() else account.make_home(home, user)
        tools = account.reachable(tools, user, self._home)
        self._cluster = Cluster(self._home / "data", tools=tools, account=user, log=log)
        self._password = secrets.kept(self._home / "password")
        if made_by is None:
            self._make_cluster()
        self._cluster.clear_left_behind()
        self._app_password = self._keep_app_role()
        if carry_over.is_needed(self._cluster):
            carry_over.carry_over(self._cluster, self._home / "password", settings or {})
        self.port = ports.free()
        self.program = self._cluster.server(self.port, settings or {})

    @property
    def version(self) -> str:
        """The major version."""
        return str(self._cluster.tools.major)

    def url(self, database: str = "parley") -> str:
        """The URL of `database` for servers and workers, with a role that owns nothing."""
        return f"postgresql://{APP_ROLE}:{self._app_password}@127.0.0.1:{self.port}/{database}"

    def owner_url(self, database: str = "parley") -> str:
        """The URL of `database` for migrations and administrators, with its owner's role."""
        return f"postgresql://{SUPERUSER}:{self._password}@127.0.0.1:{self.port}/{database}"

    def ready(self, pid: int) -> bool:
        """Whether the server of this pid accepts connections."""
        return self._cluster.ready(pid)

    def clear_left_behind(self) -> None:
        """End the server that an earlier launcher left, and remove its pid file."""
        self._cluster.clear_left_behind()

    def _make_cluster(self) -> None:
        """Make the cluster in a temporary directory and rename it: a half-made cluster is never used."""
        half = self._cluster.beside("data.half")
        half.remove()
        half.make(self._home / "password")
        # In single-user mode, so that the database exists as soon as the cluster does.
        half.single(f"CREATE DATABASE {SUPERUSER}")
        carry_over.mark(half)
        half.data.rename(self._cluster.data)

    def _keep_app_role(self) -> str:
        """The application role's password; makes the role if the cluster, however old, does not have it.

        The password file is written last: after a crash before that, the role is made again.
        """
        path = self._home / "app_password"
        if path.exists():
            return secrets.kept(path)
        password = secrets.fresh()
        self._cluster.single(
            f"DO $$BEGIN IF to_regrole('{APP_ROLE}') IS NULL THEN CREATE ROLE {APP_ROLE}; END IF; END$$",
            f"ALTER ROLE {APP_ROLE} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD '{password}'",
        )
        secrets.write(path, password + "\n")
        return password


def _major(data: Path) -> int | None:
    try:
        return int((data / "PG_VERSION").read_text())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise LaunchError(f"{data} is not a readable database ({error}): set another PARLEY_DATA") from None
