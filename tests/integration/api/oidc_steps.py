"""The steps of an OIDC sign-in as a browser takes them: to the provider and back."""

import os
from typing import Any

import msgspec
import trio

from core.bus.identity import oidc_states
from server.api import app
from tests.integration.api.api_fixture import OURS, PASSWORD, Answer, ApiFixture, Caller
from tests.provider import Code, Provider

START, FINISH = "/api/v1/auth/oidc/local/start", "/api/v1/auth/oidc/finish"
LINK, IDENTITIES = "/api/v1/me/identities/local/start", "/api/v1/me/identities"
LOGIN, REFRESH = "/api/v1/auth/login", "/api/v1/auth/refresh"
SAME = {"Sec-Fetch-Site": "same-origin", "Origin": OURS}


def with_settings(api: ApiFixture, **changed: Any) -> ApiFixture:
    settings = msgspec.structs.replace(api.context.settings, **changed)
    context = api.context._replace(settings=settings)
    return ApiFixture(app.create(context), context)


def address() -> str:
    return f"mai-{os.urandom(4).hex()}@shop.example"


async def start(caller: Caller, path: str = START, *, password: str | None = PASSWORD) -> str:
    body = {"password": password} if path == LINK else None
    answer = await caller.post(path, body, headers=SAME)
    assert answer.status == 200, answer.body
    url: str = answer.json["url"]
    return url


async def finish(caller: Caller, code: str, state: str, **more: str) -> Answer:
    named = {"iss": code.iss} if isinstance(code, Code) else {}
    return await caller.post(FINISH, {"code": code, "state": state, **named, **more}, headers=SAME)


async def returned(caller: Caller, provider: Provider, **who: Any) -> Answer:
    """The whole OIDC sign-in, as a browser does it."""
    url = await start(caller)
    return await finish(caller, *await trio.to_thread.run_sync(lambda: provider.sign_in(url, **who)))


async def linked(
    caller: Caller, provider: Provider, *, password: str | None = PASSWORD, **who: Any
) -> Answer:
    url = await start(caller, LINK, password=password)
    return await finish(caller, *await trio.to_thread.run_sync(lambda: provider.sign_in(url, **who)))


async def fetch(api: ApiFixture, query: str, *args: Any) -> list[Any]:
    async with api.context.database.connection() as conn:
        return list(await conn.fetch(query, *args))


async def user_of(api: ApiFixture, email: str) -> Any:
    found = await fetch(
        api, "SELECT id, password_hash, email_verified_at, full_name FROM users WHERE email = $1", email
    )
    return found[0] if found else None


async def tampered(api: ApiFixture, caller: Caller, **changed: Any) -> None:
    """Change the stored OIDC state of this browser directly in Redis."""
    name = flow_cookie(caller)
    flow = await oidc_states.find(api.context.redis, name)
    assert flow is not None
    await oidc_states.keep(api.context.redis, name, msgspec.structs.replace(flow, **changed))


def flow_cookie(caller: Caller) -> str:
    (found,) = [each.value for each in caller.client.cookie_jar if each.name == "parley_flow"]  # type: ignore[union-attr]
    return str(found)


def refused(answer: Answer, status: int = 400, code: str = "sign_in_failed") -> None:
    assert (answer.status, (answer.json or {}).get("code")) == (status, code), answer.body
    assert "parley_refresh" not in str(answer.headers)


async def flow_of(api: ApiFixture, caller: Caller) -> oidc_states.Flow:
    found = await oidc_states.find(api.context.redis, flow_cookie(caller))
    assert found is not None
    return found
