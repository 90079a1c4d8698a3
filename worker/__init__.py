"""The processes that change things (asyncio on uvloop)."""
