"""A customer's site for tests: its own origin, one document for every path, with a chosen security policy."""

import html
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

DOCUMENT = """\
<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>A shop</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,"></head>
<body><main><h1>A shop</h1><p><a href="/elsewhere?{query}">Elsewhere</a></p></main>
<script async src="{parley}/widget.js" data-project="{project}"{attributes}></script></body></html>
"""
NONCE = "bm90LWEtc2VjcmV0"
CSP = "Content-Security-Policy"
CONNECT = "default-src 'none'; connect-src {parley} {sockets}; img-src data:; "
ISOLATED = {"Cross-Origin-Embedder-Policy": "require-corp", "Cross-Origin-Opener-Policy": "same-origin"}
# By name: attributes added to the script tag, and the headers of the site.
POLICIES: dict[str, tuple[str, dict[str, str]]] = {
    "": ("", {}),
    "host": ("", {CSP: CONNECT + "script-src {parley}"}),
    "nonce": (f' nonce="{NONCE}"', {CSP: CONNECT + f"script-src 'nonce-{NONCE}'"}),
    "strict-dynamic": (f' nonce="{NONCE}"', {CSP: CONNECT + f"script-src 'nonce-{NONCE}' 'strict-dynamic'"}),
    "trusted-types": (
        "",
        {CSP: CONNECT + "script-src {parley}; require-trusted-types-for 'script'; trusted-types 'none'"},
    ),
    "isolated": ("", ISOLATED),
    "isolated-crossorigin": (" crossorigin", ISOLATED),
}


class Site:
    """Serves until closed; it knows only the URL of Parley, as any customer does."""

    def __init__(self) -> None:
        """Start on a free port."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Page)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def url(self, parley: str, project: str, *, policy: str = "", attributes: str = "") -> str:
        """The URL of a page with the widget of that project, under one of POLICIES.

        `attributes` are copied into the script tag.
        """
        query = urlencode({"parley": parley, "project": project, "policy": policy, "attributes": attributes})
        return f"http://127.0.0.1:{self._server.server_port}/?{query}"

    def close(self) -> None:
        """Stop the server."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Page(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        parley = query.get("parley", "")
        attributes, headers = POLICIES[query.get("policy", "")]
        page = DOCUMENT.format(
            parley=html.escape(parley),
            project=html.escape(query.get("project", "")),
            attributes=attributes + query.get("attributes", ""),
            query=html.escape(urlsplit(self.path).query),
        )
        content = page.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        for name, value in headers.items():
            self.send_header(name, value.format(parley=parley, sockets=parley.replace("http", "ws", 1)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Do not log requests."""
