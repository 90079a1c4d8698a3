"""Visitors and agents that never give up: they reconnect, resume, send again, and repair gaps over HTTP."""

import hashlib
import os
import random
import ssl
import zlib
from array import array
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx
import trio

from tests.client import ERROR, MESSAGE, OK, RESYNC, SEND, STORED, WATCH, Frame, Socket, greet, text
from tests.faults.chaos.line import opened
from tests.people import PASSWORD

RESEND_AFTER = 2.0  # seconds after which a text that is not stored is sent again
PAUSE = (0.1, 0.4)  # seconds between two attempts to connect: the widget's backoff, shortened
MAX_PAUSE = 3.0  # seconds
CONNECT_SPREAD = 5.0  # seconds over which the first connections are spread
STAY = (6.0, 20.0)  # seconds on a page; the next page reconnects, so that a restarted server gets its share
HTTP_TIMEOUT = 8.0  # seconds for an HTTP response
PAGE = 50
TLS = ssl.create_default_context()  # unused, but each httpx client would build one, in 20 ms
AWAY = (
    OSError,
    trio.TooSlowError,
    trio.BrokenResourceError,
    trio.ClosedResourceError,
    httpx.HTTPError,
    AssertionError,  # closed or silent before the expected frame
)


class Copy:
    """One client's copy of a conversation: a checksum of all messages up to `whole`, the rest in full."""

    __slots__ = ("ahead", "checksum", "last", "whole")

    def __init__(self) -> None:
        self.ahead: dict[int, str] = {}  # seq → text, beyond a gap
        self.checksum = 0
        self.whole = 0  # no message is missing up to this seq
        self.last = 0

    def add(self, seq: int, body: str) -> None:
        """Add a message; duplicates are dropped."""
        if seq > self.whole:
            self.ahead.setdefault(seq, body)
            self.last = max(self.last, seq)
        while (text_ := self.ahead.pop(self.whole + 1, None)) is not None:
            self.whole += 1
            self.checksum = extended(self.checksum, text_)


def extended(checksum: int, body: str) -> int:
    """The checksum with one more text."""
    return zlib.crc32(body.encode() + b"\0", checksum)


class Client:
    """Keeps one connection open at a time until cancelled."""

    def __init__(self, ports: Callable[[int], int], project: bytes) -> None:
        """`ports` returns the port to try after a number of failures; at 0 the preferred one."""
        self.ports = ports
        self.project = project
        self.failures = 0
        self._stay = trio.CancelScope()
        self.copies: dict[bytes, Copy] = {}
        self.repairs = 0  # how often history had to be fetched
        self.refused: list[Frame] = []  # errors that a retry cannot cure
        self.last_error = ""
        self._port = 0
        self._unsure = trio.Event()
        self._news = trio.Event()

    async def run(self) -> None:
        """Connect and reconnect; run it in a nursery and cancel it."""
        await trio.sleep(random.uniform(0, CONNECT_SPREAD))
        while True:
            self._port = self.ports(self.failures)
            self.failures += 1
            with trio.CancelScope() as self._stay:
                try:
                    async with self._http() as http:
                        await self._prepare(http)
                        async with opened(self._port, self.project) as socket:
                            await self._serve(socket, http)
                except* AWAY as group:
                    self.last_error = repr(group.exceptions[0])
            await trio.sleep(min(MAX_PAUSE, random.uniform(*PAUSE) * 2 ** min(self.failures, 8)))

    async def _prepare(self, http: httpx.AsyncClient) -> None:
        """Fetch what a hello needs before the socket is opened, because the hello has a deadline."""

    def _settle(self) -> None:
        """The connection is open, for as long as a person stays on a page."""
        self.failures = 0
        self._stay.deadline = trio.current_time() + random.uniform(*STAY)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Check `holds` after every frame until it is true; the caller sets the deadline."""
        while not holds():
            await self._news.wait()

    async def _serve(self, socket: Socket, http: httpx.AsyncClient) -> None:
        raise NotImplementedError

    async def _repair(self, http: httpx.AsyncClient) -> None:
        raise NotImplementedError

    def _receive(self, frame: Frame) -> None:
        raise NotImplementedError

    @asynccontextmanager
    async def _http(self) -> AsyncIterator[httpx.AsyncClient]:
        url = f"http://127.0.0.1:{self._port}/api/v1"
        async with httpx.AsyncClient(base_url=url, timeout=HTTP_TIMEOUT, trust_env=False, verify=TLS) as http:
            yield http

    async def _take(self, socket: Socket) -> None:
        """Process and drop frames: a long run must not keep them all."""
        while socket.closed is None or socket.frames:
            frames, socket.frames = socket.frames, []
            for frame in frames:
                if frame[0] == RESYNC:
                    self._unsure.set()
                self._receive(frame)
            if frames:
                self._wake()
            else:
                await socket._news.wait()
        raise ConnectionResetError(f"closed with {socket.closed}")

    async def _keep_whole(self, http: httpx.AsyncClient) -> None:
        """Repair whenever messages may be missing; a failure ends the connection and is retried after it."""
        while True:
            await self._unsure.wait()
            self._unsure = trio.Event()
            self.repairs += 1
            try:
                await self._repair(http)
            except BaseException:
                self._unsure.set()
                raise
            self._wake()

    def _add(self, conversation: bytes, seq: int, body: str) -> None:
        copy = self.copies.setdefault(conversation, Copy())
        copy.add(seq, body)
        if copy.whole < copy.last:
            self._unsure.set()

    def _wake(self) -> None:
        self._news.set()
        self._news = trio.Event()


class Writer(Client):
    """A visitor: keeps every text until it is stored, one in flight. `number` determines its texts."""

    def __init__(self, ports: Callable[[int], int], project: bytes, *, number: int) -> None:
        super().__init__(ports, project)
        self.number = number
        self.key: str | None = None
        self.conversation: bytes | None = None
        self.written = 0
        self.stored = array("q")  # seq of each text, in the order of writing
        self._wait = 0.0  # the server's retry_after, in seconds

    def body(self, index: int) -> str:
        return f"visitor {self.number} text {index}"

    def ref(self, index: int) -> bytes:
        return hashlib.blake2b(self.project + self.body(index).encode(), digest_size=16).digest()

    @property
    def unsent(self) -> int:
        return self.written - len(self.stored)

    def write(self) -> None:
        """Queue one more text."""
        self.written += 1
        self._wake()

    async def _serve(self, socket: Socket, http: httpx.AsyncClient) -> None:
        have = {one: copy.whole for one, copy in self.copies.items()}
        welcome = await greet(socket, self.project, key=self.key, have=have)
        self.key = welcome.get("key", self.key)
        self._settle()
        if not welcome["recovered"]:
            self._unsure.set()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._take, socket)
            nursery.start_soon(self._keep_whole, http)
            nursery.start_soon(self._send, socket)

    async def _send(self, socket: Socket) -> None:
        while True:
            if not self.unsent:
                await self._news.wait()
                continue
            index = len(self.stored)
            await socket.send(SEND, 2, self.ref(index), None, "text", self.body(index))
            with trio.move_on_after(RESEND_AFTER):  # then send the same ref again
                while index == len(self.stored) and not self._wait:
                    await self._news.wait()
            wait, self._wait = self._wait, 0.0
            await trio.sleep(wait)

    def _receive(self, frame: Frame) -> None:
        if frame[0] == STORED:
            _, ref, self.conversation, _, seq, _ = frame
            index = len(self.stored)
            if index < self.written and ref == self.ref(index):
                self.stored.append(seq)
                self._add(self.conversation or b"", seq, self.body(index))
        elif frame[0] == MESSAGE:
            self.conversation = frame[1]
            self._add(frame[1], frame[2], frame[8])
        elif frame[0] == ERROR and frame[4]:
            self._wait = max(0.05, frame[5] / 1000)
        elif frame[0] == ERROR:
            self.refused.append(frame)

    async def _repair(self, http: httpx.AsyncClient) -> None:
        more = self.key is not None
        while more:
            after = self.copies[self.conversation].whole if self.conversation in self.copies else 0
            answer = await http.get(
                f"/public/projects/{text(self.project)}/messages",
                params={"after_seq": after, "limit": PAGE},
                headers={
                    "Authorization": f"Visitor {self.key}",
                    "Origin": str(http.base_url).removesuffix("/api/v1/"),
                },
            )
            page = answer.raise_for_status().json()
            if page["conversation"]:
                self.conversation = UUID(page["conversation"]["id"]).bytes
            for item in page["items"]:
                self._add(self.conversation or b"", item["seq"], item["body"])
            more = page["has_more"]


class Watcher(Client):
    """An agent who watches the inbox, and answers by REST, one reply after the other."""

    def __init__(self, ports: Callable[[int], int], project: bytes, email: str) -> None:
        super().__init__(ports, project)
        self.replies: deque[tuple[bytes, bytes, str]] = deque()  # conversation, ref, text; not accepted yet
        self.written: dict[bytes, list[str]] = {}  # conversation → replies
        self._email = email
        self._token = ""
        self._ticket = ""

    def reply(self, conversation: bytes, body: str) -> None:
        self.written.setdefault(conversation, []).append(body)
        self.replies.append((conversation, os.urandom(16), body))
        self._wake()

    async def _prepare(self, http: httpx.AsyncClient) -> None:
        self._ticket = (await self._call(http, "POST", "/socket-tickets"))["ticket"]

    async def _serve(self, socket: Socket, http: httpx.AsyncClient) -> None:
        await greet(socket, self.project, jwt=self._ticket)
        await socket.send(WATCH, 2, "inbox", None)
        await socket.first(OK, lambda frame: frame[1] == 2)
        self._settle()
        self._unsure.set()  # only now, so that the next fetch cannot miss a later message
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._take, socket)
            nursery.start_soon(self._keep_whole, http)
            nursery.start_soon(self._answer, http)

    async def _answer(self, http: httpx.AsyncClient) -> None:
        while True:
            if not self.replies:
                await self._news.wait()
                continue
            conversation, ref, body = self.replies[0]
            content = {"ref": text(ref), "body": body, "kind": "text"}
            await self._call(http, "POST", f"/conversations/{text(conversation)}/messages", json=content)
            self.replies.popleft()
            self._wake()

    def _receive(self, frame: Frame) -> None:
        if frame[0] == MESSAGE:
            self._add(frame[1], frame[2], frame[8])
        elif frame[0] == ERROR and not frame[4]:
            self.refused.append(frame)

    async def _repair(self, http: httpx.AsyncClient) -> None:
        """Compare the list of conversations with the copies, and fetch what is missing."""
        cursor: dict[str, str] = {}
        while True:
            page = await self._call(http, "GET", "/conversations", params={"limit": "100"} | cursor)
            for item in page["items"]:
                conversation = UUID(item["id"]).bytes
                copy = self.copies.setdefault(conversation, Copy())
                while copy.whole < item["last_seq"]:
                    await self._fetch(http, conversation, copy)
            if not page["next_cursor"]:
                return
            cursor = {"cursor": page["next_cursor"]}

    async def _fetch(self, http: httpx.AsyncClient, conversation: bytes, copy: Copy) -> None:
        page = await self._call(
            http,
            "GET",
            f"/conversations/{text(conversation)}/messages",
            params={"after_seq": copy.whole, "limit": PAGE},
        )
        for item in page["items"]:
            copy.add(item["seq"], item["body"])

    async def _call(self, http: httpx.AsyncClient, method: str, path: str, **given: Any) -> Any:
        """The JSON of a route of the project; signs in when the session is missing or over."""
        route = f"/projects/{text(self.project)}{path}"
        answer = await http.request(method, route, headers=self._bearer(), **given)
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            credentials = {"email": self._email, "password": PASSWORD}
            login = await http.post("/auth/login", json=credentials)
            self._token = login.raise_for_status().json()["access_token"]
            answer = await http.request(method, route, headers=self._bearer(), **given)
        return answer.raise_for_status().json()

    def _bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token or 'none'}"}
