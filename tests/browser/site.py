"""A customer's site for tests: its own origin, any path one document, with or without a strict policy."""

import html
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

DOCUMENT = """\
<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>A shop</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,"></head>
<body><main><h1>A shop</h1><p><a href="/elsewhere">Elsewhere</a></p></main>
<script async src="{parley}/widget.js" data-project="{project}"></script></body></html>
"""


class Site:
    """Serves until it is closed; it knows Parley by its address only, as any customer does."""

    def __init__(self) -> None:
        """Start on a free port."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Page)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def url(self, parley: str, project: str, *, strict: bool = False) -> str:
        """The address of a page with the widget of that project."""
        strictly = "&strict=1" if strict else ""
        return f"http://127.0.0.1:{self._server.server_port}/?parley={parley}&project={project}{strictly}"

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Page(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        parley = query.get("parley", "")
        page = DOCUMENT.format(parley=html.escape(parley), project=html.escape(query.get("project", "")))
        content = page.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        if "strict" in query:
            sockets = parley.replace("http", "ws", 1)
            policy = f"default-src 'none'; script-src {parley}; connect-src {parley} {sockets}; img-src data:"
            self.send_header("Content-Security-Policy", policy)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""
