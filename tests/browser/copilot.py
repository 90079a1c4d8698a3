"""Sessions of the copilot and drafts of posts, as the worker leaves them."""

import json
from typing import Any, Final
from uuid import UUID

from core import ids
from tests.stack import Stack

SOCIAL: Final[dict[str, Any]] = {
    "posts": {
        "x": {
            "segments": [
                "Questions at midnight? Our chat answers in seconds. " * 6,
                "https://a-rather-long-name.shop.example/help/delivery-on-islands",
            ],
            "hashtags": ["#hỗ_trợ_khách_hàng", "#livechat"],
            "visual": "A phone on a bedside table, its screen glowing softly",
        },
        "linkedin": {"segments": ["What our customers ask most."], "hashtags": [], "visual": ""},
    },
    "warnings": [
        {"platform": "x", "code": "too_long", "segment": 0},
        {"platform": "linkedin", "code": "masked", "segment": -1},
    ],
}
SESSION: Final = """
INSERT INTO copilot_sessions
    (project_id, id, user_id, conversation_id, title, last_number, created_at, changed_at)
SELECT $1, $2, id, $4, 'Đơn hàng của khách Nguyễn Hoàng Bảo Ngọc', 5, now(), now()
FROM users WHERE email = $3
"""
MESSAGE: Final = """
INSERT INTO copilot_messages
    (project_id, session_id, number, id, turn_id, role, intent, state, text, tone, draft_id, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, now())
"""
DRAFT: Final = """
INSERT INTO social_drafts (project_id, id, title, version, created_at, changed_at)
VALUES ($1, $2, 'What our customers ask most about delivery', 2, now(), now())
"""
VERSION: Final = """
INSERT INTO social_draft_versions (project_id, draft_id, number, social, made_at)
VALUES ($1, $2, $3, $4::text::jsonb, now())
"""


def add_draft(stack: Stack, project: UUID) -> UUID:
    """A draft of two posts, with warnings and an older version."""
    made = _id()
    stack.sql(DRAFT, project, made)
    for number in (1, 2):
        stack.sql(VERSION, project, made, number, json.dumps(SOCIAL))
    return made


def add_session(stack: Stack, project: UUID, email: str, *, conversation: UUID, draft: UUID) -> None:
    """A session of that agent about the conversation: an answer, posts, and a question that failed."""
    made, first, second, third = _id(), _id(), _id(), _id()
    stack.sql(SESSION, project, made, email, conversation)
    said = "Cảm ơn bạn đã nhắn tin! " * 6 + "https://a-rather-long-name.shop.example/delivery"
    for number, (turn, role, intent, state, text, tone, posts) in enumerate(
        (
            (first, "agent", "rewrite", "done", "we look into it", "more formal", None),
            (first, "copilot", "rewrite", "done", said, "more formal", None),
            (second, "agent", "social_create", "done", "Write posts for social networks", "", None),
            (second, "copilot", "social_create", "done", "[x] …", "", draft),
            (third, "agent", "ask", "failed", "What does the customer want?", "", None),
        ),
        start=1,
    ):
        stack.sql(MESSAGE, project, made, number, _id(), turn, role, intent, state, text, tone, posts)


def _id() -> UUID:
    return UUID(bytes=ids.make())
