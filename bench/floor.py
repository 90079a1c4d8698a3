"""The profile `floor`: Parley and a baseline (the least code that makes the round trip), run alternately."""

import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from bench.databases.redis import is_several
from bench.profile import Profile
from bench.report.result import Result
from bench.target import Target, Unfit

SPARE = 120.0  # seconds on top of the load


class Pair(msgspec.Struct, frozen=True):
    """One run of each, one right after the other."""

    floor: Result
    parley: Result

    @property
    def ratio(self) -> float | None:
        """CPU per message of Parley, divided by the floor's; None when a run was not clean."""
        ours = self.parley.get("cpu_us_per_message")
        theirs = self.floor["cpu_us_per_message"]["total"]
        return ours["total"] / theirs if ours and theirs else None


def pairs(folder: Path, profile: Profile, target: Target, parley: Callable[[], Result]) -> list[Pair]:
    """As many pairs of runs as the profile says; raises Unfit."""
    redis = urlsplit(target.redis_url)
    if not target.dsn or not target.redis_url:
        raise Unfit("the floor uses the target's databases: run it on the machine with its run.json")
    if is_several(target.redis_url):
        raise Unfit("the floor supports one Redis alone: set PARLEY_REDIS_URL to one")
    if redis.password:
        raise Unfit("the floor supports no passwords: set PARLEY_REDIS_URL to a Redis without one")
    made = []
    for number in range(profile.pairs):
        print(f"pair {number + 1} of {profile.pairs}", file=sys.stderr)
        made.append(Pair(floor(folder, profile, target), parley()))
    return made


def floor(folder: Path, profile: Profile, target: Target) -> Result:
    """The result that one run of the floor prints; raises Unfit when it prints none."""
    with tempfile.TemporaryDirectory(prefix="floor-") as scratch:
        place = Path(scratch) / "floor"
        shutil.copytree(folder, place)
        words = [str(round(number)) for number in (profile.visitors, profile.rate, profile.seconds)]
        settings = {
            "PG_DSN": target.dsn,
            "REDIS_URL": target.redis_url,
            "PYTHON": sys.executable,
            "PORT": str(_free_port()),
        }
        done = subprocess.run(
            ["bash", str(place / "run.sh"), *words],
            env=os.environ | settings,
            capture_output=True,
            text=True,
            check=False,
            timeout=SPARE + 4 * profile.seconds,
        )
    said = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if not said:
        raise Unfit(f"the floor printed no result: {done.stderr.strip().splitlines()[-1:]}")
    found: Result = json.loads(said[-1])
    return found


def table(made: list[Pair]) -> str:
    """CPU per message and p99 of each pair, and the median ratio."""
    lines = [
        "| pair | floor µs | Parley µs | ratio | floor p99 ms | Parley p99 ms |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for number, pair in enumerate(made, 1):
        theirs, ours = pair.floor["cpu_us_per_message"], pair.parley.get("cpu_us_per_message", {})
        if pair.ratio is None:
            lines.append(f"| {number} | {theirs['total']} | not clean: {pair.parley['ledger']} | | | |")
        else:
            p99s = f"{pair.floor['stored_ms']['p99']} | {pair.parley['stored_ms']['p99']}"
            lines.append(f"| {number} | {theirs['total']} | {ours['total']} | {pair.ratio:.2f} | {p99s} |")
    ratios = [pair.ratio for pair in made if pair.ratio is not None]
    if ratios:
        spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
        lines.append(
            f"\nCPU per message, Parley to the floor: median {statistics.median(ratios):.2f} ({spread})"
        )
    return "\n".join(lines)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
