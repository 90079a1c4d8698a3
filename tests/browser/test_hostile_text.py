"""XSS: markup in every text that one side writes and the other reads is shown as text."""

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import Stage
from tests.people import add_agent

VECTORS = (
    "<script>boom()</script>",
    "<img src=x onerror=boom()>",
    "<svg onload=boom()>",
    "<svg><script>boom()</script></svg>",
    "<iframe srcdoc='<script>parent.boom()</script>'></iframe>",
    "<body onload=boom()>",
    "<details open ontoggle=boom()>",
    "<input autofocus onfocus=boom()>",
    "<video><source onerror=boom()></video>",
    "<a href=javascript:boom()>click</a>",
    "javascript:boom()",
    "JaVaScRiPt://example.com/%0aboom()",
    "data:text/html,<script>boom()</script>",
    'https://example.com/"onmouseover="boom()',
    "https://example.com/'><img src=x onerror=boom()>",
    "http://javascript:boom()@example.com/",
    "<math><mtext><style><img src=x onerror=boom()>",
    "</textarea></title></style><script>boom()</script>",
    "{{constructor.constructor('boom()')()}} ${boom()}",
    "<object data=javascript:boom()><embed src=javascript:boom()>",
)
PARTS = [VECTORS[start : start + 7] for start in range(0, len(VECTORS), 7)]
TRAP = "window.ran = []; window.boom = () => ran.push(new Error().stack); window.alert = boom;"
FOREIGN = "script, img, iframe, video, object, embed, input, details, math, style, a:not([href^=http])"


def trapped(context: BrowserContext) -> BrowserContext:
    """A context in which every page records when an injected script ran."""
    context.add_init_script(TRAP)
    return context


@pytest.mark.smoke
def test_hostile_messages_are_shown_as_text_in_both_directions(stage: Stage) -> None:
    agent = stage.agent(trapped(stage.context()))
    visitor = stage.visitor(trapped(stage.context()))
    visitor.open()
    texts = ["\n".join(part) for part in PARTS]
    for number, text in enumerate(texts):
        visitor.write(text)
        if number == 0:
            agent.rows.first.click()
        expect(agent.messages.locator(".said.is-theirs .bubble").nth(number)).to_have_text(
            text, use_inner_text=True
        )
    for number, text in enumerate(texts):
        agent.write(text)
        expect(visitor.messages.locator(".row.theirs .bubble").nth(number)).to_contain_text(
            text, use_inner_text=True
        )
    for number, text in enumerate(texts):
        expect(visitor.messages.locator(".row.mine .bubble").nth(number)).to_contain_text(
            text, use_inner_text=True
        )
    for messages in (agent.messages, visitor.messages):
        for link in messages.locator("a").all():
            link.hover()
        assert messages.locator(".bubble").locator(FOREIGN).count() == 0
    for page in (agent.page, visitor.page):
        assert page.evaluate("ran") == []


@pytest.mark.smoke
def test_hostile_pages_are_shown_as_text_to_the_agent(stage: Stage) -> None:
    agent = stage.agent(trapped(stage.context()))
    visitor = stage.visitor(trapped(stage.context()))
    visitor.open()
    visitor.write("hello?")
    agent.open("hello?")
    for number, part in enumerate(PARTS):
        title = f"{number} " + " ".join(part)
        visitor.page.evaluate(
            """([title, query]) => {
                document.title = title;
                history.pushState(null, "", "/?q=" + query + "#" + query);
            }""",
            [title, "".join(part)],
        )
        expect(agent.current_page).to_contain_text(f"{number} {part[0]}")
        assert agent.panel.locator(FOREIGN).count() == 0
    visitor.page.evaluate("Parley.setPage({url: 'javascript:boom()', title: '<img src=x onerror=boom()>'})")
    expect(agent.current_page).to_contain_text("onerror")
    agent.page.reload()
    expect(agent.panel).to_contain_text("onerror")
    assert agent.panel.locator(FOREIGN).count() == 0
    assert agent.page.evaluate("ran") == []


@pytest.mark.smoke
def test_hostile_names_are_shown_as_text_to_visitors_and_agents(stage: Stage) -> None:
    name = "<img src=x onerror=boom()>"
    project = "<svg onload=boom()>"
    stage.stack.sql("UPDATE projects SET name = $2 WHERE id = $1", stage.project_id, project)
    email = add_agent(stage.stack, stage.project, name="Eve")
    stage.stack.sql("UPDATE users SET full_name = $2 WHERE email = $1", email, name)
    agent = stage.agent(trapped(stage.context()), email=email)
    visitor = stage.visitor(trapped(stage.context()))
    visitor.open()
    expect(visitor.head).to_contain_text(project)
    visitor.write("hello?")
    agent.open("hello?")
    agent.assign("me")
    expect(visitor.head).to_contain_text(name)
    agent.write("good morning")
    expect(visitor.bubble("good morning")).to_contain_text(name)
    for page in (agent.page, visitor.page):
        assert page.evaluate("ran") == []
