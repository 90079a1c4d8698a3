"""Identity secrets of a project: with them the customer's site signs who its visitor is."""

from typing import Any, Final

from core.db.projects import identity_secrets as table
from core.projects import identity_secrets
from server.api.http import fields
from server.api.http.calls import Access, MemberCall
from server.api.http.fields import Person
from server.api.http.routes import Routes
from server.api.services import live_updates
from server.api.services.audit_context import AuditRule
from server.api.services.rate_limiter import RARELY, SOMETIMES
from server.api.verified_identity.schemas import IdentitySecret, MadeIdentitySecret

routes = Routes("identity_secrets", "Secrets with which a site signs who its visitor is.")
ALL: Final = "projects/{project}/identity-secrets"


@routes.add("GET", ALL, access=Access.MANAGER, limit=SOMETIMES)
async def list_identity_secrets(call: MemberCall) -> list[IdentitySecret]:
    """List the project's identity secrets, the newest first, without the secrets themselves."""
    async with call.services.database.connection() as conn:
        return [IdentitySecret(**_facts(found)) for found in await table.of_project(conn, call.project)]


@routes.add(
    "POST",
    ALL,
    access=Access.MANAGER,
    limit=RARELY,
    status=201,
    problems=("too_many",),
    audit=AuditRule("identity_secret.created", "identity_secret", security=True),
)
async def create_identity_secret(call: MemberCall) -> MadeIdentitySecret:
    """Create an identity secret; only this response contains the secret itself.

    The site signs JWTs with it (HS256), with the secret's `id` as `kid`. Several are valid at a time, so that
    one can be replaced without a gap: create one, change the site, remove the old one.
    """
    async with call.services.database.transaction() as conn:
        made = await identity_secrets.create(conn, call.by, call.project, maker=call.user.user)
    await live_updates.publish(call.services, made.signals)
    return MadeIdentitySecret(**_facts(made.secret), secret=made.text)


@routes.add(
    "DELETE",
    ALL + "/{secret}",
    access=Access.MANAGER,
    limit=SOMETIMES,
    status=204,
    audit=AuditRule("identity_secret.removed", "identity_secret", security=True),
)
async def remove_identity_secret(call: MemberCall, secret: bytes) -> None:
    """Remove an identity secret: what is signed with it is refused at once."""
    async with call.services.database.transaction() as conn:
        signals = await identity_secrets.remove(conn, call.by, call.project, secret)
    await live_updates.publish(call.services, signals)


def _facts(found: table.IdentitySecret) -> dict[str, Any]:
    maker = None
    if found.maker is not None:
        maker = Person(id=fields.uid(found.maker), full_name=found.maker_name or "")
    return {
        "id": fields.uid(found.id),
        "created_by": maker,
        "created_at": found.created_at,
        "last_used_at": found.last_used_at,
    }
