"""One example per schema of accounts."""

from typing import Final
from uuid import UUID

import msgspec

from server.api import account_schemas as a

TOKEN: Final = "vZ3nD1xq0bYwqkzJ0p4Qm2Vt8yJ7xk1cN5sTq9LrW0E"  # noqa: S105  nobody's
PASSWORD: Final = "seven green lanterns"  # noqa: S105  nobody's

ALL: Final[tuple[msgspec.Struct, ...]] = (
    a.Registration(email="mai@shop.example", password=PASSWORD, full_name="Mai Tran", language="vi"),
    a.Registered(next="check_mail"),
    a.MailedToken(token=TOKEN),
    a.Confirmation(token=TOKEN, password=PASSWORD),
    a.Mailbox(email="mai@shop.example"),
    a.Accepted(),
    a.SecondFactor(partial_token="eyJhbGciOiJIUzI1NiJ9.e30.c2ln", expires_in=300),  # noqa: S106
    a.NewPassword(token=TOKEN, password=PASSWORD),
    a.SignInOptions(providers=[a.Provider(id="google", name="Google")], mail="smtp", registration="open"),
    a.ProfileChange(full_name="Mai Tran", language="vi", timezone="Asia/Ho_Chi_Minh"),
    a.NewAvatar(media_type="image/png", image="iVBORw0KGgo="),
    a.PasswordChange(new_password=PASSWORD, current_password="six yellow tents"),  # noqa: S106
    a.OwnSession(
        id=UUID("01936b2e-8c00-7a00-8000-000000000006"),
        current=True,
        device="Firefox 145, Linux",
        address="192.0.2.7",
        created_at=1_763_715_600_000,
        last_used_at=1_763_719_200_000,
    ),
    a.EmailChange(new_email="mai.tran@shop.example", password=PASSWORD),
    a.OwnPassword(password=PASSWORD),
    a.Farewell(email="mai@shop.example", password=PASSWORD),
)
