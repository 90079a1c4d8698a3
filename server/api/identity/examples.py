"""Examples: signed-in users, and values that several areas use."""

from typing import Final
from uuid import UUID

import msgspec

from server.api.http.fields import Accepted, MailedToken, Person
from server.api.identity import schemas

AT: Final = 1_763_715_600_000  # ms
PROJECT: Final = UUID("01936b2e-8c00-7a00-8000-000000000001")
USER: Final = UUID("01936b2e-8c00-7a00-8000-000000000002")
EMAIL: Final = "mai@shop.example"
PERSON: Final = Person(id=USER, full_name="Mai Tran")
PASSWORD: Final = "seven green lanterns"  # noqa: S105  an example
TOKEN: Final = "vZ3nD1xq0bYwqkzJ0p4Qm2Vt8yJ7xk1cN5sTq9LrW0E"  # noqa: S105  an example
SIGNED_TOKEN: Final = "eyJhbGciOiJIUzI1NiJ9.e30.c2ln"  # noqa: S105  an example

_user: Final = schemas.User(
    id=USER,
    email=EMAIL,
    full_name="Mai Tran",
    language="vi",
    timezone="Asia/Ho_Chi_Minh",
    avatar_url="/api/v1/avatars/01936b2e-8c00-7a00-8000-000000000007",
    is_admin=False,
    has_password=True,
    two_factor=False,
    pending_email=None,
    created_at=AT,
    mail_on_assignment=True,
    mail_on_mention=True,
)

ALL: Final[tuple[msgspec.Struct, ...]] = (
    MailedToken(token=TOKEN),
    Accepted(),
    schemas.Credentials(email=EMAIL, password="correct horse battery staple"),  # noqa: S106
    schemas.OwnPassword(password=PASSWORD),
    _user,
    schemas.SignedIn(access_token=SIGNED_TOKEN, expires_in=900, user=_user),
    schemas.SecondFactor(partial_token=SIGNED_TOKEN, expires_in=300),
)
