"""Mails: one struct per template, and the sealed content of a row of `mails`."""

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
"""Changes to how an account is signed in to, of which its owner is notified."""


class _Letter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The tag is the template's name: `worker/mail/templates/{language}/{tag}.txt` and `.html`."""


class VerifyEmail(_Letter, frozen=True, tag="verify_email"):
    """To a new user, to confirm the address."""

    link: str
    full_name: str


class AccountExists(_Letter, frozen=True, tag="account_exists"):
    """To the owner of an account whose address was registered again. `link`: where to sign in."""

    link: str
    full_name: str


class ResetPassword(_Letter, frozen=True, tag="reset_password"):
    """To a user who forgot the password."""

    link: str
    full_name: str


class Invitation(_Letter, frozen=True, tag="invitation"):
    """To the invited address, which may have no account yet. `expires_at` in ms."""

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
    """To the old address, when a change is requested."""

    new_email: str
    full_name: str


class EmailChanged(_Letter, frozen=True, tag="email_changed"):
    """To the old address, after the change."""

    new_email: str
    full_name: str


class NewSignIn(_Letter, frozen=True, tag="new_sign_in"):
    """A sign-in from a browser that is new for the account. `at` in ms."""

    full_name: str
    device: str
    address: str
    at: int


class AccountChanged(_Letter, frozen=True, tag="account_changed"):
    """To the owner. `device` and `address` of the request, empty without a request; `at` in ms."""

    change: AccountChange
    full_name: str
    at: int
    device: str = ""
    address: str = ""
    provider: str = ""  # of an identity


class TwoFactorEnds(_Letter, frozen=True, tag="two_factor_ends"):
    """A password reset scheduled the end of the second factor, at `ends_at` (ms)."""

    full_name: str
    at: int
    ends_at: int
    device: str
    address: str


class ConversationAssigned(_Letter, frozen=True, tag="conversation_assigned"):
    """To the assignee of a conversation. It has nothing of what the visitor wrote."""

    link: str
    full_name: str
    assigner: str
    visitor: str  # the displayed name
    project: str


class Mentioned(_Letter, frozen=True, tag="mentioned"):
    """To a member whom a teammate mentioned in a note. It has nothing of what the note says."""

    link: str
    full_name: str
    author: str
    visitor: str  # the displayed name
    project: str


class WebhookDisabled(_Letter, frozen=True, tag="webhook_disabled"):
    """To the managers of a project. `link`: to its webhooks; `url`: the receiver's address."""

    link: str
    full_name: str
    project: str
    url: str
    reason: Literal["failing", "gone"]


class AssistantBudget(_Letter, frozen=True, tag="assistant_budget"):
    """To the managers of a project whose assistant has used most of its daily tokens: `percent` of `limit`.

    `link`: to the assistant's settings.
    """

    link: str
    full_name: str
    project: str
    percent: int
    limit: int


class TestMail(_Letter, frozen=True, tag="test_mail"):
    """Requested by an admin, to test that mail works."""

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
    | ConversationAssigned
    | Mentioned
    | WebhookDisabled
    | AssistantBudget
    | TestMail
)


class Sealed(msgspec.Struct, frozen=True):
    """The content of `mails.sealed`. `timezone`: the recipient's, an IANA name."""

    mail: Mail
    timezone: str = "UTC"


def template(mail: Mail) -> str:
    tag = type(mail).__struct_config__.tag
    assert isinstance(tag, str)
    return tag
