"""Resolves host names under asyncio, for requests to addresses that users chose."""

import asyncio
import socket
from collections.abc import Sequence


async def resolve(host: str, port: int, seconds: float) -> Sequence[str]:
    """The addresses of a host; raises OSError for an unknown one, TimeoutError after `seconds`."""
    async with asyncio.timeout(seconds):
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]
