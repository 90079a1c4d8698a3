"""What every route declares: its access rule, its rate limit, and its entry in the audit log."""

from collections.abc import Iterator
from functools import cache
from typing import Final

import msgspec
import pytest
from msgspec import inspect

from server.api.app import RESOURCES
from server.api.http.calls import CALLS, Access
from server.api.http.routes import ROOT, Route
from server.api.services.rate_limiter import UNLIMITED
from tests.architecture.program import Program, sources
from tests.architecture.sources import ROOT as TREE

ROUTES: Final = [route for resource in RESOURCES for route in resource.all]
CHANGING: Final = [route for route in ROUTES if route.method != "GET"]
HEALTH: Final = {"/livez", "/readyz"}
MOST: Final = 20  # calls a second
FROM_MEMORY: Final = {"built_file": 200}  # a file of the front end reaches neither Postgres nor the disk

# Changes without an audit entry: no reader of the log would ask about them, or they are their own record.
UNAUDITED: Final = {
    "reply": "a message is its own record, with author and time, and stays",
    "mark_read": "how far a reader has read is kept in `reads`, and changes with every message",
    "take_screenshot": "a picture is kept for a minute; the quota is counted",
    "type_in_conversation": "nothing is stored",
    "use_canned_response": "a statistic of the response",
    "make_socket_ticket": "valid for a minute, and its sign-in is audited",
    "refresh_access": "every few minutes in every tab; its handler audits a token that is shown again",
    "start_sign_in": "ten minutes in Redis; finish_sign_in audits the outcome",
    "resend_verification": "a mail that changes nothing; the use of its token is audited",
    "forgot_password": "likewise; and an entry would reveal which accounts exist",
    "create_attachment": "a ticket; the message that takes the file is its own record",
    "upload_attachment": "likewise",
    "delete_attachment": "an own file that nobody has seen",
    "send_attachments": "as reply",
    "create_own_attachment": "as create_attachment",
    "upload_own_attachment": "likewise",
    "delete_own_attachment": "as delete_attachment",
    "rate_help_article": "as rate_article",
    "rate_article": "it is its own record; thousands of visitors may answer",
    "verify_visitor": "every page view of a customer's site; the visitor's row says when, and by which id",
    "preview_canned_response_import": "a POST only to send the file; it reads",
    "rename_copilot_session": "of a member alone; a name and nothing else",
    "accept_copilot_message": "a statistic",
    "set_copilot_preferences": "how a text is worded for one member",
    "read_mentions": "what a member has seen is kept in `mentions`, and concerns no one else",
    "save_workflow": "a draft does nothing before it is published; its row says who changed it last",
    "test_workflow": "a POST only to send the workflow; it touches no data",
    "test_assistant_provider": "it asks for one word and keeps nothing; who chose the server is logged",
    "replay_workflow": "as test_workflow, and what it reads is no more than the pages of turns show",
    "preview_appearance": "a POST only to send the draft; it reads",
    "fetch_logo": "it keeps nothing; the upload of the picture is logged",
    "report_attention": "how a tab is used, twice a minute; Redis keeps it for minutes",
    "lookup_invitation": "a POST only to keep the token out of the address; it reads",
}


def named(route: Route) -> str:
    return f"{route.method} {route.path}"


@pytest.mark.parametrize("route", [route for route in ROUTES if route.json or route.query], ids=named)
def test_a_route_takes_no_fields_that_it_does_not_name(route: Route) -> None:
    for taken in (route.json, route.query):
        assert taken is None or all(each.forbid_unknown_fields for each in _structs(taken))


def _structs(kind: type[msgspec.Struct]) -> Iterator[inspect.StructType]:
    """The struct, and the structs that it is made of."""
    left: list[object] = [inspect.type_info(kind)]
    while left:
        one = left.pop()
        if isinstance(one, inspect.StructType):
            yield one
            left += [field.type for field in one.fields]
        elif isinstance(one, inspect.UnionType):
            left += one.types
        elif isinstance(one, inspect.ListType | inspect.SetType | inspect.VarTupleType):
            left.append(one.item_type)
        elif isinstance(one, inspect.Metadata):
            left.append(one.type)


@pytest.mark.parametrize("route", ROUTES, ids=named)
def test_a_route_has_an_access_rule_and_a_rate_limit(route: Route) -> None:
    assert isinstance(route.access, Access)
    assert route.access in CALLS
    if route.path in HEALTH:
        return
    assert route.limit is not UNLIMITED, "a route without a rate limit can be used to take the service down"
    most = FROM_MEMORY.get(route.name, MOST)
    assert 0 < route.limit.times / route.limit.seconds <= most, f"more than {most} calls a second is no limit"


@pytest.mark.parametrize("route", [one for one in ROUTES if one.path.startswith(ROOT)], ids=named)
def test_a_route_about_a_project_requires_a_role_in_it_or_its_page(route: Route) -> None:
    of_a_project = {Access.PAGE, Access.VISITOR, Access.AGENT, Access.MANAGER}
    assert ("project" in route.parameters) == (route.access in of_a_project)


@pytest.mark.parametrize("route", CHANGING, ids=named)
def test_a_route_that_changes_something_is_audited_or_says_why_not(route: Route) -> None:
    assert (route.audit is None) == (route.name in UNAUDITED), (
        f"give {route.name} `audit=AuditRule(action, entity=…, fields=…)`, "
        "or a reason in UNAUDITED of this test, and not both"
    )


@pytest.mark.parametrize("route", [one for one in ROUTES if one.audit], ids=named)
def test_an_audit_action_names_a_thing_and_what_happened_to_it(route: Route) -> None:
    assert route.audit is not None
    for action in (route.audit.action, route.audit.refused):
        thing, _, happened = action.partition(".")
        assert not action or (thing.replace("_", "").isalpha() and happened.replace("_", "").isalpha()), (
            action
        )


TEXTS: Final = "".join(
    path.read_text("utf-8") for path in (TREE / "widget/src/dashboard/settings").glob("*/texts/en.ts")
)


@pytest.mark.parametrize("route", [one for one in ROUTES if one.audit], ids=named)
def test_an_audit_action_has_texts_in_the_dashboard(route: Route) -> None:
    assert route.audit is not None
    for action in filter(None, (route.audit.action, route.audit.refused)):
        assert f'"act.{action}"' in TEXTS, (
            f"{action}: add its texts `act.` and `did.` to those of its settings"
        )


AUDIT: Final = {"server.api.http.calls.Call.audit", "core.action_context.ActionContext.audit"}


# A command writes it with its rows, in the transaction that it shares with others.
BY_COMMAND: Final = {
    "edit_message": "core.apply.edits.Alterations.write",
    "redact_message": "core.apply.edits.Alterations.write",
}


@cache
def program() -> Program:
    return Program(sources("server/api", "core"))


def audits(route: Route) -> bool:
    handler = route.handler
    if route.name in BY_COMMAND:
        return program().reaches(BY_COMMAND[route.name], {"core.db.ops.audit.add"})
    return program().reaches(f"{handler.__module__}.{handler.__name__}", AUDIT)


def test_the_search_for_audit_can_fail() -> None:
    quiet = [route.name for route in ROUTES if not audits(route)]
    assert {"get_conversation", "list_members", "get_me", "make_socket_ticket"} <= set(quiet)


@pytest.mark.parametrize("route", [one for one in ROUTES if one.audit and one.audit.security], ids=named)
def test_the_handler_of_a_security_action_writes_its_entry_itself(route: Route) -> None:
    assert audits(route), (
        f"{route.name}: call a function of core.accounts or core.projects that does it, "
        "or `await call.audit(conn, …)`, within the transaction, "
        "or leave out `security=True`"
    )
