"""Mail servers that require TLS and a password, that stall, close the connection or do not run."""

import ipaddress
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from core.mail import VerifyEmail
from tests.integration.worker.post_side import LINK, put, rows
from tests.integration.worker.stream_side import Gateway, people
from tests.patience import PATIENCE
from tests.running import Running
from tests.smtp import Outbox
from tests.stack import Stack

VERIFY = VerifyEmail(link=LINK, full_name="Mai")
MAI, LAN = "mai@shop.example", "lan@shop.example"
PASSWORD = "s3cret/and:more"


@pytest.fixture
def certificate(tmp_path: Path) -> ssl.SSLContext:
    """The certificate of a server at 127.0.0.1; `cert.pem` in tmp_path is its authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a mail server for tests")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (tmp_path / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (tmp_path / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    return context


@pytest.fixture
def trusted(certificate: ssl.SSLContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """The processes of this test trust the certificate."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    return certificate


@pytest.fixture
def serve() -> Iterator[Callable[..., Outbox]]:
    """Starts mail servers with the given options."""
    made: list[Outbox] = []

    def start(**options: Any) -> Outbox:
        made.append(Outbox(**options))
        return made[-1]

    yield start
    for outbox in made:
        outbox.close()


def check_password(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    assert isinstance(data, LoginPassword)
    right = (data.login, data.password) == (b"parley@chat.example", PASSWORD.encode())
    return AuthResult(success=right, handled=False)


def events(of: Running, name: str) -> list[dict[str, Any]]:
    return [line for line in map(json.loads, of.text.splitlines()) if line["event"] == name]


USER = "parley%40chat.example:s3cret%2Fand%3Amore@"


def test_a_password_is_sent_after_starttls_only(
    fresh_stack: Stack, serve: Callable[..., Outbox], trusted: ssl.SSLContext
) -> None:
    outbox = serve(
        tls_context=trusted, require_starttls=True, auth_required=True, authenticator=check_password
    )
    fresh_stack.spawn("worker", "mail", **outbox.settings(user=USER))
    put(fresh_stack, (VERIFY, MAI))
    outbox.wait_for(MAI, "verify_email")


def test_a_server_may_use_tls_from_the_start(
    fresh_stack: Stack, serve: Callable[..., Outbox], trusted: ssl.SSLContext
) -> None:
    outbox = serve(ssl_context=trusted, auth_require_tls=False, authenticator=check_password)
    fresh_stack.spawn("worker", "mail", **outbox.settings(scheme="smtps", user=USER))
    put(fresh_stack, (VERIFY, MAI))
    outbox.wait_for(MAI, "verify_email")


def test_a_server_that_offers_no_tls_gets_no_password(
    fresh_stack: Stack, serve: Callable[..., Outbox]
) -> None:
    asked: list[Any] = []

    def record_password(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        asked.append(data)
        return AuthResult(success=True, handled=True)

    outbox = serve(auth_require_tls=False, authenticator=record_password)
    sends = fresh_stack.spawn("worker", "mail", **outbox.settings(user=USER))
    put(fresh_stack, (VERIFY, MAI))
    sends.wait_for_line("mail.server_away")
    assert asked == [] and outbox.received == []
    assert "the server offers no STARTTLS" in events(sends, "mail.server_away")[0]["reason"]
    sends.stop()
    fresh_stack.spawn("worker", "mail", **outbox.settings(user=USER, query="?starttls=never"))
    outbox.wait_for(MAI, "verify_email")
    assert len(asked) == 1


def test_a_server_with_an_untrusted_certificate_gets_nothing(
    fresh_stack: Stack, serve: Callable[..., Outbox], certificate: ssl.SSLContext
) -> None:
    outbox = serve(tls_context=certificate)
    sends = fresh_stack.spawn("worker", "mail", **outbox.settings())
    put(fresh_stack, (VERIFY, MAI))
    sends.wait_for_line("mail.server_away")
    assert "the certificate is not trusted: " in events(sends, "mail.server_away")[0]["reason"]
    assert outbox.received == []


def test_a_wrong_password_does_not_count_as_a_try_of_the_mail(
    fresh_stack: Stack, serve: Callable[..., Outbox], trusted: ssl.SSLContext
) -> None:
    outbox = serve(tls_context=trusted, auth_required=True, authenticator=check_password)
    sends = fresh_stack.spawn("worker", "mail", **outbox.settings(user="parley:not-it-at-all@"))
    put(fresh_stack, (VERIFY, MAI))
    sends.wait_for_line("mail.server_away")
    assert events(sends, "mail.server_away")[0]["reason"] == (
        "refused the user and password of PARLEY_SMTP_URL: 535 5.7.8"
    )
    assert "not-it-at-all" not in sends.text
    sends.wait_until(lambda: rows(fresh_stack)[0]["tries"] == 0, what="waiting for another try")


class FakeServer:
    """A port without a mail server; the test decides what happens with a connection."""

    def __init__(self, treat: Callable[[socket.socket], None]) -> None:
        self._listens = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listens.getsockname()[1]
        self.called = threading.Event()
        self._open: list[socket.socket] = []
        self._treat = treat
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def settings(self) -> dict[str, str]:
        return {"smtp_url": f"smtp://127.0.0.1:{self.port}", "mail_from": "parley@chat.example"}

    def close(self) -> None:
        self._listens.shutdown(socket.SHUT_RDWR)
        self._listens.close()
        self._thread.join()
        for each in self._open:
            each.close()

    def _serve(self) -> None:
        while True:
            try:
                link, _ = self._listens.accept()
            except OSError:
                return
            self._open.append(link)
            self._treat(link)
            self.called.set()


@pytest.fixture
def fake_server() -> Iterator[Callable[[Callable[[socket.socket], None]], FakeServer]]:
    made: list[FakeServer] = []

    def start(treat: Callable[[socket.socket], None]) -> FakeServer:
        made.append(FakeServer(treat))
        return made[-1]

    yield start
    for each in made:
        each.close()


def test_a_silent_mail_server_delays_nothing_else(
    fresh_stack: Stack, fake_server: Callable[[Callable[[socket.socket], None]], FakeServer]
) -> None:
    stalls = fake_server(lambda _: None)
    works = fresh_stack.spawn("worker", **stalls.settings())
    put(fresh_stack, (VERIFY, MAI))
    assert stalls.called.wait(PATIENCE)
    gateway = Gateway(fresh_stack)
    gateway.append([gateway.post(people(1)[0], "while the mail hangs")])
    works.wait_until(lambda: bool(fresh_stack.sql("SELECT 1 FROM messages")), what="stored")
    assert events(works, "mail.server_away") == [], "the connection was still open"
    assert works.stop() == 0, "and it does not delay the end"


def test_after_a_closed_connection_the_server_is_tried_again(
    fresh_stack: Stack, fake_server: Callable[[Callable[[socket.socket], None]], FakeServer], outbox: Outbox
) -> None:
    broken = fake_server(lambda link: link.close())
    sends = fresh_stack.spawn("worker", "mail", **broken.settings())
    put(fresh_stack, (VERIFY, MAI))
    sends.wait_for_line("mail.server_away")
    sends.wait_until(lambda: rows(fresh_stack)[0]["tries"] == 0, what="waiting for another try")
    assert rows(fresh_stack)[0]["due_in"] < 1


def test_after_a_connection_lost_in_the_middle_the_next_mail_gets_a_new_one(
    fresh_stack: Stack, fake_server: Callable[[Callable[[socket.socket], None]], FakeServer]
) -> None:
    received: list[bytes] = []

    def until_mail(link: socket.socket) -> None:
        link.sendall(b"220 hello\r\n")
        with link.makefile("rb") as lines:
            for line in lines:
                received.append(line)
                if line.startswith(b"MAIL"):
                    link.shutdown(socket.SHUT_RDWR)
                    return
                link.sendall(b"250 ok\r\n")

    broken = fake_server(until_mail)
    sends = fresh_stack.spawn("worker", "mail", **broken.settings())
    put(fresh_stack, (VERIFY, MAI), (VERIFY, LAN))
    sends.wait_until(lambda: len(events(sends, "mail.postponed")) == 2, what="trying both mails")
    assert sum(line.startswith(b"MAIL") for line in received) == 2
    assert [row["tries"] for row in rows(fresh_stack)] == [1, 1]


def test_without_a_mail_server_mails_wait_and_use_up_no_try(fresh_stack: Stack) -> None:
    port = fresh_stack.port()
    where = {"smtp_url": f"smtp://127.0.0.1:{port}", "mail_from": "parley@chat.example"}
    sends = fresh_stack.spawn("worker", "mail", **where)
    put(fresh_stack, (VERIFY, MAI), (VERIFY, LAN))
    sends.wait_for_line("mail.server_away")
    sends.wait_until(
        lambda: {row["tries"] for row in rows(fresh_stack)} == {0}, what="waiting for another try"
    )
    outbox = Outbox(port=port)
    try:
        outbox.wait_for(MAI, "verify_email")
        outbox.wait_for(LAN, "verify_email")
        sends.wait_for_line("mail.server_back")
    finally:
        outbox.close()
    assert len(events(sends, "mail.server_away")) == 1, "one log line, however long the outage"


@pytest.mark.alone
def test_a_mail_is_sent_at_once_and_not_at_the_next_poll(fresh_stack: Stack, outbox: Outbox) -> None:
    sends = fresh_stack.spawn("worker", "mail", **outbox.settings())
    sends.wait_for_line("worker.ready")
    for number in range(6):  # by polling alone, six in a row would take 3 s on average
        put(fresh_stack, (VERIFY, f"{number}@shop.example"))
        outbox.wait_for(f"{number}@shop.example", "verify_email")
    took = [event["ms"] for event in events(sends, "mail.sent")]
    assert sorted(took)[len(took) // 2] < 400, took


def test_after_a_restart_of_postgres_mails_are_sent(fresh_stack: Stack, outbox: Outbox) -> None:
    sends = fresh_stack.spawn("worker", "mail", **outbox.settings())
    put(fresh_stack, (VERIFY, MAI))
    outbox.wait_for(MAI, "verify_email")
    sends.wait_until(lambda: rows(fresh_stack) == [], what="sending all mails")
    fresh_stack.servers.restart_postgres()
    put(fresh_stack, (VERIFY, LAN))
    outbox.wait_for(LAN, "verify_email")
    sends.wait_until(lambda: rows(fresh_stack) == [], what="sending all mails")
