"""The service worker in Chromium: a push is shown, its click opens the conversation; the offline shell.

Chromium's own push service is on the internet, so the browser is handed the message as by its push service.
"""

import json
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from core import ids
from tests.browser.conftest import Stage, until
from tests.browser.page_objects import Agent
from tests.client import text

# A headless browser has nowhere to show notifications, so the worker keeps what it is asked to show.
KEPT = """() => {
    self.kept = new Map();
    ServiceWorkerRegistration.prototype.showNotification = async (title, options) => {
        self.kept.set(options.tag, {title, ...options, close: () => self.kept.delete(options.tag)});
    };
    ServiceWorkerRegistration.prototype.getNotifications = async ({tag} = {}) =>
        [...self.kept.values()].filter((one) => tag === undefined || one.tag === tag);
}"""
SHOWN = "() => [...self.kept.values()].map(({title, body, tag}) => ({title, body, tag}))"
CLICK = """() => {
    const [notification] = [...self.kept.values()];
    const event = new Event("notificationclick");
    Object.assign(event, {notification, waitUntil: () => undefined});
    self.dispatchEvent(event);
}"""


def working(stage: Stage, **options: Any) -> tuple[BrowserContext, Agent]:
    """An agent in a browser whose service worker is active."""
    context = stage.context(service_workers="allow", permissions=["notifications"], **options)
    agent = stage.agent(context)
    agent.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    context.service_workers[0].evaluate(KEPT)
    return context, agent


def shown(context: BrowserContext) -> Any:
    """The notifications that are on screen."""
    return context.service_workers[0].evaluate(SHOWN)


class PushedBrowser:
    """Hands push messages to the service worker, as the browser does with those of its push service."""

    def __init__(self, context: BrowserContext, page: Page, origin: str) -> None:
        self._session = context.new_cdp_session(page)
        self._origin = origin
        self._found: list[str] = []
        self._session.on("ServiceWorker.workerRegistrationUpdated", self._updated)
        self._session.send("ServiceWorker.enable")
        until(page, lambda: bool(self._found))

    def push(self, payload: dict[str, Any]) -> None:
        given = {"origin": self._origin, "registrationId": self._found[0], "data": json.dumps(payload)}
        self._session.send("ServiceWorker.deliverPushMessage", given)

    def _updated(self, event: Any) -> None:
        self._found += [one["registrationId"] for one in event["registrations"] if not one["isDeleted"]]


def payload(stage: Stage, conversation: str, **changes: Any) -> dict[str, Any]:
    return {
        "v": 1,
        "id": ids.text(ids.make()),
        "project": text(stage.project),
        "conversation": conversation,
        "title": "Shop",
        "body": "New message from Ana",
        "tag": conversation,
        "at": ids.now(),
    } | changes


@pytest.mark.smoke
def test_a_push_is_shown_once_and_its_click_opens_the_conversation_in_the_open_tab(stage: Stage) -> None:
    visitor = stage.visitor()
    visitor.open()
    visitor.write("hello?")
    context, agent = working(stage)
    agent.open("hello?")
    conversation = agent.page.url.split("/c/")[1].partition("?")[0]
    agent.page.goto(f"{stage.server.url}/app/account/notifications")
    expect(agent.page.get_by_role("heading", name="Push messages")).to_be_visible()
    browser = PushedBrowser(context, agent.page, stage.server.url)
    first = payload(stage, conversation)
    browser.push(first)
    until(agent.page, lambda: len(shown(context)) == 1)
    browser.push(first)
    browser.push(payload(stage, conversation, body="New message from Ana again"))
    until(agent.page, lambda: [one["body"][-5:] for one in shown(context)] == ["again"])
    context.service_workers[0].evaluate(CLICK)
    expect(agent.bubble("hello?")).to_be_visible()
    assert f"/c/{conversation}" in agent.page.url
    assert shown(context) == []


def test_a_push_reaches_a_browser_without_an_open_dashboard(stage: Stage) -> None:
    context, agent = working(stage)
    elsewhere = stage.page(context)
    elsewhere.goto(f"{stage.server.url}/livez")
    browser = PushedBrowser(context, elsewhere, stage.server.url)
    agent.page.close()
    conversation = ids.text(ids.make())
    browser.push(payload(stage, conversation))
    until(elsewhere, lambda: [one["tag"] for one in shown(context)] == [conversation])


def test_without_a_server_the_shell_says_so_and_goes_on_by_itself(stage: Stage) -> None:
    server = stage.stack.spawn("server", handshakes_per_minute=10_000)
    stage.server = server
    _, agent = working(stage)
    agent.page.reload()  # controlled by the service worker now
    expect(agent.me).to_be_visible()
    stored = agent.page.evaluate(
        "caches.keys().then(async (names) => (await Promise.all(names.map(async (name) => "
        "(await (await caches.open(name)).keys()).map(({url}) => new URL(url).pathname)))).flat())"
    )
    assert "/app" in stored
    assert all(one == "/app" or one.startswith("/widget/dashboard-") for one in stored), stored
    stage.allow_errors("ERR_CONNECTION", "Failed to fetch", "WebSocket", "ERR_FAILED", "ERR_EMPTY")
    port = server.url.rpartition(":")[2]
    server.stop()
    agent.page.reload()
    expect(agent.page.get_by_text("The server cannot be reached.")).to_be_visible()
    stage.stack.spawn("server", port=port, handshakes_per_minute=10_000)
    expect(agent.me).to_be_visible()
