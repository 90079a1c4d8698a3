"""One example per schema of second factors, providers and administration."""

from typing import Final
from uuid import UUID

import msgspec

from server.api import identity_schemas as i
from server.api.schemas import Check

AT: Final = 1_763_715_600_000
PASSWORD: Final = "seven green lanterns"  # noqa: S105  nobody's
PARTIAL: Final = "eyJhbGciOiJIUzI1NiJ9.e30.c2ln"

_user = i.AdminUser(
    id=UUID("01936b2e-8c00-7a00-8000-000000000002"),
    email="mai@shop.example",
    full_name="Mai Tran",
    state="active",
    is_admin=False,
    email_verified=True,
    two_factor=True,
    created_at=AT,
    projects=2,
)
_shop = i.NamedProject(id=UUID("01936b2e-8c00-7a00-8000-000000000001"), name="Shop")
_project = i.AdminProject(
    id=UUID("01936b2e-8c00-7a00-8000-000000000001"),
    name="Shop",
    members=3,
    managers=1,
    conversations=120,
    created_at=AT,
)

ALL: Final[tuple[msgspec.Struct, ...]] = (
    i.Enrolment(
        secret="GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",  # noqa: S106
        uri="otpauth://totp/Parley:mai%40shop.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Parley",
        qr_svg='<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 45 45"><path d="M4 4h7v1h-7z"/></svg>',
    ),
    i.OwnCode(code="287082"),
    i.PasswordAndCode(code="287082", password=PASSWORD),
    i.RecoveryCodes(recovery_codes=["7k3m-x0qp-9dwe", "h2vt-4s8c-1n6j"]),
    i.SecondStep(partial_token=PARTIAL, code="287082"),
    i.ProviderUrl(url="https://accounts.google.com/o/oauth2/v2/auth?response_type=code&client_id=…"),
    i.Return(code="4/0AX4XfWh", state="vZ3nD1xq0bYwqkzJ0p4Qm2Vt8yJ7xk1cN5sTq9LrW0E"),
    i.Linked(),
    i.OwnIdentity(
        id=UUID("01936b2e-8c00-7a00-8000-000000000009"),
        provider="google",
        email="mai@shop.example",
        created_at=AT,
    ),
    _user,
    i.AdminUserPage(items=[_user], next_cursor=None),
    _shop,
    i.Suspended(without_manager=[_shop]),
    _project,
    i.AdminProjectPage(items=[_project], next_cursor=None),
    i.SystemStatus(
        checks={"postgres": Check(ok=True), "worker": Check(ok=True, detail="1 alive")},
        versions={"parley": "0.2.0", "python": "3.11.2", "postgres": "18.1", "redis": "9.0.0"},
        counts={"users": 12, "projects": 3, "conversations": 4_100, "sessions": 17},
        mail=i.MailStatus(mode="smtp", waiting=0, dead=0),
    ),
    i.MailStatus(mode="smtp", waiting=0, dead=0),
    i.Recipient(recipient="mai@shop.example"),
)
