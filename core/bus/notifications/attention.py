"""Attention: which of an agent's tabs and devices are in use, as they report it. It decides which alerts."""

from typing import Final

import msgspec

from core.bus import names
from core.bus.connection import Redis
from core.bus.scripts import Script
from core.ids import ProjectId, UserId

SECONDS: Final = 1000  # ms
SILENT_AFTER: Final = 150 * SECONDS  # browsers let hidden tabs run once a minute
FOCUS_LOST_AFTER: Final = 75 * SECONDS  # a tab with the focus reports twice a minute

_attend = Script("attend")


class Tab(msgspec.Struct, frozen=True, kw_only=True):
    """`focused`: visible, with the focus, and used lately. `unused`: ms since the last key or click."""

    tab: bytes
    device: bytes
    focused: bool
    sounds: bool
    notifies: bool
    unused: int


class Attention(msgspec.Struct, frozen=True):
    """The devices that sound and notify; None: none can. `focused`: the agent looks at a tab somewhere."""

    sounds: bytes | None
    notifies: bytes | None
    focused: bool


async def report(redis: Redis, project: ProjectId, user: UserId, tab: Tab) -> Attention:
    """A tab says how it is used; who alerts then."""
    return await _run(
        redis,
        project,
        user,
        tab.tab.hex(),
        tab.device.hex(),
        int(tab.focused),
        int(tab.sounds),
        int(tab.notifies),
        tab.unused,
    )


async def leave(redis: Redis, project: ProjectId, user: UserId, tab: bytes) -> None:
    """A tab is closed, or shows another project."""
    await _run(redis, project, user, tab.hex(), "gone", 0, 0, 0, 0)


async def is_focused(redis: Redis, project: ProjectId, user: UserId) -> bool:
    """Whether the agent looks at a tab of the project, on any device."""
    return (await _run(redis, project, user, "", "", 0, 0, 0, 0)).focused


async def _run(redis: Redis, project: ProjectId, user: UserId, *args: str | int) -> Attention:
    sounds, notifies, focused = await _attend.run(
        redis, [names.attention(project, user)], [*args, SILENT_AFTER, FOCUS_LOST_AFTER]
    )
    return Attention(_device(sounds), _device(notifies), bool(focused))


def _device(value: bytes) -> bytes | None:
    return bytes.fromhex(value.decode()) if value else None
