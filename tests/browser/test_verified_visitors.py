"""Visitors whom the site has vouched for: their history on all devices, and what the sign-out leaves."""

from typing import Any
from uuid import UUID

import jwt
import pytest
from playwright.sync_api import expect

from core import ids
from core.config import settings
from core.identity.encryption import Sealer, identity_purpose
from tests.browser.conftest import Stage, until
from tests.browser.page_objects import Visitor
from tests.stack import SECRET

TEXT = "pis_x8Tq1AvZ3nD0bYwqkzJ0p4Qm2Vt8yJ7xk1cN5sTq9Lr"


class Shop:
    """The customer's server: it knows the secret and signs who is signed in."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.kid = ids.make()
        sealer = Sealer.of(settings.read({"PARLEY_SECRET_KEY": SECRET}))
        sealed = sealer.seal(TEXT.encode(), purpose=identity_purpose(self.kid))
        stage.stack.sql(
            "INSERT INTO identity_secrets (project_id, id, sealed, created_at) VALUES ($1, $2, $3, now())",
            stage.project_id,
            UUID(bytes=self.kid),
            sealed,
        )

    def token(self, external_id: str = "1042", *, secret: str = TEXT, **facts: Any) -> str:
        now = ids.now() // 1000
        claims = {"external_id": external_id, "aud": str(self.stage.project_id), "iat": now, "exp": now + 600}
        return jwt.encode({**claims, **facts}, secret, "HS256", headers={"kid": str(UUID(bytes=self.kid))})

    def page(self, external_id: str = "1042", **facts: Any) -> str:
        """A page for a person who is signed in."""
        return self.stage.page_url(attributes=f' data-identity="{self.token(external_id, **facts)}"')


@pytest.fixture
def shop(stage: Stage) -> Shop:
    return Shop(stage)


def stored(visitor: Visitor) -> dict[str, str]:
    """Everything that the widget keeps in this browser and tab."""
    kept: dict[str, str] = visitor.page.evaluate(
        "Object.fromEntries([...Object.entries({...localStorage}), ...Object.entries({...sessionStorage})]"
        ".filter(([name]) => name.startsWith('parley:')))"
    )
    return kept


@pytest.mark.smoke
def test_a_signed_in_person_has_one_history_on_all_devices(stage: Stage, shop: Shop) -> None:
    agent = stage.agent()
    laptop = stage.visitor(url=shop.page(name="Jonas Weber", email="jonas@example.com"))
    laptop.open()
    laptop.write("my parcel is late")
    laptop.expect_mark("my parcel is late", "Sent")
    agent.open("my parcel is late")
    expect(agent.page.get_by_role("heading", name="Jonas Weber").first).to_be_visible()
    phone = stage.visitor(url=shop.page(name="Jonas Weber"))
    phone.open()
    expect(phone.bubble("my parcel is late")).to_be_visible()
    phone.write("and from my phone")
    expect(laptop.bubble("and from my phone")).to_be_visible()


def test_the_key_of_a_verified_visitor_is_not_stored_and_a_page_without_a_token_sees_nothing(
    stage: Stage, shop: Shop
) -> None:
    visitor = stage.visitor(url=shop.page())
    visitor.open()
    visitor.write("a secret of mine")
    visitor.expect_mark("a secret of mine", "Sent")
    assert not any(name.endswith(":key") for name in stored(visitor))
    visitor.page.goto(stage.page_url())  # the site has forgotten to call reset()
    expect(visitor.composer).to_be_visible()
    expect(visitor.messages).to_contain_text("How can we help?")
    expect(visitor.bubble("a secret of mine")).to_have_count(0)
    visitor.write("a question of a stranger")
    visitor.expect_mark("a question of a stranger", "Sent")
    visitor.page.goto(shop.page())
    expect(visitor.bubble("a secret of mine")).to_be_visible()
    expect(visitor.bubble("a question of a stranger")).to_have_count(0)


def test_after_reset_nothing_of_the_person_is_left_in_any_tab_and_another_device_goes_on(
    stage: Stage, shop: Shop
) -> None:
    context = stage.context()
    first, second = stage.visitor(context, url=shop.page()), stage.visitor(context, url=shop.page())
    other = stage.visitor(url=shop.page())
    for tab in (first, second, other):
        tab.open()
    first.write("between us")
    for tab in (first, second, other):
        expect(tab.bubble("between us")).to_be_visible()
    second.composer.fill("a draft")
    visitor = str(UUID(bytes=ids.verified_visitor(ids.ProjectId(stage.project), "1042")))
    assert any(visitor in name for name in stored(first))
    first.page.evaluate("Parley.reset()")
    for tab in (first, second):
        expect(tab.window).to_have_count(0)
        tab.open()
        expect(tab.messages).to_contain_text("How can we help?")
        expect(tab.composer).to_have_value("")
        kept = stored(tab)
        assert not any(visitor in name or "between us" in value for name, value in kept.items())
    first.write("I am a stranger")
    first.expect_mark("I am a stranger", "Sent")
    expect(second.bubble("I am a stranger")).to_be_visible()
    expect(other.bubble("I am a stranger")).to_have_count(0)
    other.write("I am still here")
    other.expect_mark("I am still here", "Sent")


def test_signing_in_without_a_new_page_takes_the_draft_along_and_leaves_the_history(
    stage: Stage, shop: Shop
) -> None:
    visitor = stage.visitor()
    visitor.open()
    visitor.write("before")
    visitor.expect_mark("before", "Sent")
    visitor.composer.fill("half a sentence")
    visitor.page.evaluate(
        "(token) => Parley.identify({ token, plan: 'pro' })", shop.token(name="Jonas Weber")
    )
    expect(visitor.bubble("before")).to_have_count(0)
    expect(visitor.composer).to_have_value("half a sentence")
    visitor.composer.press("Enter")
    visitor.expect_mark("half a sentence", "Sent")
    agent = stage.agent()
    agent.open("half a sentence")
    expect(agent.page.get_by_role("heading", name="Jonas Weber").first).to_be_visible()
    # The same person again, as a site does on each of its views: nothing changes on the screen.
    visitor.page.evaluate("(token) => Parley.identify({ token })", shop.token(name="Jonas Weber"))
    visitor.write("still me")
    visitor.expect_mark("still me", "Sent")
    expect(visitor.bubble("half a sentence")).to_be_visible()


def test_another_person_on_the_same_computer_sees_nothing_of_the_first(stage: Stage, shop: Shop) -> None:
    visitor = stage.visitor(url=shop.page("1042"))
    visitor.open()
    visitor.write("I am Jonas")
    visitor.expect_mark("I am Jonas", "Sent")
    visitor.page.goto(shop.page("1043"))
    expect(visitor.messages).to_contain_text("How can we help?")
    expect(visitor.bubble("I am Jonas")).to_have_count(0)
    visitor.write("I am Mina")
    visitor.expect_mark("I am Mina", "Sent")
    visitor.page.goto(shop.page("1042"))
    expect(visitor.bubble("I am Jonas")).to_be_visible()
    expect(visitor.bubble("I am Mina")).to_have_count(0)


@pytest.mark.smoke
def test_a_forged_token_leaves_the_visitor_anonymous_and_says_so_to_the_developer(
    stage: Stage, shop: Shop
) -> None:
    stage.allow_errors("/identity", "Parley.identify: The identity is not valid")
    forged = shop.token(secret="pis_something-else-0123456789-0123456789-0")
    visitor = stage.visitor(url=stage.page_url(attributes=f' data-identity="{forged}"'))
    visitor.open()
    visitor.write("am I Jonas?")
    visitor.expect_mark("am I Jonas?", "Sent")
    assert any(name.endswith(":key") for name in stored(visitor)), "an anonymous visitor"
    assert any("check the secret" in line for line in stage.errors)


def test_a_server_that_is_away_does_not_make_a_person_anonymous(stage: Stage, shop: Shop) -> None:
    stage.allow_errors("503", "/identity")
    context = stage.context()
    refused: list[str] = []

    def away(route: Any) -> None:
        refused.append(route.request.url)
        if len(refused) > 2:
            route.continue_()
        else:
            route.fulfill(status=503, headers={"Access-Control-Allow-Origin": "*"}, body="{}")

    context.route(
        "**/identity", lambda route: away(route) if route.request.method == "POST" else route.continue_()
    )
    visitor = stage.visitor(context, url=shop.page())
    visitor.open()
    visitor.write("written meanwhile")
    visitor.expect_mark("written meanwhile", "Sent")
    assert len(refused) == 3
    assert not any(name.endswith(":key") for name in stored(visitor))


@pytest.mark.parametrize("by", ["attribute", "project"])
def test_nothing_is_stored_and_no_connection_opened_before_consent(stage: Stage, shop: Shop, by: str) -> None:
    if by == "project":
        stage.stack.sql("UPDATE projects SET ask_consent = true WHERE id = $1", stage.project_id)
    context = stage.context()
    context.add_init_script(
        "window.touched = []; for (const name of ['setItem', 'getItem', 'removeItem']) {"
        "const original = Storage.prototype[name]; Storage.prototype[name] = function (...given) {"
        "if (name === 'setItem') touched.push(given[0]); return original.apply(this, given) } }"
    )
    page = stage.page(context)
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    attributes = f' data-identity="{shop.token()}"' + (" data-consent" if by == "attribute" else "")
    page.goto(stage.page_url(attributes=attributes))
    visitor = Visitor(page)
    expect(visitor.launcher).to_be_visible()
    # The window is loaded after the moment at which the chat would have connected.
    page.wait_for_function("performance.getEntriesByType('resource').some(({name}) => /window-/.test(name))")
    assert (sockets, page.evaluate("touched"), context.cookies()) == ([], [], [])
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    page.evaluate("Parley.open()")
    expect(visitor.composer).to_be_focused()
    visitor.write("I agree")
    visitor.expect_mark("I agree", "Sent")
    assert len(sockets) == 1
    page.reload()  # who has opened it once, gets answers without opening it again
    until(page, lambda: len(sockets) == 2)
