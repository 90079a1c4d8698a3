"""Where visitors are now, from Redis: one pipelined read a page, and an answer also when Redis is away."""

from collections.abc import Sequence
from typing import Final

import trio

from core.bus import presence, visits
from core.bus.connection import UNAVAILABLE
from core.bus.visits import Here, Visit
from core.ids import ProjectId, VisitorId
from server.api.services.services import Services

DEADLINE: Final = 1.0  # seconds; an inbox without presence is better than none


async def here(services: Services, project: ProjectId, visitors: Sequence[VisitorId]) -> list[Here]:
    """Presence and page of `visitors`, in order; nobody is anywhere while Redis is away."""
    if not visitors:
        return []
    try:
        with trio.fail_after(DEADLINE):
            return await visits.here(services.redis, project, visitors)
    except (*UNAVAILABLE, trio.TooSlowError):
        return [Here()] * len(visitors)


async def visit(services: Services, project: ProjectId, visitor: VisitorId) -> Visit:
    """Everything known of one visit; an empty one while Redis is away."""
    try:
        with trio.fail_after(DEADLINE):
            return await visits.visit(services.redis, project, visitor)
    except (*UNAVAILABLE, trio.TooSlowError):
        return Visit()


async def agents_online(services: Services, project: ProjectId) -> int:
    """How many agents are online; none while Redis is away, since nobody could be reached."""
    try:
        with trio.fail_after(DEADLINE):
            return await presence.agents_online(services.redis, project)
    except (*UNAVAILABLE, trio.TooSlowError):
        return 0
