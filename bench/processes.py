"""CPU seconds and resident memory of the processes under load, read from /proc."""

import os
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


class Processes:
    """`pids` as run.json holds them: a pid or a list of pids by name; None where the target is elsewhere."""

    def __init__(self, pids: object) -> None:
        self.pids: dict[str, list[int]] = {}
        if isinstance(pids, dict):
            for name, value in pids.items():
                if name != "launcher":
                    found = value if isinstance(value, list) else [value]
                    self.pids[str(name)] = [pid for pid in found if isinstance(pid, int)]

    def cpu_seconds(self) -> dict[str, float]:
        """User and system time by name. A database's children count for their parent."""
        return {name: sum(map(_tree_seconds, pids)) for name, pids in self.pids.items()}

    def resident_kib(self, name: str) -> int:
        return sum(_resident(pid) for pid in self.pids.get(name, []))


def _tree_seconds(pid: int) -> float:
    """Time of `pid` and all below it; what its ended children used is counted with it."""
    total = 0.0
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        total = sum(map(int, fields[11:15])) / TICKS_PER_SECOND
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                total += _tree_seconds(int(child))
    except (FileNotFoundError, ProcessLookupError):
        pass  # ended meanwhile: its time is in its parent's
    return total


def _resident(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1])
