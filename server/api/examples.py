"""One example per schema, as real values: an example that does not fit its schema fails at import."""

from typing import Any, Final

import msgspec

from server.api.accounts import examples as accounts
from server.api.admin import examples as admin
from server.api.canned_responses import examples as canned_responses
from server.api.chat import examples as chat
from server.api.forms import examples as forms
from server.api.identity import examples as identity
from server.api.notes import examples as notes
from server.api.projects import examples as projects
from server.api.saved_views import examples as saved_views
from server.api.screenshots import examples as screenshots
from server.api.sign_in import examples as sign_in
from server.api.verified_identity import examples as verified_identity
from server.api.webhooks import examples as webhooks

ALL: Final[tuple[msgspec.Struct, ...]] = (
    *identity.ALL,
    *sign_in.ALL,
    *accounts.ALL,
    *projects.ALL,
    *canned_responses.ALL,
    *verified_identity.ALL,
    *webhooks.ALL,
    *chat.ALL,
    *notes.ALL,
    *saved_views.ALL,
    *forms.ALL,
    *screenshots.ALL,
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
