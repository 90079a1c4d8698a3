"""One proxy as a process, with its configuration of deploy/."""

import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from tests import ports
from tests.patience import PATIENCE
from tests.proxies.install import PACKAGES, missing, program
from tests.proxies.shipped import Certificate, plain, with_tls

NGINX: Final = """\
{user}
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
    {shipped}
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
LoadModule alias_module modules/mod_alias.so
LoadModule ssl_module modules/mod_ssl.so
LoadModule socache_shmcb_module modules/mod_socache_shmcb.so
{shipped}
"""
CADDY: Final = "{{\n    admin off\n    auto_https off\n    storage file_system {folder}\n}}\n{shipped}"
REVALIDATING: Final = """
sub vcl_backend_response {
    if (beresp.ttl > 1s) {
        set beresp.ttl = 1s;
        set beresp.grace = 0s;
        set beresp.keep = 1h;
    }
}
"""


def nginx(port: int, folder: Path, shipped: str) -> tuple[str, list[str]]:
    del port
    user = "user root;" if os.geteuid() == 0 else ""  # a large body is written to the folder of the test
    return NGINX.format(folder=folder, user=user, shipped=shipped), ["nginx", "-p", str(folder), "-c"]


def haproxy(port: int, folder: Path, shipped: str) -> tuple[str, list[str]]:
    del port, folder
    return shipped, ["haproxy", "-db", "-f"]


def apache(port: int, folder: Path, shipped: str) -> tuple[str, list[str]]:
    user = "User nobody\nGroup nogroup" if os.geteuid() == 0 else ""
    text = APACHE.format(folder=folder, port=port, user=user, shipped=shipped)
    return text, ["apache2", "-DFOREGROUND", "-f"]


def caddy(port: int, folder: Path, shipped: str) -> tuple[str, list[str]]:
    del port
    text = CADDY.format(folder=folder, shipped=shipped)
    return text, ["caddy", "run", "--adapter", "caddyfile", "--config"]


def varnish(port: int, folder: Path, shipped: str) -> tuple[str, list[str]]:
    work = ["-n", str(folder / "work"), "-s", "malloc,32m", "-j", "none"]
    return shipped + REVALIDATING, ["varnishd", "-F", "-a", f"127.0.0.1:{port}", *work, "-f"]


Complete = Callable[[int, Path, str], tuple[str, list[str]]]
_ALL: Final[dict[str, Complete]] = {
    "nginx": nginx,
    "nginx without keepalive": nginx,
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
def running(
    name: str,
    behind: int,
    folder: Path,
    *,
    certificate: Certificate | None = None,
    change: Callable[[str], str] = str,
) -> Iterator[int]:
    """Run that proxy in front of the server at port `behind`, with TLS if given a certificate.

    `change` plants a fault in its file of deploy/. Yields the proxy's port.
    """
    reserved = ports.reserved()
    port = ports.number(reserved)
    program_name = name.split(" ", maxsplit=1)[0]
    if certificate is None:
        text = plain(program_name, port=port, behind=behind)
    else:
        text = with_tls(program_name, certificate, port=port, behind=behind)
    if name == "nginx without keepalive":
        text = text.replace("proxy_pass http://parley;", f"proxy_pass http://127.0.0.1:{behind};")
    text, (command, *arguments) = PROXIES[name](port, folder, change(text))
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
