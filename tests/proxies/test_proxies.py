"""Widget and dashboard connect at the first try behind every proxy of deploy/."""

import base64
import http.client
import os
import socket
import threading
import time

import pytest
from playwright.sync_api import Browser, Page, WebSocket

from tests.browser.page_objects import Agent, Visitor
from tests.browser.site import Site
from tests.client import text
from tests.patience import PATIENCE
from tests.people import add_agent
from tests.stack import Stack

TRIES = int(os.environ.get("PARLEY_TEST_PROXY_TRIES", "1"))  # `make soak` uses 20
HANDSHAKES = 30
WARM = 20  # concurrent requests, so that the proxy fills its pool of connections to us


def get(port: int, path: str, **headers: str) -> http.client.HTTPResponse:
    """A response through the proxy, read completely."""
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    link.request("GET", path, headers=headers)
    answer = link.getresponse()
    answer.read()
    link.close()
    return answer


def warm(port: int) -> None:
    """Send many concurrent plain requests."""
    threads = [threading.Thread(target=get, args=(port, "/app")) for _ in range(WARM)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def handshake(port: int, project: bytes) -> int:
    """The status of one handshake, on a new connection to the proxy."""
    fields = {
        "Host": f"127.0.0.1:{port}",
        "Origin": f"http://127.0.0.1:{port}",
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        "Sec-WebSocket-Protocol": "parley.1.msgpack",
    }
    lines = [
        f"GET /ws?project={text(project)} HTTP/1.1",
        *(f"{name}: {value}" for name, value in fields.items()),
    ]
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as sock:
        sock.sendall("\r\n".join([*lines, "", ""]).encode())
        return int(sock.recv(4_096).split(b" ")[1])


class Sockets:
    """Every websocket that a page tried to open."""

    def __init__(self, page: Page) -> None:
        self.tried: list[WebSocket] = []
        self.failed: list[str] = []
        page.on("websocket", self._note)

    def _note(self, opened: WebSocket) -> None:
        self.tried.append(opened)
        opened.on("socketerror", self._note_failure)

    def _note_failure(self, reason: str) -> None:
        self.failed.append(reason)


def test_thirty_handshakes_on_a_warm_pool_are_thirty_upgrades(proxy: tuple[str, int], project: bytes) -> None:
    _, port = proxy
    codes = []
    for number in range(HANDSHAKES):
        if number % 10 == 0:
            warm(port)
        codes.append(handshake(port, project))
        get(port, "/livez")
    assert codes == [101] * HANDSHAKES


@pytest.mark.smoke
def test_widget_and_dashboard_connect_at_the_first_attempt(
    proxy: tuple[str, int], browser: Browser, shared_stack: Stack, site: Site, project: bytes
) -> None:
    _, port = proxy
    email = add_agent(shared_stack, project)
    for _ in range(TRIES):
        context = browser.new_context(locale="en-US", viewport={"width": 1280, "height": 800})
        context.set_default_timeout(PATIENCE * 1_000)
        page = context.new_page()
        sockets = Sockets(page)
        page.goto(site.url(f"http://127.0.0.1:{port}", text(project)))
        visitor = Visitor(page)
        visitor.open()
        visitor.write("Hello?")
        visitor.expect_mark("Hello?", "Sent")
        assert (len(sockets.tried), sockets.failed) == (1, [])
        page = context.new_page()
        sockets = Sockets(page)
        Agent(page, f"http://127.0.0.1:{port}").arrive(email)
        assert (len(sockets.tried), sockets.failed) == (1, [])
        context.close()


@pytest.mark.parametrize("proxy", ["varnish"], indirect=True)  # the others do not cache
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
@pytest.mark.smoke
def test_the_widget_is_a_script_before_and_after_a_cache_revalidates_it(
    proxy: tuple[str, int], encoding: str
) -> None:
    _, port = proxy
    first = get(port, "/widget.js", **{"Accept-Encoding": encoding})
    last = time.monotonic() + PATIENCE
    ages = []
    while len(ages) < 3:  # its copy is fresh for a second, then it revalidates
        answer = get(port, "/widget.js", **{"Accept-Encoding": encoding})
        assert answer.status == 200
        assert (
            answer.headers["Content-Type"]
            == first.headers["Content-Type"]
            == "text/javascript; charset=utf-8"
        )
        assert answer.headers["Content-Security-Policy"] == first.headers["Content-Security-Policy"]
        fetched = answer.headers["X-Varnish"].split()[-1]
        ages += [fetched] if fetched not in ages else []
        assert time.monotonic() < last
        time.sleep(0.1)
