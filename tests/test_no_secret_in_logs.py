"""The search of tests/canaries.py works; the fixture `watched` asserts its result over all logs."""

import pytest

from tests import canaries


def test_a_secret_in_a_log_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canaries, "planted", set())
    monkeypatch.setattr(canaries, "found", [])
    canaries.plant(
        "correct horse battery", "eyJhbGciOiJIUzI1NiJ9.e30.c2ln", "short", "password", "1234567890"
    )
    canaries.harvest(
        {"user": {"password": "hunter2hunter2"}, "recovery_codes": ["abcd-efgh-ijkl"], "on": True}
    )
    canaries.harvest({"uri": "otpauth://totp/Parley:mai?secret=JBSWY3DPEHPK3PXP&issuer=Parley"})
    canaries.harvest_cookies(["parley_refresh=0123456789abcdef; Path=/; HttpOnly"])
    for secret in (
        "correct horse battery",
        "eyJhbGciOiJIUzI1NiJ9.e30.c2ln",
        "hunter2hunter2",
        "abcd-efgh-ijkl",
        "JBSWY3DPEHPK3PXP",
        "0123456789abcdef",
    ):
        canaries.found.clear()
        canaries.search("a log", f'{{"event":"x","reason":"Bearer {secret}, sorry"}}')
        assert len(canaries.found) == 1, secret
    canaries.found.clear()
    canaries.search("a log", '{"event":"session.started","reason":"short password","at":1234567890}')
    assert canaries.found == []
