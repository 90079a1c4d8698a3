"""Behind a proxy that refuses websockets, widget and dashboard connect over event streams."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.page_objects import Agent, Visitor
from tests.browser.site import Site
from tests.client import text
from tests.patience import PATIENCE
from tests.people import add_agent
from tests.proxies.proxy import PROXIES, running
from tests.proxies.test_proxies import Sockets, handshake
from tests.running import Running
from tests.stack import Stack


def _without(pattern: str) -> Callable[[str], str]:
    def change(configuration: str) -> str:
        changed, count = re.subn(pattern, "", configuration)
        assert count, f"no {pattern}"
        return changed

    return change


def _with(before: str, line: str) -> Callable[[str], str]:
    def change(configuration: str) -> str:
        changed, count = re.subn(before, lambda found: found[0] + line, configuration, count=1)
        assert count, f"no {before}"
        return changed

    return change


BLOCKING: dict[str, Callable[[str], str]] = {
    "nginx": _without(r"proxy_set_header (Upgrade|Connection) [^\n]*"),
    "haproxy": _with(r"    bind [^\n]*\n", "    http-request deny if { req.hdr(upgrade) -i websocket }\n"),
    "apache": _without(" upgrade=websocket"),
    "caddy": _with(
        r"http://127\.0\.0\.1:\d+ \{\n", "    @websocket header Upgrade *\n    respond @websocket 403\n"
    ),
    "varnish": _with(
        r"sub vcl_recv \{\n",
        '    if (req.http.Upgrade ~ "(?i)websocket") {\n        return (synth(403));\n    }\n',
    ),
}
"""What each proxy of deploy/ needs to be one that refuses websockets."""


@pytest.fixture(
    params=[
        pytest.param(name, marks=pytest.mark.smoke if name == "haproxy" else pytest.mark.soak)
        for name in BLOCKING
        if name in PROXIES
    ]
)
def blocked(
    request: pytest.FixtureRequest, server: Running, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of a proxy that refuses websockets."""
    folder: Path = tmp_path_factory.mktemp("proxy")
    folder.chmod(0o755)
    with running(request.param, server.port or 0, folder, change=BLOCKING[request.param]) as port:
        yield f"http://127.0.0.1:{port}"


def opened(browser: Browser) -> Page:
    context = browser.new_context(locale="en-US", viewport={"width": 1280, "height": 800})
    context.set_default_timeout(PATIENCE * 1_000)
    return context.new_page()


def streams(page: Page) -> list[str]:
    """Collects the requests for event streams of a page."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/sse?" in request.url else None)
    return asked


def test_widget_and_dashboard_talk_where_websockets_are_refused(
    blocked: str, browser: Browser, shared_stack: Stack, site: Site, project: bytes
) -> None:
    assert handshake(int(blocked.rpartition(":")[2]), project) != 101
    email = add_agent(shared_stack, project)
    page, other = opened(browser), opened(browser)
    sockets, asked = Sockets(page), streams(page)
    page.goto(site.url(blocked, text(project)))
    visitor = Visitor(page)
    visitor.open()
    said = f"Hello through {blocked}?"
    visitor.write(said)
    visitor.expect_mark(said, "Sent")
    assert len(sockets.tried) >= 2 and len(asked) == 1
    agent = Agent(other, blocked)
    of_agent = streams(other)
    agent.arrive(email)
    assert len(of_agent) == 1
    agent.open(said)
    agent.write("Good morning")
    expect(visitor.bubble("Good morning")).to_be_visible()
    visitor.write("And back")
    expect(agent.messages.get_by_text("And back")).to_be_visible()
    # The next page does not try a websocket first.
    page.wait_for_function("() => Object.keys(localStorage).some((name) => name.endsWith(':sse'))")
    tried = len(sockets.tried)
    page.reload()  # the window opens again by itself
    visitor.write("After a reload")
    stored = re.compile("Sent|Read")  # the agent has the conversation open
    expect(visitor.bubble("After a reload").get_by_role("img", name=stored)).to_be_visible()
    assert (len(sockets.tried), len(asked)) == (tried, 2)
    page.context.close()
    other.context.close()


@pytest.mark.soak
def test_a_network_that_allows_websockets_again_gets_them(
    browser: Browser, server: Running, site: Site, project: bytes
) -> None:
    page = opened(browser)
    sockets, asked = Sockets(page), streams(page)
    page.add_init_script(f"localStorage.setItem('parley:{text(project)}:sse', Date.now() + 3600000)")
    page.goto(site.url(server.url, text(project)))
    visitor = Visitor(page)
    visitor.open()
    visitor.write("Over a stream")
    visitor.expect_mark("Over a stream", "Sent")
    assert (len(sockets.tried), len(asked)) == (0, 1)
    with page.expect_event("websocket"):  # the background try
        pass
    with page.expect_event("websocket"):  # the connection
        pass
    visitor.write("Over a websocket")
    visitor.expect_mark("Over a websocket", "Sent")
    assert (len(sockets.tried), len(asked), sockets.failed) == (2, 1, [])
    assert page.evaluate(f"localStorage.getItem('parley:{text(project)}:sse')") is None
    page.context.close()
