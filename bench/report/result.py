"""The content of result.json: one run as plain values, with the floor's names for the same figures."""

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import asyncpg
import msgspec

from bench.databases import redis
from bench.histogram import Latencies, percentiles
from bench.load.assistant.questions import Answered
from bench.load.driver import Measured
from bench.profile import Profile
from bench.report.levels import levels
from bench.target import Target

ROOT: Final = Path(__file__).resolve().parents[2]
LIBRARIES: Final = (
    "asyncpg",
    "coredis",
    "hypercorn",
    "msgspec",
    "picows",
    "quart",
    "trio",
    "uvloop",
    "websockets",
)
TIMEOUT: Final = 10.0  # seconds

Result = dict[str, Any]


def result(name: str, profile: Profile, measured: Measured) -> Result:
    """The result of a run. Without figures of speed when messages were lost, duplicated or reordered."""
    verdict: Result = {
        "profile": {"name": name} | msgspec.to_builtins(profile),
        "visitors": profile.visitors,
        "rate": round(measured.sent / measured.span) if measured.span > 1e-3 else 0,
        "sent": measured.sent,
        "replied": measured.replied,
        "logins": measured.login.count,
        "ledger": msgspec.to_builtins(measured.verdict)
        | {"checked": "rows and receptions" if measured.checked_rows else "receptions"},
        "clean": clean(measured),
        "mended": {
            "refused": measured.refused,
            "resent": measured.resent,
            "repeated": measured.repeats,
            "fetched": measured.fetched,
        },
    }
    if measured.answered is not None:
        verdict["answers"] = answers(measured.answered)
    return verdict | speed(measured) if verdict["clean"] else verdict


def clean(measured: Measured) -> bool:
    """Nothing was lost, duplicated or reordered, and every turn of the assistant is of one piece."""
    answered = measured.answered
    return measured.verdict.clean and (answered is None or answered.verdict.clean)


def answers(answered: Answered) -> Result:
    """What the assistant did in a run."""
    return {
        "asked": answered.asked,
        "waited": answered.waited,
        "stopped": answered.stopped,
        "tokens": answered.tokens,
        "most_running": answered.most_running,
        "ledger": msgspec.to_builtins(answered.verdict),
    }


def speed(measured: Measured) -> Result:
    """Percentiles, CPU, memory, and the series by second."""
    count = max(1, measured.sent + measured.replied)
    spent = {name: round(seconds / count * 1e6) for name, seconds in measured.cpu_seconds.items()}
    memory = measured.kib_per_connection
    said: Result = {
        "handshakes_per_s": round(measured.handshakes_per_second),
        "kb_per_connection": None if memory is None else round(memory, 1),
        "stored_ms": measured.stored.milliseconds(),
        "agent_ms": measured.at_agent.milliseconds(),
        "driver_late_ms": measured.late.milliseconds(),
        "driver_cpu_percent": round(measured.driver_share * 100, 1),
        "others_cpu_percent": round(measured.others_share * 100, 1),
        "series": series(measured),
    }
    if spent and measured.sent:
        said["cpu_us_per_message"] = spent | {"total": sum(spent.values())}
    if measured.reply.count:
        said["reply_ms"] = measured.reply.milliseconds()
    if measured.login.count:
        said["login_ms"] = measured.login.milliseconds()
    if measured.answered is not None:
        said |= {
            "first_token_ms": measured.answered.first.milliseconds(),
            "stop_ms": measured.answered.stop.milliseconds(),
            "kib_per_turn": kib_per_turn(measured),
        }
    if measured.idle_share:
        shares = {name: round(share * 100, 2) for name, share in measured.idle_share.items()}
        said["idle_cpu_percent"] = shares | {"total": round(sum(shares.values()), 2)}
    if found := long_levels(measured):
        said["levels"] = found
    if measured.storms:
        said["storms"] = [
            {"at_s": round(storm.began, 2), "lost": storm.lost, "back_s": _seconds(storm.began, storm.ended)}
            for storm in measured.storms
        ]
        said["in_storm_ms"] = measured.in_storm.milliseconds()  # sender online, others not
    return said


def long_levels(measured: Measured) -> Result:
    """Whether memory, descriptors and processes levelled off; empty after a short run."""
    return {
        kind: {
            name: {"plateau": level.plateau, "end": level.end, "drift_percent": round(level.drift, 1)}
            for name, level in by_name.items()
        }
        for kind, by_name in levels(measured.samples, span=measured.span).items()
    }


def kib_per_turn(measured: Measured) -> float | None:
    """By how much the workers grew during the load, divided by the turns that ran when the most did."""
    most = max((sample.running for sample in measured.samples), default=0)
    sizes = [sample.resident["workers"] for sample in measured.samples if "workers" in sample.resident]
    return round((max(sizes) - sizes[0]) / most, 1) if most and sizes else None


def series(measured: Measured) -> Result:
    """Values by second of the load, for plots and further analysis."""
    return {
        "stored_ms": _by_second(measured.stored),
        "agent_ms": _by_second(measured.at_agent),
        "reply_ms": _by_second(measured.reply),
        "steps": {str(step): count for step, count in sorted(measured.stored.total().items())},
        "faults": {what: round(at, 2) for what, at in measured.faults.items()},
        "samples": msgspec.to_builtins(measured.samples),
    }


async def surroundings(target: Target, profile: Profile) -> Result:
    """The machine, the versions of its software, and its load before the run."""
    cpu = next(
        (line.split(":", 1)[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor(),
    )
    memory = next(
        (int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0
    )
    return {
        "machine": {
            "cpu": cpu,
            "cores": os.cpu_count(),
            "memory_gib": round(memory / 2**20, 1),
            "kernel": platform.release(),
            "load_before": round(os.getloadavg()[0], 2),
        },
        "versions": {"python": platform.python_version()}
        | {name: version(name) for name in LIBRARIES}
        | await _servers(target),
        "commit": _commit(),
        "seed": profile.seed,
        "target": target.url,
    }


async def _servers(target: Target) -> dict[str, str]:
    found: dict[str, str] = {}
    if target.dsn:
        conn = await asyncpg.connect(target.dsn, timeout=TIMEOUT)
        found["postgres"] = await conn.fetchval("SHOW server_version", timeout=TIMEOUT)
        await conn.close(timeout=TIMEOUT)
    if target.redis_url:
        several = await redis.each(target.redis_url)
        async with several[0] as node:
            info = await node.info("server")
        found["redis"] = f"{len(several)} of " if len(several) > 1 else ""
        found["redis"] += str(info.get("valkey_version") or info.get("redis_version"))
    return found


def _commit() -> str:
    """The commit of this checkout, which is the target's when both are on this machine."""
    asked = ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    try:
        done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True, timeout=TIMEOUT)
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return done.stdout.strip()


def _by_second(latencies: Latencies) -> list[Result]:
    return [
        {"at": second, "count": sum(counts.values())} | percentiles(counts)
        for second, counts in sorted(latencies.seconds.items())
    ]


def _seconds(began: float, ended: float | None) -> float | None:
    return None if ended is None else round(ended - began, 2)


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []
