"""Idempotency-Key: a POST that is sent again gets the first answer, and takes effect once (ADR 50).

That it took effect is recorded in the same transaction, the answer after it. A crash in between leaves an
effect without an answer: the next request is refused as `answer_lost` instead of being executed again.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, NamedTuple

import msgspec
import trio
from quart import Response, request

from core import ids
from core.db import idempotent_requests as table
from core.db.connection import Connection
from core.identity import kept_answers
from core.identity.encryption import Unsealable
from server.api.http import problems
from server.api.http.calls import MemberCall, UserCall
from server.api.http.problems import ApiError
from server.api.http.routes import Route
from server.api.services.rate_limiter import RateLimited
from server.pool import UNAVAILABLE, before_commit

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotency-Replayed"
FORM: Final = re.compile(r"[\x20-\x7e]{1,255}\Z")
TTL: Final = 24 * 60 * 60 * 1000  # ms
GRACE: Final = 5.0  # seconds beyond the route's deadline until an attempt counts as dead
KEEP_TIMEOUT: Final = 2.0  # seconds to store an answer
LARGEST: Final = 65_000  # bytes of an answer with its headers; a larger one is not kept
RETRY: Final = 1.0  # seconds until a request that is still running is worth asking about
LATER: Final = 3_600.0  # seconds at most in Retry-After of a project that keeps too much
NOT_KEPT: Final = frozenset({408, 429})  # besides 5xx: the same request may succeed later

NOT_REPEATED: Final = frozenset({"Content-Length", "Set-Cookie"})  # headers

Run = Callable[[], Awaitable[Response]]


class Answered(NamedTuple):
    """An answer as it is kept, without what belongs to one response only."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Begun(NamedTuple):
    """An attempt at a request. `owner`: the project, or the caller for a request of no project."""

    call: UserCall
    key: str
    owner: bytes
    id: bytes
    attempt: bytes


async def once(route: Route, call: UserCall, given: Mapping[str, Any], run: Run) -> Response:
    """The answer of `run`, or of an earlier request with the same key and the same content.

    It runs to its end even if the client has gone: the client will ask again.
    Raises ApiError key_in_use, key_reused, answer_lost, bad_request; RateLimited if the project keeps too
    much; and UNAVAILABLE.
    """
    begun = _begun(route, call)
    with trio.fail_after(route.deadline, shield=True):
        call.audit_context.replayed = True  # unless this attempt may execute it
        response = await _begin(route, begun, given)
        if response is None:
            call.audit_context.replayed = False
            response = await _execute(begun, run)
    return response


async def _execute(begun: Begun, run: Run) -> Response:
    token = before_commit.set(_recorder(begun))
    try:
        response = await run()
    except BaseException as error:
        await _failed(begun, error)
        raise
    finally:
        before_commit.reset(token)
    await _keep(begun, response)
    return response


def _begun(route: Route, call: UserCall) -> Begun:
    key = request.headers[HEADER].strip()
    if len(key) > 2 and key.startswith('"') and key.endswith('"'):
        key = key[1:-1]  # the draft's form, a string of RFC 8941
    if not FORM.match(key):
        raise ApiError("bad_request", f"{HEADER} has 1 to 255 printable ASCII characters.")
    owner = call.project if isinstance(call, MemberCall) else call.user.user
    known = kept_answers.request_id(
        call.services.settings.secret_key, project=owner, caller=call.user.user, route=route.name, key=key
    )
    return Begun(call, key, owner, known, ids.make(call.now))


async def _begin(route: Route, begun: Begun, given: Mapping[str, Any]) -> Response | None:
    """None: execute it."""
    call = begun.call
    parts = [msgspec.json.encode({name: _plain(value) for name, value in given.items()}, order="sorted")]
    same = kept_answers.request_hash(call.services.settings.secret_key, *parts)

    async def begin(conn: Connection) -> table.Kept | table.Used | None:
        used = await table.used(conn, begun.owner)
        if used.full and await table.find(conn, begun.owner, begun.id) is None:
            return used
        if await table.begin(
            conn,
            begun.owner,
            begun.id,
            request_hash=same,
            attempt=begun.attempt,
            now=call.now,
            lease=int((route.deadline + GRACE) * 1000),
            kept_until=call.now + TTL,
        ):
            return None
        return await table.find(conn, begun.owner, begun.id)

    found = await call.services.database.commit(begin)
    if found is None:
        return None
    if isinstance(found, table.Used):
        wait = min(LATER, max(RETRY, (found.oldest - call.now) / 1000))
        raise RateLimited(wait, f"Too many requests of this project had an {HEADER}. Wait.")
    if found.request_hash != same:
        raise ApiError("key_reused")
    if found.answer is not None:
        return _replayed(begun, found.answer)
    raise (
        ApiError("answer_lost")
        if found.took_effect and not found.running
        else ApiError("key_in_use", retry=RETRY)
    )


def _plain(value: Any) -> Any:
    """Bytes of an id as text: msgspec writes them as base64 otherwise, which is as good but less readable."""
    return ids.text(value) if isinstance(value, bytes) and len(value) == 16 else value


def _recorder(begun: Begun) -> Callable[[Connection], Awaitable[None]]:
    async def record(conn: Connection) -> None:
        if not await table.record_effect(conn, begun.owner, begun.id, attempt=begun.attempt):
            raise ApiError("key_in_use", retry=RETRY)  # this attempt took too long, and another one has begun

    return record


async def _failed(begun: Begun, error: BaseException) -> None:
    """Keep the refusal, or let the next attempt begin."""
    if isinstance(error, Exception):
        found = problems.of(error)
        status = problems.CATALOGUE[found.code].status
        if status < 500 and status not in NOT_KEPT:
            await _keep(begun, problems.response(found.code, found.detail, errors=found.errors))
            return
    database = begun.call.services.database
    with trio.CancelScope(shield=True), trio.move_on_after(KEEP_TIMEOUT):
        try:
            await database.commit(
                lambda conn: table.forget(conn, begun.owner, begun.id, attempt=begun.attempt)
            )
        except UNAVAILABLE:
            return  # the attempt counts as dead when its time is over


async def _keep(begun: Begun, response: Response) -> None:
    """Keep an answer. If that fails the caller gets it all the same; repeating it is `answer_lost`."""
    headers = [(name, value) for name, value in response.headers if name not in NOT_REPEATED]
    raw: Any = await response.get_data(as_text=False)
    packed = msgspec.msgpack.encode(Answered(response.status_code, headers, raw))
    if len(packed) > LARGEST:
        return
    services = begun.call.services
    answer = kept_answers.seal(services.sealer, packed, request=begun.id, key=begun.key)
    with trio.CancelScope(shield=True), trio.move_on_after(KEEP_TIMEOUT):
        try:
            await services.database.commit(
                lambda conn: table.keep(conn, begun.owner, begun.id, attempt=begun.attempt, answer=answer)
            )
        except UNAVAILABLE:
            return


def _replayed(begun: Begun, answer: bytes) -> Response:
    try:
        packed = kept_answers.unseal(begun.call.services.sealer, answer, request=begun.id, key=begun.key)
    except Unsealable:
        raise ApiError("answer_lost") from None  # the operator has removed the encryption key since
    kept = msgspec.msgpack.decode(packed, type=Answered)
    made = Response(kept.body, kept.status)
    for name, value in kept.headers:
        made.headers[name] = value
    made.headers[REPLAYED] = "true"
    return made
