"""A server behind each proxy in turn, and one Chromium in front."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests import chromium, patience
from tests.browser.site import Site
from tests.people import add_project
from tests.proxies.proxy import PROXIES, running
from tests.running import Running
from tests.stack import Servers, Stack


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium."""
    expect.set_options(timeout=patience.PATIENCE * 1_000)
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=chromium.executable(), args=chromium.ARGS)
        yield made
        made.close()


@pytest.fixture(scope="module")
def shared_stack(servers: Servers) -> Iterator[Stack]:
    """A database and an emptied Redis."""
    made = Stack(servers)
    yield made
    made.close()


@pytest.fixture(scope="module")
def project(shared_stack: Stack) -> bytes:
    """One project for all tests."""
    return add_project(shared_stack)


@pytest.fixture(scope="module")
def server(shared_stack: Stack) -> Running:
    """A server configured for a proxy: it trusts the forwarding headers from 127.0.0.1."""
    shared_stack.spawn("worker")
    return shared_stack.spawn("server", trusted_proxies="127.0.0.1", handshakes_per_minute=10_000)


@pytest.fixture(scope="module", params=list(PROXIES))
def proxy(
    request: pytest.FixtureRequest, server: Running, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, int]]:
    """The name and the port of each proxy."""
    folder: Path = tmp_path_factory.mktemp("proxy")
    folder.chmod(0o755)
    with running(request.param, server.port or 0, folder) as port:
        yield request.param, port


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """A customer's site on another port than ours."""
    made = Site()
    yield made
    made.close()
