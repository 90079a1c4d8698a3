"""Nothing is found in a sound installation, as the command itself sees it."""

import json
from pathlib import Path

import pytest

from server.doctor.findings import Code
from tests.doctor.installations import Sound, doctor
from tests.doctor.name_server import NameServer
from tests.proxies.proxy import PROXIES, running
from tests.proxies.shipped import Certificate
from tests.smtp import Outbox

WITH_TLS = [
    pytest.param(name, marks=[] if name == "nginx" else pytest.mark.soak)
    for name in ("nginx", "haproxy", "apache", "caddy")
    if name in PROXIES
]
RECORDS = {
    "chat__example": "v=spf1 ip4:192.0.2.1 -all",
    "_dmarc__chat__example": "v=DMARC1; p=reject",
    "mail._domainkey__chat__example": "v=DKIM1; k=rsa; p=" + "A" * 390,
}


@pytest.mark.parametrize("name", WITH_TLS)
def test_nothing_is_found_in_a_sound_installation(
    sound: Sound, certificate: Certificate, tmp_path: Path, name: str
) -> None:
    tmp_path.chmod(0o755)
    outbox, names = Outbox(), NameServer(**RECORDS)
    try:
        with running(name, sound.port, tmp_path, certificate=certificate) as port:
            done = doctor(
                *("--json", "--idle", "2", "--connect", f"127.0.0.1:{port}"),
                *("--mail-to", "mai@shop.example", "--dkim-selector", "mail"),
                *("--name-server", "{}:{}".format(*names.address)),
                cwd=tmp_path,
                SSL_CERT_FILE=str(certificate.chain),
                **sound.environment(**outbox.settings()),
            )
    finally:
        outbox.close()
        names.close()
    assert (done.returncode, json.loads(done.stdout)) == (0, []), done.stderr
    (mail,) = outbox.received
    assert (mail.to, str(mail.message["Subject"])) == ("mai@shop.example", "A test email of Parley")


def test_the_answer_for_people_names_the_line_to_change(sound: Sound, tmp_path: Path) -> None:
    done = doctor(
        "--remote", "--idle", "0", cwd=tmp_path, **sound.environment(public_url="http://127.0.0.1:1")
    )
    assert done.returncode == 1
    assert "public.unreachable" in done.stdout
    assert "change: PARLEY_SMTP_URL=smtp://" in done.stdout
    assert "2 findings" in done.stdout


def test_a_wrong_setting_is_a_finding(sound: Sound, tmp_path: Path) -> None:
    done = doctor("--json", cwd=tmp_path, **sound.environment(port="many"))
    assert done.returncode == 1
    (only,) = json.loads(done.stdout)
    assert only["code"] == "settings.invalid"
    assert "PARLEY_PORT" in only["seen"]


def test_missing_settings_are_findings(tmp_path: Path) -> None:
    done = doctor("--json", "--remote", cwd=tmp_path, PARLEY_PUBLIC_URL="https://nowhere.invalid")
    missing = [one["seen"].split()[0] for one in json.loads(done.stdout) if one["code"] == "settings.missing"]
    assert missing == ["PARLEY_DATABASE_URL", "PARLEY_REDIS_URL", "PARLEY_SECRET_KEY"]


def test_every_finding_is_planted() -> None:
    """Except that of a part which did not end."""
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    unplanted = [code for code in Code if f'"{code.text}"' not in tests]
    assert unplanted == [Code.NOT_EXAMINED]
