"""The JSON schemas of identity secrets and of signed identities."""

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from core.identity.visitor_tokens import MAX_ID, MAX_TOKEN
from server.api.http.fields import NO_NUL, At, Person


class IdentitySecret(msgspec.Struct, frozen=True, kw_only=True):
    """`id`: the `kid` of tokens signed with it. `last_used_at` is accurate to a minute."""

    id: UUID
    created_by: Person | None
    created_at: At
    last_used_at: At | None


class MadeIdentitySecret(IdentitySecret, frozen=True, kw_only=True):
    """A new secret, with the `secret` itself, which cannot be read again."""

    secret: str


class IdentityProof(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the site has signed: `token`, a JWT, or the simple form with the other three fields."""

    token: Annotated[str, Meta(min_length=1, max_length=MAX_TOKEN, pattern=NO_NUL)] | None = None
    external_id: Annotated[str, Meta(min_length=1, max_length=MAX_ID, pattern=NO_NUL)] | None = None
    expires: Annotated[int, Meta(ge=0, le=2**53 - 1, description="seconds since the epoch")] | None = None
    signature: (
        Annotated[
            str,
            Meta(max_length=64, description="HMAC-SHA256 of `expires`, a dot and `external_id`, in hex"),
        ]
        | None
    ) = None
    language: Annotated[str, Meta(max_length=35, pattern=NO_NUL, description="of the page")] = ""


class VerifiedVisitor(msgspec.Struct, frozen=True, kw_only=True):
    """`key`: proves to be the visitor, as the key of a welcome does. Keep it secret, and not in storage."""

    visitor: UUID
    key: str
