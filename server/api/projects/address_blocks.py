"""Blocked addresses of a project, for managers."""

from typing import Final

from core.db.projects import address_blocks as table
from core.projects import address_blocks
from server.api.http import fields
from server.api.http.calls import Access, MemberCall
from server.api.http.fields import Person
from server.api.http.routes import Routes
from server.api.projects.schemas import AddressBlock, NewAddressBlock
from server.api.services import live_updates
from server.api.services.audit_context import AuditRule
from server.api.services.rate_limiter import SOMETIMES

routes = Routes("address_blocks", "Addresses from which visitors write in vain.")
ALL: Final = "projects/{project}/address-blocks"
LOGGED: Final = ("network", "reason", "expires_at")


@routes.add("GET", ALL, access=Access.MANAGER, limit=SOMETIMES)
async def list_address_blocks(call: MemberCall) -> list[AddressBlock]:
    """List the blocked addresses, the latest first, with those that have expired."""
    async with call.services.database.connection() as conn:
        return [_shown(found) for found in await table.listed(conn, call.project)]


@routes.add(
    "POST",
    ALL,
    access=Access.MANAGER,
    limit=SOMETIMES,
    status=201,
    problems=("too_many",),
    audit=AuditRule("address.blocked", "address_block", fields=LOGGED, security=True),
)
async def block_address(call: MemberCall, body: NewAddressBlock) -> AddressBlock:
    """Block an address, or a range of at most a /8 of IPv4 or a /32 of IPv6.

    Visitors who write from it see their messages as sent, and no agent gets them. 422 at `network` with the
    code `not_a_network`, `range_too_wide`, `own_address` (you send this request from it) or `network_taken`.
    """
    async with call.services.database.transaction() as conn:
        made = await address_blocks.block(
            conn,
            call.by,
            call.project,
            network=body.network,
            reason=body.reason,
            expires_at=body.expires_at,
            maker=call.user.user,
        )
    await live_updates.publish(call.services, made.signals)
    return _shown(made.block)


@routes.add(
    "DELETE",
    ALL + "/{block}",
    access=Access.MANAGER,
    limit=SOMETIMES,
    status=204,
    audit=AuditRule("address.unblocked", "address_block", fields=("network",), security=True),
)
async def unblock_address(call: MemberCall, block: bytes) -> None:
    """Unblock an address.

    What was written from it meanwhile reaches agents when its visitor writes again.
    """
    async with call.services.database.transaction() as conn:
        signals = await address_blocks.unblock(conn, call.by, call.project, block)
    await live_updates.publish(call.services, signals)


def _shown(found: table.AddressBlock) -> AddressBlock:
    person = None
    if found.created_by is not None and found.created_by_name is not None:
        person = Person(id=fields.uid(found.created_by), full_name=found.created_by_name)
    return AddressBlock(
        id=fields.uid(found.id),
        network=found.network,
        reason=found.reason,
        created_at=found.created_at,
        created_by=person,
        expires_at=found.expires_at,
    )
