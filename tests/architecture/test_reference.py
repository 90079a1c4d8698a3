"""The reference pages list every setting, route, log event, metric and command that there is."""

import re
from typing import Final

import pytest

from core.config.settings import PREFIX, Settings
from core.telemetry.log import Log
from core.telemetry.metrics import HELP, Metric, Timing
from server.api.app import RESOURCES
from server.api.http.routes import ROOT as API
from server.api.http.routes import Route
from server.doctor.findings import Code
from tests.architecture.sources import ROOT

PAGES: Final = ROOT / "docs" / "reference"
SETTINGS: Final = (PAGES / "settings.md").read_text(encoding="utf-8")
SIGNALS: Final = (PAGES / "metrics-and-logs.md").read_text(encoding="utf-8")
REST: Final = (PAGES / "rest-api.md").read_text(encoding="utf-8")
DOCTOR: Final = (PAGES / "doctor.md").read_text(encoding="utf-8")
COMMANDS: Final = (PAGES / "commands.md").read_text(encoding="utf-8")


def documented(route: Route) -> str:
    """The route as the page writes it: without /api/v1 and without the kinds of its parameters."""
    return f"{route.method} {re.sub(_KIND, '{', route.path).removeprefix(f'{API}/')}"


_KIND: Final = r"\{\w+:"
ALL: Final = [route for resource in RESOURCES for route in resource.all if route.path.startswith(API)]
ROUTES: Final = {documented(route): route for route in ALL}
ROWS: Final = dict(re.findall(r"^\| `([A-Z]+ [^`]+)` \| (.+?) \|$", REST, re.MULTILINE))


def listed(prefix: str, text: str) -> set[str]:
    return set(re.findall(rf"`({prefix}[\w.]*)`", text))


def test_the_settings_page_lists_every_setting_and_no_other() -> None:
    assert listed(PREFIX, SETTINGS) - {PREFIX} == {
        PREFIX + field.upper() for field in Settings.__struct_fields__
    }


def test_every_log_event_is_listed() -> None:
    events = {event for line in SIGNALS.splitlines() if line.startswith("| `") for event in listed("", line)}
    assert [event for event in Log if event.value not in events] == []


def test_every_metric_is_listed_with_its_kind_and_its_sentence() -> None:
    assert listed("parley_", SIGNALS) == {metric.value for metric in (*Metric, *Timing)}
    for metric in (*Metric, *Timing):
        kind = "histogram" if metric in set(Timing) else "counter" if metric.endswith("_total") else "gauge"
        assert f"| `{metric}` | {kind} | {HELP[metric]} |" in SIGNALS


def test_the_page_of_the_doctor_lists_every_finding_with_its_severity() -> None:
    rows = re.findall(r"^\| `(\w+\.\w+)` \| (\w+) \|", DOCTOR, re.MULTILINE)
    assert rows == [(code.text, code.severity.value) for code in Code]


def test_the_page_of_the_rest_api_lists_every_route() -> None:
    assert set(ROWS) == set(ROUTES)


@pytest.mark.parametrize("route", ROUTES)
def test_a_route_is_listed_with_its_limit_and_scope(route: str) -> None:
    limit, scope = ROUTES[route].limit, ROUTES[route].scope
    period = {60.0: "min", 3600.0: "h"}[limit.seconds]
    assert f"{limit.times} / {period}" in ROWS[route]
    assert re.findall(r"`(\w+:\w+)`", ROWS[route]) == ([scope] if scope else [])


def test_every_make_command_is_listed() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (phony,) = re.findall(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    listed_commands = set(re.findall(r"`make ([\w-]+)`", COMMANDS))
    assert set(phony.split()) - listed_commands == set()
