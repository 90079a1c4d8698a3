"""A web site on a real socket: its pages are what a test says, and may change."""

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

HTML = "text/html; charset=utf-8"


def article(title: str, *paragraphs: str, lang: str = "en", more: str = "") -> bytes:
    """A page as sites have them: around its text are a menu and a footer."""
    text = "".join(f"<p>{one}</p>" for one in paragraphs)
    return f"""<!doctype html><html lang="{lang}"><head><title>{title} - Shop</title></head><body>
    <nav><ul><li><a href="/">Home</a></li><li><a href="/cart">Cart</a></li></ul></nav>
    <main><article><h1>{title}</h1>{text}{more}</article></main>
    <footer><p>Copyright of the shop. All rights reserved. Imprint.</p></footer></body></html>""".encode()


class Site:
    """`pages`: path → status, media type, body; `asked`: the paths so far."""

    def __init__(self, port: int) -> None:
        self.pages: dict[str, tuple[int, str, bytes]] = {}
        self.moved: dict[str, str] = {}
        self.asked: list[str] = []
        self.origin = f"http://127.0.0.1:{port}"

    def add(self, path: str, body: bytes, *, kind: str = HTML, status: int = 200) -> str:
        self.pages[path] = (status, kind, body)
        return self.origin + path

    def sitemap(self, path: str, *addresses: str, index: bool = False) -> str:
        inner, outer = ("sitemap", "sitemapindex") if index else ("url", "urlset")
        locs = "".join(f"<{inner}><loc>{one}</loc></{inner}>" for one in addresses)
        namespace = "http://www.sitemaps.org/schemas/sitemap/0.9"
        body = f'<?xml version="1.0"?><{outer} xmlns="{namespace}">{locs}</{outer}>'
        return self.add(path, body.encode(), kind="application/xml")


@contextmanager
def site() -> Iterator[Site]:
    """Runs until the end."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append(self.path)
            if target := made.moved.get(self.path):
                self.send_response(301)
                self.send_header("Location", target)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            status, kind, body = made.pages.get(self.path, (404, HTML, b"not here"))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made = Site(server.server_port)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
