"""`python -m tests.faults.stalled URL PROJECT EMAIL PASSWORD`: an agent who watches and never reads."""

import socket
import sys
import time
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import msgpack
import psutil
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, BytesMessage, Request

from tests.client import HELLO, SUBPROTOCOL, WATCH

STAY = 30.0  # seconds at most
SMALL = 8_192  # bytes of its kernel's receive buffer


def main(url: str, project: str, email: str, password: str) -> None:
    """Repeat `stall` until the process is killed."""
    with httpx.Client(base_url=f"{url}/api/v1", trust_env=False, headers={"Origin": url}) as http:
        answer = http.post("/auth/login", json={"email": email, "password": password}).raise_for_status()
        http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        while True:
            made = http.post(f"/projects/{project}/socket-tickets").raise_for_status()
            stall(url, project, made.json()["ticket"])


def stall(url: str, project: str, ticket: str) -> None:
    """One connection: sends hello, watches, and then reads no more."""
    place = urlsplit(url)
    with socket.socket() as plain:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
        plain.connect((place.hostname, place.port))
        link = WSConnection(ConnectionType.CLIENT)
        headers = [(b"Origin", url.encode())]
        target = f"/ws?project={project}"
        opening = Request(place.netloc, target, subprotocols=[SUBPROTOCOL], extra_headers=headers)
        plain.sendall(link.send(opening))
        link.receive_data(plain.recv(SMALL))
        assert any(isinstance(event, AcceptConnection) for event in link.events()), "refused"
        greeting = {"project": UUID(project).bytes, "tab": b"t" * 16, "jwt": ticket}
        for frame in ([HELLO, 1, greeting], [WATCH, 2, "inbox", None]):
            plain.sendall(link.send(BytesMessage(msgpack.packb(frame))))
        began = time.monotonic()
        while held(plain) and time.monotonic() - began < STAY:
            time.sleep(1)
        print(
            "still open after" if held(plain) else "closed after",
            f"{time.monotonic() - began:.0f} s",
            flush=True,
        )


def held(plain: socket.socket) -> bool:
    """Whether the server's end is open; a client that does not read never receives a FIN."""
    here, there = plain.getsockname(), plain.getpeername()
    links = psutil.net_connections("tcp4")
    return any(one.laddr == there and one.raddr == here and one.status == "ESTABLISHED" for one in links)


if __name__ == "__main__":
    main(*sys.argv[1:])
