"""Examples: second factors, recovery codes and providers."""

from typing import Final
from uuid import UUID

import msgspec

from server.api.identity.examples import AT, EMAIL, PASSWORD, SIGNED_TOKEN, TOKEN
from server.api.sign_in import schemas

ALL: Final[tuple[msgspec.Struct, ...]] = (
    schemas.SignInOptions(
        providers=[schemas.Provider(id="google", name="Google")], mail="smtp", registration="open"
    ),
    schemas.Enrolment(
        secret="GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",  # noqa: S106
        uri="otpauth://totp/Parley:mai%40shop.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Parley",
        qr_svg='<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 45 45"><path d="M4 4h7v1h-7z"/></svg>',
    ),
    schemas.OwnCode(code="287082"),
    schemas.PasswordAndCode(code="287082", password=PASSWORD),
    schemas.RecoveryCodes(recovery_codes=["7k3m-x0qp-9dwe", "h2vt-4s8c-1n6j"]),
    schemas.SecondStep(partial_token=SIGNED_TOKEN, code="287082"),
    schemas.ProviderUrl(url="https://accounts.google.com/o/oauth2/v2/auth?response_type=code&client_id=…"),
    schemas.Return(code="4/0AX4XfWh", state=TOKEN),
    schemas.Linked(),
    schemas.OwnIdentity(
        id=UUID("01936b2e-8c00-7a00-8000-000000000009"),
        provider="google",
        email=EMAIL,
        created_at=AT,
    ),
)
