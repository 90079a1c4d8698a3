"""The worker processes: every stage that writes to Postgres or sends something (asyncio on uvloop)."""
