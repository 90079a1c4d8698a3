"""Table `avatars`: users' pictures. Each gets a new version, so that browsers may cache it."""

from core.db.connection import Connection
from core.ids import UserId
from core.model import Avatar


async def put(conn: Connection, user: UserId, avatar: Avatar, *, version: bytes) -> None:
    """Stores the picture, and replaces an earlier one."""
    await conn.execute(
        """
        INSERT INTO avatars (user_id, version, media_type, image) VALUES ($1, $2, $3, $4)
        ON CONFLICT (user_id) DO UPDATE SET version = $2, media_type = $3, image = $4
        """,
        user,
        version,
        avatar.media_type,
        avatar.image,
    )


async def by_version(conn: Connection, version: bytes) -> Avatar | None:
    """One picture."""
    row = await conn.fetchrow("SELECT media_type, image FROM avatars WHERE version = $1", version)
    return None if row is None else Avatar(*row)


async def remove(conn: Connection, user: UserId) -> None:
    await conn.execute("DELETE FROM avatars WHERE user_id = $1", user)
