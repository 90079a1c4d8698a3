"""The configurations of deploy/ with this machine's ports and paths, and nothing else changed."""

import re
from pathlib import Path
from typing import Final

from tests.stack import ROOT

DEPLOY: Final = ROOT / "deploy"
FILES: Final = {
    "nginx": "nginx/parley.conf",
    "haproxy": "haproxy/haproxy.cfg",
    "apache": "apache/parley.conf",
    "caddy": "caddy/Caddyfile",
    "varnish": "varnish/parley.vcl",
}
UPSTREAM: Final = "127.0.0.1:8000"
"""Where each file expects a server."""
TO_HTTPS: Final = {
    "nginx": r"(?s)server \{\n    listen 80;\n.*?\n\}\n",
    "haproxy": r"    bind :80\n|    http-request redirect scheme https [^\n]*\n",
    "apache": r"(?s)<VirtualHost \*:80>\n.*?</VirtualHost>\n",
}
"""What leads from http to https; ports below 1024 are not for tests."""
TLS: Final = {
    "nginx": r"    ssl_certificate\w* [^\n]*\n",
    "apache": r"    SSL\w+ [^\n]*\n",
}
"""What is left out where the proxy runs without TLS."""


class Certificate:
    """A folder with chain.pem, key.pem and both in all.pem."""

    def __init__(self, folder: Path) -> None:
        self.chain, self.key, self.both = folder / "chain.pem", folder / "key.pem", folder / "all.pem"


def text(name: str) -> str:
    """The file as it is shipped."""
    return (DEPLOY / FILES[name]).read_text(encoding="utf-8")


def plain(name: str, *, port: int, behind: int) -> str:
    """Listening at `port` without TLS, in front of a server at `behind`."""
    found = _without(TO_HTTPS, name, text(name))
    found = _without(TLS, name, found)
    match name:
        case "nginx":
            found = _replaced(r"(    listen \S*443 ssl http2;\n)+", f"    listen 127.0.0.1:{port};\n", found)
        case "haproxy":
            found = _replaced(r"bind :443 .*", f"bind 127.0.0.1:{port}", found)
        case "apache":
            found = _replaced(r"<VirtualHost \*:443>", f"<VirtualHost 127.0.0.1:{port}>", found)
        case "caddy":
            found = _replaced(r"(?m)^chat\.example\.com \{", f"http://127.0.0.1:{port} {{", found)
    return _behind(name, found, behind)


def with_tls(name: str, certificate: Certificate, *, port: int, behind: int) -> str:
    """Listening at `port` with TLS, in front of a server at `behind`."""
    found = _without(TO_HTTPS, name, text(name))
    live = "/etc/letsencrypt/live/chat.example.com"
    found = found.replace(f"{live}/fullchain.pem", str(certificate.chain))
    found = found.replace(f"{live}/privkey.pem", str(certificate.key))
    found = found.replace("/etc/haproxy/certs/chat.pem", str(certificate.both))
    match name:
        case "nginx":
            found = _replaced(
                r"(    listen \S*443 ssl http2;\n)+", f"    listen 127.0.0.1:{port} ssl http2;\n", found
            )
        case "haproxy":
            found = _replaced(r"bind :443 ", f"bind 127.0.0.1:{port} ", found)
        case "apache":
            found = _replaced(r"<VirtualHost \*:443>", f"<VirtualHost 127.0.0.1:{port}>", found)
        case "caddy":
            # It would ask a public authority for a certificate.
            given = f"https://chat.example.com:{port} {{\n    tls {certificate.chain} {certificate.key}"
            found = _replaced(r"(?m)^chat\.example\.com \{", given, found)
    return _behind(name, found, behind)


def _behind(name: str, found: str, behind: int) -> str:
    if name == "varnish":
        return _replaced(r'\.port = "8000"', f'.port = "{behind}"', found)
    assert found.count(UPSTREAM) == 1
    return found.replace(UPSTREAM, f"127.0.0.1:{behind}")


def _without(patterns: dict[str, str], name: str, found: str) -> str:
    return _replaced(patterns[name], "", found) if name in patterns else found


def _replaced(pattern: str, by: str, found: str) -> str:
    made, count = re.subn(pattern, lambda _: by, found)
    assert count, f"nothing matches {pattern!r}"
    return made
