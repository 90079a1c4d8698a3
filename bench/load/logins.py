"""Sign-ins with passwords during the load, as an open loop, each user from a separate address."""

import asyncio
import itertools
import time
from typing import Final

from bench.addresses import Addresses
from bench.histogram import Latencies
from bench.load import pace
from bench.load.http import Http
from bench.profile import Profile
from bench.target import Target, Unfit

PLACES: Final = 20  # addresses; a server rate-limits sign-ins by address
PATH: Final = "auth/login"


class Logins:
    """Belongs to one run. Uses separate accounts, because a sign-in ends older sessions."""

    def __init__(self, target: Target, profile: Profile) -> None:
        addresses = Addresses(local=target.local)
        self._target = target
        self._due = pace.offsets(profile.logins / 60, profile.seconds)
        self._places = itertools.cycle([addresses.next() for _ in range(PLACES)])
        self._people = itertools.cycle(target.people)
        self.latencies = Latencies()

    async def run(self) -> None:
        """Runs until the end of the load; raises Unfit when a sign-in fails."""
        if not self._target.people:
            raise Unfit("logins needs separate accounts: run it where run.json is, without --project")
        began = time.perf_counter()
        async with asyncio.TaskGroup() as tasks:
            for due in self._due:
                await asyncio.sleep(max(0.0, began + due - time.perf_counter()))
                tasks.create_task(self._sign_in(began, due))

    async def _sign_in(self, began: float, due: float) -> None:
        person = next(self._people)
        http = Http(self._target.url, source=next(self._places))
        try:
            answer = await http.call("POST", PATH, {"email": person.email, "password": person.password})
        except OSError as error:
            raise Unfit(f"a sign-in got no response ({error})") from None
        finally:
            http.close()
        if answer.status != 200:
            raise Unfit(f"a sign-in returned {answer.status} {answer.value}")
        self.latencies.record(time.perf_counter() - began - due, due=due)
