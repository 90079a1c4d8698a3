"""Fuzzing: requests that the OpenAPI document allows and forbids, sent to a running server."""

from typing import Any, Final

import httpx
import hypothesis
import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from core import ids
from core.identity import visitor_keys
from core.ids import ProjectId, VisitorId
from server.api.app import RESOURCES
from server.api.http.calls import Access
from server.api.openapi import document
from tests.patience import PATIENCE
from tests.people import PASSWORD, add_agent, add_project
from tests.running import Running
from tests.stack import SECRET, Stack

# Per operation and mode; each one costs more to draw than to answer.
EXAMPLES: Final = [1, pytest.param(25, marks=pytest.mark.soak)]
CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
ROUTES: Final = {route.name: route for resource in RESOURCES for route in resource.all}
SCHEMA: Final = schemathesis.openapi.from_dict(msgspec.json.decode(document(RESOURCES, secure=True)))
OPERATIONS: Final = {
    found.ok().definition.raw["operationId"]: found.ok() for found in SCHEMA.get_all_operations()
}
# An operation without input has no invalid input.
CASES: Final = [(name, GenerationMode.POSITIVE) for name in OPERATIONS] + [
    (name, GenerationMode.NEGATIVE) for name in OPERATIONS if ROUTES[name].json or ROUTES[name].query
]


@pytest.fixture(scope="module")
def server(stack: Stack) -> Running:
    return stack.spawn("server")


def headers(route: Any, server: Running, stack: Stack, project: bytes) -> dict[str, str]:
    """Headers of the most privileged caller, so that the generated input reaches the handlers."""
    match route.access:
        case Access.PUBLIC:
            return {}
        case Access.PAGE | Access.COOKIE:
            return {"Origin": server.url}
        case Access.VISITOR:
            key = visitor_keys.sign_visitor_key(SECRET, ProjectId(project), VisitorId(ids.make()), ids.now())
            return {"Origin": server.url, "Authorization": f"Visitor {key}"}
        case _:
            email = add_agent(stack, project)
            stack.sql("UPDATE users SET is_admin = true WHERE email = $1", email)
            who = {"email": email, "password": PASSWORD}
            answer = httpx.post(
                f"{server.url}/api/v1/auth/login", json=who, trust_env=False, timeout=PATIENCE
            )
            return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def things(stack: Stack, project: bytes) -> dict[str, str]:
    """Ids that exist: with made-up ids every response would be a 404."""
    visitor, conversation = ids.text(ids.make()), ids.text(ids.make())
    (user,) = stack.sql("SELECT id FROM users WHERE email = $1", add_agent(stack, project, name="Tom"))
    stack.sql("INSERT INTO visitors (project_id, id) VALUES ($1, $2)", ids.text(project), visitor)
    stack.sql(
        "INSERT INTO conversations (project_id, id, visitor_id, last_message_at) VALUES ($1, $2, $3, now())",
        ids.text(project),
        conversation,
        visitor,
    )
    return {
        "project": ids.text(project),
        "visitor": visitor,
        "conversation": conversation,
        "user": str(user[0]),
    }


@pytest.mark.parametrize("examples", EXAMPLES)
@pytest.mark.parametrize(("name", "mode"), CASES)
def test_no_operation_fails_or_answers_undocumented(
    stack: Stack, server: Running, name: str, mode: GenerationMode, examples: int
) -> None:
    stack.redis("FLUSHALL")
    operation, project = OPERATIONS[name], add_project(stack)
    sent, real = headers(ROUTES[name], server, stack, project), things(stack, project)

    @hypothesis.settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: schemathesis.Case) -> None:
        for place in case.path_parameters or {}:
            case.path_parameters[place] = real.get(place, case.path_parameters[place])
        answer = case.call(base_url=server.url, headers=sent, timeout=PATIENCE)
        case.validate_response(answer, checks=CHECKS[1:] if 503 in ROUTES[name].also else CHECKS)

    ask()
