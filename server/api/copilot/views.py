"""Rows of the copilot as the API serves them."""

from contextlib import suppress

import msgspec

from core.bus.connection import UNAVAILABLE
from core.bus.copilot import turns
from core.db.copilot import drafts, messages, preferences, sessions
from server.api.copilot import draft_schemas, schemas
from server.api.http.calls import MemberCall
from server.api.http.fields import optional_uid, person, uid


def session(found: sessions.CopilotSession) -> schemas.CopilotSession:
    return schemas.CopilotSession(
        id=uid(found.id),
        article=optional_uid(found.article),
        conversation=optional_uid(found.conversation),
        title=found.title,
        summary=found.summary,
        last_number=found.last_number,
        running=optional_uid(found.running),
        created_at=found.created_at,
        changed_at=found.changed_at,
    )


def message(found: messages.CopilotMessage) -> schemas.CopilotMessage:
    return schemas.CopilotMessage(
        number=found.number,
        id=uid(found.id),
        ref=optional_uid(found.ref),
        turn=optional_uid(found.turn),
        role="agent" if found.role == "agent" else "copilot",
        intent=found.intent,
        state=found.state,
        text=found.text,
        about=optional_uid(found.about),
        into=found.into,
        tone=found.tone,
        draft=optional_uid(found.draft),
        at=found.at,
    )


def kept(found: preferences.Kept) -> schemas.CopilotPreferences:
    given = found.preferences
    return schemas.CopilotPreferences(
        tone=given.tone,
        length=given.length,
        language=given.language,
        style=given.style,
        version=found.version,
    )


def draft(found: drafts.Draft) -> draft_schemas.SocialDraft:
    return draft_schemas.SocialDraft(
        id=uid(found.id),
        session=optional_uid(found.session),
        title=found.title,
        state=found.state,
        version=found.version,
        social=social(found.social),
        made_by=person(found.made_by, found.made_by_name),
        approved_by=person(found.approved_by, found.approved_by_name),
        approved_at=found.approved_at,
        published_by=person(found.published_by, found.published_by_name),
        published_at=found.published_at,
        created_at=found.created_at,
        changed_at=found.changed_at,
    )


def version(found: drafts.DraftVersion) -> draft_schemas.SocialDraftVersion:
    return draft_schemas.SocialDraftVersion(
        number=found.number,
        social=social(found.social),
        by_copilot=found.by_copilot,
        made_by=person(found.made_by, found.made_by_name),
        made_at=found.made_at,
    )


def social(value: object) -> draft_schemas.Social:
    return msgspec.convert(value, draft_schemas.Social)


async def forget(call: MemberCall, gone: bytes) -> None:
    """Of a deleted session nothing stays in Redis; without Redis it expires."""
    with suppress(*UNAVAILABLE):
        await turns.forget(call.services.redis, call.project, gone)
