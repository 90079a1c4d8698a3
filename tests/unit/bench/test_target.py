"""Which Parley is loaded, and which targets are refused in one sentence."""

import json
from pathlib import Path

import pytest

from bench.addresses import VISITORS_PER_ADDRESS, Addresses
from bench.target import Unfit, find

DEMO = {"email": "demo@example.com", "password": "secret", "project": "p", "user": "u"}
RUN = {"port": 8123, "dsn": "postgresql://x", "redis_url": "redis://y", "project": "p", "pids": {}}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "run.json").write_text(json.dumps(RUN))
    (tmp_path / "demo.json").write_text(json.dumps(DEMO))
    return tmp_path


def test_the_files_of_the_launcher_are_enough(data: Path) -> None:
    found = find(data)
    assert (found.url, found.dsn, found.projects) == ("http://127.0.0.1:8123", "postgresql://x", ["p"])
    assert found.accounts[0].email == "demo@example.com"
    assert found.local


def test_for_a_server_elsewhere_local_files_are_ignored(data: Path) -> None:
    found = find(data, url="https://chat.example.com/", project="q", email="a@b.c", password="z")
    assert (found.url, found.projects, found.dsn) == ("https://chat.example.com", ["q"], "")
    assert (found.data, found.local) == (None, False)


def test_a_server_elsewhere_needs_a_sign_in(data: Path) -> None:
    with pytest.raises(Unfit, match="--email"):
        find(data, url="http://elsewhere", project="q")


def test_a_missing_server_is_reported(tmp_path: Path) -> None:
    with pytest.raises(Unfit, match="make run"):
        find(tmp_path)


def test_visitors_on_this_machine_connect_from_many_addresses() -> None:
    addresses = Addresses(local=True)
    taken = [addresses.of(number) for number in range(10_000)]
    assert len(set(taken)) == 10_000 // VISITORS_PER_ADDRESS
    others = [addresses.next() for _ in range(100)]
    assert len(set(others)) == 100
    assert not set(others) & set(taken)
    assert all(address and address.startswith("127.") for address in taken)


def test_visitors_of_a_server_elsewhere_connect_from_our_own_address() -> None:
    addresses = Addresses(local=False)
    assert (addresses.of(3), addresses.next()) == (None, None)
