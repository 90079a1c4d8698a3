"""Blocked addresses of a project: who writes from one is treated as a blocked visitor.

Publish the returned signals after the commit.
"""

from collections.abc import Sequence

import msgspec

from core import ids
from core.action_context import ActionContext
from core.db.connection import Connection
from core.db.projects import address_blocks as table
from core.db.projects import projects
from core.db.projects.address_blocks import AddressBlock
from core.errors import DomainError, InvalidField
from core.ids import ProjectId, UserId
from core.signals import Resource, ResourceChanged, Signal
from core.text import names, networks
from core.text.networks import Network


class Made(msgspec.Struct, frozen=True):
    block: AddressBlock
    signals: Sequence[Signal]


async def block(
    conn: Connection,
    by: ActionContext,
    project: ProjectId,
    *,
    network: str,
    reason: str,
    expires_at: int | None,
    maker: UserId,
) -> Made:
    """Raises DomainError `not_found` or `too_many`, and InvalidField: also for the network of the caller, who
    would block themselves.
    """
    wanted = _network(network)
    if networks.contains(wanted, by.address):
        detail = f"Your own address, {by.address}, is in this range."
        raise InvalidField("network", "own_address", detail)
    if expires_at is not None and expires_at <= by.now:
        raise InvalidField("expires_at", "past", "Choose a time in the future.")
    if await projects.locked(conn, project) is None:
        raise DomainError("not_found")
    if await table.count(conn, project) >= table.MAX_PER_PROJECT:
        raise DomainError(
            "too_many", f"The limit is {table.MAX_PER_PROJECT} blocked ranges. Unblock one first."
        )
    made, spelled, reason = ids.make(by.now), str(wanted), names.clean(reason)
    added = await table.add(
        conn,
        project,
        made,
        network=spelled,
        reason=reason,
        by=maker,
        now=by.now,
        expires_at=expires_at,
    )
    if not added:
        raise InvalidField("network", "network_taken", f"{spelled} is blocked already.")
    changes = {"network": spelled, "reason": reason, "expires_at": expires_at}
    await by.audit(conn, "address.blocked", "address_block", made, project=project, changes=changes)
    found = next(one for one in await table.listed(conn, project) if one.id == made)
    return Made(found, [ResourceChanged(project, Resource.ADDRESS_BLOCKS, made)])


async def unblock(conn: Connection, by: ActionContext, project: ProjectId, found: bytes) -> Sequence[Signal]:
    """Raises DomainError `not_found`."""
    network = await table.remove(conn, project, found)
    if network is None:
        raise DomainError("not_found")
    changes = {"network": network}
    await by.audit(conn, "address.unblocked", "address_block", found, project=project, changes=changes)
    return [ResourceChanged(project, Resource.ADDRESS_BLOCKS, found)]


def _network(text: str) -> Network:
    try:
        return networks.parse(text)
    except networks.TooWide:
        v4, v6 = networks.WIDEST[4], networks.WIDEST[6]
        detail = f"The range is too wide: /{v4} is the widest for IPv4, /{v6} for IPv6."
        raise InvalidField("network", "range_too_wide", detail) from None
    except ValueError:
        detail = "Enter an address like 203.0.113.7, or a range like 203.0.113.0/24."
        raise InvalidField("network", "not_a_network", detail) from None
