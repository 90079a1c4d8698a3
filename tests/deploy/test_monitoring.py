"""deploy/prometheus and deploy/grafana: every metric exists, alerts fire, panels do not overlap."""

import itertools
import json
import re
import subprocess
from collections.abc import Iterator
from typing import Any, Final

import pytest
import yaml

from core.telemetry.metrics import Metric, Timing
from tests.deploy.install import program
from tests.proxies.shipped import DEPLOY
from tests.stack import ROOT

ALERTS: Final = DEPLOY / "prometheus" / "alerts.yml"
DASHBOARD: Final[dict[str, Any]] = json.loads((DEPLOY / "grafana/parley.json").read_text(encoding="utf-8"))
RULES: Final[list[dict[str, Any]]] = [
    rule for group in yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"] for rule in group["rules"]
]
PANELS: Final = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
OTHERS: Final = {
    "process_cpu_seconds_total",
    "process_resident_memory_bytes",
    "process_open_fds",
    "process_max_fds",
}
"""What the client library measures of every process."""
NAMES: Final = {metric.value for metric in Metric} | OTHERS
BUCKETS: Final = {f"{timing.value}_{part}" for timing in Timing for part in ("bucket", "count", "sum")}
PROMTOOL: Final = program("promtool")
with_promtool = pytest.mark.skipif(PROMTOOL is None, reason="no promtool: tests.deploy.install --all")


def expressions() -> Iterator[tuple[str, str]]:
    for rule in RULES:
        yield rule["alert"], rule["expr"]
    for panel in PANELS:
        for target in panel["targets"]:
            yield f"{panel['title']} {target['refId']}", target["expr"]


@pytest.mark.parametrize(("place", "expression"), list(expressions()), ids=lambda one: one[:30])
def test_every_metric_of_an_expression_exists(place: str, expression: str) -> None:
    named = set(re.findall(r"\b(?:parley|process)_\w+", expression))
    assert named or expression.startswith("up{"), place
    assert named <= NAMES | BUCKETS


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_says_what_is_wrong_and_what_to_do(rule: dict[str, Any]) -> None:
    assert set(rule["annotations"]) == {"summary", "description"}
    assert rule["labels"]["severity"] in {"page", "ticket"}
    monitor = (ROOT / "docs/how-to/monitor.md").read_text(encoding="utf-8")
    assert f"`{rule['alert']}`" in monitor


def test_panels_stand_beside_each_other_and_have_ids_of_their_own() -> None:
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids)) > 30
    covered: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = set(
            itertools.product(
                range(place["x"], place["x"] + place["w"]), range(place["y"], place["y"] + place["h"])
            )
        )
        assert not cells & covered, panel["title"]
        covered |= cells


def test_panels_ask_the_chosen_source_and_job() -> None:
    variables = {one["name"] for one in DASHBOARD["templating"]["list"]}
    assert variables == {"datasource", "job"}
    for panel in PANELS:
        assert panel["datasource"]["uid"] == "${datasource}"
        for target in panel["targets"]:
            assert 'job="$job"' in target["expr"]


def test_the_targets_are_the_ports_of_the_units() -> None:
    text = (DEPLOY / "prometheus/prometheus.yml").read_text(encoding="utf-8")
    (scrape,) = yaml.safe_load(text)["scrape_configs"]
    for target in scrape["static_configs"]:
        kind = target["labels"]["process"]
        unit = (DEPLOY / f"systemd/parley-{kind}@.service").read_text(encoding="utf-8")
        (port,) = re.findall(r"PARLEY_METRICS_BIND=127\.0\.0\.1:(\S+)", unit)
        wanted = [f"127.0.0.1:{port.replace('%i', number)}" for number in "12"]
        assert target["targets"] == wanted


@with_promtool
@pytest.mark.parametrize(
    "words",
    [
        ("check", "rules", "alerts.yml"),
        ("test", "rules", "alerts_test.yml"),
        ("check", "config", "--syntax-only", "prometheus.yml"),
    ],
    ids=" ".join,
)
def test_prometheus_accepts_it(words: tuple[str, ...]) -> None:
    done = subprocess.run(
        [str(PROMTOOL), *words], cwd=ALERTS.parent, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
