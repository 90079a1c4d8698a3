"""Proxies between our processes and the databases, in a thread of their own, unaffected by the load."""

import threading
from collections.abc import Sequence

import trio

from tests.faults.proxy import Proxy


class ProxyThread:
    """Serves the proxies until `close`. Any thread may set a proxy's faults; `reset` ends its connections."""

    def __init__(self, proxies: Sequence[Proxy]) -> None:
        """Returns once all proxies listen."""
        self._proxies = proxies
        self._ready = threading.Event()
        self._scope = trio.CancelScope()
        self._token: trio.lowlevel.TrioToken | None = None
        self._thread = threading.Thread(target=trio.run, args=(self._run,), daemon=True)
        self._thread.start()
        assert self._ready.wait(10)

    def reset(self, proxy: Proxy) -> None:
        """Reset the proxy's connections soon, in its thread."""
        assert self._token is not None
        self._token.run_sync_soon(proxy.reset)

    def close(self) -> None:
        """End all connections."""
        assert self._token is not None
        self._token.run_sync_soon(self._scope.cancel)
        self._thread.join(10)

    async def _run(self) -> None:
        self._token = trio.lowlevel.current_trio_token()
        with self._scope:
            async with trio.open_nursery() as nursery:
                for proxy in self._proxies:
                    await nursery.start(proxy.serve)
                self._ready.set()
