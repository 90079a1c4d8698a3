"""The port where Prometheus reads the metrics of this process: a thread of its own, beside the event loop."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from core.telemetry.metrics import BOUNDS, HELP, counters, timings


class Metrics(Collector):
    """What `core.telemetry.metrics` holds, as families of the client library."""

    def collect(self) -> Iterator[Metric]:
        """Read without a lock: a bucket may be one observation ahead of its sum."""
        for metric, value in counters.items():
            family = CounterMetricFamily if metric.endswith("_total") else GaugeMetricFamily
            yield family(metric.value, HELP[metric], value=value)
        for timing, histogram in timings.items():
            yield HistogramMetricFamily(
                timing.value, HELP[timing], buckets=_cumulative(histogram.buckets), sum_value=histogram.total
            )


def registry() -> CollectorRegistry:
    """Ours, and what the library knows of the process: memory, CPU, descriptors, version of Python."""
    made = CollectorRegistry()
    made.register(Metrics())
    ProcessCollector(registry=made)
    PlatformCollector(registry=made)
    return made


def serve(bind: str) -> None:
    """Answers GET /metrics at `bind`, which is `host:port`, until the process ends. Raises OSError."""
    host, _, port = bind.rpartition(":")
    try:
        start_http_server(int(port), host.strip("[]"), registry())
    except OSError as error:
        why = error.strerror or error
        raise OSError(error.errno, f"{bind} (PARLEY_METRICS_BIND): {why}") from error


def _cumulative(buckets: list[int]) -> list[tuple[str, float]]:
    count, found = 0, []
    for bound, number in zip([*map(str, BOUNDS), "+Inf"], buckets, strict=True):
        count += number
        found.append((bound, float(count)))
    return found
