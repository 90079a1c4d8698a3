"""Examples: a page of results."""

from typing import Final

import msgspec

from server.api.chat.examples import CONVERSATION, MESSAGE, VISITOR
from server.api.chat.schemas import Author
from server.api.identity.examples import AT
from server.api.search import schemas

ALL: Final[tuple[msgspec.Struct, ...]] = (
    schemas.SearchPage(
        items=[
            schemas.SearchResult(
                kind="text",
                id=MESSAGE,
                at=AT,
                conversation=CONVERSATION,
                seq=7,
                status="open",
                visitor=schemas.SearchedVisitor(id=VISITOR, name="Jonas Weber"),
                author=Author(party="visitor", id=VISITOR, name="Jonas Weber"),
                text=[
                    schemas.SearchPiece(text="Do you deliver to "),
                    schemas.SearchPiece(text="Đà Nẵng", match=True),
                    schemas.SearchPiece(text=" as well?"),
                ],
                before=schemas.MessageBefore(author="Mai Tran", text="Hello! How can I help?"),
            )
        ],
        next_cursor=None,
    ),
)
