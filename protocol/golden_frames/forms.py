"""Golden frames of forms, and of errors since they have details, for protocol.golden."""

import uuid
from typing import Final

from protocol import from_client as c
from protocol import from_server as s
from protocol.golden_frames.ids import AGENT_PERSON, AT, CONVERSATION, MESSAGE, REF, USER, VISITOR_PERSON

CLIENT: Final[dict[str, c.ClientFrame]] = {
    "answer a form": c.Answer(
        7,
        REF,
        CONVERSATION,
        MESSAGE,
        {"name": "Nguyễn Thị Mai", "number": "-12.5", "date": "2026-11-29", "gift": True, "size": None},
    ),
    "answer the form before the chat, with chosen options": c.Answer(
        8, REF, None, None, {"topics": ["Order", "Return"]}, USER, {"plan": "pro"}
    ),
    "filling": c.Filling(CONVERSATION, MESSAGE),
}

SERVER: Final[dict[str, s.ServerFrame]] = {
    "form request": s.Message(
        CONVERSATION,
        11,
        MESSAGE,
        REF,
        AGENT_PERSON,
        AT,
        "form_request",
        "Order details: order number, size",
        {},
        {
            "type": "form_request",
            "template": str(uuid.UUID(bytes=REF)),
            "name": "Order details",
            "fields": [
                {"key": "number", "label": "Order number", "type": "number", "required": True},
                {"key": "size", "label": "Size", "type": "select", "options": ["S", "M"]},
            ],
            "expires_at": AT,
        },
    ),
    "error of no request": s.Error(0, 105, "bad frame", temporary=False),
    "error of a text that can be sent again": s.Error(
        2, 113, "busy", temporary=True, retry_ms=2_000, ref=REF
    ),
    "form answer with chosen options": s.Message(
        CONVERSATION,
        12,
        MESSAGE,
        REF,
        VISITOR_PERSON,
        AT,
        "form_answer",
        "Order details\nSizes: S, M",
        {},
        {
            "type": "form_answer",
            "template": str(uuid.UUID(bytes=REF)),
            "name": "Order details",
            "values": [{"key": "sizes", "label": "Sizes", "value": ["S", "M"]}],
            "request": str(uuid.UUID(bytes=USER)),
        },
    ),
    "form answered": s.Changed(
        CONVERSATION,
        12,
        AT,
        s.Changes(
            form={
                "request": str(uuid.UUID(bytes=MESSAGE)),
                "state": "answered",
                "answer": str(uuid.UUID(bytes=USER)),
            }
        ),
        4,
    ),
    "form is being filled": s.Changed(
        CONVERSATION, 12, AT, s.Changes(form={"request": str(uuid.UUID(bytes=MESSAGE)), "state": "filling"})
    ),
    "form answer removed by an agent": s.Changed(
        CONVERSATION,
        12,
        AT,
        s.Changes(
            by_party="agent",
            by=USER,
            by_name=AGENT_PERSON.name,
            form={
                "answer": str(uuid.UUID(bytes=MESSAGE)),
                "body": "Order details",
                "content": {
                    "type": "form_answer",
                    "template": str(uuid.UUID(bytes=REF)),
                    "name": "Order details",
                    "values": [],
                    "version": 2,
                    "edited_at": AT,
                    "removed": True,
                },
            },
        ),
        5,
    ),
    "error of a form's values": s.Error(
        7,
        105,
        "invalid",
        temporary=False,
        ref=REF,
        details={"fields": {"number": "not_a_number", "size": "required"}},
    ),
}
