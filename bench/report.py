"""One run as plain values: rates, losses, percentiles, CPU per message, memory per connection."""

from bench.driver import Load, Measured
from bench.ledger import Ledger

SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}


def percentiles(seconds: list[float]) -> dict[str, float | None]:
    """Milliseconds by name; None where nothing was measured."""
    ordered = sorted(seconds)
    last = len(ordered) - 1
    return {
        name: round(ordered[min(last, int(len(ordered) * share))] * 1e3, 2) if ordered else None
        for name, share in SHARES.items()
    }


def result(load: Load, measured: Measured, ledger: Ledger) -> dict[str, object]:
    """What a run says. Nothing about speed is said of a run that lost, doubled or reordered."""
    verdict: dict[str, object] = {
        "visitors": load.visitors,
        "rate": round(len(ledger.sent) / measured.span) if measured.span else 0,
        "sent": len(ledger.sent),
        "refused": ledger.refused,
        "ledger": {
            "lost": ledger.lost,
            "lost_at_agent": ledger.lost_at_agent,
            "doubled": ledger.doubled,
            "reordered": ledger.reordered,
        },
    }
    if not ledger.clean:
        return verdict
    count = max(1, len(ledger.sent))
    spent = {name: round(seconds / count * 1e6) for name, seconds in measured.cpu_seconds.items()}
    return verdict | {
        "handshakes_per_s": round(measured.handshakes_per_second),
        "kb_per_connection": round(measured.kib_per_connection, 1),
        "stored_ms": percentiles(measured.stored),
        "agent_ms": percentiles(measured.at_agent),
        "cpu_us_per_message": spent | {"total": sum(spent.values())},
        "idle_cpu_percent": {name: round(share * 100, 2) for name, share in measured.idle_share.items()},
    }
