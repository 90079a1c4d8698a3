"""Planted: nginx's configuration, certificates, and servers with other settings behind it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from server.doctor.installation import Installation
from server.doctor.web import public
from tests import ports
from tests.deploy.certificates import make
from tests.doctor.installations import HOST, IDLE, Sound, codes
from tests.proxies.proxy import PROXIES, running
from tests.proxies.shipped import Certificate
from tests.running import Running

pytestmark = pytest.mark.skipif("nginx" not in PROXIES, reason="no nginx: python -m tests.proxies.install")
Change = Callable[[str], str]
CACHE = "proxy_cache_path {folder}/cache keys_zone=planted:1m;\n"


def replaced(old: str, new: str) -> Change:
    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new)

    return change


def added(line: str) -> Change:
    return replaced("        proxy_pass http://parley;\n", f"        proxy_pass http://parley;\n{line}\n")


@contextmanager
def behind_nginx(
    sound: Sound,
    folder: Path,
    certificate: Certificate,
    change: Change = str,
    *,
    behind: int = 0,
    idle: float = IDLE,
    **settings: object,
) -> Iterator[set[str]]:
    """What is found behind nginx with a changed configuration."""
    folder.chmod(0o755)
    with running("nginx", behind or sound.port, folder, certificate=certificate, change=change) as port:
        yield codes(
            public.examine(
                Installation(settings=sound.settings(**settings), connect=("127.0.0.1", port), idle=idle)
            )
        )


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (replaced("        proxy_set_header Upgrade $http_upgrade;\n", ""), "proxy.no_websocket"),
        (replaced("proxy_read_timeout 75s", "proxy_read_timeout 2s"), "proxy.idle_websocket_closed"),
        (added("proxy_ignore_headers X-Accel-Buffering;"), "proxy.buffers"),
        (replaced("client_max_body_size 32m;", ""), "proxy.body_limit"),
        (
            replaced("large_client_header_buffers 4 32k", "large_client_header_buffers 4 1k"),
            "proxy.head_limit",
        ),
        (
            replaced("X-Forwarded-For $proxy_add_x_forwarded_for", 'X-Forwarded-For ""'),
            "proxy.no_forwarded_for",
        ),
        (
            replaced("        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;\n", ""),
            "proxy.forged_forwarded_for",
        ),
        (
            replaced("proxy_set_header Host $http_host", "proxy_set_header Host $proxy_host"),
            "proxy.host_changed",
        ),
        (added('proxy_set_header Origin "";'), "proxy.origin_removed"),
        (added('proxy_set_header Authorization "";'), "proxy.authorization_removed"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_a_planted_line_of_nginx_is_found(
    sound: Sound, trusted: Certificate, tmp_path: Path, change: Change, expected: str
) -> None:
    idle = 3.0 if "idle" in expected else IDLE
    with behind_nginx(sound, tmp_path, trusted, change, idle=idle) as found:
        assert found == {expected}


def test_a_cache_of_private_answers_is_found(sound: Sound, trusted: Certificate, tmp_path: Path) -> None:
    cached = added(
        "proxy_cache planted; proxy_cache_valid any 1m; proxy_ignore_headers Cache-Control X-Accel-Expires;"
    )
    with behind_nginx(
        sound,
        tmp_path,
        trusted,
        lambda text: CACHE.format(folder=tmp_path) + cached(text),
    ) as found:
        assert "proxy.caches" in found


def test_a_proxy_without_a_server_behind_it_is_found(
    sound: Sound, trusted: Certificate, tmp_path: Path
) -> None:
    with (
        ports.reserved() as nobody,
        behind_nginx(sound, tmp_path, trusted, behind=ports.number(nobody)) as found,
    ):
        assert found == {"public.unreachable"}


def test_a_server_with_another_key_is_found(sound: Sound, trusted: Certificate, tmp_path: Path) -> None:
    other = "another key of random characters 123"
    with behind_nginx(sound, tmp_path, trusted, secret_key=other) as found:
        assert found == {"server.not_this_one"}


def test_a_certificate_of_an_unknown_authority_is_found(
    sound: Sound, certificate: Certificate, tmp_path: Path
) -> None:
    with behind_nginx(sound, tmp_path, certificate) as found:
        assert found == {"public.certificate_refused"}


@pytest.mark.parametrize(
    ("host", "days", "expected"),
    [
        (HOST, 5, "public.certificate_ends"),
        (HOST, -2, "public.certificate_refused"),
        ("www.example.com", 60, "public.certificate_refused"),
    ],
    ids=["ends soon", "ended", "another name"],
)
def test_a_wrong_certificate_is_found(
    sound: Sound,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    host: str,
    days: int,
    expected: str,
) -> None:
    made = make(tmp_path, host, days=days)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.chain))
    with behind_nginx(sound, tmp_path, made) as found:
        assert found == {expected}


def test_a_name_without_an_address_is_found(sound: Sound) -> None:
    settings = sound.settings(public_url="https://nowhere.invalid")
    assert codes(public.examine(Installation(settings=settings))) == {"public.unresolved"}


def test_a_closed_port_is_found(sound: Sound) -> None:
    settings = sound.settings(public_url="https://127.0.0.1:9")
    assert codes(public.examine(Installation(settings=settings))) == {"public.unreachable"}


@pytest.fixture(scope="module")
def careless(sound: Sound) -> Iterator[Running]:
    """A server that trusts no proxy, believes in another URL, and has too few files."""
    with ports.reserved() as reserved:
        made = sound.spawn(
            "server",
            port=ports.number(reserved),
            trusted_proxies="",
            public_url="https://other.example",
            max_connections=1_000_000,
        )
        made.wait_for_path("/livez")
        yield made
        made.stop()


def test_a_server_with_other_settings_is_found(
    sound: Sound, trusted: Certificate, tmp_path: Path, careless: Running
) -> None:
    with behind_nginx(sound, tmp_path, trusted, behind=careless.port or 0) as found:
        assert found == {"proxy.not_trusted", "public.other_url", "machine.open_files"}


def test_a_server_that_does_not_listen_is_found(sound: Sound) -> None:
    with ports.reserved() as nobody:
        settings = sound.settings(port=ports.number(nobody))
        assert codes(public.direct(Installation(settings=settings))) == {"server.unavailable"}
