"""A reply while the visitor is not looking: the preview, the count in the title, the sound."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Stage, until

# Headless pages always have the focus, so the test removes and restores it.
AWAY = "(away) => { document.hasFocus = () => !away; dispatchEvent(new Event(away ? 'blur' : 'focus')); }"
SETTLED = 700  # ms after which a due sound has started
COUNT_SOUNDS = """
window.sounds = 0;
const Plain = window.AudioContext;
window.AudioContext = class extends Plain {
  constructor() { super(); window.sounds += 1; }
};
"""


def sounds(*pages: Page) -> int:
    """The number of sounds of all these pages."""
    return sum(page.evaluate("sounds") for page in pages)


@pytest.mark.smoke
def test_a_reply_is_previewed_beside_the_closed_window(stage: Stage) -> None:
    visitor = stage.visitor()
    visitor.open()
    visitor.write("hello?")
    visitor.expect_mark("hello?", "Sent")
    agent = stage.agent()
    agent.open("hello?")
    preview = visitor.page.locator("#parley-widget .preview")
    agent.write("I am here")
    expect(visitor.bubble("I am here")).to_be_visible()
    expect(preview).to_have_count(0)  # the message is visible already
    visitor.page.evaluate("Parley.close()")
    agent.write("<b>12 EUR</b>\nup to 5 kg")
    expect(preview).to_be_visible()
    expect(preview.locator("b")).to_have_text("Mai")
    expect(preview.locator("span")).to_contain_text("<b>12 EUR</b>")
    visitor.page.get_by_role("button", name="Close the preview").click()
    expect(preview).to_be_hidden()
    expect(visitor.launcher).to_be_focused()
    agent.write("anything else?")
    expect(preview.locator("span")).to_have_text("anything else?")
    preview.get_by_role("button", name="anything else?").press("Enter")
    expect(visitor.bubble("anything else?")).to_be_visible()
    expect(preview).to_be_hidden()
    visitor.expect_bubbles_in_order()


@pytest.mark.smoke
def test_the_title_counts_while_the_page_has_no_focus(stage: Stage) -> None:
    visitor = stage.visitor()
    visitor.open()
    visitor.write("hello?")
    visitor.expect_mark("hello?", "Sent")
    agent = stage.agent()
    agent.open("hello?")
    page = visitor.page
    page.evaluate("Parley.close(); document.title = 'Cups'")
    expect(agent.current_page).to_contain_text("Cups")
    agent.write("one")
    expect(visitor.badge).to_have_text("1")
    assert page.title() == "Cups"  # with the focus, only the launcher counts
    page.evaluate(AWAY, True)
    agent.write("two")
    until(page, lambda: page.title() == "(2)\u00a0Cups")
    page.evaluate("document.title = 'Plates'")
    expect(agent.current_page).to_contain_text("Plates")
    agent.write("three")
    until(page, lambda: page.title() == "(3)\u00a0Plates")
    page.evaluate(AWAY, False)
    until(page, lambda: page.title() == "Plates")
    page.evaluate(AWAY, True)
    agent.write("four")
    until(page, lambda: page.title() == "(4)\u00a0Plates")
    expect(agent.current_page).not_to_contain_text("(4)")
    page.evaluate("Parley.destroy()")
    assert page.title() == "Plates"


def test_the_title_is_restored_in_the_same_node(stage: Stage) -> None:
    visitor = stage.visitor()
    visitor.open()
    visitor.write("hello?")
    visitor.expect_mark("hello?", "Sent")
    agent = stage.agent()
    agent.open("hello?")
    page = visitor.page
    page.evaluate(
        """() => {
            Parley.close();
            document.querySelector("title").textContent = " Cups  and   plates ";
            window.held = document.querySelector("title").firstChild;
        }"""
    )
    page.evaluate(AWAY, True)
    agent.write("one")
    until(page, lambda: page.title() == "(1)\u00a0 Cups and plates")
    page.evaluate(AWAY, False)
    assert page.evaluate("document.querySelector('title').textContent") == " Cups  and   plates "
    assert page.evaluate("document.querySelector('title').firstChild === held")


def test_one_tab_of_all_plays_the_sound_and_none_when_muted(stage: Stage) -> None:
    context = stage.context()
    context.add_init_script(COUNT_SOUNDS)
    first = stage.visitor(context)
    first.open()
    first.write("hello?")
    first.expect_mark("hello?", "Sent")
    second = stage.visitor(context)
    second.open()  # browsers allow sound after a gesture in the tab
    pages = first.page, second.page
    for page in pages:
        page.evaluate("Parley.close()")
    agent = stage.agent()
    agent.open("hello?")
    agent.write("one")
    for visitor in (first, second):
        expect(visitor.page.locator("#parley-widget .preview span")).to_have_text("one")
    until(first.page, lambda: sounds(*pages) == 1)
    agent.write("a burst is one event")
    for visitor in (first, second):
        expect(visitor.page.locator("#parley-widget .preview span")).to_have_text("a burst is one event")
    first.page.get_by_role("button", name="Turn sound off").click()
    expect(first.page.get_by_role("button", name="Turn sound on")).to_be_visible()
    # The lock is released when the pause after the first sound is over.
    for page in pages:
        page.evaluate("async () => { while ((await navigator.locks.query()).held.length) await 0; }")
    before = sounds(*pages)
    agent.write("in silence")
    for visitor in (first, second):
        # Read at the moment at which the sound would start; a lock requested then is granted before ours.
        said = visitor.page.locator("#parley-widget .preview + [role=status]")
        expect(said).to_have_text("Mai: in silence")
        visitor.page.evaluate("navigator.locks.request('asked for later', () => null)")
    assert sounds(*pages) == before
    expect(second.page.get_by_role("button", name="Turn sound on")).to_be_visible()


def test_a_screen_reader_hears_the_name_and_the_first_line(stage: Stage) -> None:
    visitor = stage.visitor()
    visitor.open()
    visitor.write("hello?")
    visitor.expect_mark("hello?", "Sent")
    agent = stage.agent()
    agent.open("hello?")
    visitor.page.evaluate("Parley.close()")
    agent.write("Hello Jonas,\nyour pot is here.")
    said = visitor.page.locator("#parley-widget .preview + [role=status]")
    expect(said).to_have_text("Mai: Hello Jonas,")
    visitor.page.get_by_role("button", name="Close the preview").click()
    expect(said).to_have_text("")


def test_a_reply_in_hebrew_is_shown_right_to_left(stage: Stage) -> None:
    visitor = stage.visitor()
    visitor.open()
    visitor.write("hello?")
    visitor.expect_mark("hello?", "Sent")
    agent = stage.agent()
    agent.open("hello?")
    visitor.page.evaluate("Parley.close(); document.documentElement.dir = 'rtl'")
    agent.write("שלום, 12?")
    line = visitor.page.locator("#parley-widget .preview span")
    expect(line).to_have_css("direction", "rtl")
    expect(visitor.page.locator("#parley-widget .preview")).to_have_css("direction", "ltr")


def test_no_sound_for_a_message_that_is_read_in_another_tab(stage: Stage) -> None:
    context = stage.context()
    context.add_init_script(COUNT_SOUNDS)
    reading = stage.visitor(context)
    reading.open()
    reading.write("hello?")
    reading.expect_mark("hello?", "Sent")
    closed = stage.visitor(context)
    closed.open()
    closed.page.evaluate("Parley.close()")
    agent = stage.agent()
    agent.open("hello?")
    agent.write("read at once")
    expect(reading.bubble("read at once")).to_be_visible()
    expect(closed.badge).to_have_text("")
    closed.page.wait_for_timeout(SETTLED)
    assert sounds(reading.page, closed.page) == 0


def test_a_customer_can_disable_the_sound(stage: Stage) -> None:
    context = stage.context()
    context.add_init_script(COUNT_SOUNDS)
    visitor = stage.visitor(context, url=stage.page_url(attributes=' data-sound="off"'))
    visitor.open()
    visitor.write("hello?")
    visitor.expect_mark("hello?", "Sent")
    agent = stage.agent()
    agent.open("hello?")
    visitor.page.evaluate("Parley.close()")
    agent.write("in silence")
    expect(visitor.page.locator("#parley-widget .preview span")).to_have_text("in silence")
    expect(visitor.page.get_by_role("button", name="Turn sound off")).to_have_count(0)
    visitor.page.wait_for_timeout(SETTLED)
    assert sounds(visitor.page) == 0
