"""Examples: health, the audit log and administration."""

from typing import Final
from uuid import UUID

import msgspec

from core.config import version
from server.api.admin import audit_log, schemas
from server.api.identity.examples import AT, EMAIL, PROJECT, USER
from server.api.services.readiness import Check

_user = schemas.AdminUser(
    id=USER,
    email=EMAIL,
    full_name="Mai Tran",
    state="active",
    is_admin=False,
    email_verified=True,
    two_factor=True,
    created_at=AT,
    projects=2,
)
_shop = schemas.NamedProject(id=PROJECT, name="Shop")
_project = schemas.AdminProject(
    id=PROJECT,
    name="Shop",
    members=3,
    managers=1,
    conversations=120,
    created_at=AT,
)
_audit = audit_log.AuditEntry(
    id=UUID("01936b2e-8c00-7a00-8000-000000000005"),
    at=AT,
    actor=audit_log.AuditActor(kind="user", id=USER, name="Mai Tran"),
    action="member.role_changed",
    entity="member",
    entity_id=USER,
    result="ok",
    address="192.0.2.7",
    agent="Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    changes={"role": {"from": "agent", "to": "manager"}},
)
_checks = {"postgres": Check(ok=True), "worker": Check(ok=True, detail="1 alive")}
_mail = schemas.MailStatus(mode="smtp", waiting=0, dead=0)

ALL: Final[tuple[msgspec.Struct, ...]] = (
    _user,
    schemas.AdminUserPage(items=[_user], next_cursor=None),
    _shop,
    schemas.Suspended(without_manager=[_shop]),
    _project,
    schemas.AdminProjectPage(items=[_project], next_cursor=None),
    schemas.SystemStatus(
        checks=_checks,
        versions={"parley": version.read(), "python": "3.11.2", "postgres": "18.1", "redis": "9.0.0"},
        counts={"users": 12, "projects": 3, "conversations": 4_100, "sessions": 17},
        mail=_mail,
    ),
    _mail,
    schemas.Recipient(recipient=EMAIL),
    audit_log.AuditPage(items=[_audit], next_cursor=None),
    schemas.Readiness(ready=True, checks=_checks),
)
