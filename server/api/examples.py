"""One example per schema, as real values: an example that does not fit its schema fails at import."""

from typing import Any, Final

import msgspec

from server.api.accounts import examples as accounts
from server.api.admin import examples as admin
from server.api.appearance import examples as appearance
from server.api.assistant import examples as assistant
from server.api.attachments import examples as attachments
from server.api.canned_responses import examples as canned_responses
from server.api.chat import examples as chat
from server.api.copilot import examples as copilot
from server.api.forms import examples as forms
from server.api.help import examples as help_
from server.api.identity import examples as identity
from server.api.knowledge import examples as knowledge
from server.api.notes import examples as notes
from server.api.notifications import examples as notifications
from server.api.projects import examples as projects
from server.api.saved_views import examples as saved_views
from server.api.screenshots import examples as screenshots
from server.api.search import examples as search
from server.api.sign_in import examples as sign_in
from server.api.verified_identity import examples as verified_identity
from server.api.webhooks import examples as webhooks

ALL: Final[tuple[msgspec.Struct, ...]] = (
    *identity.ALL,
    *sign_in.ALL,
    *accounts.ALL,
    *projects.ALL,
    *appearance.ALL,
    *canned_responses.ALL,
    *knowledge.ALL,
    *verified_identity.ALL,
    *webhooks.ALL,
    *chat.ALL,
    *help_.ALL,
    *notes.ALL,
    *saved_views.ALL,
    *notifications.ALL,
    *search.ALL,
    *copilot.ALL,
    *forms.ALL,
    *attachments.ALL,
    *screenshots.ALL,
    *assistant.ALL,
    *admin.ALL,
)

_BY_TYPE: dict[type, Any] = {
    type(value): msgspec.to_builtins(msgspec.convert(msgspec.to_builtins(value), type(value)))
    for value in ALL
}


def example(schema: type[msgspec.Struct]) -> Any:
    """The example of `schema`; raises TypeError if it has none: every schema of a route needs one."""
    if schema not in _BY_TYPE:
        raise TypeError(
            f"{schema.__module__}.{schema.__name__} has no example: add one to its area's examples.py"
        )
    return _BY_TYPE[schema]
