"""What a proxy does to websockets, streams, caches, bodies and heads."""

import secrets
from collections.abc import Callable, Iterator
from typing import Final

from server.doctor.findings import Code, Finding, found
from server.doctor.installation import Installation
from server.doctor.web import requests
from server.doctor.web.requests import Target, Unreachable
from server.door import probe

BODY: Final = 2 * 1024 * 1024  # the largest upload
HEAD: Final = 8 * 1024
FIELD: Final = 2_000  # bytes of one of its fields

Check = Callable[[Target, Installation], Iterator[Finding]]


def _websocket(target: Target, installation: Installation) -> Iterator[Finding]:
    status, closed = requests.upgraded(target, idle=installation.idle)
    if status != 101:
        yield found(
            Code.NO_UPGRADE,
            f"a websocket handshake is answered with {status} instead of 101: no client can connect",
            "nginx: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header"
            " Connection $connection_upgrade; Apache: ProxyPass / http://127.0.0.1:8000/ upgrade=websocket",
        )
    elif closed is not None:
        yield found(
            Code.IDLE_CLOSED,
            f"a websocket is closed after {closed:.0f} s without traffic; it has to stay open for"
            f" {installation.idle:.0f} s",
            "nginx: proxy_read_timeout 75s; HAProxy: timeout tunnel 75s, client 75s, server 75s;"
            " Apache: ProxyTimeout 75",
        )


def _buffers(target: Target, installation: Installation) -> Iterator[Finding]:
    del installation
    answer = requests.request(target, fields={probe.ACTION: "stream"})
    if answer.seen is not None and answer.last - answer.first < probe.PAUSE / 2:
        yield found(
            Code.BUFFERS,
            "the proxy holds answers back until they are complete: exports start late and need its memory",
            "nginx: proxy_buffering off",
        )


def _caches(target: Target, installation: Installation) -> Iterator[Finding]:
    del installation
    for _ in range(2):
        nonce = secrets.token_hex(8)
        answer = requests.request(target, nonce=nonce)
        if answer.seen is not None and answer.seen["nonce"] != nonce:
            yield found(
                Code.CACHES,
                "the proxy answers from a cache although the answer says no-store: people see others' data",
                "nginx: remove proxy_ignore_headers Cache-Control; Varnish: respect Cache-Control: no-store",
            )
            return


def _body(target: Target, installation: Installation) -> Iterator[Finding]:
    del installation
    try:
        answer = requests.request(target, "POST", body=bytes(BODY))
        arrived = (answer.seen or {}).get("body", 0)
        said = f"answers {answer.status}"
    except Unreachable as error:
        arrived, said = 0, f"ends the connection ({error})"
    if arrived < BODY:
        yield found(
            Code.BODY_LIMIT,
            f"the proxy {said} to a body of {BODY // 1024 // 1024} MB: files of canned responses are refused",
            "nginx: client_max_body_size 32m; Apache: LimitRequestBody 33554432",
        )


def _head(target: Target, installation: Installation) -> Iterator[Finding]:
    del installation
    large = {f"X-Padding-{number}": "x" * FIELD for number in range(HEAD // FIELD)}
    try:
        answer = requests.request(target, fields=large)
        said = "" if answer.seen is not None else f"answers {answer.status}"
    except Unreachable as error:
        said = f"ends the connection ({error})"
    if said:
        yield found(
            Code.HEAD_LIMIT,
            f"the proxy {said} to a head of {HEAD // 1024} KB: browsers with many cookies are refused",
            "nginx: large_client_header_buffers 4 32k; HAProxy: tune.bufsize 32768",
        )


CHECKS: Final[tuple[Check, ...]] = (_websocket, _buffers, _caches, _body, _head)
