"""`python -m bench.compare A B`: compares two results; exit 1 when B is worse than A by the threshold."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any, Final

import msgspec

THRESHOLD: Final = 1.15
# Smaller times and memory are noise between two runs.
LEAST: Final = {"stored_ms": 1.0, "agent_ms": 1.0, "reply_ms": 1.0}
BETTER_HIGHER: Final = {"handshakes_per_s"}
COMPARED: Final = (
    "handshakes_per_s", "kb_per_connection", "stored_ms.p50", "stored_ms.p99", "agent_ms.p50", "agent_ms.p99",
    "reply_ms.p50", "reply_ms.p99", "cpu_us_per_message.total", "idle_cpu_percent.total",
)  # fmt: skip


class Ratio(msgspec.Struct, frozen=True):
    """One figure of both runs; `worse` is above 1 for a regression, also where higher is better."""

    name: str
    before: float
    after: float

    @property
    def worse(self) -> float:
        least = LEAST.get(self.name.partition(".")[0], 1e-9)
        before, after = max(self.before, least), max(self.after, least)
        return before / after if self.name in BETTER_HIGHER else after / before


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.compare", description=__doc__)
    parser.add_argument("before", type=Path, metavar="A", help="a result.json, or its directory")
    parser.add_argument("after", type=Path, metavar="B")
    parser.add_argument("--threshold", type=float, default=THRESHOLD)
    options = parser.parse_args()
    before, after = read(options.before), read(options.after)
    if before["profile"] != after["profile"]:
        print("bench: the profiles differ, so the ratios are not comparable", file=sys.stderr)
    for run, path in ((before, options.before), (after, options.after)):
        if not run["clean"]:
            print(f"bench: {path} is not a clean run: {run['ledger']}", file=sys.stderr)
            return 1
    found = ratios(before, after)
    print(table(found, threshold=options.threshold))
    return 1 if any(ratio.worse > options.threshold for ratio in found) else 0


def read(path: Path) -> dict[str, Any]:
    """Reads a result from its file or directory."""
    found: dict[str, Any] = json.loads((path / "result.json" if path.is_dir() else path).read_text())
    return found


def ratios(before: dict[str, Any], after: dict[str, Any]) -> list[Ratio]:
    """The ratio of every figure that both runs have."""
    pairs = ((name, figure(before, name), figure(after, name)) for name in COMPARED)
    return [Ratio(name, a, b) for name, a, b in pairs if a is not None and b is not None]


def figure(run: dict[str, Any], name: str) -> float | None:
    """A figure by its path, such as `stored_ms.p99`."""
    first, _, second = name.partition(".")
    value = run.get(first)
    if second:
        value = value.get(second) if isinstance(value, dict) else None
    return value if isinstance(value, int | float) else None


def table(found: list[Ratio], *, threshold: float) -> str:
    """Markdown; regressions beyond the threshold are marked."""
    lines = ["| | A | B | B / A | |", "|---|---:|---:|---:|---|"]
    for ratio in found:
        share = ratio.after / ratio.before if ratio.before else float("inf")
        mark = f"worse than {threshold:g}" if ratio.worse > threshold else ""
        lines.append(f"| {ratio.name} | {ratio.before:g} | {ratio.after:g} | {share:.2f} | {mark} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
