"""Committed mails reach a real mail server, whatever it answers and whichever worker dies."""

import json
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from core.config import settings
from core.identity.encryption import MAIL, Sealer
from core.mail import Invitation, ResetPassword, TestMail, VerifyEmail
from tests.integration.worker.post_side import LINK, MARK, due_now, now_ms, put, rows
from tests.running import Running
from tests.smtp import MailDirectory, Outbox
from tests.stack import ROOT, SECRET, Stack

VERIFY = VerifyEmail(link=LINK, full_name="Mai")
MAI, LAN = "mai@shop.example", "lan@shop.example"


def worker(stack: Stack, outbox: Outbox, **given: Any) -> Running:
    made = stack.spawn("worker", "mail", **(outbox.settings() | given))
    made.wait_for_line("worker.ready")
    return made


def emptied(stack: Stack, by: Running) -> None:
    by.wait_until(lambda: rows(stack) == [], what="sending all mails")


def events(of: Running, name: str) -> list[dict[str, Any]]:
    lines = (json.loads(line) for line in of.text.splitlines())
    return [line for line in lines if line["event"] == name]


def test_a_mail_is_sent_complete_and_removed(fresh_stack: Stack, outbox: Outbox) -> None:
    sends = worker(fresh_stack, outbox)
    put(fresh_stack, (VERIFY, MAI), language="vi-VN")
    mail = outbox.wait_for(MAI, "verify_email")
    emptied(fresh_stack, sends)
    message = mail.message
    assert message["From"] == "Parley <parley@chat.example>"
    assert message["To"] == MAI
    assert message["Subject"] == "Xác nhận địa chỉ email của bạn"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"].endswith("@chat.example>")
    assert message["Date"].datetime.timestamp() * 1000 == pytest.approx(now_ms(), abs=60_000)
    assert mail.link == LINK and mail.token == MARK
    assert f'href="{LINK}"' in mail.html
    assert "(Asia/Ho_Chi_Minh)" in mail.text and "(Asia/Ho_Chi_Minh)" in mail.html


def test_waiting_mails_share_a_connection(fresh_stack: Stack, outbox: Outbox) -> None:
    put(fresh_stack, *[(VERIFY, f"{number}@shop.example") for number in range(5)])
    sends = worker(fresh_stack, outbox)
    emptied(fresh_stack, sends)
    assert [mail.to for mail in outbox.received] == [f"{number}@shop.example" for number in range(5)]
    assert outbox.connections == 1


@pytest.mark.soak
def test_two_workers_send_each_mail_once(fresh_stack: Stack, outbox: Outbox) -> None:
    wanted = sorted(f"{number:02}@shop.example" for number in range(30))
    put(fresh_stack, *[(VERIFY, address) for address in wanted])
    both = [fresh_stack.spawn("worker", "mail", **outbox.settings()) for _ in range(2)]
    emptied(fresh_stack, both[0])
    assert sorted(mail.to for mail in outbox.received) == wanted


def test_a_mail_that_is_refused_for_now_is_retried_later(fresh_stack: Stack, outbox: Outbox) -> None:
    answers = iter(["451 4.3.0 Try again later"])
    outbox.on_data = lambda _: next(answers, None)
    sends = worker(fresh_stack, outbox)
    put(fresh_stack, (VERIFY, MAI))
    sends.wait_for_line("mail.postponed")
    [row] = rows(fresh_stack)
    assert row["tries"] == 1 and row["dead"] is None
    assert 20 < row["due_in"] <= 36
    [event] = events(sends, "mail.postponed")
    assert event["reason"] == "refused the message: 451 4.3.0"
    due_now(fresh_stack)
    first = outbox.wait_for(MAI, "verify_email")
    assert first.message["Message-ID"] == f"<{row['id'].hex}@chat.example>"
    emptied(fresh_stack, sends)


@pytest.mark.soak
def test_each_retry_waits_longer_and_the_last_failure_ends_it(fresh_stack: Stack, outbox: Outbox) -> None:
    outbox.on_rcpt = lambda _: "450 4.2.1 Mailbox busy"
    sends = worker(fresh_stack, outbox)
    put(fresh_stack, (Invitation(LINK, "Shop", "Lan", "agent"), MAI))  # without an expiry
    for tries, wait in enumerate((30, 120, 600, 3600, 6 * 3600, 24 * 3600), start=1):
        sends.wait_until(
            lambda tries=tries: len(events(sends, "mail.postponed")) == tries, what=f"try {tries}"
        )
        [row] = rows(fresh_stack)
        assert row["tries"] == tries and 0.7 * wait < row["due_in"] < 1.25 * wait
        due_now(fresh_stack)
    sends.wait_for_line("mail.dead")
    [row] = rows(fresh_stack)
    assert row["dead"] == "given up after 7 attempts; the last one: refused the recipient: 450 4.2.1"


@pytest.mark.parametrize("phase", ["on_rcpt", "on_data"])
def test_a_mail_that_is_refused_permanently_is_dead_and_delays_no_other(
    fresh_stack: Stack, outbox: Outbox, phase: str
) -> None:
    def refuse(address: str) -> str | None:
        return f"554 5.7.1 {address} may not get {LINK}" if address == MAI else None

    setattr(outbox, phase, refuse)
    put(fresh_stack, (VERIFY, MAI), (VERIFY, LAN))
    sends = worker(fresh_stack, outbox)
    outbox.wait_for(LAN, "verify_email")
    sends.wait_until(lambda: len(rows(fresh_stack)) == 1, what="down to one mail")
    [row] = rows(fresh_stack)
    what = "recipient" if phase == "on_rcpt" else "message"
    assert row["dead"] == f"refused the {what}: 554 5.7.1"
    assert MARK not in sends.text and MAI not in sends.text
    assert outbox.connections == 1, "a refusal does not need a new connection"


@pytest.mark.soak
def test_a_worker_killed_after_sending_leaves_a_mail_that_is_sent_again_unchanged(
    fresh_stack: Stack, outbox: Outbox
) -> None:
    put(fresh_stack, (VERIFY, MAI))
    dies = fresh_stack.spawn("worker", "mail", failpoint="mail.after_sent", **outbox.settings())
    assert dies.wait_for_end() == -signal.SIGKILL
    first = outbox.wait_for(MAI, "verify_email")
    [row] = rows(fresh_stack)
    assert 60 < row["due_in"] <= 120, "the lease of the dead worker"
    sends = worker(fresh_stack, outbox)
    due_now(fresh_stack)
    second = outbox.wait_for(MAI, "verify_email")
    for header in ("Message-ID", "Date", "Subject", "To"):
        assert first.message[header] == second.message[header]
    assert (first.text, first.html) == (second.text, second.html)
    emptied(fresh_stack, sends)


def test_an_expired_mail_is_not_sent(fresh_stack: Stack, outbox: Outbox) -> None:
    late = now_ms() - 31 * 60 * 1000
    put(fresh_stack, (ResetPassword(LINK, "Mai"), MAI), (VERIFY, LAN), at=late)
    sends = worker(fresh_stack, outbox)
    outbox.wait_for(LAN, "verify_email")
    sends.wait_for_line("mail.dead")
    [row] = rows(fresh_stack)
    assert row["recipient"] == MAI
    assert row["dead"] == "expired before it could be sent"


def test_a_mail_that_cannot_be_unsealed_is_dead(fresh_stack: Stack, outbox: Outbox) -> None:
    put(fresh_stack, (VERIFY, MAI))
    sends = worker(fresh_stack, outbox, secret_key="another secret of the same installation")
    sends.wait_for_line("mail.dead")
    [row] = rows(fresh_stack)
    assert row["dead"].startswith("cannot be unsealed")


def test_a_mail_that_only_a_newer_worker_knows_waits_for_one(fresh_stack: Stack, outbox: Outbox) -> None:
    put(fresh_stack, (VERIFY, MAI))
    sealer = Sealer.of(settings.read({"PARLEY_SECRET_KEY": SECRET}))
    sealed = sealer.seal(b'{"mail": {"type": "of_next_year", "link": "x"}}', purpose=MAIL)
    fresh_stack.sql("UPDATE mails SET sealed = $1", sealed)
    sends = worker(fresh_stack, outbox)
    sends.wait_for_line("mail.postponed")
    [row] = rows(fresh_stack)
    assert (row["dead"], row["tries"]) == (None, 1)


def test_a_recipient_cannot_add_headers(fresh_stack: Stack, outbox: Outbox) -> None:
    put(fresh_stack, (VERIFY, "mai@shop.example\r\nBcc: eve@evil.example"), (VERIFY, LAN))
    sends = worker(fresh_stack, outbox)
    outbox.wait_for(LAN, "verify_email")
    sends.wait_for_line("mail.dead")
    [row] = rows(fresh_stack)
    assert row["dead"] == "its address is not valid"
    assert outbox.received == []


def test_a_deleted_project_deletes_its_mails(fresh_stack: Stack, outbox: Outbox) -> None:
    put(fresh_stack, (VERIFY, MAI))
    fresh_stack.sql(
        "INSERT INTO projects (id, name, domains) VALUES (gen_random_uuid(), 'Shop', '{localhost}')"
    )
    fresh_stack.sql("UPDATE mails SET project_id = (SELECT id FROM projects)")
    fresh_stack.sql("DELETE FROM projects")
    assert rows(fresh_stack) == []


def test_the_log_holds_neither_address_nor_link(fresh_stack: Stack, outbox: Outbox) -> None:
    sends = worker(fresh_stack, outbox, log_level="debug")
    put(fresh_stack, (VERIFY, MAI))
    outbox.wait_for(MAI, "verify_email")
    sends.wait_for_line("mail.sent")
    assert MARK not in sends.text
    assert MAI not in sends.text
    [event] = events(sends, "mail.sent")
    assert event["template"] == "verify_email" and event["tries"] == 1


def test_without_a_mail_server_mails_are_files_that_only_their_owner_may_read(fresh_stack: Stack) -> None:
    sends = fresh_stack.spawn("worker", "mail")
    put(fresh_stack, (VERIFY, MAI))
    mail = MailDirectory(fresh_stack.data).wait_for(MAI, "verify_email")
    assert mail.token == MARK
    emptied(fresh_stack, sends)
    folder = fresh_stack.data / "mail"
    files = sorted(folder.iterdir())
    assert [file.suffix for file in files] == [".eml", ".html", ".txt"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_the_number_of_files_in_the_mail_directory_is_limited(fresh_stack: Stack) -> None:
    folder = fresh_stack.data / "mail"
    folder.mkdir()
    for number in range(700):
        (folder / f"20200101T{number:06}.000Z-verify_email-000000.eml").touch()
    sends = fresh_stack.spawn("worker", "mail")
    put(fresh_stack, (VERIFY, MAI))
    MailDirectory(fresh_stack.data).wait_for(MAI, "verify_email")
    emptied(fresh_stack, sends)
    names = sorted(file.name for file in folder.iterdir())
    assert len(names) == 600
    assert names[-1].startswith("20") and "verify_email" in names[-1] and not names[-1].startswith("2020")


def operator(stack: Stack, *words: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "worker.dead_letters", *words],
        cwd=ROOT,
        env=stack.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def dead(fresh_stack: Stack, outbox: Outbox) -> Callable[[str], str]:
    """Makes a dead mail; returns its id."""

    def make(address: str) -> str:
        put(fresh_stack, (TestMail("Mai"), address))
        [row] = fresh_stack.sql(
            "UPDATE mails SET dead = 'refused the recipient: 550' WHERE recipient = $1 RETURNING id",
            address,
        )
        return str(row["id"])

    return make


@pytest.mark.soak
def test_an_operator_lists_dead_mails_and_sends_them_again(
    fresh_stack: Stack, outbox: Outbox, dead: Callable[[str], str]
) -> None:
    first, second = dead(MAI), dead(LAN)
    code, output = operator(fresh_stack, "mails", "list")
    assert code == 0
    assert f"{first}  test_mail" in output and "refused the recipient: 550" in output and MAI in output
    assert operator(fresh_stack, "mails", "retry", first) == (0, "due again: 1\n")
    worker(fresh_stack, outbox)
    outbox.wait_for(MAI, "test_mail")
    assert operator(fresh_stack, "mails", "retry", "--all") == (0, "due again: 1\n")
    outbox.wait_for(LAN, "test_mail")
    assert operator(fresh_stack, "mails", "retry", second)[0] == 1


def test_an_operator_deletes_dead_mails_and_no_others(fresh_stack: Stack, dead: Callable[[str], str]) -> None:
    first, _ = dead(MAI), dead(LAN)
    put(fresh_stack, (VERIFY, "waits@shop.example"))
    assert operator(fresh_stack, "mails", "delete", first) == (0, "deleted: 1\n")
    assert operator(fresh_stack, "mails", "delete", "--all") == (0, "deleted: 1\n")
    assert [row["recipient"] for row in rows(fresh_stack)] == ["waits@shop.example"]
    assert operator(fresh_stack, "mails", "burn")[0] == 2


def test_dead_mails_are_removed_after_a_month_and_waiting_ones_never(
    fresh_stack: Stack, dead: Callable[[str], str]
) -> None:
    put(fresh_stack, (VERIFY, "waits@shop.example"))
    dead(MAI)
    dead(LAN)
    fresh_stack.sql("UPDATE mails SET created_at = now() - interval '31 days' WHERE recipient <> $1", LAN)
    janitor = fresh_stack.spawn("worker", "janitor")
    janitor.wait_until(lambda: len(rows(fresh_stack)) == 2, what="removing the old one")
    assert {row["recipient"] for row in rows(fresh_stack)} == {"waits@shop.example", LAN}
