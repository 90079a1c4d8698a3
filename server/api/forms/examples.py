"""Examples: forms."""

from typing import Final
from uuid import UUID

import msgspec

from server.api.chat.examples import CONVERSATION, MESSAGE, REF, VISITOR
from server.api.chat.schemas import Author
from server.api.forms import schemas as s
from server.api.http.fields import FormField
from server.api.identity.examples import AT

TEMPLATE: Final = UUID("01936b2e-8c00-7a00-8000-00000000000f")

_fields: Final = [
    FormField(key="number", label="Order number", type="number", required=True),
    FormField(key="size", label="Size", type="select", options=["S", "M", "L"]),
]
_template: Final = s.FormTemplate(
    id=TEMPLATE,
    name="Order details",
    description="So that we find your order.",
    fields=_fields,
    enabled=True,
    pre_chat=False,
    version=2,
    created_at=AT - 60_000,
    updated_at=AT,
    answers=17,
)
_item: Final = s.FormAnswerItem(
    message=MESSAGE,
    conversation=CONVERSATION,
    visitor=s.FormVisitor(id=VISITOR, name="Jonas Weber"),
    author=Author(party="visitor", id=VISITOR, name="Jonas Weber"),
    at=AT,
    request=REF,
    values=[
        s.FormAnswerValue(key="number", label="Order number", value="1017"),
        s.FormAnswerValue(key="size", label="Size", value="M"),
    ],
    version=1,
    edited_at=None,
)

ALL: Final[tuple[msgspec.Struct, ...]] = (
    *_fields[:1],
    _template,
    s.FormTemplateList(items=[_template]),
    s.NewFormTemplate(name=_template.name, description=_template.description, fields=_fields),
    s.FormTemplateChange(version=2, enabled=False),
    s.SentForm(template=TEMPLATE, ref=REF, expires_in=3600),
    s.FilledForm(template=TEMPLATE, ref=REF, values={"number": "1017", "size": "M"}),
    s.FormCorrection(version=1, values={"number": "1018", "size": "M"}),
    *_item.values[:1],
    _item.visitor,
    _item,
    s.FormAnswerPage(items=[_item], next_cursor=None),
)
