"""Examples: projects, members, invitations and API keys."""

from typing import Final
from uuid import UUID

import msgspec

from server.api.identity.examples import AT, EMAIL, PERSON, PROJECT, SIGNED_TOKEN, USER
from server.api.projects import schemas

WEEK: Final = 7 * 24 * 60 * 60 * 1000  # ms
_key: Final = {
    "id": UUID("01936b2e-8c00-7a00-8000-000000000008"),
    "name": "Warehouse",
    "hint": "plk_x8Tq1A",
    "scopes": ["conversations:read", "messages:write"],
    "created_by": PERSON,
    "created_at": AT,
}

ALL: Final[tuple[msgspec.Struct, ...]] = (
    schemas.NewProject(name="Shop", domains=["shop.example", "*.shop.example"]),
    schemas.ProjectChange(version=3, domains=["shop.example", "localhost:3000"]),
    schemas.ProjectName(name="Shop"),
    schemas.RoleChange(role="manager"),
    schemas.NewInvitation(email="ben@shop.example", role="agent"),
    schemas.Invitation(
        id=UUID("01936b2e-8c00-7a00-8000-000000000009"),
        email="ben@shop.example",
        role="agent",
        invited_by=PERSON,
        created_at=AT,
        expires_at=AT + WEEK,
        expired=False,
    ),
    schemas.OpenInvitation(
        project_name="Shop",
        email="ben@shop.example",
        role="agent",
        inviter="Mai Tran",
        expires_at=AT + WEEK,
        account_exists=False,
    ),
    schemas.NewAddressBlock(network="203.0.113.0/24", reason="Spam"),
    schemas.AddressBlock(
        id=UUID("01936b2e-8c00-7a00-8000-00000000000f"),
        network="203.0.113.0/24",
        reason="Spam",
        created_at=AT,
        created_by=PERSON,
        expires_at=None,
    ),
    schemas.NewApiKey(name="Warehouse", scopes=["conversations:read", "messages:write"]),
    msgspec.convert(_key | {"last_used_at": AT + 60_000}, schemas.ApiKey),
    msgspec.convert(
        _key | {"last_used_at": None, "key": "plk_x8Tq1AvZ3nD0bYwqkzJ0p4Qm2Vt8yJ7xk1cN5sTq9Lr"},
        schemas.MadeApiKey,
    ),
    schemas.MyProject(id=PROJECT, name="Shop", role="agent"),
    schemas.Project(
        id=PROJECT,
        name="Shop",
        domains=["shop.example", "*.shop.example"],
        history_mode="forever",
        reopen_on_reply=False,
        version=3,
        role="agent",
    ),
    schemas.Sites(
        seen=[schemas.Site(host="shop.example", at=AT)],
        refused=[schemas.Site(host="staging.shop.example", at=AT)],
    ),
    schemas.Member(user_id=USER, full_name="Mai Tran", email=EMAIL, role="agent", joined_at=AT),
    schemas.SocketTicket(ticket=SIGNED_TOKEN, expires_in=60),
)
