"""Lua scripts: read from the folder lua, run by EVALSHA, loaded again when Redis has lost them."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from coredis.exceptions import NoScriptError

from core.bus.connection import Redis

Value = str | bytes | int | float


class Script:
    """One Lua script."""

    def __init__(self, name: str) -> None:
        self.text = (Path(__file__).parent / "lua" / f"{name}.lua").read_text("utf-8")
        self.digest = hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()

    async def run(self, redis: Redis, keys: Sequence[str], args: Sequence[Value]) -> Any:
        """One call, atomic; raises what the client raises."""
        try:
            return await redis.evalsha(self.digest, keys=keys, args=args)
        except NoScriptError:
            return await redis.eval(self.text, keys=keys, args=args)


class Call:
    """One call of a script within a pipeline, and the plain commands that go with it."""

    __slots__ = ("args", "keys", "script")

    def __init__(self, script: Script, keys: Sequence[str], args: Sequence[Value]) -> None:
        self.script = script
        self.keys = keys
        self.args = args


async def run_all(redis: Redis, calls: Sequence[Call]) -> list[Any]:
    """Every call in one pipeline, in order; the results in the same order.

    Raises the first failure; the calls after it may have been executed.
    """
    results = await _attempt(redis, calls)
    forgotten = [index for index, result in enumerate(results) if isinstance(result, NoScriptError)]
    if forgotten:
        for script in {calls[index].script for index in forgotten}:
            await redis.script_load(script.text)
        again = await _attempt(redis, [calls[index] for index in forgotten])
        for index, result in zip(forgotten, again, strict=True):
            results[index] = result
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results


async def _attempt(redis: Redis, calls: Sequence[Call]) -> list[Any]:
    async with redis.pipeline(transaction=False, raise_on_error=False) as pipe:
        for call in calls:
            pipe.evalsha(call.script.digest, keys=call.keys, args=call.args)
    return list(pipe.results or ())
