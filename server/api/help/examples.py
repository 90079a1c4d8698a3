"""Examples: articles for visitors."""

from typing import Final
from uuid import UUID

import msgspec

from server.api.help import schemas
from server.api.identity.examples import AT

_ID: Final = UUID("01936b2e-8c00-7a00-8000-000000000041")

ALL: Final[tuple[msgspec.Struct, ...]] = (
    schemas.PublicArticleList(
        items=[
            schemas.PublicArticleSnippet(
                id=_ID,
                title="How long does a delivery take?",
                snippet="Your parcel arrives within three days.",
                category="Shipping",
            )
        ]
    ),
    schemas.PublicArticle(
        id=_ID,
        version=3,
        title="How long does a delivery take?",
        language="en",
        category="Shipping",
        url="https://shop.example/delivery",
        content="Your parcel arrives within **three days**.\n",
        updated_at=AT,
    ),
    schemas.ArticleFeedback(helpful=True),
)
