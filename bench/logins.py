"""The profile `logins`: the same load without and with sign-ins; by how much they delay messages."""

from statistics import median
from typing import Final

from bench.report.result import Result

ASKED: Final = ("stored_ms", "agent_ms")


def ratio(pairs: list[tuple[Result, Result]], name: str) -> float | None:
    """p99 with sign-ins divided by p99 without, the median of all turns; None when a run was not clean."""
    if not all(said["clean"] for pair in pairs for said in pair):
        return None
    before, after = (median(pair[place][name]["p99"] for pair in pairs) for place in (0, 1))
    return round(float(after / before), 2)


def table(pairs: list[tuple[Result, Result]]) -> str:
    """`pairs`: a run without sign-ins, then one with."""
    lines = ["| turn | sign-ins | p99 to `stored`, ms | p99 to the agent, ms | p99 of a sign-in, ms |"]
    lines.append("|---:|---:|---:|---:|---:|")
    for turn, pair in enumerate(pairs, 1):
        lines += [_line(turn, said) for said in pair]
    ratios = {name: ratio(pairs, name) for name in ASKED}
    said = ", ".join(f"{name.removesuffix('_ms')} {value or 'not clean'}" for name, value in ratios.items())
    return "\n".join([*lines, "", f"p99 with sign-ins to p99 without (medians): {said}"])


def _line(turn: int, said: Result) -> str:
    if not said["clean"]:
        return f"| {turn} | not clean: {said['ledger']} | | | |"
    logins = said.get("login_ms", {})
    stored, agent = said["stored_ms"]["p99"], said["agent_ms"]["p99"]
    return f"| {turn} | {said['logins']} | {stored} | {agent} | {logins.get('p99', '')} |"
