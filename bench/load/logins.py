"""People sign in with their passwords beside the load, open loop, each from an address of their own."""

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

PLACES: Final = 20  # addresses; a server counts sign-ins by address
PATH: Final = "auth/login"


class Logins:
    """Belongs to one run; nobody of the load shares an account with them, since sign-ins end older ones."""

    def __init__(self, target: Target, profile: Profile) -> None:
        addresses = Addresses(local=target.local)
        self._target = target
        self._due = pace.offsets(profile.logins / 60, profile.seconds)
        self._places = itertools.cycle([addresses.next() for _ in range(PLACES)])
        self._people = itertools.cycle(target.people)
        self.latencies = Latencies()

    async def run(self) -> None:
        """Until the load's end; raises Unfit when somebody is not let in."""
        if not self._target.people:
            raise Unfit("logins needs accounts of its own: run it where run.json is, without --project")
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
            raise Unfit(f"a sign-in got no answer ({error})") from None
        finally:
            http.close()
        if answer.status != 200:
            raise Unfit(f"a sign-in is answered with {answer.status} {answer.value}")
        self.latencies.record(time.perf_counter() - began - due, due=due)
