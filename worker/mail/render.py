"""Renders a mail in the recipient's language: subject, text and HTML, from `templates/{language}/`."""

import re
import unicodedata
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import jinja2
import msgspec

from core.db.identity.user_tokens import TTL
from core.mail import EmailChangeVerify, Invitation, Mail, ResetPassword, VerifyEmail, template

FOLDER: Final = Path(__file__).parent / "templates"
LANGUAGES: Final = frozenset(path.name for path in FOLDER.iterdir() if path.is_dir())
FALLBACK: Final = "en"
LONGEST_NAME: Final = 100  # characters

_CHOSEN: Final = frozenset(
    {
        "full_name",
        "project",
        "inviter",
        "device",
        "sent_by",
        "provider",
        "assigner",
        "author",
        "visitor",
        "url",
    }
)
"""Fields with user input, perhaps typed by a stranger who makes us send mail to others."""

_SHORT_OF: Final = re.compile(r"\.(?=[^\W\d_]{2})")

_templates: Final = jinja2.Environment(
    loader=jinja2.FileSystemLoader(FOLDER),
    autoescape=jinja2.select_autoescape(["html"], default=False),
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)


class RenderedMail(msgspec.Struct, frozen=True):
    """One mail, rendered. `subject` is a single line."""

    subject: str
    text: str
    html: str


def expiry(mail: Mail, *, created_at: int) -> int | None:
    """When the mail's link stops working, in ms; None when it does not, or when there is none."""
    match mail:
        case VerifyEmail():
            return created_at + TTL["verify_email"]
        case ResetPassword():
            return created_at + TTL["reset_password"]
        case EmailChangeVerify():
            return created_at + TTL["change_email"]
        case Invitation():
            return mail.expires_at
        case _:
            return None


def render(mail: Mail, *, language: str, timezone: str, created_at: int, origin: str) -> RenderedMail:
    """Deterministic: the same arguments give the same mail. Raises jinja2.TemplateError."""
    spoken = _supported(language)
    name = f"{spoken}/{template(mail)}"
    zone = _zone(timezone)
    expires = expiry(mail, created_at=created_at)
    facts: dict[str, Any] = {
        **{field: _plain(field, value) for field, value in msgspec.structs.asdict(mail).items()},
        "language": spoken,
        "origin": origin,
        "words": _templates.get_template(f"{spoken}/words.txt").module,
        "at": _moment(getattr(mail, "at", created_at), zone),
        "zone": str(zone),
        "ends": _moment(getattr(mail, "ends_at", created_at), zone),
        "expires": None if expires is None else _moment(expires, zone),
        "minutes": 0 if expires is None else round((expires - created_at) / 60_000),
    }
    text = _templates.get_template(f"{name}.txt")
    subject = "".join(text.blocks["subject"](text.new_context(facts)))
    return RenderedMail(
        subject=_one_line(subject),
        text=text.render(facts).strip() + "\n",
        html=_templates.get_template(f"{name}.html").render(facts).strip() + "\n",
    )


def _supported(language: str) -> str:
    """The language without its region (`vi-VN` is `vi`); FALLBACK for one without templates."""
    short = language.lower().replace("_", "-").split("-")[0]
    return short if short in LANGUAGES else FALLBACK


def _zone(timezone: str) -> tzinfo:
    try:
        return ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def _moment(at: int, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(at / 1000, zone)


def _plain(field: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return _unlinkable(value) if field in _CHOSEN else _one_line(value)


def _one_line(value: str) -> str:
    """Without line breaks and invisible characters such as bidirectional overrides."""
    seen = (" " if unicodedata.category(char).startswith(("C", "Z")) else char for char in value)
    return " ".join("".join(seen).split())


def _unlinkable(value: str) -> str:
    """A name that no mail client turns into a link: else registering as `win.example/now` sends spam."""
    line = _one_line(value).replace("://", " ")
    return _SHORT_OF.sub(". ", line)[:LONGEST_NAME].strip()
