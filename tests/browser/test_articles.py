"""The widget's home: search, read, rate and ask about articles, by mouse and by keyboard."""

import json
import re
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Route, expect

from tests.browser.articles import Home, choose, publish, shelf
from tests.browser.conftest import Stage, until
from tests.browser.sizes import LANGUAGES, both_languages, each_device, looked_at
from tests.browser.test_looks import PICTURES, Look, each_look
from tests.client import text

HOSTILE: list[str] = json.loads(
    (Path(__file__).parents[1] / "unit/server/api/hostile_markdown.json").read_text(encoding="utf-8")
)
ARTICLES = re.compile(r"/articles")
TAGS = {"p", "strong", "em", "code", "pre", "a", "br", "hr", "ul", "ol", "li", "blockquote"} | {
    *("h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td")
}
NOT_LOADED = ("ERR_FAILED", "ERR_INTERNET_DISCONNECTED", "503")


@pytest.fixture
def home(stage: Stage) -> Home:
    shelf(stage)
    return Home(stage.visitor())


@pytest.mark.smoke
def test_a_visitor_finds_reads_rates_and_asks_about_an_article(stage: Stage) -> None:
    returns = shelf(stage)
    agent, home = stage.agent(), Home(stage.visitor())
    home.open()
    expect(home.hits).to_have_count(3)
    home.field.fill("return something")
    expect(home.hits.first).to_contain_text("Returns and refunds")
    home.read("Returns and refunds")
    expect(home.heading.first).to_be_focused()
    expect(home.text.get_by_role("link", name="30 days")).to_have_attribute(
        "rel", "noopener noreferrer nofollow ugc"
    )
    expect(home.text.locator("img")).to_have_count(0)
    home.vote.get_by_role("button", name="Yes").click()
    expect(home.vote).to_contain_text("Thank you")
    home.press("Ask about this")
    expect(home.about).to_contain_text("About: Returns and refunds")
    expect(home.visitor.composer).to_be_focused()
    home.visitor.write("Does it hold for gifts?")
    expect(home.about).to_have_count(0)
    expect(agent.row("Does it hold for gifts?")).to_be_visible()
    (row,) = stage.stack.sql(
        "SELECT article_id FROM assistant_conversations WHERE project_id = $1", stage.project_id
    )
    assert row[0] == UUID(bytes=returns)
    (counts,) = stage.stack.sql("SELECT helpful, unhelpful FROM articles WHERE id = $1", UUID(bytes=returns))
    assert tuple(counts) == (1, 0)


def test_the_keyboard_goes_into_an_article_back_and_out(home: Home) -> None:
    home.open()
    expect(home.hits).to_have_count(3)
    home.page.keyboard.press("Tab")
    expect(home.hits.first).to_be_focused()
    title = home.hits.first.locator("b").inner_text()
    home.page.keyboard.press("Enter")
    expect(home.heading.filter(has_text=title).first).to_be_focused()
    home.page.keyboard.press("Escape")
    expect(home.hits.first).to_be_focused()
    home.page.keyboard.press("Escape")
    expect(home.visitor.window).to_have_count(0)
    expect(home.visitor.launcher).to_be_focused()
    home.visitor.launcher.click()
    expect(home.field).to_be_focused()


def test_a_visitor_with_a_conversation_begins_there_and_finds_the_way(home: Home) -> None:
    home.open()
    home.press("Send us a message")
    expect(home.visitor.composer).to_be_focused()
    home.visitor.write("hello?")
    home.page.reload()
    expect(home.visitor.bubble("hello?")).to_be_visible()
    home.button.click()
    expect(home.field).to_be_focused()
    expect(home.hits).to_have_count(3)
    home.press("Back to the conversation")
    expect(home.visitor.bubble("hello?")).to_be_visible()
    expect(home.visitor.composer).to_be_focused()


def test_an_answer_that_comes_meanwhile_is_counted_and_not_read(stage: Stage) -> None:
    shelf(stage)
    agent, visitor = stage.agent(), stage.visitor()
    home = Home(visitor)
    home.open()
    home.press("Send us a message")
    visitor.write("hello?")
    home.button.click()
    agent.open("hello?")
    agent.write("How can I help?")
    expect(home.box.get_by_role("button", name="Back to the conversation (1)")).to_be_visible()
    expect(agent.bubble("How can I help?").get_by_role("img", name="Read")).to_have_count(0)
    home.press("Back to the conversation (1)")
    expect(visitor.bubble("How can I help?")).to_be_visible()


def test_what_a_text_is_about_survives_a_reload_and_can_be_removed(stage: Stage, home: Home) -> None:
    home.open()
    home.read("Care for your calathea")
    home.press("Ask about this")
    home.visitor.composer.fill("half a sen")
    home.page.reload()
    expect(home.about).to_contain_text("About: Care for your calathea")
    expect(home.visitor.composer).to_have_value("half a sen")
    home.about.get_by_role("button", name="Remove").click()
    expect(home.about).to_have_count(0)
    expect(home.visitor.composer).to_be_focused()
    home.visitor.write("about nothing")
    home.visitor.expect_mark("about nothing", "Sent")
    assert (
        stage.stack.sql("SELECT 1 FROM assistant_conversations WHERE project_id = $1", stage.project_id) == []
    )


def test_a_visitor_who_types_asks_once_and_sees_the_last_answer(home: Home) -> None:
    asked: list[str] = []
    held: list[Route] = []

    def meet(route: Route) -> None:
        asked.append(route.request.url)
        if "query=deliv&" in route.request.url:
            held.append(route)
        else:
            route.continue_()

    home.page.route(re.compile(r"/articles\?query"), meet)
    home.open()
    home.field.press_sequentially("deliv")
    until(home.page, lambda: len(held) == 1)
    home.field.press_sequentially("ery")
    expect(home.hits).to_have_count(1)
    expect(home.hits.first).to_contain_text("delivery")
    assert len(asked) == 2


def test_nothing_found_leads_to_the_chat(home: Home) -> None:
    home.open()
    home.field.fill("xylophone zeppelin")
    expect(home.status).to_contain_text("No article was found")
    home.press("Send us a message")
    expect(home.visitor.composer).to_be_focused()


@pytest.mark.parametrize("what", ["abort", "503"])
def test_what_cannot_be_loaded_is_said_and_can_be_tried_again(stage: Stage, home: Home, what: str) -> None:
    stage.allow_errors(*NOT_LOADED)
    home.page.route(ARTICLES, lambda route: route.abort() if what == "abort" else route.fulfill(status=503))
    home.open()
    expect(home.status).to_contain_text("could not be loaded")
    home.page.unroute(ARTICLES)
    home.press("Try again")
    expect(home.hits).to_have_count(3)
    home.page.route(ARTICLES, lambda route: route.abort())
    home.hits.filter(has_text="Returns").click()
    expect(home.status).to_contain_text("could not be loaded")
    home.page.unroute(ARTICLES)
    home.press("Try again")
    expect(home.text).to_contain_text("What you need")


def test_an_article_that_is_gone_says_so(stage: Stage, home: Home) -> None:
    stage.allow_errors("404")
    home.open()
    expect(home.hits).to_have_count(3)
    stage.stack.sql("UPDATE articles SET published = NULL WHERE project_id = $1", stage.project_id)
    home.hits.filter(has_text="Returns").click()
    expect(home.status).to_contain_text("no longer available")
    home.press("Back to all articles")
    expect(home.hits.filter(has_text="Returns")).to_be_focused()


def test_offline_is_said_and_the_list_comes_with_the_connection(stage: Stage, home: Home) -> None:
    stage.allow_errors(*NOT_LOADED, "WebSocket")
    expect(home.visitor.launcher).to_be_visible()
    home.visitor.launcher.hover()
    home.open()
    expect(home.hits).to_have_count(3)
    home.page.context.set_offline(True)
    home.field.fill("refund")
    expect(home.status).to_contain_text(re.compile("You.re offline"))
    home.page.context.set_offline(False)
    expect(home.hits.first).to_contain_text("Returns")


def test_without_articles_or_without_permission_there_is_no_home(stage: Stage) -> None:
    visitor = stage.visitor()
    visitor.open()
    expect(Home(visitor).button).to_have_count(0)
    publish(stage, "Returns")
    choose(stage, in_widget=False)
    visitor = stage.visitor()
    visitor.open()
    expect(Home(visitor).button).to_have_count(0)


def test_a_server_without_articles_gets_the_chat(stage: Stage) -> None:
    shelf(stage)
    context = stage.context()

    def without(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json={k: v for k, v in answer.json().items() if k != "articles"})

    context.route(re.compile(r"/public/projects/[^/]+/settings"), without)
    visitor = stage.visitor(context)
    visitor.open()
    expect(Home(visitor).button).to_have_count(0)


def test_hostile_articles_run_nothing_and_load_nothing(stage: Stage) -> None:
    content = "\n\n".join(one.replace("\0", "") for one in HOSTILE)
    publish(stage, '<img src=x onerror="alert(1)">', content, category="<script>alert(1)</script>")
    visitor = stage.visitor(url="about:blank")
    hosts: set[str] = set()
    visitor.page.on("request", lambda request: hosts.add(request.url.split("/")[2].split("?")[0]))
    visitor.page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    visitor.page.goto(stage.page_url())
    home = Home(visitor)
    home.open()
    home.read("<img src=x")
    expect(home.text).to_contain_text("<script>alert(1)</script>")
    found = home.text.evaluate(
        "(box) => [...box.querySelectorAll('*')].map((one) => [one.localName,"
        " one.getAttributeNames().filter((name) => !/^(href|target|rel|tabindex|start)$/.test(name))])"
    )
    assert {name for name, _ in found} <= TAGS
    assert [names for _, names in found if names] == []
    assert all(host.startswith("127.0.0.1") for host in hosts), hosts


@each_look
def test_the_home_looks_right_and_is_accessible(stage: Stage, look: Look) -> None:
    PICTURES.mkdir(exist_ok=True)
    shelf(stage)
    visitor = stage.visitor()
    look.apply(visitor.page)
    home = Home(visitor)
    visitor.launcher.click()
    expect(home.hits).to_have_count(3)
    faults = look.faults(visitor.page, "articles-home")
    home.field.fill("refund")
    expect(home.hits).to_have_count(1)
    faults += look.faults(visitor.page, "articles-search")
    home.field.fill("xylophone")
    expect(home.status).to_contain_text("No article")
    faults += look.faults(visitor.page, "articles-none")
    home.field.fill("refund")
    home.read("Returns and refunds")
    faults += look.faults(visitor.page, "articles-article")
    home.vote.scroll_into_view_if_needed()
    faults += look.faults(visitor.page, "articles-vote")
    home.press("Ask about this")
    faults += look.faults(visitor.page, "articles-about")
    visitor.write("For gifts too?")
    faults += look.faults(visitor.page, "articles-talk")
    assert not faults, "\n".join(faults)


@both_languages
@each_device
def test_the_home_fits_every_screen(stage: Stage, language: str, device: str) -> None:
    shelf(stage)
    touch = {"has_touch": True, "is_mobile": True} if device == "touch" else {}
    visitor = stage.visitor(locale=LANGUAGES[language], **touch)
    home = Home(visitor)
    host = "parley-widget"
    visitor.launcher.click()
    expect(home.hits).to_have_count(3 if language == "en" else 2)
    faults = looked_at(visitor.page, "articles-home", language=language, device=device, host=host)
    home.hits.filter(has_text="Returns" if language == "en" else "Đổi trả").click()
    expect(home.text).to_be_visible()
    faults += looked_at(visitor.page, "articles-article", language=language, device=device, host=host)
    home.box.locator(".main").click()
    expect(home.about).to_be_visible()
    faults += looked_at(visitor.page, "articles-about", language=language, device=device, host=host)
    assert not faults, "\n".join(faults)


def test_the_home_asks_by_the_id_of_its_project(stage: Stage, home: Home) -> None:
    with home.page.expect_request(ARTICLES) as asked:
        home.open()
    assert f"/public/projects/{text(stage.project)}/articles?language=en" in asked.value.url
