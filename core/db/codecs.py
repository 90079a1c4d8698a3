"""Type codecs for Postgres: uuid as 16 bytes, timestamptz as ms since the epoch, jsonb as values."""

from typing import Any

import msgspec

from core.db.connection import NewConnection

EPOCH_2000_MS = 946_684_800_000  # Postgres counts microseconds from 2000-01-01
JSONB_VERSION = b"\x01"

_json_encode = msgspec.json.Encoder().encode
_json_decode = msgspec.json.Decoder().decode


async def prepare(conn: NewConnection) -> None:
    """Installs our codecs in a new connection; both pools call it once per connection (asyncpg's `init`)."""
    await conn.set_type_codec("uuid", schema="pg_catalog", encoder=bytes, decoder=bytes, format="binary")
    await conn.set_type_codec(
        "timestamptz",
        schema="pg_catalog",
        encoder=_to_microseconds,
        decoder=_from_microseconds,
        format="tuple",
    )
    await conn.set_type_codec(
        "jsonb", schema="pg_catalog", encoder=_to_jsonb, decoder=_from_jsonb, format="binary"
    )


def _to_microseconds(at: int) -> tuple[int]:
    return ((at - EPOCH_2000_MS) * 1000,)


def _from_microseconds(wire: tuple[int]) -> int:
    return wire[0] // 1000 + EPOCH_2000_MS


def _to_jsonb(value: Any) -> bytes:
    return JSONB_VERSION + _json_encode(value)


def _from_jsonb(wire: bytes) -> Any:
    return _json_decode(wire[1:])
