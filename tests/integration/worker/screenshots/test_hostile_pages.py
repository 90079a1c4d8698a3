"""Hostile pages in a real Chromium: none reaches this machine, none outlives its picture, none ends it."""

import asyncio
import gzip
import socket
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from core.bus.screenshots.exchange import Result
from core.config.settings import Settings
from tests import chromium
from tests.integration.worker.screenshots import hostile, traps
from tests.integration.worker.screenshots.traps import Site, Traps
from worker.screenshots import picture, processes
from worker.screenshots.availability import installed
from worker.screenshots.browser import Running, SharedBrowser
from worker.screenshots.picture import HEIGHT, WIDTH, Photographer
from worker.screenshots.proxy import FilteringProxy

pytestmark = [pytest.mark.slow, pytest.mark.soak]  # a minute and a half of Chromium
MB = 1024 * 1024
PATIENCE = 60.0  # seconds for one page on a busy machine
STARTS = 10.0  # seconds within which a renderer puts itself into its sandbox, on a busy machine

TO_THE_TRAP = {
    "redirect": (302, "http://127.0.0.1:{trap}/"),
    "redirect_that_keeps_the_method": (307, "http://[::1]:{trap}/"),
    "redirect_by_tls": (301, "https://127.0.0.1:{trap}/"),
    "redirect_to_a_name": (302, "http://private.test:{trap}/"),
    "redirect_to_a_mixed_name": (302, "http://mixed.test:{trap}/"),
    "redirect_to_metadata": (302, "http://169.254.169.254/latest/meta-data/"),
    "redirect_twice": (302, "/redirect"),
    "redirect_to_a_file": (302, "file:///etc/passwd"),
    "redirect_to_ftp": (302, "ftp://127.0.0.1:{trap}/"),
    "redirect_to_data": (302, "data:text/html,<img src=http://127.0.0.1:{trap}/>"),
}
HEADERS = {
    "Link": "<http://127.0.0.1:{trap}/l>; rel=preload; as=image, <http://127.0.0.1:{trap}>; rel=preconnect",
    "Report-To": '{"group":"g","max_age":99,"endpoints":[{"url":"https://127.0.0.1:{trap}/r"}]}',
    "NEL": '{"report_to":"g","max_age":99,"success_fraction":1,"failure_fraction":1}',
    "Reporting-Endpoints": 'g="https://127.0.0.1:{trap}/r"',
    "Content-Security-Policy": "script-src 'none'; report-uri http://127.0.0.1:{trap}/c; report-to g",
    "Alt-Svc": 'h3="127.0.0.1:{trap}"; ma=99, h2="127.0.0.1:{trap}"',
    "Set-Cookie": "seen=1; Max-Age=99999",
}
AWAY = {
    "meta_refresh": "<meta http-equiv=refresh content='0; url=http://127.0.0.1:{trap}/'><h1>away</h1>",
    "location": hostile.script("location = 'http://127.0.0.1:{trap}/'"),
    "opener": hostile.script("top.location.replace('http://[::1]:{trap}/')"),
    "refresh_forever": "<meta http-equiv=refresh content=0><h1>again</h1>",
}


class Recording(Photographer):
    """Keeps how many requests each page's proxy refused."""

    refused: ClassVar[dict[str, int]] = {}

    async def _visit(self, running: Running, proxy: FilteringProxy, url: str, *, ends: float) -> Result:
        try:
            return await super()._visit(running, proxy, url, ends=ends)
        finally:
            self.refused[url.rpartition("/")[2]] = proxy.refused


class Visited:
    """What became of each page."""

    def __init__(self) -> None:
        self.results: dict[str, Result] = {}
        self.seconds: dict[str, float] = {}
        self.environments: set[bytes] = set()
        self.root = False
        self.before = self.after = 0
        self.sandboxed: set[int] = set()  # renderers
        self.starting: dict[int, float] = {}  # when a renderer was first seen without a sandbox
        self.unprotected = False
        self.left = True


def trickle(handler: Any) -> None:
    """A page that never ends."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<h1>more and more</h1>")
    for _ in range(400):
        handler.wfile.write(b"x")
        time.sleep(0.05)


def silent(handler: Any) -> None:
    handler.connection.settimeout(PATIENCE)
    handler.connection.recv(1)


def flood(handler: Any) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<h1>flood</h1>")
    for _ in range(2000):
        handler.wfile.write(b"<!-- " + b"x" * 60_000 + b" -->")


def fill(site: Site, trap: int) -> dict[str, str]:
    """Puts every page on the site; their paths by name."""

    def at(text: str) -> str:
        return (
            text.replace("{trap}", str(trap)).replace("{site}", traps.SITE).replace("{port}", str(site.port))
        )

    for name, body in {
        **hostile.SHOWN,
        **AWAY,
        **{name: page for name, (page, _) in hostile.GREEDY.items()},
    }.items():
        site.html(f"/{name}", at(body))
    for name, (status, target) in TO_THE_TRAP.items():
        site.pages[f"/{name}"] = status, {"Location": at(target)}, b""
    site.pages["/headers"] = (
        200,
        {name: at(value) for name, value in HEADERS.items()},
        b"<script>1</script><h1>h</h1>",
    )
    site.pages["/worker.js"] = (
        200,
        {"Content-Type": "text/javascript"},
        at(
            "fetch('http://127.0.0.1:{trap}/', {mode: 'no-cors'}); onfetch = event => event.respondWith("
            "fetch('http://127.0.0.1:{trap}/', {mode: 'no-cors'}))"
        ).encode(),
    )
    site.pages["/download"] = 200, {"Content-Disposition": "attachment; filename=x.bin"}, b"x" * 5000
    site.pages["/no_content"] = 204, {}, b""
    site.pages["/garbage"] = lambda handler: handler.wfile.write(b"\x00\x01 this is not HTTP\r\n\r\n")
    site.pages["/two_lengths"] = lambda handler: handler.wfile.write(
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 9\r\n\r\n123456789"
    )
    site.pages["/bomb"] = (
        200,
        {"Content-Encoding": "gzip"},
        gzip.compress(b"<h1>bomb</h1>" + bytes(200 * MB), 9),
    )
    site.pages["/trickle"], site.pages["/silent"], site.pages["/flood"] = trickle, silent, flood
    return {name[1:]: name for name in site.pages if name != "/worker.js"}


@pytest.fixture(scope="module")
def caught() -> Iterator[Traps]:
    made = Traps()
    yield made
    made.close()


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    made = Site()
    yield made
    made.close()


@pytest.fixture(scope="module")
def visited(caught: Traps, site: Site, request: Any) -> Visited:
    """Every page, several at a time, in one browser (and its successors)."""
    paths, seen = fill(site, caught.port), Visited()
    slow = [name for name in paths if name in hostile.GREEDY or name in {"silent", "trickle"}]

    async def work() -> None:
        browser = SharedBrowser(installed(Settings(screenshot_browser=chromium.executable())))
        photographer = Recording(browser, traps.resolving, allowed=traps.ALLOWED)

        async def visit(names: list[str]) -> None:
            for name in names:
                began = time.monotonic()
                seen.results[name] = await photographer.take(site.url(paths[name]), seconds=PATIENCE)
                seen.seconds[name] = time.monotonic() - began

        async def together(names: list[str], *, places: int) -> None:
            await asyncio.gather(*(visit(names[place::places]) for place in range(places)))

        async def tend() -> None:
            while True:
                browser.tend()
                if browser._current is not None:
                    observe(seen, browser._current.session)
                await asyncio.sleep(0.25)

        site.html("/plain", "<h1>plain</h1>")
        tending = asyncio.create_task(tend())
        seen.results["before"] = await photographer.take(site.url("/plain"), seconds=PATIENCE)
        session = browser._current.session  # type: ignore[union-attr]
        assert session is not None
        seen.before = processes.memory(session)
        with pytest.MonkeyPatch.context() as patch:  # a page must not fail because the machine is busy
            patch.setattr(picture, "TOTAL", PATIENCE)
            patch.setattr(picture, "LOAD", PATIENCE / 2)
            patch.setattr(picture, "CAPTURE", PATIENCE / 4)
            patch.setattr(picture, "CLOSE", PATIENCE / 4)
            await together([name for name in paths if name not in slow], places=3)
        await together(slow, places=5)
        last = None
        for _ in range(3):  # a browser that a greedy page has worn out may end only now
            seen.results["afterwards"] = await photographer.take(site.url("/plain"), seconds=PATIENCE)
            if (current := browser._current) is not None and seen.results["afterwards"].failure is None:
                last = current.session
                seen.after = processes.memory(last or -1)
                break
        tending.cancel()
        await browser.close()
        seen.left = any(processes.alive(one) for one in (session, last) if one is not None)

    asyncio.run(work())
    return seen


def observe(seen: Visited, session: int | None) -> None:
    """What the kernel says about the browser's processes."""
    for pid in processes._members(session or -1):
        if pid in seen.sandboxed:
            continue
        folder = Path(f"/proc/{pid}")
        try:
            status, command = (folder / "status").read_bytes(), (folder / "cmdline").read_bytes()
            seen.environments.add((folder / "environ").read_bytes())
        except OSError:
            continue  # it has ended
        seen.root |= b"--type=" in command and b"Uid:\t0\t" in status  # what starts the browser is root's
        if b"--type=renderer" not in command:
            continue
        if b"Seccomp:\t2" in status:
            seen.sandboxed.add(pid)
        elif time.monotonic() - seen.starting.setdefault(pid, time.monotonic()) > STARTS:
            seen.unprotected = True


def size(jpeg: bytes) -> tuple[int, int]:
    """Width and height of a JPEG."""
    at = 2
    while jpeg[at + 1] not in {0xC0, 0xC2}:
        at += 2 + int(struct.unpack(">H", jpeg[at + 2 : at + 4])[0])
    height, width = struct.unpack(">HH", jpeg[at + 5 : at + 9])
    return width, height


def test_the_traps_catch_whoever_comes(caught: Traps) -> None:
    """Otherwise the other tests would prove nothing."""
    for host in ("127.0.0.1", "127.0.0.2", "::1"):
        socket.create_connection((host, caught.port), timeout=PATIENCE).close()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagram:
        datagram.sendto(b"x", ("127.0.0.1", caught.port))
    ends = time.monotonic() + PATIENCE
    while len(caught.caught) < 4 and time.monotonic() < ends:
        time.sleep(0.01)
    assert len(caught.caught) == 4
    caught.caught.clear()


def test_no_page_reaches_a_trap(visited: Visited, caught: Traps) -> None:
    assert len(visited.results) > 60
    assert caught.caught == []


def test_the_pages_did_try(visited: Visited) -> None:
    """What no trap saw came to the proxy, and was refused there."""
    refused = Recording.refused
    tried = {"images", "images_by_tls", "fetch", "fetch_post", "xhr", "websockets", "websockets_by_tls"}
    # A few the browser refuses itself, and the picture ends what a busy machine has not come to.
    assert {name: refused[name] for name in tried if refused[name] < 5} == {}
    others = {
        "event_source",
        "workers",
        "styles",
        "media",
        "forms",
        "many_frames",
        "redirect",
        "meta_refresh",
    }
    assert {name for name in others if not refused[name]} == set()
    assert refused["rebinding"] >= 1
    assert sum(refused.values()) > 500


@pytest.mark.parametrize("name", [*hostile.SHOWN, "headers", "trickle"])
def test_a_page_is_shown_whatever_it_tries(visited: Visited, name: str) -> None:
    result = visited.results[name]
    assert result.failure is None
    assert size(result.picture) == (WIDTH, HEIGHT)


@pytest.mark.parametrize("name", [name for name in TO_THE_TRAP if name != "redirect_to_data"])
def test_a_redirect_to_what_is_not_public_is_not_followed(visited: Visited, name: str) -> None:
    expected = "not_a_page" if name == "redirect_to_ftp" else "unreachable"  # another program's business
    assert visited.results[name].failure == expected


@pytest.mark.parametrize(
    ("name", "failures"),
    [
        *((name, failures) for name, (_, failures) in hostile.GREEDY.items()),
        ("download", {"not_a_page"}),
        ("no_content", {"not_a_page", "unreachable"}),
        ("garbage", {"unreachable"}),
        ("two_lengths", {"unreachable"}),
        ("silent", {"too_slow"}),
    ],
)
def test_a_page_that_is_none_ends_with_its_reason(
    visited: Visited, name: str, failures: set[str | None]
) -> None:
    assert visited.results[name].failure in failures


@pytest.mark.parametrize("name", [*AWAY, "redirect_to_data", "bomb", "flood"])
def test_a_page_that_goes_away_or_is_too_large_ends_in_time(visited: Visited, name: str) -> None:
    assert name in visited.results


def test_every_page_ends(visited: Visited) -> None:
    assert max(visited.seconds.values()) < PATIENCE + picture.CLOSE + 5


def test_the_browser_works_afterwards_and_leaves_nothing(visited: Visited) -> None:
    assert visited.results["before"].failure is None
    assert visited.results["afterwards"].failure is None
    assert visited.after < visited.before + 200 * MB
    assert not visited.left, "processes of the browser are left"


def test_the_browser_is_sandboxed_and_knows_no_secrets(visited: Visited) -> None:
    assert visited.sandboxed and not visited.unprotected
    environments = b"".join(visited.environments)
    assert b"PARLEY" not in environments and b"PATH=" in environments
    assert not visited.root


def test_no_visit_brings_cookies_from_another(visited: Visited, site: Site) -> None:
    assert [head["cookie"] for path, head in site.requests if "cookie" in head and path == "/plain"] == []
    assert visited.results["storage"].failure is None
