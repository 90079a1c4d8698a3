"""What a sign-in at an OpenID Connect provider was begun with, until the person comes back."""

from typing import Final

import msgspec

from core.bus import names
from core.bus.connection import Redis
from core.ids import UserId

LIFE: Final = 10 * 60  # seconds


class Flow(msgspec.Struct, frozen=True):
    """`user` and `session` are set where somebody who is signed in links an identity."""

    provider: str
    state: str
    nonce: str
    verifier: str
    user: UserId | None = None
    session: bytes | None = None


class PendingLink(msgspec.Struct, frozen=True):
    """An identity that becomes the user's once the second factor was shown."""

    user: UserId
    provider: str
    subject: str
    email: str


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Flow).decode
_decode_link = msgspec.msgpack.Decoder(PendingLink).decode


async def keep(redis: Redis, flow: str, value: Flow) -> None:
    """Keeps it for LIFE under the id in the browser's cookie."""
    await redis.set(names.flow(flow), _encode(value), ex=LIFE)


async def find(redis: Redis, flow: str) -> Flow | None:
    """What was kept."""
    raw = await redis.get(names.flow(flow))
    return None if raw is None else _decode(raw)


async def keep_link(redis: Redis, partial_token: str, value: PendingLink, *, seconds: int) -> None:
    """Keeps it under the token that goes with the code."""
    await redis.set(names.flow(partial_token), _encode(value), ex=seconds)


async def pending_link(redis: Redis, partial_token: str) -> PendingLink | None:
    """What was kept; None where there is nothing to link, or Redis lost it: then the next sign-in links."""
    raw = await redis.get(names.flow(partial_token))
    return None if raw is None else _decode_link(raw)


async def end(redis: Redis, flow: str) -> bool:
    """Forgets it; True once, however many ask at the same moment."""
    return await redis.delete([names.flow(flow)]) == 1
