"""Table `article_votes`: visitors' answers to "was this helpful?", each visitor once for each version."""

import hashlib
from typing import Final

from core.db.connection import Connection
from core.ids import ProjectId

SLOTS: Final = 1_024  # of an article: how many voters are remembered at most


async def vote(conn: Connection, project: ProjectId, article: bytes, *, voter: bytes, helpful: bool) -> bool:
    """Counts the answer of `voter` about the published version; whether that article is published.

    A second answer about the same version replaces the first. Each voter has one of SLOTS by a hash, and
    the next voter with that slot takes it: the earlier one could then count twice, the price of the bound.
    """
    digest = hashlib.sha256(bytes(project) + article + voter).digest()
    slot, hashed = int.from_bytes(digest[16:18], "big") % SLOTS, digest[:16]
    published = await conn.fetchval(
        """
        SELECT published FROM articles
        WHERE project_id = $1 AND id = $2 AND published IS NOT NULL AND removed_at IS NULL
        FOR NO KEY UPDATE
        """,
        project,
        article,
    )
    if published is None:
        return False
    before = await conn.fetchval(
        """
        SELECT helpful FROM article_votes
        WHERE project_id = $1 AND article_id = $2 AND slot = $3 AND voter = $4 AND version = $5
        """,
        project,
        article,
        slot,
        hashed,
        published,
    )
    if before is helpful:
        return True
    await conn.execute(
        """
        INSERT INTO article_votes (project_id, article_id, slot, voter, version, helpful)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (project_id, article_id, slot) DO UPDATE
        SET voter = excluded.voter, version = excluded.version, helpful = excluded.helpful
        """,
        project,
        article,
        slot,
        hashed,
        published,
        helpful,
    )
    await conn.execute(
        "UPDATE articles SET helpful = helpful + $3, unhelpful = unhelpful + $4 "
        "WHERE project_id = $1 AND id = $2",
        project,
        article,
        int(helpful) - int(before is True),
        int(not helpful) - int(before is False),
    )
    return True
