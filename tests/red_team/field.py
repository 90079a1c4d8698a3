"""A whole stack under attack: scenes, a server, a worker, and a model that obeys; all attacks at once."""

import asyncio
import json
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final
from uuid import UUID

import msgspec
import trio

from core import ids
from core.db.projects import api_keys
from core.identity import api_keys as key_format
from tests import canaries
from tests.client import (
    ANSWER,
    CHANGED,
    MESSAGE,
    SEND,
    STORED,
    Frame,
    Socket,
    greet,
    opened,
    until_answers_are_taken,
)
from tests.database import Session
from tests.integration.core.core_fixture import connect
from tests.patience import PATIENCE
from tests.people import _HASH, signed_in
from tests.red_team import rows
from tests.red_team.case import Attack
from tests.red_team.rows import Rows
from tests.red_team.scene import Planting, Scene
from tests.running import Running
from tests.stack import SECRET, Stack

CHOOSE: Final = 38  # a frame
AT_ONCE: Final = 12  # attacks under way
EVERY: Final = 0.04  # seconds between two looks at what is still to be done
BUSY: Final = """
    SELECT DISTINCT project_id FROM outbox
    UNION SELECT project_id FROM consumer_events
    UNION SELECT project_id FROM assistant_inputs WHERE turn_id IS NULL
    UNION SELECT project_id FROM assistant_turns WHERE state = 'running'
"""
"""Projects for which a worker has something to do."""


class Played(msgspec.Struct, kw_only=True):
    """What an attack has led to. `forbidden`: secrets that must reach neither the visitor nor the model."""

    scene: Scene
    frames: list[Frame]
    requests: list[str]
    before: Rows
    after: Rows
    forbidden: dict[str, str]


class Field:
    """Processes that end with the stack."""

    def __init__(self, stack: Stack, *, delay: int = 0) -> None:
        """`delay`: ms before each word of the model."""
        self.stack = stack
        self.delay = delay
        self.others: list[str] = []  # requests of no node: for summaries
        self.record = Path(stack.data) / "requests.jsonl"
        self.record.touch()
        self.everywhere = {
            "secret-key": SECRET,
            "encryption-key": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "provider-key": f"sk-{secrets.token_hex(12)}",
            "api-key": (key := key_format.fresh()),
            "api-key-hash": key_format.digest(key).hex(),
            "password-hash": _HASH,
        }
        canaries.plant(*self.everywhere.values())
        self._poll = Session(stack.owner_url)
        self._busy: set[bytes] = set()
        self._looks = 0
        self._looked = trio.Event()

    def play(
        self, attacks: Sequence[Attack], *, then: Callable[[Stack, Scene], None] | None = None
    ) -> Mapping[str, Played]:
        """All of them; by their intents. `then`: what a test of the checks does before the end."""
        foreign, *scenes = asyncio.run(self._plant([Attack(intent="a neighbour"), *attacks]))
        canaries.plant(*(value for scene in scenes for value in scene.secrets.values()))
        before = rows.read(self.stack)
        server = self._start()
        frames: dict[str, list[Frame]] = {}
        trio.run(self._attack, server.port or 0, scenes, foreign, frames)
        for scene in scenes if then is not None else ():
            assert then is not None
            then(self.stack, scene)
        after = rows.read(self.stack)
        self._poll.close()
        requests = self.record.read_text().splitlines()
        self.others = [one for one in requests if not any(scene.tag in one for scene in scenes)]
        return {
            scene.attack.intent: Played(
                scene=scene,
                frames=frames[scene.attack.intent],
                requests=[one for one in requests if scene.tag in one],
                before=before,
                after=after,
                forbidden=self._forbidden(scene, [foreign, *scenes]),
            )
            for scene in scenes
        }

    def _forbidden(self, scene: Scene, scenes: Sequence[Scene]) -> dict[str, str]:
        found = dict(self.everywhere)
        for one in scenes:
            own = one is scene
            allowed = {"prompt"} if own else set()
            if scene.attack.knows_members if own else scene.attack.knows_foreign_member and one is scenes[0]:
                allowed.add("email")
            where = "" if own else f"{one.attack.intent}: "
            found |= {f"{where}{name}": value for name, value in one.secrets.items() if name not in allowed}
        return found

    async def _plant(self, attacks: Sequence[Attack]) -> list[Scene]:
        conn = await connect(self.stack.database_url)
        try:
            made = []
            for attack in attacks:
                planting = Planting(self.stack, conn, attack)
                async with conn.transaction():
                    made.append(await planting.scene())
            foreign = made[0]
            key = self.everywhere["api-key"]
            await api_keys.add(
                conn,
                project=foreign.project,
                key=ids.make(),
                name="CRM",
                key_hash=key_format.digest(key),
                hint=key[: key_format.HINT],
                scopes=["project:read"],
                maker=foreign.agent,
                now=ids.now(),
            )
        finally:
            await conn.close()
        self.stack.sql("DELETE FROM outbox")  # nothing of this is news for a worker
        return made

    def _start(self) -> Running:
        provider = self.stack.spawn(
            "worker.assistant.scripted", "--obey", "--delay", str(self.delay), "--record", str(self.record)
        )
        server = self.stack.spawn(
            "server",
            wait=False,
            handshakes_per_minute=100_000,
            messages_per_minute=100_000,
            **self._keys(),
        )
        provider.wait_for_line("/v1")
        url = next(line for line in provider.text.splitlines() if line.endswith("/v1"))
        given = {"name": "obedient", "base_url": url, "model": "scripted", "scripted": True}
        ai = json.dumps([given | {"key": self.everywhere["provider-key"]}])
        self.stack.spawn("worker", ai=ai, **self._keys())
        server.wait_for_path("/livez")
        return server

    def _keys(self) -> dict[str, str]:
        return {"encryption_keys": f"one:{self.everywhere['encryption-key']}"}

    async def _attack(
        self, port: int, scenes: Sequence[Scene], foreign: Scene, frames: dict[str, list[Frame]]
    ) -> None:
        if any(scene.attack.answers for scene in scenes):
            await until_answers_are_taken(port, foreign.project)
        free = trio.CapacityLimiter(AT_ONCE)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._look)
            async with trio.open_nursery() as attacks:

                async def one(scene: Scene) -> None:
                    async with free:
                        frames[scene.attack.intent] = await self._visit(port, scene, foreign)

                for scene in scenes:
                    attacks.start_soon(one, scene)
            nursery.cancel_scope.cancel()

    async def _visit(self, port: int, scene: Scene, foreign: Scene) -> list[Frame]:
        attack = scene.attack
        async with opened(port, scene.project) as socket:
            await greet(socket, scene.project, key=scene.key, page=attack.page or None)
            if attack.answers:
                filled = {name: scene.filled(text, foreign) for name, text in attack.answers.items()}
                ref = ids.make()
                await socket.send(ANSWER, 1, ref, scene.conversation, scene.form, filled)
                await socket.first(STORED, lambda frame: frame[1] == ref)
                await self._settled(scene)
            for text in attack.says:
                await self._say(socket, scene, scene.filled(text, foreign))
                if not attack.at_once:
                    await self._settled(scene)
            await self._settled(scene)
            for _ in range(attack.given_back):
                await self._give_back(port, scene)
                await self._say(socket, scene, scene.filled(attack.says[-1], foreign))
                await self._settled(scene)
            for _ in range(attack.declined):
                for owner, text in (("person", "Hello?"), ("assistant", attack.says[-1])):
                    await self._choose(socket, scene, owner)
                    await self._say(socket, scene, scene.filled(text, foreign))
                    await self._settled(scene)
            last = self._last(scene)
            if last > max(1, len(attack.before)):  # none of those that were there before
                await socket.first(MESSAGE, lambda frame: frame[2] == last)
            return socket.frames

    def _last(self, scene: Scene) -> int:
        """The `seq` of the assistant's last message."""
        found = self._poll.fetch(
            "SELECT coalesce(max(seq), 0) FROM messages "
            "WHERE project_id = $1 AND conversation_id = $2 AND sender_party = 'assistant'",
            UUID(bytes=scene.project),
            UUID(bytes=scene.conversation),
        )
        seq: int = found[0][0]
        return seq

    async def _say(self, socket: Socket, scene: Scene, text: str) -> None:
        ref = ids.make()
        await socket.send(SEND, 2, ref, scene.conversation, "text", text)
        await socket.first(STORED, lambda frame: frame[1] == ref)

    async def _choose(self, socket: Socket, scene: Scene, owner: str) -> None:
        """Again until it has happened: a gateway drops it before it has heard of a worker that knows it."""
        seen = len(socket.frames)
        while not any(
            frame[0] == CHANGED and frame[4].get("owner") == owner for frame in socket.frames[seen:]
        ):
            await socket.send(CHOOSE, scene.conversation, owner)
            with trio.move_on_after(0.5):
                known = len(socket.all(CHANGED))
                while len(socket.all(CHANGED)) == known:
                    await socket._news.wait()

    async def _give_back(self, port: int, scene: Scene) -> None:
        async with signed_in(port, scene.project, scene.email) as http:
            place = f"projects/{ids.text(scene.project)}/conversations/{ids.text(scene.conversation)}"
            given = await http.put(f"/api/v1/{place}/assistant", json={"owner": "assistant"})
            assert given.status_code == 200, given.text

    async def _look(self) -> None:
        while True:
            self._busy = {row[0].bytes for row in self._poll.fetch(BUSY)}
            self._looks += 1
            self._looked.set()
            self._looked = trio.Event()
            await trio.sleep(EVERY)

    async def _settled(self, scene: Scene) -> None:
        """Until nothing of the project is to be done, by a look that begins after now."""
        begun = self._looks + 1
        with trio.move_on_after(PATIENCE):
            while self._looks < begun or scene.project in self._busy:
                await self._looked.wait()
            return
        raise AssertionError(f"not settled: {scene.attack.intent}")
