"""An agent that behaves like the dashboard: signs in, watches the project's inbox, fetches what it missed."""

import asyncio
import os
from typing import Any, Final
from uuid import UUID

from bench.load.client_socket import ClientSocket, TurnedAway
from bench.load.contact import Contact
from bench.load.http import Answer, Http
from bench.target import Account, Unfit
from bench.verdict.ledger import Reception
from protocol import from_client, from_server

PAGE: Final = 100  # the server's largest page
OPENED: Final = 10  # threads that it fetches after an absence; of the others it sees only the list


class Agent(ClientSocket):
    """An agent of `crowd`, in the project with that number."""

    __slots__ = (
        "_bearer",
        "_crowd",
        "_source",
        "_ticket",
        "account",
        "behind",
        "http",
        "project",
        "reception",
    )

    def __init__(self, crowd: Contact, account: Account, *, project: int, source: str | None) -> None:
        super().__init__()
        self._crowd = crowd
        self._source = source
        self.account = account
        self.project = project
        self.http = Http(crowd.target.url, source=source)
        self.reception = Reception()
        self.behind = False  # it may have missed something
        self._bearer = ""
        self._ticket = ""

    async def arrive(self) -> None:
        """Signs in if needed, gets a ticket, connects; raises TurnedAway to try again, or Unfit."""
        answer = await self.call("POST", "socket-tickets")
        self._ticket = answer.value["ticket"]
        await self.connect(self._crowd.target.url, project=self.account.project, source=self._source)
        self.send(from_client.Watch(2, "inbox"))

    async def call(self, method: str, path: str, body: object = None) -> Answer:
        """Calls a route of the project; raises TurnedAway to try again, or Unfit for other failures."""
        where = f"projects/{self.account.project}/{path}"
        if not self._bearer:
            await self._sign_in()
        answer = await self._ask(method, where, body, bearer=self._bearer)
        if answer.status == 401:  # the access token has expired, after a quarter of an hour
            await self._sign_in()
            answer = await self._ask(method, where, body, bearer=self._bearer)
        if answer.status not in {200, 201}:
            raise Unfit(f"{method} {_route(path)} returned {answer.status} {answer.value}")
        return answer

    def hello(self) -> from_client.Greeting:
        return from_client.Greeting(
            project=UUID(self.account.project).bytes, tab=os.urandom(16), jwt=self._ticket
        )

    def welcome(self, greeted: from_server.Greeted) -> None:  # noqa: ARG002  nothing in it is news
        self._crowd.arrived(self)

    def take(self, frame: from_server.ServerFrame) -> None:
        if type(frame) is from_server.Message:
            self._shown(frame)
        elif type(frame) is from_server.Resync:
            self.behind = True
        elif type(frame) is from_server.Drain:
            self._crowd.move(self, frame)

    def gone(self, code: int) -> None:
        self.behind = True
        self._crowd.lost(self, code)

    def _shown(self, frame: from_server.Message) -> None:
        sent = self._crowd.ledger.sent(frame.ref, frame.body)
        if sent is None:
            return
        book, number = sent
        if book.owner[number] % len(self._crowd.target.projects) != self.project:
            self._crowd.ledger.seen.crossed += 1
        if self.reception.take(frame.conversation, frame.seq) and book is self._crowd.ledger.texts:
            self._crowd.at_agent(number)
        if self.reception.ahead:
            self.behind = True

    async def catch_up(self) -> None:
        """Compares the whole inbox with the known messages, page by page; raises like `call`.

        As in the dashboard: the list has the last seq of each conversation, and the agent opens a few of
        those that went on. A call for each of thousands would exceed every rate limit.
        """
        self.behind, cursor, opened = False, "", 0
        while True:
            listed = (await self.call("GET", f"conversations?limit={PAGE}{cursor}")).value
            for item in listed["items"]:
                conversation = UUID(item["id"]).bytes
                if self.reception.upto.get(conversation, 0) < item["last_seq"] and opened < OPENED:
                    opened += 1
                    await self._fetch(conversation)
                self._listed(conversation, item["last_seq"])
            if listed["next_cursor"] is None:
                return
            cursor = f"&cursor={listed['next_cursor']}"

    def _listed(self, conversation: bytes, last_seq: int) -> None:
        """Counts the messages up to `last_seq`, as the list gives it, as fetched."""
        ahead = self.reception.ahead.get(conversation, set())
        after = self.reception.upto.get(conversation, 0)
        for seq in sorted({*range(after + 1, last_seq + 1)} - ahead):
            self._crowd.ledger.fetched += self.reception.take(conversation, seq, live=False)

    async def _fetch(self, conversation: bytes) -> None:
        more = True
        while more:
            after = self.reception.upto.get(conversation, 0)
            path = f"conversations/{UUID(bytes=conversation)}/messages?after_seq={after}&limit={PAGE}"
            page = (await self.call("GET", path)).value
            for item in page["items"]:
                self._crowd.ledger.fetched += self.reception.take(conversation, item["seq"], live=False)
            more = page["has_more"]

    async def _sign_in(self) -> None:
        credentials = {"email": self.account.email, "password": self.account.password}
        answer = await self._ask("POST", "auth/login", credentials)
        if answer.status != 200:
            raise Unfit(f"signing in as {self.account.email} returned {answer.status} {answer.value}")
        self._bearer = f"Bearer {answer.value['access_token']}"

    async def _ask(self, method: str, path: str, body: Any, *, bearer: str = "") -> Answer:
        """Waits and retries while rate limited; raises TurnedAway when the server is unreachable or fails."""
        while True:
            try:
                answer = await self.http.call(method, path, body, bearer=bearer)
            except (OSError, EOFError) as error:
                raise TurnedAway(str(error) or type(error).__name__) from None
            if answer.status >= 500:
                raise TurnedAway(f"{answer.status}", retry=answer.retry)
            if answer.status != 429:
                return answer
            if path.endswith("/messages") and method == "POST":
                raise Unfit("the rate limit of replies is exceeded (429): give the profile more agents")
            self._crowd.say(f"{_route(path)} is rate limited: waiting {answer.retry:.0f} s")
            await asyncio.sleep(answer.retry or 1)


def _route(path: str) -> str:
    return path.partition("?")[0]
