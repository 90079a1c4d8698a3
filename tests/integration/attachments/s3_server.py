"""A real S3 server as a local process, and a gate before it that checks signatures.

The server accepts wrong ones. The gate computes AWS Signature Version 4 by itself.
"""

import contextlib
import hashlib
import hmac
import http.client
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from tests.patience import PATIENCE
from tests.stack import ROOT

PROGRAM: Final = ROOT / ".venv" / "s3" / "bin" / "python"
BUCKET: Final = "files"
KEY_ID, SECRET_KEY = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"


@contextlib.contextmanager
def s3_server(folder: Path) -> Iterator[int]:
    """The port of moto's server, with the bucket."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    with (folder / "moto.log").open("wb") as said:
        process = subprocess.Popen(
            [str(PROGRAM), "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
            stdout=said,
            stderr=said,
            cwd=folder,
        )
        try:
            _make_bucket(port)
            yield port
        finally:
            process.kill()
            process.wait()


def _make_bucket(port: int) -> None:
    ends = time.monotonic() + PATIENCE
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        try:
            connection.request("PUT", f"/{BUCKET}")
            assert connection.getresponse().status == 200
        except OSError:
            assert time.monotonic() < ends, "no moto: python -m tests.integration.attachments.install"
            time.sleep(0.1)
        else:
            return
        finally:
            connection.close()


class Gate:
    """Passes on what is signed with our key, and refuses everything else. `refused` counts that."""

    def __init__(self, upstream: int) -> None:
        self.upstream = upstream
        self.passed: list[str] = []
        self.refused = 0
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def _handler(gate: Gate) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            pass

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if not is_signed(self.command, self.path, dict(self.headers.items()), body):
                gate.refused += 1
                self._send(403, {}, b"<Error><Code>SignatureDoesNotMatch</Code></Error>")
                return
            gate.passed.append(f"{self.command} {self.path}")
            upstream = http.client.HTTPConnection("127.0.0.1", gate.upstream, timeout=PATIENCE)
            upstream.request(self.command, self.path, body, dict(self.headers.items()))
            found = upstream.getresponse()
            data = found.read()
            self._send(found.status, dict(found.getheaders()), data)
            upstream.close()

        def _send(self, status: int, headers: dict[str, str], data: bytes) -> None:
            self.send_response_only(status)
            for name, value in headers.items():
                if name.lower() not in {"content-length", "transfer-encoding", "connection"}:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data)

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = answer  # noqa: N815  the library finds them by name

    return Handler


def is_signed(
    method: str, target: str, headers: dict[str, str], body: bytes, secret: str = SECRET_KEY
) -> bool:
    """Whether the request has the Signature Version 4 of our key, over its headers and its body."""
    given = {name.lower(): " ".join(value.split()) for name, value in headers.items()}
    kind, _, rest = given.get("authorization", "").partition(" ")
    said = dict(part.strip().split("=", 1) for part in rest.split(",") if "=" in part)
    key_id, *scope = said.get("Credential", "").split("/")
    if (
        kind != "AWS4-HMAC-SHA256"
        or key_id != KEY_ID
        or len(scope) != 4
        or scope[2:] != ["s3", "aws4_request"]
    ):
        return False
    payload = given.get("x-amz-content-sha256", "")
    if payload != hashlib.sha256(body).hexdigest() and payload != "UNSIGNED-PAYLOAD":
        return False
    names = said.get("SignedHeaders", "").split(";")
    if not {"host", "x-amz-date", "x-amz-content-sha256"} <= set(names):
        return False
    parts = urlsplit(target)
    query = sorted(
        (quote(n, safe="-_.~"), quote(v, safe="-_.~"))
        for n, v in parse_qsl(parts.query, keep_blank_values=True)
    )
    canonical = "\n".join(
        [
            method,
            quote(unquote(parts.path), safe="/-_.~"),
            "&".join(f"{n}={v}" for n, v in query),
            *(f"{name}:{given.get(name, '')}" for name in names),
            "",
            ";".join(names),
            payload,
        ]
    )
    to_sign = "\n".join(
        [
            "AWS4-HMAC-SHA256",
            given.get("x-amz-date", ""),
            "/".join(scope),
            hashlib.sha256(canonical.encode()).hexdigest(),
        ]
    )
    key = f"AWS4{secret}".encode()
    for part in scope:
        key = hmac.digest(key, part.encode(), "sha256")
    right = hmac.new(key, to_sign.encode(), "sha256").hexdigest()
    return hmac.compare_digest(right, said.get("Signature", ""))
