"""Databases without a schema."""

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit, urlunsplit

import pytest

from tests.database import sql
from tests.stack import Servers


@pytest.fixture
def empty(servers: Servers) -> Iterator[Callable[[], str]]:
    made: list[str] = []

    def make() -> str:
        name = f"migrations_{len(made)}"
        sql(servers.admin_url, f'CREATE DATABASE "{name}" TEMPLATE template0')
        made.append(urlunsplit(urlsplit(servers.admin_url)._replace(path=f"/{name}")))
        return made[-1]

    yield make
    for url in made:
        sql(servers.admin_url, f'DROP DATABASE "{urlsplit(url).path[1:]}" WITH (FORCE)')
