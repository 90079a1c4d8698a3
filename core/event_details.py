"""What consumers need to know of an event beyond the columns of its row: who, which message, what is new.

Stored with the event's row in the outbox and with the rows of consumers, as JSON. It never has a text: the
rows may wait for days, and their message may be redacted or their conversation deleted meanwhile.
"""

from typing import Final

import msgspec

from core import ids
from core.events import (
    AnswerChanged,
    ConversationDeleted,
    Event,
    FormChanged,
    MessageEdited,
    MessagePosted,
    MessageRedacted,
    OwnerChanged,
    VisitorChanged,
)

NAME: Final = "name"
EMAIL: Final = "email"
SIGNED: Final = "signed"


class Details(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`party`, `by`, `by_name`: who did it. `seq`: of the message that changed. Ids are text. `at` in ms.

    `request`: the message of the form that has another `state`; of another owner `state` is the reason.
    `learned`: what is known of a visitor for the first time: NAME and EMAIL, said by the page, or SIGNED, by
    the site.
    """

    at: int
    party: str = ""
    by: str = ""
    by_name: str = ""
    seq: int = 0
    request: str = ""
    state: str = ""
    learned: tuple[str, ...] = ()


def of(event: Event, *, learned: tuple[str, ...] = ()) -> Details | None:
    """None: the row says enough."""
    match event:
        case MessageEdited() | MessageRedacted():
            return Details(
                at=event.at,
                party=event.by_party,
                by=ids.text(event.by),
                by_name=event.by_name,
                seq=event.message_seq,
            )
        case FormChanged():
            return Details(
                at=event.at,
                party=event.by_party,
                by=ids.text(event.by),
                by_name=event.by_name,
                request=ids.text(event.request),
                state=event.state,
            )
        case AnswerChanged():
            return Details(
                at=event.at, party="agent", by=ids.text(event.by), by_name=event.by_name, seq=event.answer_seq
            )
        case OwnerChanged():
            return Details(
                at=event.at,
                party=event.by_party,
                by=ids.text(event.by),
                by_name=event.by_name,
                state=event.reason,
            )
        case ConversationDeleted():
            return Details(at=event.at, party="agent", by=ids.text(event.by), by_name=event.by_name)
        case MessagePosted() | VisitorChanged() if learned:
            return Details(at=event.at, learned=learned)
        case _:
            return None
