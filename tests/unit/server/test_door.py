"""No peer stops the process, whatever its handler raises and whenever."""

from typing import Any, cast

import pytest
import trio
import trio.testing

from core.telemetry.metrics import Metric, counters
from server.door.door import Door
from tests.integration.gateway.gateway_app import opening


class Failing:
    """Serves no websocket: raises at once, or when it is cancelled."""

    def __init__(self, error: Exception, *, late: bool) -> None:
        self.error = error
        self.late = late
        self.came = trio.Event()

    async def serve(self, *_: object, **__: object) -> None:
        self.came.set()
        if not self.late:
            raise self.error
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep_forever)
            try:
                await trio.sleep_forever()
            finally:
                raise self.error


@pytest.mark.parametrize("error", [OSError("x"), ZeroDivisionError(), ExceptionGroup("x", [KeyError(1)])])
@pytest.mark.parametrize("late", [False, True])
async def test_an_error_in_a_handler_ends_its_own_connection_alone(error: Exception, late: bool) -> None:
    failing, before = Failing(error, late=late), counters[Metric.CONNECTIONS_FAILED]
    door = Door(cast("Any", failing.serve), cast("Any", None), trusted_proxies="")
    async with trio.open_nursery() as nursery:
        (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
        client = await trio.testing.open_stream_to_socket_listener(listener)
        nursery.start_soon(door.handle, await listener.accept())
        await client.send_all(opening(b"p" * 16))
        await failing.came.wait()
        if late:
            nursery.cancel_scope.cancel()
    await client.aclose()
    await listener.aclose()
    assert counters[Metric.CONNECTIONS_FAILED] == before + 1
