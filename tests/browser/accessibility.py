"""Accessibility checks of a page with axe, including shadow roots."""

from functools import cache
from pathlib import Path

from playwright.sync_api import Page

AXE = Path(__file__).parent / "axe" / "node_modules" / "axe-core" / "axe.min.js"
RUN = "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"
GRAVE = {"serious", "critical"}


def serious_violations(page: Page) -> list[str]:
    """One line per serious or critical violation: rule, element and explanation."""
    page.evaluate(_source())  # not a script element, which the page's content security policy would refuse
    return [
        f"{violation['id']}: {node['target']}: {' '.join(node['failureSummary'].split())}"
        for violation in page.evaluate(RUN)
        if violation["impact"] in GRAVE
        for node in violation["nodes"]
    ]


@cache
def _source() -> str:
    assert AXE.exists(), "axe is not installed: run `make set-up`"
    return AXE.read_text(encoding="utf-8")
