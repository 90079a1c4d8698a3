"""Passwords, failpoints, log lines."""

import json
import logging

import pytest

from core import failpoints
from core.identity import passwords
from core.telemetry.log import JsonLines, Log


def test_a_password_matches_its_hash_and_no_other() -> None:
    made = passwords.hashed("correct horse battery")
    assert made.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.verdict(made, "correct horse battery") == "right"
    assert passwords.verdict(made, "correct horse") == "wrong"
    assert passwords.verdict("no hash at all", "correct horse battery") == "wrong"
    assert passwords.verdict(made, "correct horse battery") == "right"


def test_an_unset_failpoint_does_nothing_and_an_unknown_one_is_refused() -> None:
    failpoints.arm("")
    failpoints.hit("inbound.after_commit")
    with pytest.raises(ValueError, match=r"inbound\.after_commit"):
        failpoints.arm("inbound.after_comit")


def test_a_log_line_is_one_json_object_with_its_fields() -> None:
    record = logging.LogRecord("parley", logging.WARNING, "", 0, Log.COMMAND_DEAD.value, None, None)
    record.fields = {"entry": "1-0", "project": b"\xff\x00"}
    line = json.loads(JsonLines().format(record))
    assert line | {"at": 0} == {
        "at": 0,
        "level": "warning",
        "event": "command.dead",
        "entry": "1-0",
        "project": "ff00",
    }
