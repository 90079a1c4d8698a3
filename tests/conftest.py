"""Fixtures that give a test real servers; see tests/stack.py."""

import logging
from collections.abc import Iterator
from typing import Final

import pytest

from tests import canaries
from tests.provider import Provider
from tests.smtp import Outbox
from tests.stack import Servers, Stack

LONGEST: Final = (
    "test_chaos.py",
    "test_under_load.py",
    "test_abuse_process.py",
    "test_openapi_fuzz.py",
    "test_launch.py",
    "test_matrix.py",
    "test_processes.py",
    "test_faults.py",
    "test_throttling.py",
)


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """One Postgres and one Valkey for the session."""
    made = Servers()
    yield made
    made.close()


@pytest.fixture(scope="session", autouse=True)
def watched() -> Iterator[None]:
    """What this process logs is searched for secrets, as what its servers log is; the verdict comes last."""
    watch = canaries.Watch()
    logging.getLogger().addHandler(watch)
    yield
    logging.getLogger().removeHandler(watch)
    assert canaries.found == [], "secrets in logs"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files come first: where files run side by side, no long one is left for the end."""
    items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))


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
