"""Asks a project's own provider for one word, as the worker would, and says how that went."""

from typing import Any, Final

import httpx
import msgspec
import trio

from core.db.assistant.own_providers import OwnProvider
from core.outbound import errors
from core.outbound.fetch import Fetched, Fetcher
from server.api.assistant.own_provider.schemas import FailureCode, ProviderTrial

SECONDS: Final = 15.0  # as long as a turn waits for the first word
MAX_BYTES: Final = 256 * 1024
MAX_TOKENS: Final = 16  # some models need more than one for a word
WORD: Final = [{"role": "user", "content": "Say hello, in one word."}]
SCHEMES: Final = frozenset({"https", "http"})  # the guard sends http:// to listed addresses only

Failure = tuple[FailureCode, str]


class _Choice(msgspec.Struct):
    delta: dict[str, Any] | None = None


class _Chunk(msgspec.Struct):
    choices: list[_Choice] | None = None
    error: Any = None


async def try_out(fetcher: Fetcher, provider: OwnProvider, key: str) -> ProviderTrial:
    """`fetcher`: with the rules for addresses. What the server says is neither shown nor kept."""
    began = trio.current_time()
    failure = await _failure(fetcher, provider, key)
    ms = round((trio.current_time() - began) * 1000)
    if failure is None:
        return ProviderTrial(ok=True, code=None, detail="The model answers.", ms=ms)
    code, detail = failure
    return ProviderTrial(ok=False, code=code, detail=detail, ms=ms)


async def _failure(fetcher: Fetcher, provider: OwnProvider, key: str) -> Failure | None:
    headers = {"Content-Type": "application/json", "Accept": "text/event-stream"}
    headers |= {"Authorization": f"Bearer {key}"} if key else {}
    try:
        answer = await fetcher.fetch(
            "POST",
            f"{provider.base_url}/chat/completions",
            seconds=SECONDS,
            most=MAX_BYTES,
            headers=headers,
            content=_body(provider),
            schemes=SCHEMES,
        )
    except errors.OutboundError as error:
        return _of_guard(error), str(error)
    return _of_status(answer.status) or _of_events(answer)


def _body(provider: OwnProvider) -> bytes:
    body: dict[str, Any] = {
        "model": provider.model,
        "messages": WORD,
        "max_tokens": MAX_TOKENS,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if provider.temperature is not None:
        body["temperature"] = provider.temperature
    return msgspec.json.encode(body)


def _of_guard(error: errors.OutboundError) -> FailureCode:
    match error:
        case errors.AddressRefused() | errors.BadUrl():
            return "provider_refused"
        case errors.TimedOut():
            return "provider_silent"
        case errors.ConnectFailed() | errors.Unresolvable() | errors.CertificateRefused():
            return "provider_unavailable"
        case _:
            return "provider_garbage"


def _of_status(status: int) -> Failure | None:
    if status == httpx.codes.TOO_MANY_REQUESTS:
        return "provider_busy", "The server limits requests (429). Check your plan, or try later."
    if status == httpx.codes.REQUEST_TIMEOUT or status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return "provider_unavailable", f"The server says that it fails ({status})."
    if status in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
        return "provider_refused", f"The server refuses the key ({status})."
    if status == httpx.codes.NOT_FOUND:
        return "provider_refused", "The server does not know the address or the model (404)."
    if status >= httpx.codes.MULTIPLE_CHOICES:
        return "provider_refused", f"The server refuses the request ({status}). Check address and model."
    return None


def _of_events(answer: Fetched) -> Failure | None:
    """The answer must be a stream of events, as that of a turn."""
    lines = answer.body.decode("utf-8", "replace").splitlines()
    for line in lines:
        if not line.startswith("data:") or line[5:].strip() in {"", "[DONE]"}:
            continue
        try:
            chunk = msgspec.json.decode(line[5:], type=_Chunk)
        except (msgspec.MsgspecError, RecursionError):
            break
        if chunk.error is not None:
            break
        if chunk.choices:
            return None
    return "provider_garbage", "What the server sends is not a streamed answer of chat completions."
