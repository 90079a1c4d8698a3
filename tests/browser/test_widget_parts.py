"""The widget's lazily loaded parts: when each is requested, and what happens when loading fails."""

import re
from collections import Counter
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Stage, until

HASH = re.compile(r"-[\da-f]{12}(?=\.js)")
NOT_LOADED = ("ERR_FAILED", "404 (Not Found)", "could not be loaded")
Answer = Callable[[Route], None]


def requests(page: Page, stage: Stage) -> Counter[str]:
    """Count the page's requests to our server, by file name without the hash."""
    counted: Counter[str] = Counter()

    def count(url: str) -> None:
        if url.startswith(stage.server.url):
            counted[HASH.sub("", urlsplit(url).path.rsplit("/", 1)[1])] += 1

    page.on("request", lambda request: count(request.url))
    return counted


def fail(page: Page, file: str, answer: Answer) -> list[str]:
    """Answer every request for that file with `answer`; returns the requested URLs."""
    asked: list[str] = []

    def meet(route: Route) -> None:
        asked.append(route.request.url.rsplit("/", 1)[1])
        answer(route)

    page.route(re.compile(rf"/widget/{file}"), meet)
    return asked


@pytest.mark.smoke
def test_a_page_loads_four_files_and_opening_loads_none(stage: Stage) -> None:
    visitor = stage.visitor(url="about:blank")
    asked = requests(visitor.page, stage)
    visitor.page.goto(stage.page_url())
    expect(visitor.launcher).to_be_visible()
    before = {"widget.js": 1, "settings": 1, "embed.js": 1, "window.js": 1}
    until(visitor.page, lambda: asked == before)
    visitor.open()
    assert asked == before


def test_an_open_window_is_reopened_after_a_reload(stage: Stage) -> None:
    visitor = stage.visitor()
    visitor.open()
    visitor.page.reload()
    expect(visitor.composer).to_be_visible()


def test_a_page_may_remove_the_widget_and_load_it_again(stage: Stage) -> None:
    visitor = stage.visitor()
    visitor.open()
    tag = visitor.page.locator("script[data-project]").evaluate(
        "(script) => [script.src, script.dataset.project]"
    )
    visitor.page.evaluate("Parley.destroy()")
    expect(visitor.launcher).to_have_count(0)
    visitor.page.evaluate(
        """([src, project]) => {
            const script = document.createElement("script");
            Object.assign(script, {src, async: true});
            script.dataset.project = project;
            document.body.append(script);
        }""",
        tag,
    )
    expect(visitor.composer).to_be_visible()


def test_a_first_load_that_fails_is_retried_without_the_hash(stage: Stage) -> None:
    """So a cached loader works after a release has removed the file that it refers to."""
    stage.allow_errors(*NOT_LOADED)
    visitor = stage.visitor(url="about:blank")
    asked = fail(visitor.page, r"embed-", lambda route: route.fulfill(status=404))
    visitor.page.goto(stage.page_url())
    visitor.open()
    assert len(asked) == 1


@pytest.mark.smoke
def test_a_window_that_fails_to_load_at_first_opens_later(stage: Stage) -> None:
    stage.allow_errors(*NOT_LOADED)
    visitor = stage.visitor(url="about:blank")
    failing = [True, True]
    asked = fail(
        visitor.page,
        r"window-",
        lambda route: route.abort() if failing and failing.pop() else route.continue_(),
    )
    visitor.page.goto(stage.page_url())
    visitor.launcher.click()
    expect(visitor.launcher).to_have_attribute("aria-busy", "true")
    expect(visitor.composer).to_be_focused()
    expect(visitor.launcher).to_have_attribute("aria-busy", "false")
    assert len(asked) == len(set(asked)) == 3  # browsers cache a failed import by its URL


def test_a_window_that_cannot_be_loaded_is_reported_and_can_be_retried(stage: Stage) -> None:
    stage.allow_errors(*NOT_LOADED)
    visitor = stage.visitor(url="about:blank")
    visitor.page.clock.install()
    away = [True]
    asked = fail(visitor.page, r"window-", lambda route: route.abort() if away else route.continue_())
    visitor.page.goto(stage.page_url())
    visitor.launcher.click()
    for tries in range(1, 7):
        until(visitor.page, lambda tries=tries: len(asked) == tries)  # type: ignore[misc]  # bound at once
        visitor.page.clock.run_for(16_500)
    fault = visitor.page.locator("#parley-widget").get_by_role("alert")
    expect(fault).to_have_text("The chat could not be loaded. Please try again.")
    expect(visitor.launcher).to_have_attribute("aria-expanded", "false")
    away.clear()
    visitor.open()
    expect(fault).to_have_count(0)
    visitor.write("here at last")
    visitor.expect_mark("here at last", "Sent")


def test_a_history_that_fails_to_load_at_first_is_shown_later(stage: Stage) -> None:
    stage.allow_errors(*NOT_LOADED)
    visitor = stage.visitor()
    visitor.open()
    visitor.write("the day before")
    visitor.expect_mark("the day before", "Sent")
    newcomer = stage.visitor(visitor.page.context, url="about:blank")  # a new tab, with nothing in memory
    failing = [True, True]
    asked = fail(
        newcomer.page,
        r"history-",
        lambda route: route.abort() if failing and failing.pop() else route.continue_(),
    )
    newcomer.page.goto(stage.page_url())
    newcomer.open()
    expect(newcomer.bubble("the day before")).to_be_visible()
    assert len(asked) == len(set(asked)) == 3
    newcomer.write("and today")
    newcomer.expect_mark("and today", "Sent")
