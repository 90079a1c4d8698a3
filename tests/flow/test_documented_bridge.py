"""The bridge of the how-to guide, between real processes and a fake messenger."""

import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import httpx
import pytest

from core import ids
from core.identity import api_keys
from tests import ports
from tests.integration.core.core_fixture import new_visitor
from tests.integration.worker.webhook_receiver import KEY, Integrated, Received, WebhookReceiver
from tests.patience import PATIENCE
from tests.receiver import Receiver, answer
from tests.stack import ROOT, Stack, clean_environment

GUIDE: Final = (ROOT / "docs/how-to/build-an-integration.md").read_text("utf-8")
(BRIDGE,) = re.findall(r"^```python\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
TOKEN: Final = "the messenger's token"


class Messenger(Receiver):
    """Takes posts as an incoming webhook does; fails the first one."""

    def __init__(self) -> None:
        self.posts: list[dict[str, Any]] = []
        self.refused = 0
        super().__init__(self._take)

    def _take(self, connection: socket.socket) -> None:
        head, body = self.request(connection)
        if not head:
            return
        if not self.refused:
            self.refused += 1
            connection.sendall(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return
        self.posts.append(json.loads(body))
        connection.sendall(answer(b"ok"))


@pytest.fixture
def messenger() -> Iterator[Messenger]:
    made = Messenger()
    yield made
    made.close()


def test_it_is_short() -> None:
    assert len(BRIDGE.splitlines()) <= 60


@pytest.mark.soak
def test_what_a_visitor_writes_reaches_the_messenger_and_answers_come_back(
    fresh_stack: Stack, tmp_path: Path, messenger: Messenger, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Integrated(fresh_stack)
    server = fresh_stack.spawn("server")
    api = f"{server.url}/api/v1/projects/{ids.text(project.project)}"
    key, reserved = api_keys.fresh(), ports.reserved()
    port = ports.number(reserved)
    fresh_stack.sql(
        "INSERT INTO api_keys (project_id, id, name, key_hash, hint, scopes) "
        "VALUES ($1, $2, 'Messenger', $3, 'plk_', '{messages:write}')",
        UUID(bytes=project.project),
        UUID(bytes=ids.make()),
        api_keys.digest(key),
    )
    program = tmp_path / "bridge.py"
    program.write_text(BRIDGE, "utf-8")
    environment = clean_environment() | {
        "PARLEY_API": api,
        "PARLEY_API_KEY": key,
        "PARLEY_WEBHOOK_SECRET": KEY,
        "MESSENGER_URL": f"http://127.0.0.1:{messenger.port}/in",
        "MESSENGER_TOKEN": TOKEN,
        "PORT": str(port),
        "no_proxy": "*",
    }
    bridge = subprocess.Popen([sys.executable, str(program)], env=environment, stderr=subprocess.DEVNULL)
    proxy = WebhookReceiver(tmp_path, lambda one: forwarded(one, port))
    monkeypatch.setenv("SSL_CERT_FILE", proxy.authority)
    try:
        server.wait_until(lambda: answers(port), what="starting the bridge")
        project.webhook(proxy.url.replace("/hook", "/parley"), "message.created")
        (posted,) = project.apply(project.post(new_visitor(), "Where is my order?"))
        project.fan_out()
        works = project.worker()
        works.wait_until(lambda: messenger.refused == 1 and bool(project.deliveries()), what="failing once")
        project.due_again()
        works.wait_until(lambda: len(messenger.posts) == 1, what="posting into the messenger")
        (shown,) = messenger.posts
        assert shown["text"].endswith(": Where is my order?")
        assert shown["thread"] == ids.text(posted.conversation)
        said = {"token": TOKEN, "id": "msg 7", "thread": shown["thread"], "text": "On its way"}
        assert [sent(port, "/messenger", said) for _ in range(2)] == [204, 204], "it repeats what it sent"
        assert sent(port, "/messenger", said | {"token": "wrong"}) == 401
        assert sent(port, "/messenger", said | {"thread": "../../members"}) == 400
        assert sent(port, "/parley", {"type": "message.created"}) == 401, "without a signature"
        rows = fresh_stack.sql("SELECT body FROM messages WHERE sender_party = 'agent'")
        assert [tuple(row) for row in rows] == [("On its way",)]
        project.fan_out()
        project.settled(works)
        assert len(messenger.posts) == 1, "the answer is not posted back"
    finally:
        bridge.kill()
        bridge.wait()
        proxy.close()
        reserved.close()


def forwarded(one: Received, port: int) -> bytes:
    """The reverse proxy in front of the bridge, which ends TLS."""
    kept = {
        name: value for name, value in one.headers.items() if name.startswith(("webhook", "content-type"))
    }
    said = httpx.post(
        f"http://127.0.0.1:{port}{one.path}",
        content=one.body,
        headers=kept,
        trust_env=False,
        timeout=PATIENCE,
    )
    head = f"HTTP/1.1 {said.status_code} -\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    return head.encode()


def sent(port: int, path: str, body: dict[str, Any]) -> int:
    url = f"http://127.0.0.1:{port}{path}"
    return httpx.post(url, json=body, trust_env=False, timeout=PATIENCE).status_code


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE).close()
    except OSError:
        return False
    return True
