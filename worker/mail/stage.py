"""Sends the rows of table `mails`, at least once each: by SMTP, or into a directory without a server.

It is also the consumer of the events that cause mails.
"""

import asyncio
import logging
import random
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Final

import jinja2
import msgspec

from core import failpoints, ids
from core.config import mail_server
from core.db import claims
from core.db.consumers import ASSIGNMENT_MAIL, MENTION_MAIL
from core.db.ops import mails
from core.identity.encryption import Unsealable
from core.telemetry.log import Log, log
from core.telemetry.metrics import Metric, counters
from worker import consumer_events, pool
from worker.mail import render
from worker.mail.assignments import AssignmentMails
from worker.mail.directory import MailDirectory, stem
from worker.mail.mentions import MentionMails
from worker.mail.render import RenderedMail
from worker.mail.smtp import MailServerLine, NotNow, Refused, ServerAway
from worker.process import Process
from worker.supervision import Health

SECONDS: Final = 1000  # ms
INTERVAL: Final = 1.0  # seconds between polls, without a NOTIFY
LEASE: Final = 120 * SECONDS  # how long a claimed mail belongs to one worker
SEND_WITHIN: Final = 90.0  # seconds for one mail; less than the lease
STOP_TIMEOUT: Final = 2.0  # seconds for the mail in progress when the process stops
MAX_AWAY_WAIT: Final = 60.0  # longest wait in seconds while the mail server is unavailable
OLDEST: Final = 7 * 24 * 3600 * SECONDS  # older mails are not sent
FALLBACK_SENDER: Final = Address("Parley", addr_spec="parley@localhost")


class Undeliverable(Exception):
    """Why a mail can never be sent; the text holds no secret."""


class MailStage:
    """The stage. Any number of workers share the work."""

    def __init__(self, process: Process) -> None:
        """Opens nothing yet."""
        self._settings = settings = process.settings
        self._stop = process.stop
        self._sealer = process.sealer
        self._sender = mail_server.sender(settings.mail_from) if settings.mail_from else FALLBACK_SENDER
        self._directory = MailDirectory(Path(settings.data) / "mail")
        self._line: MailServerLine | None = None
        if settings.smtp_url:
            server = mail_server.mail_server(settings.smtp_url)
            self._line = MailServerLine(server, sender=self._sender.addr_spec)
        self._consumers = {
            ASSIGNMENT_MAIL: AssignmentMails(process.sealer, origin=settings.origin).work,
            MENTION_MAIL: MentionMails(process.sealer, origin=settings.origin).work,
        }
        self._limit: asyncio.Timeout | None = None  # of the mail in progress
        self._failures = 0  # consecutive ones to reach the mail server

    async def run(self, health: Health) -> None:
        """Runs until `stop`, and ends within STOP_TIMEOUT of it. It can be interrupted anywhere."""
        wake = asyncio.Event()
        async with (
            pool.connection(self._settings.database_url, name="parley mail") as conn,
            asyncio.TaskGroup() as group,
        ):
            await conn.add_listener(mails.CHANNEL, lambda *_: wake.set())
            group.create_task(self._shorten_on_stop(wake))
            while not self._stop.is_set():
                wake.clear()
                for consumer, work in self._consumers.items():
                    await consumer_events.work_off(conn, consumer, work, stopped=self._stop.is_set)
                wait = await self._send_due(conn)
                health.works()
                if self._line is not None:
                    await self._line.hang_up()
                await _pause(self._stop if self._failures else wake, wait)

    async def _shorten_on_stop(self, wake: asyncio.Event) -> None:
        await self._stop.wait()
        wake.set()
        if self._limit is not None:
            self._limit.reschedule(asyncio.get_running_loop().time() + STOP_TIMEOUT)

    async def _send_due(self, conn: pool.Driver) -> float:
        """Sends everything that is due; returns how many seconds to wait then."""
        while not self._stop.is_set():
            row = await mails.claim(conn, lease=LEASE)
            if row is None:
                break
            try:
                await self._send(row)
            except ServerAway as error:
                await claims.release(conn, mails.CLAIMS, row.key)
                return self._mark_unavailable(error)
            except NotNow as error:
                await _postpone(conn, row, str(error))
            except (Refused, Undeliverable) as error:
                await _give_up(conn, row, str(error))
            else:
                failpoints.hit("mail.after_sent")
                # Delete after the server accepted it: a crash in between sends it again, under the same
                # Message-ID. The opposite order loses mails.
                await claims.done(conn, mails.CLAIMS, row.key)
                _log_sent(row)
        return INTERVAL

    async def _send(self, row: mails.Row) -> None:
        rendered_mail = self._render(row)
        message = self._message(row, rendered_mail)
        if self._line is None:
            try:
                await self._directory.keep(
                    message, rendered_mail, stem=stem(row.template, mail=row.id, created_at=row.created_at)
                )
            except OSError as error:
                raise ServerAway(f"the mail directory: {error.strerror}") from None
        else:
            try:
                async with asyncio.timeout(SEND_WITHIN) as self._limit:
                    await self._line.deliver(message, recipient=row.recipient)
            except TimeoutError:
                raise NotNow("the server took too long") from None
            finally:
                self._limit = None
        self._mark_available()

    def _render(self, row: mails.Row) -> RenderedMail:
        """Raises Undeliverable or NotNow."""
        now = ids.now()
        try:
            sealed = mails.opened(row, self._sealer)
        except Unsealable as error:
            raise Undeliverable(f"cannot be unsealed: {error}") from None
        except msgspec.MsgspecError:
            # During an upgrade a server may write a template that only newer workers know: one will send it.
            raise NotNow("this version does not know its template") from None
        expires = render.expiry(sealed.mail, created_at=row.created_at)
        if now >= min(expires or now + 1, row.created_at + OLDEST):
            raise Undeliverable("expired before it could be sent")
        try:
            return render.render(
                sealed.mail,
                language=row.language,
                timezone=sealed.timezone,
                created_at=row.created_at,
                origin=self._settings.origin,
            )
        except (jinja2.TemplateError, ValueError, KeyError) as error:
            raise Undeliverable(f"cannot be rendered: {type(error).__name__}") from None

    def _message(self, row: mails.Row, rendered_mail: RenderedMail) -> EmailMessage:
        """Deterministic by row, except for the MIME boundary. Raises Undeliverable."""
        message = EmailMessage(policy=SMTP)
        try:
            message["From"] = self._sender
            message["To"] = Address(addr_spec=row.recipient)
            message["Subject"] = rendered_mail.subject
        except (ValueError, IndexError):
            raise Undeliverable("its address is not valid") from None
        message["Date"] = format_datetime(datetime.fromtimestamp(row.created_at / 1000, UTC))
        message["Message-ID"] = f"<{row.id.hex()}@{self._sender.domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message["X-Auto-Response-Suppress"] = "All"
        message["X-Parley-Template"] = row.template
        # Quoted-printable is seven-bit, so that any server accepts it.
        message.set_content(rendered_mail.text, cte="quoted-printable")
        message.add_alternative(rendered_mail.html, subtype="html", cte="quoted-printable")
        return message

    def _mark_unavailable(self, error: ServerAway) -> float:
        if self._failures == 0:
            log(Log.MAIL_SERVER_AWAY, level=logging.WARNING, reason=str(error))
        self._failures += 1
        longest: float = min(MAX_AWAY_WAIT, INTERVAL * 2 ** min(self._failures, 10))
        return longest * random.uniform(0.5, 1)  # noqa: S311  not a secret

    def _mark_available(self) -> None:
        if self._failures:
            log(Log.MAIL_SERVER_BACK, failures=self._failures)
            self._failures = 0


async def _postpone(conn: pool.Driver, row: mails.Row, reason: str) -> None:
    wait = await claims.failed(conn, mails.CLAIMS, row.key, tries=row.tries, reason=reason)
    if wait is None:
        _log_dead(row, reason)
        return
    counters[Metric.MAILS_POSTPONED] += 1
    log(
        Log.MAIL_POSTPONED,
        level=logging.WARNING,
        mail=row.id,
        template=row.template,
        tries=row.tries,
        seconds=round(wait),
        reason=reason,
    )


async def _give_up(conn: pool.Driver, row: mails.Row, reason: str) -> None:
    await claims.give_up(conn, mails.CLAIMS, row.key, reason=reason)
    _log_dead(row, reason)


def _log_dead(row: mails.Row, reason: str) -> None:
    counters[Metric.MAILS_DEAD] += 1
    log(Log.MAIL_DEAD, level=logging.WARNING, mail=row.id, template=row.template, reason=reason)


def _log_sent(row: mails.Row) -> None:
    counters[Metric.MAILS_SENT] += 1
    log(Log.MAIL_SENT, mail=row.id, template=row.template, tries=row.tries, ms=ids.now() - row.created_at)


async def _pause(until: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await until.wait()
    except TimeoutError:
        return
