"""Examples: notes about visitors, and mentions."""

from typing import Final
from uuid import UUID

import msgspec

from server.api.identity.examples import AT, PERSON
from server.api.notes import schemas

NOTE: Final = UUID("01936b2e-8c00-7a00-8000-00000000000e")
TEAMMATE: Final = UUID("01936b2e-8c00-7a00-8000-00000000000f")
TEXT: Final = "Prefers to be called in the afternoon. @Tom Brandt, please call back."

_note: Final = schemas.VisitorNote(
    id=NOTE,
    author=PERSON,
    text=TEXT,
    mentions=[schemas.Mentioned(user=TEAMMATE, name="Tom Brandt")],
    version=1,
    created_at=AT,
    edited_at=None,
)

ALL: Final[tuple[msgspec.Struct, ...]] = (
    _note,
    schemas.VisitorNotePage(items=[_note], next_cursor=None, total=1),
    schemas.NewVisitorNote(text=TEXT, mentions=(TEAMMATE,)),
    schemas.VisitorNoteChange(version=1, text="Prefers to be called in the morning."),
    schemas.MentionList(
        items=[
            schemas.Mention(
                id=UUID("01936b2e-8c00-7a00-8000-000000000010"),
                at=AT,
                author=PERSON,
                visitor=schemas.MentionVisitor(
                    id=UUID("01936b2e-8c00-7a00-8000-00000000a1b2"), name="Jonas Weber"
                ),
                note=NOTE,
                conversation=UUID("01936b2e-8c00-7a00-8000-000000000003"),
                seq=None,
                text=TEXT,
                read=False,
            )
        ],
        unread=1,
    ),
    schemas.MentionsRead(ids=(UUID("01936b2e-8c00-7a00-8000-000000000010"),)),
)
