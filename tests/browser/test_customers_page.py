"""The widget on a customer's page: under a strict content security policy, and removed without traces."""

import pytest
from playwright.sync_api import WebSocket, expect

from tests.browser.conftest import Stage, until

VIOLATIONS = """
window.violations = [];
addEventListener("securitypolicyviolation", ({violatedDirective, blockedURI}) =>
  violations.push(violatedDirective + " " + blockedURI));
"""
# The original History API, and listeners on window and document that were not removed.
WATCH = """
window.before = {push: history.pushState, replace: history.replaceState};
window.hung = [];
for (const target of [window, document]) {
  const {addEventListener: add, removeEventListener: remove} = target;
  target.addEventListener = function (type, listener, ...rest) {
    hung.push({target, type, listener});
    return add.call(target, type, listener, ...rest);
  };
  target.removeEventListener = function (type, listener, ...rest) {
    hung = hung.filter((one) => one.target !== target || one.type !== type || one.listener !== listener);
    return remove.call(target, type, listener, ...rest);
  };
}
"""


@pytest.mark.parametrize(
    "policy", ["host", "nonce", "strict-dynamic", "trusted-types", "isolated", "isolated-crossorigin"]
)
def test_a_strict_policy_needs_only_our_host_or_a_nonce(stage: Stage, policy: str) -> None:
    context = stage.context()
    context.add_init_script(VIOLATIONS)
    agent = stage.agent()
    visitor = stage.visitor(context, url=stage.page_url(policy=policy))
    visitor.open()
    expect(visitor.launcher).to_have_css("position", "fixed")  # the styles are loaded
    visitor.write("a question\nof two lines")
    agent.open("a question")
    agent.write("an answer")
    expect(visitor.bubble("an answer")).to_be_visible()
    visitor.expect_mark("a question", "Read")
    assert visitor.page.evaluate("violations") == []


@pytest.mark.smoke
def test_a_destroyed_widget_leaves_nothing_behind(stage: Stage) -> None:
    context = stage.context()
    context.add_init_script(WATCH)
    sockets: list[WebSocket] = []
    agent = stage.agent()
    visitor = stage.visitor(context, url="about:blank")
    page = visitor.page
    page.on("websocket", lambda socket: sockets.append(socket))  # noqa: PLW0108  Playwright sets attributes on the callback
    page.goto(stage.page_url())
    visitor.open()
    visitor.write("I will not be long")
    agent.open("I will not be long")
    visitor.composer.press_sequentially("still typ")
    expect(agent.typing).to_be_visible()
    assert page.evaluate("history.pushState !== before.push")
    page.evaluate("Parley.destroy()")
    expect(page.locator("#parley-widget")).to_have_count(0)
    expect(agent.typing).to_have_count(0)
    assert sockets
    until(page, lambda: all(socket.is_closed() for socket in sockets))
    assert page.evaluate(
        "[history.pushState === before.push, history.replaceState === before.replace, typeof Parley]"
    ) == [True, True, "undefined"]
    assert page.evaluate("hung.map(({type}) => type)") == []
    assert page.evaluate("document.head.querySelectorAll('script, style, link[rel=stylesheet]').length") == 0
    page.evaluate("history.pushState(null, '', '/later')")
    expect(agent.panel).not_to_contain_text("/later")


@pytest.mark.smoke
def test_the_widget_does_what_the_page_calls(stage: Stage) -> None:
    visitor = stage.visitor()
    page = visitor.page
    page.evaluate(
        """() => {
            window.heard = [];
            for (const name of ["open", "close", "unread", "message", "urlchange"])
                Parley.on(name, (detail) => heard.push(name));
        }"""
    )
    page.evaluate("Parley.open()")
    expect(visitor.window).to_be_visible()
    visitor.write("hello?")
    agent = stage.agent()
    agent.open("hello?")
    page.evaluate("Parley.close()")
    expect(visitor.window).to_have_count(0)
    agent.write("good morning")
    expect(visitor.badge).to_have_text("1")
    page.evaluate("Parley.setPage({url: '/cart', title: 'The cart'})")
    expect(agent.current_page).to_contain_text("The cart")
    page.evaluate("Parley.toggle()")
    expect(visitor.bubble("good morning")).to_be_visible()
    page.wait_for_function("heard.length === 6")
    page.evaluate("history.pushState(null, '', '/terms')")
    assert page.evaluate("heard") == ["open", "close", "message", "unread", "open", "unread", "urlchange"]
