"""Fixtures that give a test real servers; see tests/stack.py."""

import logging
from collections.abc import Iterator
from typing import Final

import pytest
from hypothesis import HealthCheck, settings

from core import ids
from tests import canaries
from tests.provider import Provider
from tests.smtp import Outbox
from tests.stack import Servers, Stack

# An example may be descheduled: parallel test processes share two cores.
settings.register_profile("parley", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("parley")

IN_CHROMIUM: Final = ("browser", "proxies")  # directories
LONGEST: Final = (
    "test_openapi_fuzz.py",
    "test_abuse_process.py",
    "test_runs.py",
    "test_under_load.py",
    "test_processes.py",
    "test_lossless.py",
    "test_launch.py",
    "test_chaos.py",
    "test_matrix.py",
    "test_red_team.py",
    "test_mail.py",
    "test_faults.py",
    "test_throttling.py",
    "test_headers.py",
)


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """One Postgres and one Valkey for the session."""
    made = Servers()
    yield made
    made.close()


@pytest.fixture(scope="session", autouse=True)
def watched() -> Iterator[None]:
    """Search the logs of this process for secrets, like those of servers; assert at the session's end."""
    watch = canaries.Watch()
    logging.getLogger().addHandler(watch)
    yield
    logging.getLogger().removeHandler(watch)
    assert canaries.found == [], "secrets in logs"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the longest files first, so that parallel workers do not end with a long one.

    `make test` ends within a quarter of an hour, so in Chromium it runs what is marked `smoke`.
    """
    for item in items:
        if item.path.parent.name in IN_CHROMIUM and item.get_closest_marker("smoke") is None:
            item.add_marker(pytest.mark.soak)
    items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))


@pytest.fixture(autouse=True)
def own_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ids follow this test's clock, not that of an earlier test, which may have been set an hour ahead."""
    monkeypatch.setattr(ids, "_SEQUENCE", ids.Sequence())


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
    """An OIDC provider whose id tokens carry the email address."""
    made = Provider()
    yield made
    made.close()


@pytest.fixture
def outbox() -> Iterator[Outbox]:
    """A mail server and the mails that it accepted."""
    made = Outbox()
    yield made
    made.close()
