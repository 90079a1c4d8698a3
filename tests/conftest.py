"""Fixtures that give a test real servers; see tests/stack.py."""

import logging
from collections.abc import Iterator

import pytest

from tests import canaries
from tests.provider import Provider
from tests.smtp import Outbox
from tests.stack import Servers, Stack


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """One Postgres and one Valkey for the session."""
    made = Servers()
    yield made
    made.close()


@pytest.fixture(scope="session", autouse=True)
def watched() -> Iterator[None]:
    """What this process logs is searched for secrets, as what its servers log is."""
    watch = canaries.Watch()
    logging.getLogger().addHandler(watch)
    yield
    logging.getLogger().removeHandler(watch)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The verdict over all logs comes when all are written."""
    items.sort(key=lambda item: item.path.name == "test_no_secret_in_logs.py")


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
