"""Resolves host names under Trio, for requests to addresses that users gave."""

import socket
from collections.abc import Sequence

import trio


async def resolve(host: str, port: int, seconds: float) -> Sequence[str]:
    """The addresses of a host; raises OSError for an unknown one, TimeoutError after `seconds`."""
    try:
        with trio.fail_after(seconds):
            found = await trio.socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except trio.TooSlowError:
        raise TimeoutError(f"no reply for {host}") from None
    return [str(address[0]) for *_, address in found]
