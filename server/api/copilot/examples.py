"""Examples: the copilot."""

from typing import Final
from uuid import UUID

import msgspec

from server.api.copilot import draft_schemas as drafts
from server.api.copilot import schemas
from server.api.identity.examples import AT, PERSON

_SESSION: Final = UUID("01936b2e-8c00-7a00-8000-0000000000c1")
_TURN: Final = UUID("01936b2e-8c00-7a00-8000-0000000000c2")
_CONVERSATION: Final = UUID("01936b2e-8c00-7a00-8000-000000000003")
_DRAFT: Final = UUID("01936b2e-8c00-7a00-8000-0000000000c4")

_session: Final = schemas.CopilotSession(
    id=_SESSION,
    article=None,
    conversation=_CONVERSATION,
    title="Draft a reply",
    summary="",
    last_number=2,
    running=None,
    created_at=AT,
    changed_at=AT,
)
_message: Final = schemas.CopilotMessage(
    number=2,
    id=UUID("01936b2e-8c00-7a00-8000-0000000000c3"),
    ref=None,
    turn=_TURN,
    role="copilot",
    intent="draft_reply",
    state="done",
    text="Hello Mai, your parcel arrives on Friday.",
    about=None,
    into="",
    tone="",
    draft=None,
    at=AT,
)
_post: Final = drafts.SocialPost(
    segments=["Questions at midnight? Our chat answers in seconds."],
    hashtags=["#support"],
    visual="A phone on a bedside table",
)
_social: Final = drafts.Social(
    posts=drafts.SocialPosts(x=_post),
    warnings=[drafts.SocialWarning(platform="x", code="too_long", segment=0)],
)
_draft: Final = drafts.SocialDraft(
    id=_DRAFT,
    session=_SESSION,
    title="Our chat",
    state="approved",
    version=3,
    social=_social,
    made_by=PERSON,
    approved_by=PERSON,
    approved_at=AT,
    published_by=None,
    published_at=None,
    created_at=AT,
    changed_at=AT,
)
_version: Final = drafts.SocialDraftVersion(
    number=3, social=_social, by_copilot=True, made_by=PERSON, made_at=AT
)

ALL: Final[tuple[msgspec.Struct, ...]] = (
    _session,
    schemas.CopilotSessionPage(items=[_session], next_cursor=None),
    schemas.NewCopilotSession(conversation=_CONVERSATION, title="Refund"),
    schemas.CopilotSessionChange(title="Refund"),
    _message,
    schemas.CopilotMessagePage(items=[_message], next_cursor="2"),
    schemas.Acceptance(edited=12),
    schemas.CopilotPreferences(
        tone="friendly", length="short", language="vi", style="No exclamation marks.", version=2
    ),
    schemas.CopilotPreferencesChange(version=2, tone="friendly", style="No exclamation marks."),
    schemas.CopilotFigures(
        items=[
            schemas.CopilotFigure(
                intent="draft_reply", suggested=40, accepted=31, unedited=12, edited=930, letters=6_100
            )
        ]
    ),
    _draft,
    drafts.SocialDraftPage(items=[_draft], next_cursor=None),
    drafts.SocialDraftVersionPage(items=[_version], next_cursor=None),
    drafts.SocialDraftChange(
        version=3,
        title="Our chat",
        posts=drafts.SocialPostsChange(x=drafts.SocialPostChange(visual="A phone in a hand"), facebook=None),
    ),
    drafts.SocialDraftStep(version=3),
)
