"""Converts rows of users to JSON schemas."""

from core import model
from server.api.http.fields import uid
from server.api.identity import schemas


def user(found: model.Profile) -> schemas.User:
    return schemas.User(
        id=uid(found.id),
        email=found.email,
        full_name=found.full_name,
        language=found.language,
        timezone=found.timezone,
        avatar_url=f"/api/v1/avatars/{uid(found.avatar)}" if found.avatar else None,
        is_admin=found.is_admin,
        has_password=found.has_password,
        two_factor=found.two_factor,
        pending_email=found.pending_email,
        created_at=found.created_at,
        mail_on_assignment=found.mail_on_assignment,
        mail_on_mention=found.mail_on_mention,
        recovery_codes_left=found.recovery_codes if found.two_factor else None,
    )
