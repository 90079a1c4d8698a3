"""One proxy as a process, with the configuration of docs/how-to/run-behind-a-proxy.md."""

import contextlib
import os
import re
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from tests import ports
from tests.patience import PATIENCE
from tests.proxies.install import PACKAGES, missing, program

DOCUMENT: Final = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "run-behind-a-proxy.md"
OURS: Final = "127.0.0.1:8000"  # where the document's server listens
NGINX: Final = """\
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
worker_processes 2;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {outside}
    server {{
        listen 127.0.0.1:{port};
        {inside}
    }}
}}
"""
APACHE: Final = """\
ServerRoot /usr/lib/apache2
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
PidFile {folder}/apache.pid
DefaultRuntimeDir {folder}
ErrorLog {folder}/error.log
{user}
LoadModule mpm_event_module modules/mod_mpm_event.so
LoadModule authz_core_module modules/mod_authz_core.so
LoadModule proxy_module modules/mod_proxy.so
LoadModule proxy_http_module modules/mod_proxy_http.so
{inside}
"""
CADDY: Final = "{{\n    admin off\n    auto_https off\n    storage file_system {folder}\n}}\n{inside}"
REVALIDATING: Final = """
sub vcl_backend_response {
    if (beresp.ttl > 1s) {
        set beresp.ttl = 1s;
        set beresp.grace = 0s;
        set beresp.keep = 1h;
    }
}
"""


def documented(language: str) -> list[str]:
    """The fenced blocks of that language in the document."""
    found = re.findall(rf"^```{language}\n(.*?)^```$", DOCUMENT.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert found, f"{DOCUMENT.name} has no {language} block"
    return found


def nginx(port: int, behind: int, folder: Path, *, upstream: bool) -> tuple[str, list[str]]:
    outside, inside = documented("nginx")
    if not upstream:
        inside = inside.replace("http://parley", f"http://{OURS}")
    text = NGINX.format(folder=folder, port=port, outside=outside, inside=inside)
    return text.replace(OURS, f"127.0.0.1:{behind}"), ["nginx", "-p", str(folder), "-c"]


def haproxy(port: int, behind: int, folder: Path) -> tuple[str, list[str]]:
    del folder
    (text,) = documented("haproxy")
    plain, count = re.subn(r"bind :443 .*", f"bind 127.0.0.1:{port}", text)
    assert count == 1
    return plain.replace(OURS, f"127.0.0.1:{behind}"), ["haproxy", "-db", "-f"]


def apache(port: int, behind: int, folder: Path) -> tuple[str, list[str]]:
    (inside,) = documented("apache")
    user = "User nobody\nGroup nogroup" if os.geteuid() == 0 else ""
    text = APACHE.format(folder=folder, port=port, user=user, inside=inside)
    return text.replace(OURS, f"127.0.0.1:{behind}"), ["apache2", "-DFOREGROUND", "-f"]


def caddy(port: int, behind: int, folder: Path) -> tuple[str, list[str]]:
    (inside,) = documented("caddyfile")
    text = CADDY.format(folder=folder, inside=inside.replace("chat.example.com", f"http://127.0.0.1:{port}"))
    return text.replace(OURS, f"127.0.0.1:{behind}"), ["caddy", "run", "--adapter", "caddyfile", "--config"]


def varnish(port: int, behind: int, folder: Path) -> tuple[str, list[str]]:
    (text,) = documented("vcl")
    moved = text.replace('"8000"', f'"{behind}"') + REVALIDATING
    work = ["-n", str(folder / "work"), "-s", "malloc,32m", "-j", "none"]
    return moved, ["varnishd", "-F", "-a", f"127.0.0.1:{port}", *work, "-f"]


Configure = Callable[[int, int, Path], tuple[str, list[str]]]
_ALL: Final[dict[str, Configure]] = {
    "nginx": lambda port, behind, folder: nginx(port, behind, folder, upstream=False),
    "nginx with keepalive": lambda port, behind, folder: nginx(port, behind, folder, upstream=True),
    "haproxy": haproxy,
    "apache": apache,
    "caddy": caddy,
    "varnish": varnish,
}


PROXIES: Final = {
    name: configure
    for name, configure in _ALL.items()
    if not any(absent.removesuffix("d").startswith(name.split(" ")[0]) for absent in missing())
}
"""Those that can be run here; `python -m tests.proxies.install` says which are left out."""


@contextlib.contextmanager
def running(name: str, behind: int, folder: Path) -> Iterator[int]:
    """Run that proxy in front of the server at port `behind`; yields the proxy's port."""
    reserved = ports.reserved()
    port = ports.number(reserved)
    text, (command, *arguments) = PROXIES[name](port, behind, folder)
    path = program(command)
    assert path is not None, f"{command} ({PACKAGES[command]}) is missing: python -m tests.proxies.install"
    configuration = folder / "configuration"
    configuration.write_text(text)
    environment = {**os.environ, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with (
        reserved,
        (folder / "output").open("wb") as output,
        subprocess.Popen(
            [path, *arguments, str(configuration)], stdout=output, stderr=output, env=environment, cwd=folder
        ) as process,
    ):
        try:
            _wait_for(port, process, folder)
            yield port
        finally:
            process.terminate()
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait_for(port: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    last = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < last:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise AssertionError(
        f"the proxy did not start: {(folder / 'output').read_text(errors='replace')[-2000:]}"
    )
