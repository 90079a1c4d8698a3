"""The profile `assistant`: the same load without and with the assistant's turns, and what a turn costs."""

from statistics import median
from typing import Final

from bench.load.assistant import model
from bench.logins import ASKED, ratio
from bench.report.result import Result

PROCESSES: Final = ("servers", "workers", "postgres", "redis", "total")
COLUMNS: Final = (
    "pair",
    "turns",
    "most at a time",
    "p99 to `stored`, ms",
    "p99 to the agent, ms",
    "first token p50, p95, p99, ms",
    "stopped",
    "stop p50, p99, ms",
    "KiB of a running turn",
)
Pairs = list[tuple[Result, Result]]


def figures(pairs: Pairs) -> Result:
    """p99 with turns divided by p99 without, and the CPU of a turn, as medians of all pairs."""
    return {
        "p99_ratio": {name: ratio(pairs, name) for name in ASKED},
        "provider_ms": model.DELAY * 1000,
        "cpu_us_per_turn": cpu_per_turn(pairs),
    }


def cpu_per_turn(pairs: Pairs) -> dict[str, int]:
    """What the runs with turns used more than those without, for each turn."""
    measured = [pair for pair in pairs if all("cpu_us_per_message" in said for said in pair)]
    if len(measured) < len(pairs):
        return {}
    return {
        name: round(
            median(
                (_seconds(pair[1], name) - _seconds(pair[0], name)) / pair[1]["answers"]["asked"] * 1e6
                for pair in pairs
            )
        )
        for name in PROCESSES
    }


def table(pairs: Pairs) -> str:
    """`pairs`: a run without turns, then one with."""
    lines = [f"| {' | '.join(COLUMNS)} |", "|---:" * len(COLUMNS) + "|"]
    for number, pair in enumerate(pairs, 1):
        lines += [_line(number, said) for said in pair]
    ratios = {name.removesuffix("_ms"): ratio(pairs, name) for name in ASKED}
    lines += [
        "",
        f"First token: from `stored`, less the {model.DELAY * 1000:.0f} ms that the provider takes.",
        f"p99 with turns to p99 without (medians): {_said(ratios, none='not clean')}",
    ]
    if cpu := cpu_per_turn(pairs):
        lines.append(f"CPU of a turn, µs: {_said(cpu)}")
    lines += [f"Turns, pair {number}: {_ledger(pair[1])}" for number, pair in enumerate(pairs, 1)]
    last = pairs[-1][1]
    if last["clean"]:
        own, others = last["driver_cpu_percent"], last["others_cpu_percent"]
        lines.append(f"Load generator and provider: {own} % of a core; others on this machine: {others} %")
    return "\n".join(lines)


def _line(number: int, said: Result) -> str:
    if not said["clean"]:
        return f"| {number} | not clean: {said['ledger']} | | | | | | | |"
    stored, agent = said["stored_ms"]["p99"], said["agent_ms"]["p99"]
    if "answers" not in said:
        return f"| {number} | 0 | 0 | {stored} | {agent} | | | | |"
    turns, first, stop = said["answers"], said["first_token_ms"], said["stop_ms"]
    return (
        f"| {number} | {turns['asked']} | {turns['most_running']} | {stored} | {agent}"
        f" | {first['p50']}, {first['p95']}, {first['p99']} | {turns['stopped']}"
        f" | {stop['p50']}, {stop['p99']} | {said['kib_per_turn']} |"
    )


def _ledger(said: Result) -> str:
    turns = said["answers"]
    counts = {"asked": turns["asked"], "tokens": turns["tokens"], "waited": turns["waited"]}
    return _said(counts | turns["ledger"])


def _said(values: dict[str, int] | dict[str, float | None], *, none: str = "") -> str:
    return ", ".join(f"{name} {none if value is None else value}" for name, value in values.items())


def _seconds(said: Result, name: str) -> float:
    spent: int = said["cpu_us_per_message"].get(name, 0)
    messages: int = said["sent"] + said["replied"]
    return spent * messages / 1e6
