"""The widget is isolated from the customer's page: its CSS, a replaced body, text direction, printing."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Stage, until
from tests.browser.looks import dress
from tests.browser.page_objects import Visitor
from tests.browser.pictures import difference
from tests.stack import ROOT

EDGES = 24  # of 255: antialiasing of an edge varies
# Rules of themes and resets; each made the launcher invisible, unusable or distorted once.
HIDING = (
    "div:empty{display:none}",
    "div{display:none}",
    "body>div:not([class]){display:none!important}",
    "body>*{visibility:hidden!important}",
    "body>*{pointer-events:none!important}",
    "parley-widget{display:none!important;visibility:hidden!important;opacity:0!important}",
    "#parley-widget,body>:last-child{position:static!important;contain:strict!important;width:0!important}",
    "body>*{opacity:.2!important;transform:rotate(9deg)!important;filter:blur(4px)!important}",
    "*{all:unset!important}",
    "body>*{clip-path:inset(50%)!important;content-visibility:hidden!important;zoom:3!important}",
)
LEAKING = (
    "*{text-transform:uppercase!important;letter-spacing:4px!important;line-height:3!important;"
    "font-family:monospace!important;font-size:30px!important;word-spacing:9px;text-align:right;cursor:wait;"
    "color:red!important;text-indent:20px;white-space:pre;hyphens:auto;text-shadow:2px 2px red;"
    "--surface:red;--text:lime;--accent:red;--mine:red}"
)


def style(page: Page, rules: str) -> None:
    """Add a style sheet to the page."""
    page.add_style_tag(content=rules)


def picture(visitor: Visitor) -> bytes:
    """A screenshot of the open window."""
    return visitor.window.screenshot(animations="disabled", caret="hide")


@pytest.mark.parametrize("rules", HIDING)
@pytest.mark.smoke
def test_no_css_rule_of_the_page_hides_or_distorts_the_widget(stage: Stage, rules: str) -> None:
    visitor = stage.visitor()
    expect(visitor.launcher).to_be_visible()
    before = visitor.launcher.bounding_box()
    style(visitor.page, rules)
    assert visitor.launcher.bounding_box() == before
    host = visitor.page.locator("#parley-widget")
    for name, value in {"opacity": "1", "filter": "none", "transform": "none", "contain": "none"}.items():
        expect(host).to_have_css(name, value)
    visitor.open()
    expect(visitor.window).to_be_visible()


def test_text_styles_of_the_page_do_not_apply_to_the_widget(stage: Stage) -> None:
    visitor = stage.visitor()
    visitor.open()
    visitor.write("how do I look?")
    visitor.expect_mark("how do I look?", "Sent")
    before = picture(visitor)
    style(visitor.page, LEAKING)
    assert difference(visitor.page.context, picture(visitor), before) < EDGES


@pytest.mark.parametrize("theme", ["light", "dracula", "high-contrast", "paperback"])
def test_text_styles_of_the_page_do_not_apply_to_a_theme(stage: Stage, theme: str) -> None:
    dress(stage, theme=theme, greeting_after=0, texts={"en": {"label": "Chat with us", "greeting": "Hello"}})
    visitor = stage.visitor()
    closed = visitor.page.locator("#parley-widget .launcher, #parley-widget .greeting")
    expect(closed).to_have_count(2)
    before = [one.screenshot(animations="disabled") for one in closed.all()]
    style(visitor.page, LEAKING)
    for one, was in zip(closed.all(), before, strict=True):
        assert difference(visitor.page.context, one.screenshot(animations="disabled"), was) < EDGES


def test_the_look_leaves_the_page_as_it_is(stage: Stage) -> None:
    """Its style sheets and texts stay inside the shadow root."""
    page_of = (
        "() => [document.adoptedStyleSheets.length, document.styleSheets.length, document.head.innerHTML]"
    )
    visitor = stage.visitor()
    expect(visitor.launcher).to_be_visible()
    before = visitor.page.evaluate(page_of)
    heading = visitor.page.get_by_role("heading", name="A shop")
    colour = heading.evaluate("(one) => getComputedStyle(one).color")
    dress(stage, theme="cyberpunk", font="mono", side="left")
    visitor.page.goto(stage.page_url(attributes=" data-again"))
    visitor.open()
    assert visitor.page.evaluate(page_of) == before
    assert heading.evaluate("(one) => getComputedStyle(one).color") == colour


@pytest.mark.smoke
def test_a_page_that_replaces_its_body_keeps_the_same_chat(stage: Stage) -> None:
    visitor = stage.visitor()
    visitor.open()
    visitor.write("before the visit")
    visitor.composer.fill("half a text")
    replace = """() => {
        const body = document.createElement("body");
        body.innerHTML = "<h1>Another page</h1>";
        document.documentElement.replaceChild(body, document.body);
    }"""
    for _ in range(3):  # Turbo shows a preview, and then the page
        visitor.page.evaluate(replace)
    expect(visitor.page.get_by_role("heading", name="Another page")).to_be_visible()
    expect(visitor.page.locator("parley-widget")).to_have_count(1)
    expect(visitor.bubble("before the visit")).to_be_in_viewport()
    expect(visitor.composer).to_have_value("half a text")
    visitor.composer.press("Enter")
    visitor.expect_mark("half a text", "Sent")


def test_turbo_visits_keep_the_same_chat(stage: Stage) -> None:
    visitor = stage.visitor()
    page = visitor.page
    page.add_script_tag(path=ROOT / "tests/browser/axe/node_modules/@hotwired/turbo/dist/turbo.es2017-umd.js")
    page.evaluate("window.loadedOnce = true")
    visitor.open()
    visitor.write("I am looking around")
    for _ in range(2):
        with page.expect_event("framenavigated"):
            page.get_by_role("link", name="Elsewhere").click()
        expect(visitor.bubble("I am looking around")).to_be_visible()
    page.go_back()
    expect(visitor.bubble("I am looking around")).to_be_visible()
    page.evaluate("Parley.close()")
    expect(visitor.window).to_have_count(0)
    visitor.open()
    assert page.evaluate("window.loadedOnce")  # otherwise Turbo was not used
    expect(page.locator("parley-widget")).to_have_count(1)


def test_a_page_from_turbos_cache_has_one_widget(stage: Stage) -> None:
    """Turbo caches a copy of the body, with an empty copy of our element."""
    visitor = stage.visitor()
    expect(visitor.launcher).to_be_visible()
    visitor.page.evaluate(
        """() => {
            const copy = document.body.cloneNode(true);
            document.body.replaceWith(document.createElement("body"));
            document.body.replaceWith(copy);
        }"""
    )
    expect(visitor.page.locator("parley-widget")).to_have_count(1)
    visitor.open()


@pytest.mark.smoke
def test_a_script_tag_that_runs_again_is_the_same_chat(stage: Stage) -> None:
    visitor = stage.visitor()
    visitor.open()
    warnings: list[str] = []
    visitor.page.on("console", lambda said: warnings.append(said.text) if said.type == "warning" else None)
    again = """(project) => {
        const [old] = document.querySelectorAll("script[data-project]");
        const tag = document.createElement("script");
        tag.src = old.src;
        tag.dataset.project = project ?? old.dataset.project;
        const ready = new Promise((done) => { tag.onload = done; });
        document.body.append(tag);
        return ready;
    }"""
    visitor.page.evaluate(again, None)
    assert warnings == []
    expect(visitor.window).to_be_visible()
    other = "00000000-0000-7000-8000-000000000000"
    visitor.page.evaluate(again, other)
    until(visitor.page, lambda: len(warnings) == 1)
    assert other in warnings[0]
    assert str(stage.project_id) in warnings[0]
    expect(visitor.page.locator("parley-widget")).to_have_count(1)


@pytest.mark.parametrize(
    ("text", "direction"),
    [
        ("مرحبا Parley، كيف الحال؟", "rtl"),
        ("שלום, מה שלומך?", "rtl"),
        ("سلام!", "rtl"),
        ("hello مرحبا", "ltr"),
    ],
)
def test_a_text_has_the_direction_of_its_own_script(stage: Stage, text: str, direction: str) -> None:
    visitor = stage.visitor()
    visitor.open()
    visitor.write(text)
    bubble = visitor.bubble(text).locator(".bubble")
    expect(bubble).to_have_css("direction", direction)
    expect(visitor.bubble(text)).to_contain_text("You:")  # for screen readers, which do not announce the side


def test_a_right_to_left_page_does_not_change_the_widgets_direction(stage: Stage) -> None:
    visitor = stage.visitor()
    visitor.open()
    before = picture(visitor)
    visitor.page.evaluate("document.documentElement.dir = 'rtl'")
    expect(visitor.window).to_have_css("direction", "ltr")
    assert difference(visitor.page.context, picture(visitor), before) < EDGES
    expect(visitor.page.locator("#parley-widget .frame")).to_have_attribute("lang", "en-US")


def test_the_widget_is_not_printed(stage: Stage) -> None:
    visitor = stage.visitor()
    visitor.open()
    visitor.page.emulate_media(media="print")
    expect(visitor.window).to_be_hidden()
    expect(visitor.launcher).to_be_hidden()
    visitor.page.emulate_media(media="screen")
    expect(visitor.window).to_be_visible()


def test_contrast_themes_show_edges_focus_and_presence(stage: Stage) -> None:
    visitor = stage.visitor(forced_colors="active")
    visitor.open()
    visitor.write("can you see me?")
    field = visitor.window.locator(".field")
    for place in (visitor.launcher, visitor.window, field, visitor.messages.locator(".bubble").first):
        expect(place).to_have_css("border-top-style", "solid")
    focused = field.screenshot(animations="disabled", caret="hide")
    visitor.composer.blur()
    assert field.screenshot(animations="disabled", caret="hide") != focused
    dot = visitor.head.locator(".dot")
    away = dot.screenshot()
    stage.agent()
    expect(visitor.head.locator(".dot.on")).to_be_visible()
    assert dot.screenshot() != away
