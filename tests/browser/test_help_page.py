"""The public help page in a browser without scripts: read, search, answer; accessible in every look."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import serious_violations
from tests.browser.articles import choose, publish, shelf
from tests.browser.conftest import Stage
from tests.browser.sizes import NARROWEST, PHONE
from tests.browser.test_looks import PICTURES, Look, each_look
from tests.client import text

LARGEST = 30 * 1024  # bytes of a page


def address(stage: Stage, rest: str = "") -> str:
    return f"{stage.server.url}/help/{text(stage.project)}{rest}"


@pytest.fixture
def bare(stage: Stage) -> Page:
    """A browser without scripts, at a project with a help page."""
    shelf(stage)
    choose(stage, help_page=True)
    return stage.page(stage.context(java_script_enabled=False))


@pytest.mark.smoke
def test_a_reader_without_scripts_finds_an_article_and_answers(stage: Stage, bare: Page) -> None:
    sizes: dict[str, int] = {}
    bare.on(
        "response", lambda answer: sizes.update({answer.url: int(answer.headers.get("content-length", 0))})
    )
    bare.goto(address(stage))
    expect(bare.get_by_role("heading", level=2)).to_have_text(["Orders", "Plants"])
    bare.get_by_role("searchbox").fill("refund")
    bare.get_by_role("searchbox").press("Enter")
    bare.get_by_role("link", name="Returns and refunds").click()
    expect(bare.get_by_role("heading", level=1)).to_have_text("Returns and refunds")
    expect(bare).to_have_title(re.compile("^Returns and refunds . Shop help$"))
    expect(bare.locator("img, script")).to_have_count(0)
    bare.get_by_role("button", name="Yes").click()
    expect(bare.get_by_text("Thank you for your answer.")).to_be_visible()
    rows = stage.stack.sql("SELECT sum(helpful) FROM articles WHERE project_id = $1", stage.project_id)
    assert rows[0][0] == 1
    bare.get_by_role("link", name="Tiếng Việt").click()
    expect(bare.get_by_role("link", name="Đổi trả và hoàn tiền")).to_be_visible()
    assert all(size <= LARGEST for size in sizes.values()), sizes
    assert all(url.startswith(stage.server.url) for url in sizes)


def test_the_keyboard_reaches_everything(stage: Stage, bare: Page) -> None:
    bare.goto(address(stage))
    for expected in ("Shop help", "Search articles", "Search"):
        bare.keyboard.press("Tab")
        expect(bare.locator(":focus")).to_have_accessible_name(expected)


@each_look
def test_the_help_page_looks_right_and_is_accessible(stage: Stage, look: Look) -> None:
    PICTURES.mkdir(exist_ok=True)
    one = shelf(stage)
    choose(stage, help_page=True)
    publish(stage, "An article without a category")
    page = stage.page(stage.context())
    look.apply(page)
    faults: list[str] = []
    for name, rest in (
        ("index", ""),
        ("search", "?query=how+long+is+a+delivery"),
        ("none", "?query=xylophone"),
        ("category", "?category=Orders"),
        ("article", f"/{text(one)}/returns-and-refunds"),
        ("thanks", f"/{text(one)}/returns-and-refunds?thanks=1#feedback"),
        ("vi", "?language=vi"),
        ("404", f"/{text(stage.project)}"),
    ):
        if name == "404":
            stage.allow_errors("404")
        page.goto(address(stage, rest))
        faults += look.faults(page, f"help-{name}")
    assert not faults, "\n".join(faults)


def test_it_fits_a_phone(stage: Stage) -> None:
    one = publish(stage, "W" * 200, "W" * 500 + "\n\n| a | b |\n|---|---|\n| " + "w" * 300 + " | x |")
    choose(stage, help_page=True)
    page = stage.page(stage.context(has_touch=True, is_mobile=True))
    for width, height in (NARROWEST, PHONE):
        page.set_viewport_size({"width": width, "height": height})
        for rest in ("", f"/{text(one)}"):
            page.goto(address(stage, rest))
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (width, rest)
            assert serious_violations(page) == []
            small = page.evaluate(
                "[...document.querySelectorAll('button, input:not([type=hidden])')]"
                ".map((one) => one.getBoundingClientRect().height).filter((height) => height < 43.5)"
            )
            assert small == []
