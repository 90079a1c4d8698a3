"""SVG plots of a result: latency over time with its faults, the histogram, CPU and memory by process."""

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import Final

from bench.histogram import highest_of
from bench.report.result import Result

WIDTH, HEIGHT = 860, 340  # of the picture
LEFT, TOP, RIGHT, BOTTOM = 64, 44, 130, 40  # margins
COLOURS: Final = ("#2563eb", "#dc2626", "#16a34a", "#9333ea", "#ea580c", "#0891b2")
FONT: Final = 'font-family="sans-serif" font-size="12"'
DECADE: Final = (1, 2, 5)

Points = Sequence[tuple[float, float]]


def plots(said: Result) -> dict[str, str]:
    """SVG by file name; empty for a run that is not clean."""
    if "series" not in said:
        return {}
    series, made = said["series"], {}
    if series["stored_ms"]:
        made["latency.svg"] = latency(said)
        made["histogram.svg"] = histogram(said)
    if len(series["samples"]) > 1 and series["samples"][0]["cpu"]:
        made["cpu.svg"] = cpu(said)
    if "levels" in said:
        made["memory.svg"] = memory(said)
    return made


def latency(said: Result) -> str:
    """p50 and p99 by the second of the due time; faults are dashed lines."""
    series = said["series"]
    lines: dict[str, Points] = {}
    for name, kind in (("stored", "stored_ms"), ("agent", "agent_ms"), ("reply", "reply_ms")):
        for share in ("p50", "p99"):
            points = [(row["at"], row[share]) for row in series[kind] if row[share] is not None]
            if points:
                lines[f"{name} {share}"] = points
    return picture(
        f"{said['profile']['name']}: latency, ms (log)", "s", lines, log=True, marks=series["faults"]
    )


def histogram(said: Result) -> str:
    """The share of messages not stored after x ms, on a log scale, to show the tail."""
    steps = [(int(step), count) for step, count in said["series"]["steps"].items()]
    total = left = sum(count for _, count in steps)
    points: list[tuple[float, float]] = []
    for step, count in steps:
        points.append((highest_of(step) / 1e3, 100 * left / total))
        left -= count
    title = f"{said['profile']['name']}: % of messages not stored yet (log), after ms"
    return picture(title, "ms", {"stored": points}, log=True, marks={})


def cpu(said: Result) -> str:
    """Percent of a core by process and second."""
    samples = said["series"]["samples"]
    lines: dict[str, Points] = {}
    for name in samples[-1]["cpu"]:
        lines[name] = [
            (b["at"], 100 * (b["cpu"][name] - a["cpu"].get(name, 0)) / (b["at"] - a["at"]))
            for a, b in itertools.pairwise(samples)
            if b["at"] > a["at"] and name in b["cpu"]
        ]
    title = f"{said['profile']['name']}: CPU, % of a core"
    return picture(title, "s", lines, log=False, marks=said["series"]["faults"])


def memory(said: Result) -> str:
    """MB by process, for a run that is long enough to level off."""
    samples = said["series"]["samples"]
    lines: dict[str, Points] = {
        name: [(one["at"], one["resident"][name] / 1024) for one in samples if name in one["resident"]]
        for name in samples[-1]["resident"]
    }
    title = f"{said['profile']['name']}: memory, MB"
    return picture(title, "s", lines, log=False, marks=said["series"]["faults"])


def picture(title: str, unit: str, lines: dict[str, Points], *, log: bool, marks: dict[str, float]) -> str:
    """A line chart."""
    xs = [x for points in lines.values() for x, _ in points]
    ys = [y for points in lines.values() for _, y in points if y > 0 or not log]
    across, down = scale(min(xs), max(xs), LEFT, WIDTH - RIGHT), _down(ys, log=log)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" {FONT}>',
        '<rect width="100%" height="100%" fill="#fff"/>',
        f'<text x="{LEFT}" y="24" font-size="15">{escape(title)}</text>',
    ]
    for y in log_ticks(min(ys), max(ys)) if log else ticks(0, max(ys)):
        parts.append(f'<path d="M{LEFT} {down(y):.1f}H{WIDTH - RIGHT}" stroke="#e5e7eb"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{down(y) + 4:.1f}" text-anchor="end">{y:g}</text>')
    for x in ticks(min(xs), max(xs)):
        label = f"{x:g} {unit}"
        parts.append(f'<text x="{across(x):.1f}" y="{HEIGHT - 16}" text-anchor="middle">{label}</text>')
    for what, at in marks.items():
        parts.append(
            f'<path d="M{across(at):.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#111" stroke-dasharray="4"/>'
        )
        parts.append(f'<text x="{across(at) + 4:.1f}" y="{TOP + 10}">{escape(what)}</text>')
    for number, (name, points) in enumerate(lines.items()):
        colour = COLOURS[number % len(COLOURS)]
        path = " ".join(f"{across(x):.1f},{down(y):.1f}" for x, y in points if y > 0 or not log)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.6"/>')
        place = f'x="{WIDTH - RIGHT + 10}" y="{TOP + 16 * number + 8}"'
        parts.append(f'<text {place} fill="{colour}">{escape(name)}</text>')
    return "\n".join([*parts, "</svg>\n"])


def scale(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    """A function from values to pixels."""
    span = (high - low) or 1.0
    return lambda value: start + (value - low) / span * (end - start)


def ticks(low: float, high: float) -> list[float]:
    """Round numbers, about eight of them."""
    span = (high - low) or 1.0
    rough = span / 8
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    return [step * number for number in range(math.ceil(low / step), math.floor(high / step) + 1)]


def log_ticks(low: float, high: float) -> Iterable[float]:
    """1, 2, 5, 10, …"""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    return [tick for power in powers for factor in DECADE if low <= (tick := factor * 10.0**power) <= high]


def _down(ys: Sequence[float], *, log: bool) -> Callable[[float], float]:
    if not log:
        return scale(0, max(ys), HEIGHT - BOTTOM, TOP)
    pixels = scale(math.log10(min(ys)), math.log10(max(ys)), HEIGHT - BOTTOM, TOP)
    return lambda value: pixels(math.log10(value))
