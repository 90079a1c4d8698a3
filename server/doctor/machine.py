"""The settings that need no other program, and this machine: files, disk, kernel."""

import os
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from core.config.settings import Settings
from core.text import networks
from server.doctor.findings import Code, Finding, found
from server.doctor.installation import Installation

GIGABYTES: Final = 1024 * 1024 * 1024
DISK_FREE: Final = 1 * GIGABYTES
BACKLOG: Final = 1024  # connections that the kernel keeps until the server accepts them
WIDEST: Final = {4: 16, 6: 32}  # the shortest prefix of a public network of proxies


def examine(installation: Installation) -> Iterator[Finding]:
    """Reads files of this machine only."""
    settings = installation.settings
    yield from _settings(settings)
    yield from _data(Path(settings.data))
    yield from _kernel(installation.proc)


def is_local(host: str) -> bool:
    """Whether a host is this machine or a name that only a development machine has."""
    if host == "localhost" or host.endswith((".localhost", ".local", ".test")):
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _settings(settings: Settings) -> Iterator[Finding]:
    parts = urlsplit(settings.origin)
    local = is_local(parts.hostname or "")
    if not settings.public_url:
        yield found(
            Code.PUBLIC_URL_MISSING,
            f"PARLEY_PUBLIC_URL is not set, so links in emails lead to {settings.origin}",
            "PARLEY_PUBLIC_URL=https://chat.example.com",
        )
    elif parts.scheme == "http" and not local:
        yield found(
            Code.PUBLIC_URL_PLAIN,
            f"PARLEY_PUBLIC_URL is {settings.origin}: passwords and messages are readable on their way",
            f"PARLEY_PUBLIC_URL=https://{parts.hostname}, and a proxy with a certificate",
        )
    for network in networks.listed(settings.trusted_proxies):
        if not network.is_private and network.prefixlen < WIDEST[network.version]:
            yield found(
                Code.PROXIES_TOO_WIDE,
                f"PARLEY_TRUSTED_PROXIES contains {network}: each client in it can choose its address, and so"
                " escape every limit and block",
                "PARLEY_TRUSTED_PROXIES= with the addresses of your proxies alone",
            )
    if not settings.smtp_url:
        yield found(
            Code.MAIL_TO_FILES,
            f"PARLEY_SMTP_URL is not set: email is written to {Path(settings.data) / 'mail'}, and not sent",
            "PARLEY_SMTP_URL=smtp://user:password@mail.example.com:587 and PARLEY_MAIL_FROM",
        )
    if settings.demo and not local:
        yield found(
            Code.DEMO, "PARLEY_DEMO is true: anyone can open /demo", "remove PARLEY_DEMO from the settings"
        )
    if settings.failpoint:
        yield found(
            Code.FAILPOINT,
            f"PARLEY_FAILPOINT={settings.failpoint} kills processes; it is for tests",
            "remove PARLEY_FAILPOINT from the settings",
        )


def _data(folder: Path) -> Iterator[Finding]:
    place = folder.absolute()
    while not place.exists():
        place = place.parent
    if not os.access(place, os.W_OK | os.X_OK) or (place == folder.absolute() and not place.is_dir()):
        yield found(
            Code.DATA_UNWRITABLE,
            f"PARLEY_DATA, {folder.absolute()}, cannot be written to by this user",
            f"install -d -o parley -g parley -m 0700 {folder.absolute()}",
        )
    status = os.statvfs(place)
    free = status.f_bavail * status.f_frsize
    if free < DISK_FREE:
        yield found(
            Code.DISK_LOW,
            f"{free / GIGABYTES:.1f} GB are free on the disk of {folder.absolute()}",
            "make room, or set PARLEY_DATA to another disk",
        )


def _kernel(proc: Path) -> Iterator[Finding]:
    try:
        backlog = int((proc / "sys/net/core/somaxconn").read_text())
    except (OSError, ValueError):
        return  # not Linux, or hidden by a container
    if backlog < BACKLOG:
        yield found(
            Code.SOMAXCONN,
            f"net.core.somaxconn is {backlog}: when many clients reconnect at once, connections are dropped",
            "sysctl -w net.core.somaxconn=4096, and the same line in /etc/sysctl.d/parley.conf",
        )
