"""Each proxy of deploy/ with TLS, in front of a real server: requests, websockets, large bodies and heads."""

import base64
import http.client
import os
import re
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests import documents
from tests.client import text
from tests.deploy.certificates import make
from tests.patience import PATIENCE
from tests.people import add_project
from tests.proxies import shipped
from tests.proxies.proxy import PROXIES, running
from tests.proxies.shipped import FILES, Certificate
from tests.running import Running
from tests.stack import ROOT, Servers, Stack

HOST: Final = "chat.example.com"
WITH_TLS: Final = [name for name in PROXIES if name not in {"varnish", "nginx without keepalive"}]
LARGEST_UPLOAD: Final = 2 * 1024 * 1024  # a file of canned responses


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    folder = tmp_path_factory.mktemp("certificate")
    return make(folder, HOST)


@pytest.fixture(scope="module")
def stack(servers: Servers) -> Iterator[Stack]:
    made = Stack(servers)
    yield made
    made.close()


@pytest.fixture(scope="module")
def server(stack: Stack) -> Running:
    return stack.spawn("server", trusted_proxies="127.0.0.1", public_url=f"https://{HOST}")


@pytest.fixture(scope="module", params=WITH_TLS)
def port(
    request: pytest.FixtureRequest,
    server: Running,
    certificate: Certificate,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[int]:
    folder: Path = tmp_path_factory.mktemp("proxy")
    folder.chmod(0o755)
    with running(request.param, server.port or 0, folder, certificate=certificate) as found:
        yield found


def connection(port: int, certificate: Certificate) -> http.client.HTTPSConnection:
    context = ssl.create_default_context(cafile=str(certificate.chain))
    context.set_alpn_protocols(["http/1.1"])
    link = http.client.HTTPSConnection(HOST, port, timeout=PATIENCE, context=context)
    raw = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    link.sock = context.wrap_socket(raw, server_hostname=HOST)
    return link


def request(
    port: int, certificate: Certificate, method: str, path: str, **given: object
) -> tuple[int, bytes]:
    link = connection(port, certificate)
    link.request(method, path, **given)  # type: ignore[arg-type]
    answer = link.getresponse()
    body = answer.read()
    link.close()
    return answer.status, body


def test_a_request_is_answered(port: int, certificate: Certificate) -> None:
    assert request(port, certificate, "GET", "/livez") == (200, b"ok\n")


def test_a_websocket_is_opened(port: int, certificate: Certificate, stack: Stack) -> None:
    project = add_project(stack)
    headers = {
        "Origin": f"https://{HOST}",
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        "Sec-WebSocket-Protocol": "parley.1.msgpack",
    }
    link = connection(port, certificate)
    link.request("GET", f"/ws?project={text(project)}", headers=headers)
    assert link.getresponse().status == 101
    link.close()


def test_the_largest_upload_reaches_the_server(port: int, certificate: Certificate) -> None:
    """It answers 401 to a stranger; a proxy would answer 413."""
    status, _ = request(
        port,
        certificate,
        "POST",
        "/api/v1/projects/00000000-0000-7000-8000-000000000000/canned-responses/import",
        body=b"x" * LARGEST_UPLOAD,
        headers={"Content-Type": "text/csv"},
    )
    assert status == 401


def test_a_head_of_12_kb_reaches_the_server(port: int, certificate: Certificate) -> None:
    large = {f"X-Padding-{number}": "x" * 4_000 for number in range(3)}
    assert request(port, certificate, "GET", "/livez", headers=large)[0] == 200


@pytest.mark.parametrize("name", FILES)
def test_the_documentation_prints_the_file(name: str) -> None:
    page = (ROOT / "docs/how-to/run-behind-a-proxy.md").read_text(encoding="utf-8")
    assert f"\n{shipped.text(name)}```\n" in page


MANY = "docs/how-to/run-on-many-machines.md"


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in ("nginx", "haproxy", "caddy") if name in PROXIES])
def test_a_second_server_is_added_as_documented_and_takes_over(
    stack: Stack, server: Running, certificate: Certificate, tmp_path: Path, name: str
) -> None:
    """The documented line is added; then the first server is killed while requests go on."""
    page = (ROOT / MANY).read_text(encoding="utf-8")
    if name == "caddy":
        (line,) = documents.blocks("how-to/run-on-many-machines.md", "caddyfile")
    else:
        (line,) = re.findall(rf"^   \| {name} \| `([^`]+)`", page, re.MULTILINE | re.IGNORECASE)
    first = stack.spawn("server", trusted_proxies="127.0.0.1", public_url=f"https://{HOST}")
    second = line.replace("10.0.0.2:8000", f"127.0.0.1:{server.port}")

    def add(text: str) -> str:
        if name == "caddy":
            return text.replace(
                f"reverse_proxy 127.0.0.1:{first.port}",
                second.replace("10.0.0.1:8000", f"127.0.0.1:{first.port}"),
            )
        end = ";" if name == "nginx" else ""
        old = f"127.0.0.1:{first.port}{end}\n"
        assert old in text
        return text.replace(old, f"{old}    {second}\n")

    tmp_path.chmod(0o755)
    with running(name, first.port or 0, tmp_path, certificate=certificate, change=add) as port:
        assert [request(port, certificate, "GET", "/livez")[0] for _ in range(10)] == [200] * 10
        first.kill()
        deadline = time.monotonic() + PATIENCE
        good = 0
        while good < 20:  # HAProxy and Caddy need a moment to see it
            good = good + 1 if request(port, certificate, "GET", "/livez")[0] == 200 else 0
            assert time.monotonic() < deadline
