"""What may be sent by mail: one struct per template, and what the worker finds sealed in a row of `mails`."""

from typing import ClassVar, Literal

import msgspec

from core.model import Role

AccountChange = Literal[
    "password_changed",
    "password_set",
    "password_reset",
    "identity_linked",
    "identity_unlinked",
    "two_factor_on",
    "two_factor_off",
    "two_factor_kept",
    "recovery_codes_renewed",
    "recovery_code_used",
    "codes_guessed",
]
"""What concerns the ways into an account, so that its owner should hear of it."""


class _Letter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The tag is the template's name: `worker/mail/templates/{language}/{tag}.txt` and `.html`."""


class VerifyEmail(_Letter, frozen=True, tag="verify_email"):
    """To somebody who registered."""

    link: str
    full_name: str


class AccountExists(_Letter, frozen=True, tag="account_exists"):
    """To whom somebody registered again, maybe the same person. `link`: where to sign in."""

    link: str
    full_name: str


class ResetPassword(_Letter, frozen=True, tag="reset_password"):
    """To somebody who forgot."""

    link: str
    full_name: str


class Invitation(_Letter, frozen=True, tag="invitation"):
    """To somebody who may have no account yet. `expires_at` in ms."""

    link: str
    project: str
    inviter: str
    role: Role
    expires_at: int | None = None


class EmailChangeVerify(_Letter, frozen=True, tag="email_change_verify"):
    """To the new address."""

    link: str
    full_name: str


class EmailChangeAlert(_Letter, frozen=True, tag="email_change_alert"):
    """To the old address, while the change is only asked for."""

    new_email: str
    full_name: str


class EmailChanged(_Letter, frozen=True, tag="email_changed"):
    """To the old address, once it is no longer the account's."""

    new_email: str
    full_name: str


class NewSignIn(_Letter, frozen=True, tag="new_sign_in"):
    """From a browser that the account has not been used in. `at` in ms."""

    full_name: str
    device: str
    address: str
    at: int


class AccountChanged(_Letter, frozen=True, tag="account_changed"):
    """To the owner. `device` and `address` of the request, empty where there was none; `at` in ms."""

    change: AccountChange
    full_name: str
    at: int
    device: str = ""
    address: str = ""
    provider: str = ""  # of an identity


class TwoFactorEnds(_Letter, frozen=True, tag="two_factor_ends"):
    """A reset asked for the second factor to be turned off, at `ends_at` (ms)."""

    full_name: str
    at: int
    ends_at: int
    device: str
    address: str


class TestMail(_Letter, frozen=True, tag="test_mail"):
    """Asked for by an admin, to see that mail works."""

    __test__: ClassVar[bool] = False  # pytest collects by name

    sent_by: str


Mail = (
    VerifyEmail
    | AccountExists
    | ResetPassword
    | Invitation
    | EmailChangeVerify
    | EmailChangeAlert
    | EmailChanged
    | NewSignIn
    | AccountChanged
    | TwoFactorEnds
    | TestMail
)


class Sealed(msgspec.Struct, frozen=True):
    """What stands in `mails.sealed`. `timezone`: the recipient's, an IANA name."""

    mail: Mail
    timezone: str = "UTC"


def template(mail: Mail) -> str:
    """The template's name."""
    tag = type(mail).__struct_config__.tag
    assert isinstance(tag, str)
    return tag
