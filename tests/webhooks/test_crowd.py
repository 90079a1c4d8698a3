"""Receivers that hang delay the deliveries of no other project."""

import os
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stack import Stack
from tests.webhooks.crowd import Crowd, CrowdReceivers

SECONDS = float(os.environ.get("PARLEY_TEST_WEBHOOK_SECONDS", "60"))
PROJECTS = 1_000
HANGING = 50
GIVEN_RATE = os.environ.get("PARLEY_TEST_WEBHOOK_RATE", "")
RATE = int(GIVEN_RATE or "200")  # events a second
CORES = 2  # 200 events a second take about half of one, receivers and all


@pytest.fixture
def receivers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CrowdReceivers]:
    made = CrowdReceivers(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.authority))
    yield made
    made.close()


@pytest.mark.soak
@pytest.mark.alone
@pytest.mark.skipif(
    not GIVEN_RATE and (os.cpu_count() or 1) < CORES,
    reason="too few cores for 200 events/s: set PARLEY_TEST_WEBHOOK_RATE",
)
def test_fifty_of_a_thousand_receivers_hang_and_the_others_get_99_percent_within_a_second(
    fresh_stack: Stack, receivers: CrowdReceivers
) -> None:
    began = os.getloadavg()[0]
    crowd = Crowd(
        fresh_stack,
        answering=[receivers.url] * (PROJECTS - HANGING),
        hanging=[receivers.hanging_url] * HANGING,
    )
    workers = [
        fresh_stack.spawn("worker", "relay", "webhooks", outbound_networks="127.0.0.0/8, ::1")
        for _ in range(2)
    ]
    for worker in workers:
        worker.wait_for_line("worker.ready")
    try:
        crowd.post(rate=max(10, RATE // 4), seconds=5)  # the plans of statements, and the first webhook found
        warm = set(crowd.stored)
        rate = crowd.post(rate=RATE, seconds=SECONDS)
        workers[0].wait_until(lambda: all_of(crowd, receivers), what="delivering all")
    finally:
        crowd.close()
    waits = sorted(receivers.arrived[one] - at for one, at in crowd.stored.items() if one not in warm)
    p99 = statistics.quantiles(waits, n=100)[98]
    print(
        f"{rate:.0f} events/s: median {statistics.median(waits):.3f} s, p99 {p99:.3f} s, "
        f"longest {waits[-1]:.3f} s of {len(waits)}; {receivers.hung} requests hung; "
        f"load {began:.0f} before, on {os.cpu_count()} cores"
    )
    assert receivers.hung >= HANGING
    assert p99 <= 1


def all_of(crowd: Crowd, receivers: CrowdReceivers) -> bool:
    receivers.look()
    return receivers.arrived.keys() >= crowd.stored.keys()
