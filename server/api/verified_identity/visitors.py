"""For the widget: exchanges what the site has signed about its visitor for the visitor's key."""

from contextlib import suppress
from typing import Final

from core import ids
from core.apply.result import Refused
from core.commands import VerifyVisitor
from core.db.chat import visitors
from core.db.connection import Connection
from core.db.projects import identity_secrets as table
from core.identity import visitor_keys, visitor_tokens
from core.identity.encryption import Unsealable, identity_purpose
from core.identity.visitor_tokens import Identity, InvalidIdentity
from core.ids import VisitorId
from server.api.http import fields
from server.api.http.calls import Access, PageCall
from server.api.http.problems import ApiError
from server.api.http.routes import Routes
from server.api.services.rate_limiter import OFTEN, Limit
from server.api.verified_identity.schemas import IdentityProof, VerifiedVisitor

routes = Routes("verified_visitors", "For the widget: a visitor whom the site has vouched for.")
WRONG: Final = Limit(60)  # refused proofs, per network
USE_NOTED: Final = 60_000  # ms between two updates of a secret's `last_used_at`


@routes.add(
    "POST",
    "public/projects/{project}/identity",
    access=Access.PAGE,
    limit=OFTEN,
    problems=("unauthenticated",),
)
async def verify_visitor(call: PageCall, body: IdentityProof) -> VerifiedVisitor:
    """Exchange a signed identity for the key of the verified visitor.

    Send `token`, or `external_id`, `expires` and `signature`. The same `external_id` is the same visitor on
    every device; anonymous visitors stay apart. 401 `unauthenticated` says in `detail` what is wrong; 429
    after too many wrong ones from one network. The secret must not be in the page: sign on your server.
    """
    async with call.services.database.connection() as conn:
        known = await _secrets(call, conn)
    identity = await _identity(call, body, known)
    visitor = ids.verified_visitor(call.project.id, identity.external_id)
    async with call.services.database.connection() as conn:
        await table.note_use(
            conn, call.project.id, identity.secret, now=call.now, unless_since=call.now - USE_NOTED
        )
        found = await visitors.verified(conn, [(call.project.id, visitor)])
    if not found or found[0].verified != identity.facts:
        await _store(call, visitor, identity, body.language)
    key = visitor_keys.sign_visitor_key(call.services.settings.secret_key, call.project.id, visitor, call.now)
    return VerifiedVisitor(visitor=fields.uid(visitor), key=key)


async def _secrets(call: PageCall, conn: Connection) -> dict[bytes, str]:
    """The texts of the project's secrets by id, the newest first, without those whose key is lost."""
    known = {}
    for one, text in (await table.sealed(conn, call.project.id)).items():
        with suppress(Unsealable):
            known[one] = call.services.sealer.open(text, purpose=identity_purpose(one)).decode()
    return known


async def _identity(call: PageCall, body: IdentityProof, known: dict[bytes, str]) -> Identity:
    """Raises ApiError for a wrong proof, and RateLimited after too many of them from one network."""
    try:
        if body.token is not None:
            return visitor_tokens.read_token(body.token, known, project=call.project.id, now=call.now)
        if body.external_id is None or body.expires is None or body.signature is None:
            raise ApiError("invalid", "Send `token`, or `external_id`, `expires` and `signature`.")
        return visitor_tokens.read_signature(
            body.external_id, body.expires, body.signature, known, now=call.now
        )
    except InvalidIdentity as wrong:
        await call.services.rate_limiter.check("wrong_identity", WRONG, call.address)
        raise ApiError("unauthenticated", f"The identity is not valid: {wrong}.") from None


async def _store(call: PageCall, visitor: VisitorId, identity: Identity, language: str) -> None:
    command = VerifyVisitor(
        call.project.id, visitor, identity.external_id, identity.facts, call.now, language
    )
    if isinstance(await call.services.command_batcher.call(command), Refused):
        raise ApiError("not_found")  # the project was deleted meanwhile
