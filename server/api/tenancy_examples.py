"""One example per schema of projects, members, invitations and API keys."""

from typing import Final
from uuid import UUID

import msgspec

from server.api import tenancy_schemas as t
from server.api.schemas import Person

AT: Final = 1_763_715_600_000
WEEK: Final = 7 * 24 * 60 * 60 * 1000
_mai: Final = Person(id=UUID("01936b2e-8c00-7a00-8000-000000000002"), full_name="Mai Tran")
_key: Final = {
    "id": UUID("01936b2e-8c00-7a00-8000-000000000008"),
    "name": "Warehouse",
    "hint": "plk_x8Tq1A",
    "scopes": ["conversations:read", "messages:write"],
    "created_by": _mai,
    "created_at": AT,
}

ALL: Final[tuple[msgspec.Struct, ...]] = (
    t.NewProject(name="Shop", domains=["shop.example", "*.shop.example"]),
    t.ProjectChange(version=3, domains=["shop.example", "localhost:3000"]),
    t.ProjectName(name="Shop"),
    t.RoleChange(role="manager"),
    t.NewInvitation(email="ben@shop.example", role="agent"),
    t.Invitation(
        id=UUID("01936b2e-8c00-7a00-8000-000000000009"),
        email="ben@shop.example",
        role="agent",
        invited_by=_mai,
        created_at=AT,
        expires_at=AT + WEEK,
        expired=False,
    ),
    t.OpenInvitation(
        project_name="Shop",
        email="ben@shop.example",
        role="agent",
        inviter="Mai Tran",
        expires_at=AT + WEEK,
        account_exists=False,
    ),
    t.NewApiKey(name="Warehouse", scopes=["conversations:read", "messages:write"]),
    msgspec.convert(_key | {"last_used_at": AT + 60_000}, t.ApiKey),
    msgspec.convert(
        _key | {"last_used_at": None, "key": "plk_x8Tq1AvZ3nD0bYwqkzJ0p4Qm2Vt8yJ7xk1cN5sTq9Lr"}, t.MadeApiKey
    ),
)
