"""State of OpenID Connect sign-ins in progress, until the user returns from the provider."""

from typing import Final

import msgspec

from core.bus import names
from core.bus.connection import Redis
from core.ids import UserId

TTL: Final = 10 * 60  # seconds


class Flow(msgspec.Struct, frozen=True):
    """`user` and `session` are set when a signed-in user links an identity."""

    provider: str
    state: str
    nonce: str
    verifier: str
    user: UserId | None = None
    session: bytes | None = None


class PendingLink(msgspec.Struct, frozen=True):
    """An identity to be linked to the user once the second factor is verified."""

    user: UserId
    provider: str
    subject: str
    email: str


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Flow).decode
_decode_link = msgspec.msgpack.Decoder(PendingLink).decode


async def keep(redis: Redis, flow: str, value: Flow) -> None:
    """Stores it for TTL under the id in the browser's cookie."""
    await redis.set(names.flow(flow), _encode(value), ex=TTL)


async def find(redis: Redis, flow: str) -> Flow | None:
    raw = await redis.get(names.flow(flow))
    return None if raw is None else _decode(raw)


async def keep_link(redis: Redis, partial_token: str, value: PendingLink, *, seconds: int) -> None:
    """Stores it under the partial token that is sent with the second factor's code."""
    await redis.set(names.flow(partial_token), _encode(value), ex=seconds)


async def pending_link(redis: Redis, partial_token: str) -> PendingLink | None:
    """What was stored; None when there is nothing to link, or Redis lost it: then the next sign-in links."""
    raw = await redis.get(names.flow(partial_token))
    return None if raw is None else _decode_link(raw)


async def end(redis: Redis, flow: str) -> bool:
    """Deletes it; True for exactly one of several concurrent callers."""
    return await redis.delete([names.flow(flow)]) == 1
