"""Examples: registration, passwords, profile, sessions."""

from typing import Final
from uuid import UUID

import msgspec

from server.api.accounts import schemas
from server.api.identity.examples import AT, EMAIL, PASSWORD, TOKEN

ALL: Final[tuple[msgspec.Struct, ...]] = (
    schemas.Registration(email=EMAIL, password=PASSWORD, full_name="Mai Tran", language="vi"),
    schemas.Registered(next="check_mail"),
    schemas.Confirmation(token=TOKEN, password=PASSWORD),
    schemas.Mailbox(email=EMAIL),
    schemas.NewPassword(token=TOKEN, password=PASSWORD),
    schemas.ProfileChange(full_name="Mai Tran", language="vi", timezone="Asia/Ho_Chi_Minh"),
    schemas.NewAvatar(media_type="image/png", image="iVBORw0KGgo="),
    schemas.PasswordChange(new_password=PASSWORD, current_password="six yellow tents"),  # noqa: S106
    schemas.OwnSession(
        id=UUID("01936b2e-8c00-7a00-8000-000000000006"),
        current=True,
        device="Firefox 145, Linux",
        address="192.0.2.7",
        created_at=AT,
        last_used_at=AT + 3_600_000,
    ),
    schemas.EmailChange(new_email="mai.tran@shop.example", password=PASSWORD),
    schemas.CloseAccount(email=EMAIL, password=PASSWORD),
)
