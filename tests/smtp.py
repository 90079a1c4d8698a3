"""A real mail server in a thread, with configurable errors, and its received mails; the fixture is `outbox`.

    def test_a_user_registers(stack, outbox):
        stack.spawn("worker", **outbox.settings())
        …
        mail = outbox.wait_for("mai@shop.example", "verify_email")     # waits, never sleeps; takes it out
        mail.token                                                     # what the link carries
        outbox.answer = lambda mail: "451 4.3.0 Try again later"       # to MAIL, RCPT or DATA: see `Answer`

`MailDirectory(stack.data)` has the same `wait_for` where no mail server is set.
"""

import asyncio
import email
import email.policy
import json
import re
import threading
import time
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.patience import PATIENCE

_LINK = re.compile(r"https?://\S+#(\S+)")

Answer = Callable[[str], str | None]
"""`outbox.on_rcpt("a@b")` → an SMTP answer, or None to go on as usual."""


class Received:
    """One parsed mail."""

    def __init__(self, raw: bytes, *, to: str) -> None:
        self.raw = raw
        self.to = to
        self.message: EmailMessage = email.message_from_bytes(raw, policy=email.policy.default)  # type: ignore[assignment]

    @property
    def template(self) -> str:
        return str(self.message["X-Parley-Template"])

    @property
    def text(self) -> str:
        return self._part("plain")

    @property
    def html(self) -> str:
        return self._part("html")

    @property
    def link(self) -> str:
        """The link of the text part."""
        found = _LINK.search(self.text)
        assert found is not None, self.text
        return found[0]

    @property
    def token(self) -> str:
        """The fragment of the link."""
        return self.link.partition("#")[2]

    def _part(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        assert part is not None, f"no {kind} part"
        content = part.get_content()
        assert isinstance(content, str)
        return content


class Outbox:
    """The accepted mails in order. `on_rcpt` and `on_data` reply instead of accepting a mail."""

    def __init__(self, **options: Any) -> None:
        """Start it on a free port; `options` are aiosmtpd's, such as require_starttls."""
        self.received: list[Received] = []
        self.connections = 0
        self.on_rcpt: Answer = lambda _: None
        self.on_data: Answer = lambda _: None
        self._news = threading.Condition()
        # Our own loop: once trio-asyncio is imported, asyncio creates loops bound to the main thread.
        loop = asyncio.SelectorEventLoop()
        self._controller = _OnAFreePort(self, loop=loop, hostname="127.0.0.1", **({"port": 0} | options))
        self._controller.start()

    @property
    def port(self) -> int:
        return self._controller.port

    def settings(self, *, scheme: str = "smtp", user: str = "", query: str = "") -> dict[str, str]:
        """For `stack.spawn("worker", **outbox.settings())`."""
        return {
            "smtp_url": f"{scheme}://{user}127.0.0.1:{self.port}{query}",
            "mail_from": "Parley <parley@chat.example>",
        }

    def wait_for(self, address: str, template: str, *, within: float = PATIENCE) -> Received:
        """Wait for the next mail to that address of that template, and remove it from the list."""
        return self.wait_until(lambda mail: mail.to == address and mail.template == template, within=within)

    def wait_until(self, holds: Callable[[Received], bool], *, within: float = PATIENCE) -> Received:
        """Wait for the first mail for which `holds` is true, and remove it."""
        with self._news:
            came = self._news.wait_for(lambda: any(map(holds, self.received)), within)
            known = [(mail.to, mail.template) for mail in self.received]
            assert came, f"no such mail within {within} s, only {known}"
            mail = next(filter(holds, self.received))
            self.received.remove(mail)
            return mail

    def wait_for_connections(self, count: int, *, within: float = PATIENCE) -> None:
        """Wait for that number of connections."""
        with self._news:
            assert self._news.wait_for(lambda: self.connections >= count, within), self.connections

    def close(self) -> None:
        """Stop the server."""
        self._controller.stop()

    # Hooks that aiosmtpd calls in its thread.

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self._notify(connections=1)
        return responses

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if (answer := self.on_rcpt(address)) is not None:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        address = envelope.rcpt_tos[0]
        content = envelope.content
        assert isinstance(content, bytes)
        if (answer := self.on_data(address)) is not None:
            return answer
        self._notify(Received(content, to=address))
        return "250 Taken"

    def _notify(self, *mails: Received, connections: int = 0) -> None:
        with self._news:
            self.received.extend(mails)
            self.connections += connections
            self._news.notify_all()


class _OnAFreePort(Controller):
    """aiosmtpd's controller does not know the port it was assigned, nor its open connections."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._talks: list[SMTP] = []

    def factory(self) -> SMTP:
        self._talks.append(super().factory())
        return self._talks[-1]

    def stop(self, no_assert: bool = False) -> None:
        asyncio.run_coroutine_threadsafe(self._hang_up(), self.loop).result(PATIENCE)
        super().stop(no_assert)

    async def _hang_up(self) -> None:
        for talk in self._talks:
            for transport in (talk.transport, talk._original_transport):
                if isinstance(transport, asyncio.WriteTransport):
                    transport.abort()
        await asyncio.sleep(0)  # the loop closes aborted transports in its next iteration

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class MailDirectory:
    """The directory of mails without a mail server: `{PARLEY_DATA}/mail`."""

    def __init__(self, data: Path) -> None:
        self.path = data / "mail"
        self._taken: set[Path] = set()

    def wait_for(self, address: str, template: str, *, within: float = PATIENCE) -> Received:
        """Wait for the next mail to that address of that template that was not returned before."""
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            for path in sorted(self.path.glob(f"*-{template}-*.eml")):
                mail = self._read(path, address)
                if mail is not None:
                    return mail
            time.sleep(0.02)
        raise AssertionError(f"no {template} to {address} within {within} s in {self.path}: {self._names()}")

    def _read(self, path: Path, address: str) -> Received | None:
        if path in self._taken:
            return None
        try:
            raw = path.read_bytes()
        except FileNotFoundError:  # a worker may remove the oldest meanwhile
            return None
        if email.message_from_bytes(raw)["To"] != address:
            return None
        self._taken.add(path)
        return Received(raw, to=address)

    def _names(self) -> str:
        return json.dumps(sorted(path.name for path in self.path.glob("*.eml")))
