"""Outages at the most verbose log level, with a canary in every field that holds a secret."""

import os
from collections.abc import Callable
from typing import Any

import httpx

from tests import canaries
from tests.client import greet, opened, text
from tests.patience import PATIENCE
from tests.people import PASSWORD, add_agent, add_project, at_work
from tests.running import Running
from tests.stack import Stack


def canary() -> str:
    made = f"canary-{os.urandom(12).hex()}"
    canaries.plant(made)
    return made


def attempts(project: bytes, email: str) -> list[tuple[str, str, dict[str, Any], dict[str, str]]]:
    """(method, path, body, headers) of requests with a secret in every field that may hold one."""
    bearer = {"Authorization": f"Bearer {canary()}"}
    one = f"/api/v1/projects/{text(project)}"
    bodies = {
        "/api/v1/auth/login": {"email": email, "password": canary()},
        "/api/v1/auth/register": {"email": canary() + "@x.example", "password": canary(), "full_name": "Mai"},
        "/api/v1/auth/verify": {"token": canary()},
        "/api/v1/auth/reset": {"token": canary(), "password": canary()},
        "/api/v1/auth/email/confirm": {"token": canary()},
        "/api/v1/auth/login/totp": {"partial_token": canary(), "code": "123456"},
        "/api/v1/auth/login/recovery": {"partial_token": canary(), "code": canary()},
        "/api/v1/auth/oidc/finish": {"code": canary(), "state": canary()},
        "/api/v1/invitations/lookup": {"token": canary()},
        "/api/v1/me/password": {"current_password": canary(), "new_password": canary()},
        "/api/v1/me/two-factor": {"password": canary()},
    }
    made = [("POST", path, body, bearer) for path, body in bodies.items()]
    made += [("POST", path, {"unknown": canary(), **body}, {}) for path, body in bodies.items()]
    made.append(("POST", "/api/v1/auth/refresh", {}, {"Cookie": f"parley_refresh={canary()}"}))
    made.append(("GET", one, {}, {"Authorization": f"Bearer plk_{canary()}"}))
    visitor = {"Authorization": f"Visitor {canary()}"}
    made.append(("GET", f"/api/v1/public/projects/{text(project)}/messages", {}, visitor))
    made.append(("GET", f"/api/v1/me?access_token={canary()}", {}, {}))
    return made


async def asks(server: Running, project: bytes, email: str) -> set[int]:
    """Send all of `attempts`; returns the statuses."""
    got = set()
    async with httpx.AsyncClient(base_url=server.url, timeout=PATIENCE, trust_env=False) as http:
        for method, path, body, headers in attempts(project, email):
            sent = {"Origin": server.url, **headers}
            answer = await http.request(method, path, json=body or None, headers=sent)
            got.add(answer.status_code)
    return got


async def in_trouble(begin: Callable[[], None], end: Callable[[], None], work: Any) -> set[int]:
    begin()
    try:
        done: set[int] = await work()
        return done
    finally:
        end()


async def test_no_secret_is_logged_with_servers_up_or_down(fresh_stack: Stack) -> None:
    server = fresh_stack.spawn("server", log_level="debug")
    worker = fresh_stack.spawn("worker", log_level="debug")
    project = add_project(fresh_stack)
    email = add_agent(fresh_stack, project)
    canaries.plant(PASSWORD)

    async def work() -> set[int]:
        return await asks(server, project, email)

    async with at_work(server.port or 0, project, email) as agent:
        agent_token = agent.http.headers["Authorization"].removeprefix("Bearer ")
        canaries.plant(agent_token)
        async with opened(server.port or 0, project) as visitor:
            canaries.plant((await greet(visitor, project))["key"])
        async with opened(server.port or 0, project) as visitor:
            await visitor.send(1, 1, {"project": project, "tab": os.urandom(16), "key": canary()})
            await visitor.end()
        assert {401, 404, 422} <= await work()
    servers = fresh_stack.servers
    for running in (server, worker):  # else the test proves nothing
        running.wait_until(lambda running=running: bool(running.text), what="something is logged")
    fresh_stack.redis("FLUSHALL")
    assert 503 in await in_trouble(servers.stop_postgres, servers.start_postgres, work)
    assert 503 in await in_trouble(servers.stop_valkey, servers.start_valkey, work)
    for running in (server, worker):
        assert [secret for secret in canaries.planted if secret in running.text] == []
