"""Presence and visits from Redis: one pipelined read per page of a list; empty while Redis is unavailable."""

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
    """Presence and current page of `visitors`, in order; all offline while Redis is unavailable."""
    if not visitors:
        return []
    try:
        with trio.fail_after(DEADLINE):
            return await visits.here(services.redis, project, visitors)
    except (*UNAVAILABLE, trio.TooSlowError):
        return [Here()] * len(visitors)


async def visit(services: Services, project: ProjectId, visitor: VisitorId) -> Visit:
    """The stored facts of one visit; an empty visit while Redis is unavailable."""
    try:
        with trio.fail_after(DEADLINE):
            return await visits.visit(services.redis, project, visitor)
    except (*UNAVAILABLE, trio.TooSlowError):
        return Visit()


async def agents_online(services: Services, project: ProjectId) -> int:
    """How many agents are online; 0 while Redis is unavailable, because no agent could be reached."""
    try:
        with trio.fail_after(DEADLINE):
            return await presence.agents_online(services.redis, project)
    except (*UNAVAILABLE, trio.TooSlowError):
        return 0
