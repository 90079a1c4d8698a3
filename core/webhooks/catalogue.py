"""The catalogue: every event that a webhook may ask for. Another event is a line here.

An event of the outbox may become several of the catalogue, in this order: a visitor's first message is
`conversation.created` and `message.created`.
"""

from typing import Final

import msgspec

from core.webhooks.payloads import (
    AboutAlteration,
    AboutChange,
    AboutConversation,
    AboutDeletion,
    AboutForm,
    AboutHandOver,
    AboutIdentity,
    AboutMessage,
    AboutVisitor,
    Data,
)


class Listed(msgspec.Struct, frozen=True):
    """`kinds`: of the outbox, those that may become it."""

    name: str
    kinds: tuple[str, ...]
    data: type[Data]
    about: str


CATALOGUE: Final = (
    Listed(
        "conversation.created",
        ("message_posted",),
        AboutConversation,
        "A visitor has started a conversation. `message.created` follows.",
    ),
    Listed(
        "conversation.reopened",
        ("message_posted", "status_changed"),
        AboutChange,
        "A pending or solved conversation is open again: the visitor wrote, or an agent changed it.",
    ),
    Listed(
        "message.created",
        ("message_posted",),
        AboutMessage,
        "A message for the visitor or from the visitor is stored. Internal notes are `note.created`.",
    ),
    Listed("note.created", ("message_posted",), AboutMessage, "An agent has written an internal note."),
    Listed(
        "message.edited",
        ("message_edited",),
        AboutAlteration,
        "The text of a message was replaced. Several edits in a row may show the last text each.",
    ),
    Listed(
        "message.redacted",
        ("message_redacted",),
        AboutAlteration,
        "The text of a message was removed: remove it where you keep it.",
    ),
    Listed("note.edited", ("message_edited",), AboutAlteration, "As `message.edited`, of an internal note."),
    Listed(
        "note.redacted", ("message_redacted",), AboutAlteration, "As `message.redacted`, of an internal note."
    ),
    Listed(
        "form.sent",
        ("message_posted",),
        AboutForm,
        "An agent or the assistant has sent a form. It is also a `message.created`.",
    ),
    Listed(
        "form.answered",
        ("message_posted",),
        AboutForm,
        "A form is filled: by the visitor, also before the chat, or by an agent. It is also a "
        "`message.created`.",
    ),
    Listed(
        "form.updated",
        ("form_changed", "form_answer_changed"),
        AboutForm,
        "A filled form was corrected or removed, or one that was sent has expired or was cancelled.",
    ),
    Listed(
        "conversation.assigned",
        ("conversation_assigned",),
        AboutChange,
        "The assignee changed; null: the conversation is unassigned.",
    ),
    Listed("conversation.solved", ("status_changed",), AboutChange, "The status is solved now."),
    Listed(
        "conversation.updated",
        ("status_changed", "conversation_assigned"),
        AboutChange,
        "The status or the assignee changed: every change, also those with an event of their own.",
    ),
    Listed(
        "conversation.deleted",
        ("conversation_deleted",),
        AboutDeletion,
        "A manager has deleted a conversation. No event of it follows; what was queued of it is not sent.",
    ),
    Listed(
        "assistant.handed_over",
        ("owner_changed",),
        AboutHandOver,
        "The assistant has handed the conversation over to the team, or its visitor asked for a person.",
    ),
    Listed(
        "visitor.identified",
        ("message_posted", "visitor_changed"),
        AboutIdentity,
        "It is known for the first time who a visitor is: the first message of one whom the site has signed, "
        "or an anonymous visitor's first name or email address.",
    ),
    Listed(
        "visitor.updated", ("visitor_changed",), AboutVisitor, "The name or the facts of a visitor changed."
    ),
)

NAMES: Final = tuple(one.name for one in CATALOGUE)
PING: Final = "ping"
"""Sent by the button that tests a webhook, whatever the webhook asks for."""

KINDS: Final = tuple(dict.fromkeys(kind for one in CATALOGUE for kind in one.kinds))


def kinds_of(events: tuple[str, ...]) -> tuple[str, ...]:
    """The outbox's kinds that may become one of `events`."""
    return tuple(dict.fromkeys(kind for one in CATALOGUE if one.name in events for kind in one.kinds))
