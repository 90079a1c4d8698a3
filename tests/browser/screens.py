"""Every page and state of the dashboard, reached by selectors, which are the same in every language."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import pyotp
from playwright.sync_api import Page, expect

from protocol import limits
from tests.people import PASSWORD

Act = Callable[[Page], None]


def nothing(page: Page) -> None:
    """Leave the page as it is."""


@dataclass(frozen=True)
class Screen:
    """A state of a page: its path, how to get there, and what is visible then."""

    name: str
    path: str  # with {project} and other places of the gallery
    ready: str  # a selector
    act: Act = nothing
    before: Act = nothing  # before the page is loaded
    after: Act = nothing  # brings the tab back
    narrow: bool = False  # where list, conversation and details are not side by side: not on a desktop


def clicks(*selectors: str) -> Act:
    """Click one after the other."""

    def act(page: Page) -> None:
        for selector in selectors:
            page.locator(selector).first.click()

    return act


def fills(selector: str, text: str) -> Act:
    """Fill a field."""
    return lambda page: page.locator(selector).first.fill(text)


def types(selector: str, keys: str) -> Act:
    """Type into a field."""
    return lambda page: page.locator(selector).first.press_sequentially(keys)


def presses(key: str, selector: str = "body") -> Act:
    """Press a key there."""
    return lambda page: page.locator(selector).last.press(key)


def in_turn(*acts: Act) -> Act:
    """One after the other."""

    def act(page: Page) -> None:
        for one in acts:
            one(page)

    return act


def loaded(page: Page) -> None:
    """Wait for the messages."""
    page.locator(".said").first.wait_for()


def broken(pattern: str) -> tuple[Act, Act]:
    """Requests of these paths fail; and the way back."""
    paths = re.compile(pattern)
    return (
        lambda page: page.route(paths, lambda route: route.abort()),
        lambda page: page.unroute(paths),
    )


def offline(page: Page) -> None:
    """Take the network away, once the websocket is open."""
    page.locator(".rail-me .dot.is-online").wait_for(state="attached")
    page.context.set_offline(True)


def online(page: Page) -> None:
    """Give it back."""
    page.context.set_offline(False)


def scan(page: Page) -> None:
    """Turn on two-step sign-in, up to the key."""
    page.locator(".card-foot .button.is-primary").last.click()
    page.locator("input[type=password]").last.fill(PASSWORD)
    page.locator("input[type=password]").last.press("Enter")
    expect(page.locator(".qr")).to_be_visible()


def enrol(page: Page) -> None:
    """Turn on two-step sign-in, up to the recovery codes."""
    scan(page)
    secret = page.locator(".secret code").inner_text().replace(" ", "")
    page.locator("input.is-code").fill(pyotp.TOTP(secret).now())
    page.locator("input.is-code").press("Enter")
    expect(page.locator(".codes")).to_be_visible()


def create_key(page: Page) -> None:
    """Create an API key, which is shown once."""
    page.locator("form input.input").first.fill("Order system")
    page.locator("input[type=checkbox]").first.check()
    page.locator("form .button.is-primary").click()


INBOX: Final = "/app/p/{project}"
TALK: Final = "/app/p/{project}/c/{conversation}"
COPILOT: Final = "/app/p/{project}/copilot"
FIRST, SECOND = (f".thread-actions .menu-anchor:nth-child({n}) > button" for n in (1, 2))
LIST_FAILS, LIST_WORKS = broken(r"/conversations\?")
THREAD_FAILS, THREAD_WORKS = broken(r"/messages\?")
REFRESH_FAILS, REFRESH_WORKS = broken(r"/auth/refresh")
MESSAGE_MENU: Final = in_turn(loaded, presses("Enter", ".is-team .said-tools > button"))
MEMBERS_FAIL, MEMBERS_WORK = broken(r"/api/v1/projects/[^/]+/members")

INBOX_SCREENS: Final = (
    Screen("inbox", INBOX, ".row"),
    Screen("inbox-views", INBOX, ".menu", clicks(".views .menu-anchor > button")),
    Screen("inbox-filter", INBOX, ".filter-panel", clicks(".filter-anchor > button")),
    Screen(
        "inbox-selected",
        INBOX,
        ".selection",
        in_turn(lambda page: page.locator(".row").first.wait_for(), presses("x")),
    ),
    Screen("inbox-mentions", INBOX, ".bell-list", clicks(".rail-item:has(.bell-icon)")),
    Screen("inbox-projects", INBOX, ".menu", clicks(".rail-project")),
    Screen("inbox-account", INBOX, ".menu", clicks(".rail-me")),
    Screen("inbox-no-match", INBOX, ".list-pane .empty", fills(".filter input", "zzzz")),
    Screen(
        "inbox-empty-view",
        INBOX,
        ".list-pane .empty",
        clicks(".views .menu-anchor > button", "#choice-spam"),
        after=clicks(".views > .view"),
    ),
    Screen("inbox-failed", INBOX, ".list-failed", before=LIST_FAILS, after=LIST_WORKS),
    Screen("inbox-offline", INBOX, ".live-banner .icon", offline, after=online),
    Screen("first-steps", "/app/p/{unused}", ".first-steps .install"),
    Screen("try", "/app/p/{unused}/try", ".try-page .button"),
    Screen("server-away", INBOX, ".splash .button", before=REFRESH_FAILS, after=REFRESH_WORKS),
    Screen("not-found", "/app/nowhere", ".splash .empty"),
    Screen(
        "palette",
        INBOX,
        ".palette",
        in_turn(lambda page: page.locator(".row").first.wait_for(), presses("Control+k")),
    ),
    Screen("keys", INBOX, ".modal .shortcuts", clicks(".rail-me", "#choice-keys")),
    Screen("preferences", INBOX, ".modal .segments", clicks(".rail-me", "#choice-settings")),
    Screen("conversation", TALK, ".said"),
    Screen(
        "conversation-note",
        TALK,
        ".composer.is-note",
        in_turn(loaded, clicks(".mode:nth-child(2)")),
        after=clicks(".mode:nth-child(1)"),
    ),
    Screen(
        "conversation-too-long",
        TALK,
        ".composer-hint.is-over",
        in_turn(loaded, fills("#composer", "x" * (limits.BODY + 1))),
        after=fills("#composer", ""),
    ),
    Screen("conversation-assignee", TALK, ".menu", clicks(FIRST)),
    Screen("conversation-status", TALK, ".menu", clicks(SECOND)),
    Screen(
        "conversation-canned",
        TALK,
        ".canned",
        in_turn(loaded, types("#composer", "/")),
        after=fills("#composer", ""),
    ),
    Screen("conversation-details", TALK, ".panel-pane", clicks(".thread-details"), narrow=True),
    Screen(
        "conversation-block",
        TALK,
        ".modal",
        clicks(".thread-details", ".panel-who .menu-anchor > button", "#choice-block"),
        narrow=True,
    ),
    Screen("conversation-form", TALK, ".menu", in_turn(loaded, clicks(".form-button > button"))),
    Screen(
        "conversation-form-asked",
        TALK,
        ".modal",
        in_turn(loaded, clicks(".form-button > button", ".form-button .choice")),
    ),
    Screen("conversation-message", TALK, ".said-tools .menu", MESSAGE_MENU),
    Screen("conversation-edit", TALK, ".edit-form", in_turn(MESSAGE_MENU, clicks("#choice-edit"))),
    Screen("conversation-remove", TALK, ".modal", in_turn(MESSAGE_MENU, clicks("#choice-redact"))),
    Screen("conversation-delete", TALK, ".modal", clicks(SECOND, "#choice-delete")),
    Screen("conversation-solved", TALK, ".toast", clicks(".solve"), after=clicks(".toast .link")),
    Screen("conversation-offline", TALK, ".live-banner .icon", offline, after=online),
    Screen("copilot", TALK, ".cop-answer", in_turn(loaded, clicks("[data-opens-copilot]"))),
    Screen(
        "copilot-rewrite",
        TALK,
        ".cop-actions .menu",
        in_turn(loaded, clicks("[data-opens-copilot]", ".cop-actions .menu-anchor > button")),
    ),
    Screen("copilot-sessions", COPILOT, ".cop-row"),
    Screen("copilot-new", COPILOT, ".modal .radio", clicks(".cop-list-head .button")),
    Screen("copilot-session", COPILOT, ".cop-draft", clicks(".cop-row")),
    Screen(
        "copilot-rename",
        COPILOT,
        ".cop-rename",
        in_turn(clicks(".cop-row"), clicks(".cop-main .cop-head .icon-button:nth-last-child(2)")),
    ),
    Screen("copilot-drafts", COPILOT + "/drafts", ".cop-row"),
    Screen("copilot-draft", COPILOT + "/drafts/{draft}", ".cop-post"),
    Screen(
        "copilot-post",
        COPILOT + "/drafts/{draft}",
        ".cop-post-form",
        clicks(".cop-post-head .button:nth-last-child(1)"),
    ),
    Screen("copilot-preferences", COPILOT + "/preferences", ".cop-preferences .setting"),
    Screen("conversation-missing", "/app/p/{project}/c/{unknown}", ".thread-pane .empty"),
    Screen("conversation-failed", TALK, ".thread-pane .empty", before=THREAD_FAILS, after=THREAD_WORKS),
)

ACCOUNT, PROJECT = "/app/account", "/app/projects/{project}/settings"
SETTLED: Final = ".page-column:not(:has(.bones))"


def settings_screens() -> Iterator[Screen]:
    """The pages of the settings, and what can be open on them."""
    for name in ("profile", "email", "security", "sessions", "linked", "notifications", "close"):
        yield Screen(f"account-{name}", f"{ACCOUNT}/{name}", SETTLED)
    for name in (
        "general",
        "domains",
        "members",
        "invitations",
        "canned-responses",
        "files",
        "forms",
        "assistant",
        "assistant-replay",
        "assistant-turns",
        "assistant-figures",
        "assistant-workflow",
        "knowledge",
        "knowledge-gaps",
        "knowledge-import",
        "knowledge-settings",
        "identity",
        "blocked",
        "api-keys",
        "webhooks",
        "audit",
        "close",
    ):
        yield Screen(f"project-{name}", f"{PROJECT}/{name}", SETTLED)
    for name in ("users", "projects", "status", "audit"):
        yield Screen(f"admin-{name}", f"/app/admin/{name}", SETTLED)
    yield Screen("project-new", "/app/projects/new", SETTLED)
    yield Screen("settings-navigation", ACCOUNT, ".at-nav .pages-nav", narrow=True)
    yield Screen("settings-agent", "/app/projects/{agents}/settings/api-keys", SETTLED)
    yield Screen(
        "settings-failed", f"{PROJECT}/members", ".not-shown", before=MEMBERS_FAIL, after=MEMBERS_WORK
    )
    yield Screen(
        "settings-wrong-field",
        f"{PROJECT}/invitations",
        ".setting-error",
        in_turn(fills("form input.input", "lan"), clicks("form .button.is-primary")),
    )
    yield Screen(
        "settings-unsaved",
        f"{ACCOUNT}/profile",
        ".modal",
        in_turn(
            fills("form input[type=text]", "Another name"),
            clicks(':is(.page-back, .pages-item[href$="/account/email"]):visible'),
        ),
    )
    yield Screen(
        "canned-response-edited",
        f"{PROJECT}/canned-responses",
        ".inset",
        clicks(".item .button"),
    )
    yield Screen("article-new", f"{PROJECT}/knowledge/new", ".markup")
    yield Screen(
        "article-compared",
        f"{PROJECT}/knowledge/{{article}}",
        ".diff-parts",
        clicks(".version .button"),
    )
    yield Screen("import-opened", f"{PROJECT}/knowledge-import", ".import-pages", clicks(".import .button"))
    yield Screen("form-edited", f"{PROJECT}/forms", ".form-builder", clicks(".item .button:nth-child(3)"))
    yield Screen("api-key-made", f"{PROJECT}/api-keys", ".secret", create_key)
    yield Screen("delete-account", f"{ACCOUNT}/close", ".modal", clicks(".card.is-danger .button"))
    yield Screen("two-factor-key", f"{ACCOUNT}/security", ".qr", scan)
    yield Screen("two-factor-codes", f"{ACCOUNT}/security", ".codes", enrol)
    yield Screen("two-factor-on", f"{ACCOUNT}/security", ".state")
