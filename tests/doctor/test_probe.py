"""The address that answers the doctor does not exist for anyone else."""

import time

import httpx
import pytest

from server.door import probe
from tests.doctor.installations import Sound
from tests.stack import SECRET


def asked(sound: Sound, token: str | None) -> httpx.Response:
    headers = {} if token is None else {probe.FIELD.encode(): token.encode("latin-1")}
    return httpx.get(f"http://127.0.0.1:{sound.port}{probe.PATH.decode()}", headers=headers)


def test_a_valid_token_is_answered_with_what_the_server_sees(sound: Sound) -> None:
    answer = asked(sound, probe.token(SECRET, "nonce1", now=time.time()))
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert (answer.json()["nonce"], answer.json()["peer"]) == ("nonce1", "127.0.0.1")


@pytest.mark.parametrize(
    "token",
    [
        None,
        "",
        "x",
        "..",
        "x.y.z",
        "\u00e9.y.z",
        probe.token("another key of random characters 123", "nonce1", now=time.time()),
        probe.token(SECRET, "nonce1", now=time.time() - 2 * probe.MAX_AGE),
        probe.token(SECRET, "nonce1", now=time.time() + 2 * probe.MAX_AGE),
        probe.token(SECRET, "nonce1", now=time.time()).replace("nonce1", "nonce2"),
    ],
    ids=[
        "none",
        "empty",
        "word",
        "dots",
        "no number",
        "not ASCII",
        "other key",
        "old",
        "early",
        "other nonce",
    ],
)
def test_without_a_valid_token_there_is_no_such_address(sound: Sound, token: str | None) -> None:
    nowhere = httpx.get(f"http://127.0.0.1:{sound.port}/nowhere")
    answer = asked(sound, token)
    assert (answer.status_code, answer.json()["code"]) == (404, nowhere.json()["code"])
