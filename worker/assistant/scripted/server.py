"""The scripted provider's HTTP: chat completions and models, on loopback, for as long as a client stays."""

import asyncio
import contextlib
from pathlib import Path
from typing import Any, Final, NamedTuple

import h11

from worker.assistant.scripted import faults, obey
from worker.assistant.scripted.answer import Answer
from worker.assistant.scripted.asked import Asked, BadRequest, read
from worker.assistant.scripted.completion import WORD_DELAY, Completion, dumped
from worker.assistant.scripted.response import Response
from worker.assistant.scripted.rules import Rules

MEGABYTES: Final = 1024 * 1024
MAX_BODY: Final = 4 * MEGABYTES
READ: Final = 64 * 1024  # bytes at once
MODEL: Final = "scripted"


class _Request(NamedTuple):
    method: str
    path: str
    body: bytes


class Server:
    """Answers by rules. `obedient`: it first does what messages tell it. `delay`: ms before each word.

    `record`: a file to which the body of each request is added, one a line.
    """

    def __init__(
        self, rules: Rules, *, obedient: bool = False, delay: int = WORD_DELAY, record: Path | None = None
    ) -> None:
        self._rules = rules
        self._obedient = obedient
        self._delay = delay
        self._record = record

    async def listen(self, port: int = 0) -> tuple[asyncio.Server, int]:
        """Starts to listen; the port is that which was asked for, or a free one."""
        made = await asyncio.start_server(self._connection, "127.0.0.1", port, reuse_port=True)
        return made, made.sockets[0].getsockname()[1]

    def answer(self, asked: Asked) -> Answer:
        """Without its fault, if the model is one."""
        told = obey.answer(asked) if self._obedient else None
        return told or self._rules.answer(asked)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wire = h11.Connection(h11.SERVER)
        with contextlib.suppress(h11.RemoteProtocolError, OSError):
            while (request := await _request(wire, reader)) is not None:
                response = Response(wire, writer)
                await _while_connected(wire, reader, asyncio.ensure_future(self._serve(request, response)))
                if wire.our_state is not h11.DONE or wire.their_state is not h11.DONE:
                    break
                wire.start_next_cycle()
        writer.close()

    async def _serve(self, request: _Request, response: Response) -> None:
        if len(request.body) > MAX_BODY:
            await response.error(413, "The request is too large.", code="too_large")
            return
        match request.method, request.path.partition("?")[0].removeprefix("/v1"):
            case "POST", "/chat/completions":
                await self._complete(request.body, response)
            case "GET", "/models":
                listed = [MODEL, *faults.MODELS]
                models = [
                    {"id": name, "object": "model", "created": 0, "owned_by": "parley"} for name in listed
                ]
                await response.json(200, {"object": "list", "data": models})
            case _:
                await response.error(404, "There is no such address.", code="not_found")

    async def _complete(self, body: bytes, response: Response) -> None:
        if self._record is not None:
            with self._record.open("ab") as file:
                file.write(body.replace(b"\n", b" ") + b"\n")
        try:
            asked = read(body)
        except BadRequest as error:
            await response.error(400, str(error), code="bad_request")
            return
        if asked.model in faults.ERRORS:
            status, message, code, retry_after = faults.ERRORS[asked.model]
            await response.error(status, message, code=code, retry_after=retry_after)
        elif asked.model in faults.STREAMS:
            await faults.broken(asked, response)
        else:
            changed = faults.ANSWERS.get(asked.model, _unchanged)
            await send(Completion(asked, changed(self.answer(asked)), delay=self._delay), asked, response)


def _unchanged(answer: Answer) -> Answer:
    return answer


async def send(made: Completion, asked: Asked, response: Response) -> None:
    """The answer in the form that was asked for."""
    if not asked.stream:
        await response.json(200, made.whole())
        return
    await response.begin_events()
    for chunk in made.chunks():
        await asyncio.sleep(chunk.delay / 1000)
        await response.event(dumped(chunk.data))
    await response.event("[DONE]")
    await response.end()


async def _request(wire: h11.Connection, reader: asyncio.StreamReader) -> _Request | None:
    """The next request; None: the client has left. Of a body that is too large only the excess is kept."""
    head: h11.Request | None = None
    body = bytearray()
    while True:
        event = wire.next_event()
        if event is h11.NEED_DATA:
            wire.receive_data(await reader.read(READ))
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            if len(body) <= MAX_BODY:
                body += event.data
        elif isinstance(event, h11.EndOfMessage) and head is not None:
            return _Request(head.method.decode(), head.target.decode("ascii", "replace"), bytes(body))
        else:
            return None


async def _while_connected(
    wire: h11.Connection, reader: asyncio.StreamReader, serving: "asyncio.Future[None]"
) -> None:
    """Ends the work for a client that leaves."""
    arriving: asyncio.Task[Any] = asyncio.create_task(reader.read(READ))
    try:
        await asyncio.wait({serving, arriving}, return_when=asyncio.FIRST_COMPLETED)
        if arriving.done() and not serving.done():
            if arriving.exception() is not None or not arriving.result():
                raise ConnectionResetError
            wire.receive_data(arriving.result())  # the next request, already
        await serving
    finally:
        serving.cancel()
        arriving.cancel()
        await asyncio.wait({serving, arriving})
