"""Planted: settings, files and the kernel of this machine, clocks, the mail server and DNS."""

import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from aiosmtpd.smtp import AuthResult

from core.config.settings import read
from server.doctor import installation as clocks
from server.doctor import machine, redis, storage
from server.doctor.installation import Installation
from server.doctor.mail import domain, smtp
from server.doctor.web import requests, seen
from tests.doctor.installations import Sound, codes, of_postgres
from tests.doctor.name_server import NameServer
from tests.faults.disk import small_disk
from tests.smtp import Outbox

SOUND = {
    "PARLEY_PUBLIC_URL": "https://chat.example.com",
    "PARLEY_TRUSTED_PROXIES": "10.0.0.0/8",
    "PARLEY_SMTP_URL": "smtp://127.0.0.1:25",
    "PARLEY_MAIL_FROM": "parley@chat.example",
}
RECORDS = {"chat__example": "v=spf1 -all", "_dmarc__chat__example": "v=DMARC1; p=reject"}


def of_machine(data: Path, proc: Path = Path("/proc"), **changed: str) -> set[str]:
    environ = (
        SOUND
        | {"PARLEY_DATA": str(data)}
        | {f"PARLEY_{name.upper()}": value for name, value in changed.items()}
    )
    given = {name: value for name, value in environ.items() if value}
    return codes(machine.examine(Installation(settings=read(given), proc=proc)))


def test_nothing_is_found_without_a_plant(tmp_path: Path) -> None:
    assert of_machine(tmp_path) == set()


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"public_url": ""}, "settings.public_url_missing"),
        ({"public_url": "http://chat.example.com"}, "settings.public_url_plain"),
        ({"trusted_proxies": "0.0.0.0/0"}, "settings.trusted_proxies_too_wide"),
        ({"trusted_proxies": "10.0.0.1, 52.0.0.0/8"}, "settings.trusted_proxies_too_wide"),
        ({"smtp_url": "", "mail_from": ""}, "settings.mail_to_files"),
        ({"demo": "true"}, "settings.demo"),
        ({"failpoint": "relay_after_publish"}, "settings.failpoint"),
    ],
    ids=lambda one: one if isinstance(one, str) else " ".join(one.values()),
)
def test_a_planted_setting_is_found(tmp_path: Path, changed: dict[str, str], expected: str) -> None:
    assert of_machine(tmp_path, **changed) == {expected}


def test_a_file_in_the_place_of_the_data_directory_is_found(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.write_text("")
    assert of_machine(data) == {"machine.data_unwritable"}


def test_a_nearly_full_disk_is_found(tmp_path: Path) -> None:
    with small_disk(tmp_path, megabytes=16):
        assert of_machine(tmp_path) == {"machine.disk_low"}


def test_a_short_backlog_of_the_kernel_is_found(tmp_path: Path) -> None:
    (tmp_path / "sys/net/core").mkdir(parents=True)
    (tmp_path / "sys/net/core/somaxconn").write_text("128\n")
    assert of_machine(tmp_path, proc=tmp_path) == {"machine.somaxconn"}


def of_storage(data: Path, **changed: str) -> set[str]:
    environ = {f"PARLEY_{name.upper()}": value for name, value in changed.items()}
    settings = read({"PARLEY_DATA": str(data)} | environ)
    return codes(storage.examine(Installation(settings=settings)))


def test_a_store_that_takes_no_files_is_found(tmp_path: Path) -> None:
    assert of_storage(tmp_path) == set()
    (tmp_path / "file").write_text("")
    assert of_storage(tmp_path, storage=str(tmp_path / "file")) == {"storage.unavailable"}
    nowhere = "s3://files?endpoint=http://127.0.0.1:9"
    key = {"storage_key_id": "a", "storage_secret_key": "b"}
    assert of_storage(tmp_path, storage=nowhere, **key) == {"storage.unavailable"}


def test_a_missing_antivirus_program_is_found(tmp_path: Path) -> None:
    assert of_storage(tmp_path, antivirus_command="sh -c true") == set()
    missing = "/nowhere/clamdscan --fdpass"
    assert of_storage(tmp_path, antivirus_command=missing) == {"storage.no_antivirus_program"}


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock of this machine is a minute late."""
    wrong = SimpleNamespace(time=lambda: time.time() - 60)
    monkeypatch.setattr(clocks, "time", wrong)
    monkeypatch.setattr(seen, "time", wrong)


async def test_a_wrong_clock_is_found_by_redis(sound: Sound, late: None) -> None:
    assert codes(await redis.examine(Installation(settings=sound.settings()))) == {"clock.redis"}


def test_a_wrong_clock_is_found_by_postgres(sound: Sound, late: None) -> None:
    assert of_postgres(sound.settings()) == {"clock.postgres"}


def test_a_wrong_clock_is_found_by_the_server(sound: Sound, late: None) -> None:
    settings = sound.settings()
    target = requests.Target(
        host="127.0.0.1",
        port=settings.port,
        tls=False,
        address=("127.0.0.1", settings.port),
        secret=settings.secret_key,
    )
    what = requests.request(target).seen
    assert what is not None
    assert codes(seen.of_server(what)) == {"clock.server"}
    assert codes(seen.of_server(what | {"parley": "0.1.0"})) == {"clock.server", "server.other_version"}


@pytest.fixture
def outbox() -> Iterator[Outbox]:
    made = Outbox()
    yield made
    made.close()


def of_mail(mail_to: str = "", **settings: str) -> set[str]:
    environ = {f"PARLEY_{name.upper()}": value for name, value in settings.items()}
    return codes(smtp.examine(Installation(settings=read(environ), mail_to=mail_to)))


def test_a_mail_server_that_is_away_is_found(outbox: Outbox) -> None:
    settings = outbox.settings()
    outbox.close()
    try:
        assert of_mail(**settings) == {"mail.unavailable"}
    finally:
        outbox.__init__()  # type: ignore[misc]  # the fixture closes it again


def test_a_mail_server_that_refuses_a_real_mail_is_found(outbox: Outbox) -> None:
    outbox.on_rcpt = lambda _: "550 5.7.1 not from you"
    assert of_mail(**outbox.settings()) == set()
    assert of_mail("mai@shop.example", **outbox.settings()) == {"mail.refused"}


def test_a_refused_password_is_found() -> None:
    refusing = Outbox(
        authenticator=lambda *_: AuthResult(success=False, handled=False), auth_require_tls=False
    )
    try:
        settings = refusing.settings(user="parley:wrong@", query="?starttls=never")
        assert of_mail(**settings) == {"mail.refused"}
    finally:
        refusing.close()


def test_a_mail_server_without_the_required_tls_is_found(outbox: Outbox) -> None:
    assert of_mail(**outbox.settings(query="?starttls=required")) == {"mail.unavailable"}


def test_mail_without_tls_over_a_network_is_found() -> None:
    found = of_mail(smtp_url="smtp://mail.invalid:25?starttls=never", mail_from="parley@chat.example")
    assert found == {"mail.without_tls", "mail.unavailable"}


@pytest.mark.parametrize(
    ("removed", "selector", "expected"),
    [
        ("", "", set()),
        ("chat__example", "", {"mail.no_spf"}),
        ("_dmarc__chat__example", "", {"mail.no_dmarc"}),
        ("", "mail", {"mail.no_dkim"}),
    ],
    ids=["sound", "SPF", "DMARC", "DKIM"],
)
def test_a_missing_record_of_the_senders_domain_is_found(
    removed: str, selector: str, expected: set[str]
) -> None:
    names = NameServer(**{name: text for name, text in RECORDS.items() if name != removed})
    try:
        examined = Installation(settings=read(SOUND), dkim_selector=selector, name_server=names.address)
        assert codes(domain.examine(examined)) == expected
    finally:
        names.close()


def test_a_name_server_that_is_away_is_a_hint() -> None:
    names = NameServer()
    names.close()
    examined = Installation(settings=read(SOUND), name_server=("127.0.0.1", 9))
    assert codes(domain.examine(examined)) == {"mail.dns_unavailable"}
