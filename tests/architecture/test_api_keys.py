"""What the dashboard does, an API key can do by a scope, or a reason says why not; lists page alike."""

from typing import Any, Final

import msgspec
import pytest

from server.api.app import RESOURCES
from server.api.http.calls import Access
from server.api.http.routes import Route
from server.api.openapi import document

DOCUMENT: Final[dict[str, Any]] = msgspec.json.decode(document(RESOURCES, secure=True))
OPERATIONS: Final = {
    operation["operationId"]: operation
    for methods in DOCUMENT["paths"].values()
    for operation in methods.values()
}
ROUTES: Final = {route.name: route for resource in RESOURCES for route in resource.all}

ACCOUNT: Final = "an account belongs to a person, who signs in"
ADMINISTRATION: Final = "the installation, not a project"
TRUST: Final = "a stolen key must not make itself permanent, or let others in"
PERSONAL: Final = "belongs to a member"
FINAL: Final = "cannot be undone"

NOT_FOR_KEYS: Final[dict[str, str]] = {
    **dict.fromkeys(
        [name for name, route in ROUTES.items() if route.path.startswith(("/api/v1/me", "/api/v1/auth"))],
        ACCOUNT,
    ),
    **dict.fromkeys([name for name, route in ROUTES.items() if "/admin/" in route.path], ADMINISTRATION),
    "list_projects": ACCOUNT,
    "create_project": ACCOUNT,
    "accept_invitation": ACCOUNT,
    "leave_project": PERSONAL,
    "make_socket_ticket": "the websocket is for people: programs get webhooks",
    "type_in_conversation": "shows a person at a keyboard",
    "get_saved_views": PERSONAL,
    "save_views": PERSONAL,
    **dict.fromkeys(
        [name for name, route in ROUTES.items() if "/copilot/" in route.path],
        "the copilot works for a person at a keyboard",
    ),
    "list_mentions": PERSONAL,
    "read_mentions": PERSONAL,
    "get_screenshots": "shows a person the page that a visitor has open",
    "take_screenshot": "likewise",
    "create_visitor_note": "its author is a member, who may edit it; internal notes are messages",
    "change_visitor_note": "likewise",
    "delete_visitor_note": "likewise",
    "change_project": TRUST,
    "delete_project": FINAL,
    "delete_conversation": FINAL,
    "change_role": TRUST,
    "remove_member": TRUST,
    "list_invitations": TRUST,
    "invite": TRUST,
    "resend_invitation": TRUST,
    "revoke_invitation": TRUST,
    "list_api_keys": TRUST,
    "create_api_key": TRUST,
    "revoke_api_key": TRUST,
    "list_identity_secrets": TRUST,
    "create_identity_secret": TRUST,
    "remove_identity_secret": TRUST,
    "list_address_blocks": "a block says which member made it; `…/restriction` is open to keys",
    "block_address": "likewise",
    "unblock_address": "likewise",
    "report_attention": "says how a member's own tab is used",
    "list_audit": "shows the addresses of people",
    "export_audit": "likewise",
}

OF_MEMBERS: Final = [
    name for name, operation in OPERATIONS.items() if {"bearer": []} in operation.get("security", [])
]


@pytest.mark.parametrize("name", OF_MEMBERS)
def test_a_route_of_members_is_open_to_api_keys_or_says_why_not(name: str) -> None:
    open_to_keys = {"api_key": []} in OPERATIONS[name]["security"]
    assert open_to_keys is not (name in NOT_FOR_KEYS)
    assert open_to_keys is (ROUTES[name].scope is not None)


def test_each_reason_is_that_of_a_route() -> None:
    assert NOT_FOR_KEYS.keys() <= ROUTES.keys()


def _properties(route: Route) -> dict[str, Any]:
    answer = getattr(route.answer, "__name__", "")
    found: dict[str, Any] = DOCUMENT["components"]["schemas"].get(answer, {}).get("properties", {})
    return found


@pytest.mark.parametrize("name", [name for name, route in ROUTES.items() if "items" in _properties(route)])
def test_a_list_with_pages_takes_cursor_and_gives_next_cursor(name: str) -> None:
    route = ROUTES[name]
    taken = set(route.query.__struct_fields__) if route.query else set()
    given = set(_properties(route))
    assert ("cursor" in taken) == ("next_cursor" in given)
    assert not {"next", "after", "before", "page", "offset"} & (taken | given)


@pytest.mark.parametrize(
    "name", [name for name, route in ROUTES.items() if route.method == "POST" and name in OPERATIONS]
)
def test_a_post_of_members_takes_an_idempotency_key_or_says_why_not(name: str) -> None:
    route = ROUTES[name]
    of_members = route.access in {Access.SIGNED_IN, Access.AGENT, Access.MANAGER, Access.ADMIN}
    taken = [one["name"] for one in OPERATIONS[name]["parameters"] if one["in"] == "header"]
    assert ("Idempotency-Key" in taken) == (of_members and not route.unkeyed)
    assert of_members or not route.unkeyed
    assert not (route.upload and route.takes_key), "its body is not read before the handler"
