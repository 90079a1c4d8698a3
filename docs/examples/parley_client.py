"""A client of Parley, written from protocol/PROTOCOL.md. Ids are 16 bytes, times ms UTC, durations seconds.

Run: python docs/examples/parley_client.py visitor https://chat.example.com PROJECT
"""

import itertools
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple
from uuid import UUID

import httpx
import msgpack  # type: ignore[import-untyped]  # it has no types
import trio
import trio_websocket as websocket

SILENCE, RESEND_AFTER = 40.0, 5.0  # without any frame: reconnect; without an answer: send the text again
SUBPROTOCOLS = ["parley.1.msgpack"]
MAX_BODY, MAX_HAVE = 15_000, 64  # bytes of a text; conversations in a `hello`
NO_RID, HELLO_RID, WATCH_RID = 0, 1, 2
Deliver = Callable[["Message"], None]


class Type:  # the frames that this client uses; it ignores all others
    HELLO, WELCOME, OK, ERROR, PING, PONG, DRAIN = range(1, 8)
    SEND, STORED, MESSAGE, WATCH, RESYNC = 10, 12, 13, 20, 40


class Message(NamedTuple):
    conversation: bytes
    seq: int  # 1, 2, 3 … within the conversation
    party: str  # visitor, agent, system or a later word
    name: str
    at: int
    kind: str
    body: str


class Refused(Exception):
    """(code, reason): the server refused a text or this client, and would do so again."""


def new_id() -> bytes:
    """A UUIDv7 (RFC 9562): milliseconds, then random bits, with version 7 and variant 2 at their places."""
    high = time.time_ns() // 1_000_000 << 16 | 7 << 12 | random.getrandbits(12)
    return (high << 64 | 2 << 62 | random.getrandbits(62)).to_bytes(16, "big")


def backoff() -> Iterator[float]:
    """Random waits between 0.5 s and a ceiling that doubles from 1 s to 30 s, without end."""
    return (random.uniform(0.5, min(2**doublings, 30)) for doublings in itertools.count())


class Client:
    """A socket that is opened again when lost. `on_message` gets each message once, ordered, own ones too."""

    def __init__(self, url: str, project: UUID, on_message: Deliver, origin: str, history: str) -> None:
        self.last_seqs: dict[bytes, int] = {}  # conversation → the last message that went to `on_message`
        self._on_message, self._history, self._max_have = on_message, history, MAX_HAVE
        self._http = httpx.AsyncClient(base_url=f"{url}/api/v1", headers={"Origin": origin}, timeout=10.0)
        self._url = f"{url.replace('http', 'ws', 1)}/ws?project={project}"
        self._wire: Any = {"subprotocols": SUBPROTOCOLS, "extra_headers": [(b"Origin", origin.encode())]}
        self._hello: dict[str, Any] = {"project": project.bytes, "tab": random.randbytes(16)}
        self._waits, self._welcomed, self._answered = backoff(), trio.Event(), trio.Event()

    async def run(self) -> None:
        """Runs until cancelled. Raises `Refused` or `httpx.HTTPStatusError` if retrying cannot help."""
        async with self._http:
            while True:
                self._error, self._retry_after, self._leave_at = 0, 0.0, float("inf")
                try:
                    with trio.move_on_after(SILENCE) as self._connection:
                        await self._connect()
                except websocket.ConnectionRejected as rejected:
                    if rejected.status_code in (400, 403, 426):
                        raise Refused(rejected.status_code, "handshake refused") from None
                    self._retry_after = float(dict(rejected.headers).get(b"retry-after", 0))
                except websocket.ConnectionClosed as closed:
                    code = closed.reason.code if closed.reason else 1006
                    if code == 4500 and self._error == 101 and self._hello.pop("key", ""):
                        self.last_seqs.clear()  # the key is not valid: start without one, once
                    elif code >= 4500:
                        raise Refused(code, f"closed after error {self._error}") from None
                except websocket.HandshakeError:
                    pass  # not reachable
                self._welcomed = trio.Event()
                self._answered.set()
                if trio.current_time() < self._leave_at:  # else this is the moment that was chosen
                    await trio.sleep(self._retry_after + next(self._waits))

    async def _connect(self) -> None:
        """One connection. It is cancelled after silence or at `_leave_at`; raises what else ended it."""
        hello = self._hello | {"have": list(self.last_seqs.items())[-self._max_have :]}
        async with websocket.open_websocket_url(self._url, **self._wire) as self._socket:
            await self._write(Type.HELLO, HELLO_RID, hello)
            while True:
                self._connection.deadline = min(trio.current_time() + SILENCE, self._leave_at)
                frame = msgpack.unpackb(await self._socket.get_message())
                await self._receive(frame + [None] * 9)  # elements may be left out from the end

    async def _write(self, *frame: Any) -> None:
        with suppress(websocket.ConnectionClosed):  # the reader sees that too, and what counts is sent again
            await self._socket.send_message(msgpack.packb(frame))

    async def _receive(self, frame: list[Any]) -> None:
        match frame:  # `*_`: later versions may add elements
            case [Type.WELCOME, *_]:
                self._waits = backoff()
                self._welcomed.set()
            case [Type.ERROR, _, code, _, _, retry_ms, None, *_]:
                self._error, self._retry_after = code, (retry_ms or 0) / 1000
            case [Type.PING, token, *_]:
                await self._write(Type.PONG, token)
            case [Type.DRAIN, min_ms, max_ms, *_]:
                self._leave_at = trio.current_time() + random.uniform(min_ms, max_ms) / 1000
            case [Type.MESSAGE, conversation, seq, _, _, [party, _, name, *_], at, kind, body, *_]:
                await self._take(Message(conversation, seq, party, name, at, kind, body))

    async def _take(self, new: Message, *, fetched: bool = False) -> None:
        """Pass a message on if it is new. Where there is a gap before a live one, the history comes first."""
        if new.seq > self.last_seqs.get(new.conversation, 0) + 1 and not fetched:
            await self._fetch(new.conversation)
        if new.seq > self.last_seqs.get(new.conversation, 0):
            self.last_seqs[new.conversation] = new.seq
            self._on_message(new)

    async def _fetch(self, conversation: bytes) -> None:
        """Take what the history has after the last message, without what is not for this client."""
        page: dict[str, Any] = {"has_more": True}
        while page["has_more"]:
            after = {"after_seq": self.last_seqs.get(conversation, 0)}
            page = await self._call("GET", self._history.format(UUID(bytes=conversation)), params=after)
            if page.get("conversation") and UUID(page["conversation"]["id"]).bytes != conversation:
                return  # a visitor's history is that of the active conversation
            for item in page["items"]:
                author = item["author"]["party"], item["author"]["name"]
                new = Message(conversation, item["seq"], *author, item["at"], item["kind"], item["body"])
                await self._take(new, fetched=True)

    async def _call(self, method: str, path: str, **given: Any) -> Any:  # noqa: RET503
        """The JSON answer of REST. Repeats what may succeed later; raises `httpx.HTTPStatusError`."""
        for wait in backoff():
            with suppress(httpx.TransportError):
                answer = await self._http.request(method, path, **given)
                if answer.status_code != 429 and answer.status_code < 500:
                    return answer.raise_for_status().json()
                wait += float(answer.headers.get("Retry-After", 0))
            await trio.sleep(wait)


class Visitor(Client):
    """`origin`: of one of the project's domains. `key`: the visitor's identity; keep it and give it again."""

    def __init__(self, url: str, project: UUID, on_message: Deliver, origin: str = "", key: str = "") -> None:
        super().__init__(url, project, on_message, origin or url, f"/public/projects/{project}/messages")
        self._hello |= {"key": key} if key else {}
        self.key, self._conversation, self._max_have, self._sending = key, b"", 1, trio.Lock()
        self._ref, self._answer = b"", list[Any]()  # of the text that is on the wire

    async def send(self, body: str, ref: bytes = b"") -> None:
        """Send a text; returns when it is stored. Raises `Refused`. Cancelled: repeat it with its `ref`."""
        if len(body.encode()) > MAX_BODY:  # the server would close the connection
            raise Refused(106, "too large")
        async with self._sending:
            self._ref = ref or new_id()
            for wait in backoff():
                await self._welcomed.wait()
                self._answer, self._answered = [], trio.Event()
                await self._write(Type.SEND, NO_RID, self._ref, self._conversation or None, "text", body)
                with trio.move_on_after(RESEND_AFTER):
                    await self._answered.wait()
                match self._answer:
                    case [Type.STORED, _, conversation, _, seq, at, *_]:
                        self._conversation = conversation
                        await self._take(Message(conversation, seq, "visitor", "", at, "text", body))
                        return
                    case [Type.ERROR, _, _, _, True, retry_ms, *_]:
                        await trio.sleep((retry_ms or 0) / 1000 + wait)
                    case [Type.ERROR, _, code, reason, *_]:
                        raise Refused(code, reason)

    async def _receive(self, frame: list[Any]) -> None:
        await super()._receive(frame)
        match frame:
            case [Type.WELCOME, _, body, *_]:
                self.key = self._hello["key"] = body.get("key", self.key)
                self._http.headers["Authorization"] = f"Visitor {self.key}"
                self._conversation = active = body.get("conversation") or b""
                if body.get("last_seq", 0) < self.last_seqs.get(active, 0):
                    self.last_seqs.clear()  # the server was restored from a backup
                if active and not (body["recovered"] and active in self.last_seqs):
                    await self._fetch(active)
            case [Type.STORED, ref, *_] | [Type.ERROR, _, _, _, _, _, ref, *_] if ref == self._ref:
                self._answer = frame
                self._answered.set()
            case [Type.RESYNC, *_] if self._conversation:
                await self._fetch(self._conversation)


class Agent(Client):
    """A member of the project, who watches the inbox by the socket and answers over REST."""

    def __init__(self, url: str, project: UUID, on_message: Deliver, email: str, password: str) -> None:
        self._path, self._account = f"/projects/{project}", {"email": email, "password": password}
        super().__init__(url, project, on_message, url, self._path + "/conversations/{}/messages")

    async def reply(self, conversation: bytes, body: str, ref: bytes = b"") -> None:
        """Returns when it is stored. Raises `httpx.HTTPStatusError`. Cancelled: repeat it with its `ref`."""
        text = {"ref": str(UUID(bytes=ref or new_id())), "body": body}
        await self._call("POST", self._history.format(UUID(bytes=conversation)), json=text)

    async def _connect(self) -> None:
        """Sign in, get the ticket of one connection, and leave that before the sign-in ends."""
        session = await self._call("POST", "/auth/login", json=self._account)
        self._leave_at = trio.current_time() + session["expires_in"] - 60
        self._http.headers["Authorization"] = f"Bearer {session['access_token']}"
        self._hello["jwt"] = (await self._call("POST", f"{self._path}/socket-tickets"))["ticket"]
        await super()._connect()

    async def _receive(self, frame: list[Any]) -> None:
        await super()._receive(frame)
        match frame:
            case [Type.WELCOME, *_]:
                await self._write(Type.WATCH, WATCH_RID, "inbox")
            case [Type.ERROR, rid, *_] if rid == WATCH_RID:
                self._connection.cancel()  # come back after its `retry_ms`
            case [Type.OK, *_] | [Type.RESYNC, *_]:
                for row in (await self._call("GET", f"{self._path}/conversations"))["items"]:
                    conversation = UUID(row["id"]).bytes
                    if row["last_seq"] < self.last_seqs.get(conversation, 0):
                        del self.last_seqs[conversation]  # the server was restored from a backup
                    if row["last_seq"] > self.last_seqs.get(conversation, 0):
                        await self._fetch(conversation)


async def main(url: str, project: str) -> None:
    visitor = Visitor(url, UUID(project), lambda message: print(f"{message.name or 'you'}: {message.body}"))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(visitor.run)
        while line := await trio.to_thread.run_sync(sys.stdin.readline, abandon_on_cancel=True):
            if line.strip():
                await visitor.send(line.strip())
        nursery.cancel_scope.cancel()


if __name__ == "__main__":
    trio.run(main, sys.argv[2], sys.argv[3])
