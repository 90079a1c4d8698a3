"""The types of values in frames of both directions."""

from typing import Annotated, Any, Final, Literal

import msgspec

from protocol import limits

Id = Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)]
"""16 bytes; a UUIDv7 if Parley generated it."""

Rid = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
"""Identifies a request within its connection; 0: none."""

Seq = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
Milliseconds = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
Token = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
Url = Annotated[str, msgspec.Meta(max_length=limits.URL)]
Title = Annotated[str, msgspec.Meta(max_length=limits.TITLE)]
Body = Annotated[str, msgspec.Meta(max_length=limits.BODY)]
Language = Annotated[str, msgspec.Meta(max_length=35)]

MetaKey = Annotated[str, msgspec.Meta(min_length=1, max_length=limits.META_KEY)]
MetaText = Annotated[str, msgspec.Meta(max_length=limits.META_VALUE)]
MetaNumber = Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)]
Meta = Annotated[
    dict[MetaKey, MetaText | MetaNumber | bool | None], msgspec.Meta(max_length=limits.META_KEYS)
]

VerifiedFacts = Annotated[
    dict[MetaKey, MetaText | MetaNumber | bool | None],
    msgspec.Meta(max_length=limits.META_KEYS, extra={"typescript": "Meta", "since": "0.3.0"}),
]
Content = Annotated[dict[str, Any], msgspec.Meta(extra={"typescript": "Content", "since": "0.3.0"})]
"""What a structured message adds to its text: a map with a `type`, an open set of values. Its limits are
CONTENT_BYTES and CONTENT_DEPTH; the server checks them before it sends."""

FormKey = Annotated[str, msgspec.Meta(min_length=1, max_length=limits.FORM_KEY)]
FormText = Annotated[str, msgspec.Meta(max_length=limits.FORM_TEXT)]
FormChoice = Annotated[str, msgspec.Meta(max_length=limits.FORM_OPTION)]
FormChoices = Annotated[list[FormChoice], msgspec.Meta(max_length=limits.FORM_CHOICES)]
FormValues = Annotated[
    dict[FormKey, FormText | bool | FormChoices | None],
    msgspec.Meta(max_length=limits.FORM_FIELDS, extra={"typescript": "FormValues"}),
]
"""What a visitor filled in, by the keys of the form's fields: text, a boolean, chosen options."""

FormChange = Annotated[dict[str, Any], msgspec.Meta(extra={"typescript": "FormChange"})]
"""A form that changed: `{request, state, answer?}`; a filled one: `{answer, body, content}`. Ids as text."""

FileIds = Annotated[
    list[Annotated[str, msgspec.Meta(min_length=36, max_length=36)]],
    msgspec.Meta(min_length=1, max_length=limits.FILES),
]
"""Files that were uploaded, as UUID text: the ids of the content that they become."""

Details = Annotated[Any, msgspec.Meta(extra={"typescript": "Details", "since": "0.3.0"})]
"""More about an error: `{fields: {key: code}}` of a form's values. A later server may send any value."""

# Open sets for readers: a newer server may send other values, and its frames must stay readable.
MessageKind = Annotated[str, msgspec.Meta(max_length=limits.WORD, extra={"words": "MessageKind"})]
Status = Annotated[str, msgspec.Meta(max_length=limits.WORD, extra={"words": "Status"})]
Party = Annotated[str, msgspec.Meta(max_length=limits.WORD, extra={"words": "Party"})]
Word = Annotated[str, msgspec.Meta(max_length=limits.WORD)]
"""An open set as well: codes, reasons, stages."""
Owner = Annotated[str, msgspec.Meta(max_length=limits.WORD)]
"""Who answers the visitor: `assistant` or `person`."""
Resource = Annotated[str, msgspec.Meta(max_length=limits.WORD)]
"""A tag of the OpenAPI document."""
WORDS: Final = {
    "MessageKind": ("text", "note", "system", "form_request", "form_answer", "attachment"),
    "Status": ("open", "pending", "solved", "spam"),
    "Party": ("visitor", "agent", "assistant", "system"),
}
"""The values that this version knows."""

CopilotText = Annotated[str, msgspec.Meta(max_length=limits.COPILOT_TEXT)]
"""What an agent asks the copilot, and what it answers."""
Social = Annotated[dict[str, Any], msgspec.Meta(extra={"typescript": "Content", "since": "0.5.0"})]
"""Posts for social networks by platform, an open set, and what is wrong with them."""

View = Literal["inbox", "conversation"]


class Reached(msgspec.Struct, array_like=True, frozen=True):
    """How far a client is in a conversation, `[seq, change, …]`; newer clients append elements."""

    seq: Seq
    change: Seq | None = None  # the number of the last change that it knows


class Person(msgspec.Struct, array_like=True, frozen=True):
    """The person who wrote, typed or read: [party, id, name]."""

    party: Party
    id: Id
    name: str
