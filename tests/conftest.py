"""Fixtures that give a test real servers; see tests/stack.py."""

from collections.abc import Iterator

import pytest

from tests.provider import Provider
from tests.smtp import Outbox
from tests.stack import Servers, Stack


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """One Postgres and one Valkey for the session."""
    made = Servers()
    yield made
    made.close()


@pytest.fixture(scope="module")
def stack(servers: Servers) -> Iterator[Stack]:
    """A fresh database and an emptied Redis for the module."""
    made = Stack(servers)
    yield made
    made.close()


@pytest.fixture
def fresh_stack(servers: Servers) -> Iterator[Stack]:
    """A fresh database and an emptied Redis for the test."""
    made = Stack(servers)
    yield made
    made.close()


@pytest.fixture(scope="session")
def provider() -> Iterator[Provider]:
    """Somebody else's sign-in, whose id tokens carry the address."""
    made = Provider()
    yield made
    made.close()


@pytest.fixture
def outbox() -> Iterator[Outbox]:
    """A mail server, and what it took."""
    made = Outbox()
    yield made
    made.close()
