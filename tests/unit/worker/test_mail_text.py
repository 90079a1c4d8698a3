"""Every mail is complete in every language, and what a stranger typed stays plain text."""

import re
from html.parser import HTMLParser
from typing import get_args

import pytest

from core.mail import (
    AccountChange,
    AccountChanged,
    AccountExists,
    AssistantBudget,
    ConversationAssigned,
    EmailChangeAlert,
    EmailChanged,
    EmailChangeVerify,
    Invitation,
    Mail,
    Mentioned,
    NewSignIn,
    ResetPassword,
    TestMail,
    TwoFactorEnds,
    VerifyEmail,
    WebhookDisabled,
    template,
)
from worker.mail import render
from worker.mail.render import RenderedMail

AT = 1_795_264_000_000  # Saturday 21 November 2026, 12:26:40 UTC
WEEK = 7 * 24 * 3600 * 1000  # ms
LINK = "https://chat.example/app/somewhere#a-token_of-43-characters"
ORIGIN = "https://chat.example"
EVIL = 'Eve"><script>alert(1)</script>\r\nBcc: all@shop.example\r\n\r\nsee https://win.example/now\u202e'

MAILS: tuple[Mail, ...] = (
    VerifyEmail(LINK, EVIL),
    AccountExists(LINK, EVIL),
    ResetPassword(LINK, EVIL),
    Invitation(LINK, EVIL, EVIL, "manager", AT + WEEK),
    EmailChangeVerify(LINK, EVIL),
    EmailChangeAlert("new@shop.example", EVIL),
    EmailChanged("new@shop.example", EVIL),
    NewSignIn(EVIL, EVIL, "192.0.2.7", AT),
    AccountChanged("identity_linked", EVIL, AT, EVIL, "192.0.2.7", EVIL),
    TwoFactorEnds(EVIL, AT, AT + WEEK, EVIL, "192.0.2.7"),
    ConversationAssigned(LINK, EVIL, EVIL, EVIL, EVIL),
    Mentioned(LINK, EVIL, EVIL, EVIL, EVIL),
    WebhookDisabled(LINK, EVIL, EVIL, "https://hooks.shop.example/parley", "failing"),
    AssistantBudget(LINK, EVIL, EVIL, 80, 200_000),
    TestMail(EVIL),
)
EVERY = [
    pytest.param(mail, language, id=f"{language}-{template(mail)}")
    for mail in MAILS
    for language in sorted(render.LANGUAGES)
]


def rendered(mail: Mail, language: str = "en", timezone: str = "Asia/Ho_Chi_Minh") -> RenderedMail:
    return render.render(mail, language=language, timezone=timezone, created_at=AT, origin=ORIGIN)


class Page(HTMLParser):
    """The parts that a mail program shows: tags, links, text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [
            value or "" for name, value in attrs if name in {"href", "src", "background", "action"}
        ]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_each_kind_of_mail_is_rendered_here() -> None:
    assert {type(mail) for mail in MAILS} == set(get_args(Mail))
    assert sorted(render.LANGUAGES) == ["en", "vi"]


def test_each_kind_of_mail_has_its_templates_in_every_language_and_there_are_no_others() -> None:
    shared = {"layout.txt", "layout.html", "words.txt"}
    wanted = {f"{template(mail)}.{kind}" for mail in MAILS for kind in ("txt", "html")} | shared
    for language in render.LANGUAGES:
        assert {path.name for path in (render.FOLDER / language).iterdir()} == wanted, language


@pytest.mark.parametrize(("mail", "language"), EVERY)
def test_a_mail_says_the_same_in_both_parts(mail: Mail, language: str) -> None:
    rendered_mail = rendered(mail, language)
    page = Page(rendered_mail.html)
    assert len(rendered_mail.subject) > 5 and rendered_mail.subject in page.text
    if hasattr(mail, "link"):
        assert rendered_mail.text.splitlines().count(LINK) == 1, "on a line of its own"
        assert page.links.count(LINK) == 2, "a button, and the plain link"
        assert LINK in page.text
    for word in ("new@shop.example", "192.0.2.7"):
        assert (word in rendered_mail.text) == (word in page.text)
    why = rendered_mail.text.partition("\n-- \n")[2].splitlines()[0]
    assert why and why in page.text, "the reason why it was sent"
    assert ORIGIN in rendered_mail.text
    assert f'<html lang="{language}">' in rendered_mail.html
    assert "{{" not in rendered_mail.html + rendered_mail.text and "None" not in rendered_mail.text


@pytest.mark.parametrize(("mail", "language"), EVERY)
def test_what_a_stranger_typed_is_text_on_one_line_and_no_link(mail: Mail, language: str) -> None:
    rendered_mail = rendered(mail, language)
    page = Page(rendered_mail.html)
    assert "script" not in page.tags and "<script>" not in rendered_mail.html
    assert "\n" not in rendered_mail.subject and "\r" not in rendered_mail.subject + rendered_mail.text
    assert not re.search(r"^Bcc:", rendered_mail.text, re.MULTILINE)
    assert "\u202e" not in rendered_mail.text + rendered_mail.html + rendered_mail.subject
    for text in (rendered_mail.text, rendered_mail.html, rendered_mail.subject):
        assert "win.example" not in text
    assert {link for link in page.links if not link.startswith(ORIGIN)} == set()


@pytest.mark.parametrize(("mail", "language"), EVERY)
def test_a_mail_loads_nothing_and_has_a_dark_mode(mail: Mail, language: str) -> None:
    rendered_mail = rendered(mail, language)
    assert Page(rendered_mail.html).tags.isdisjoint(
        {"img", "link", "script", "iframe", "form", "object", "video"}
    )
    assert "url(" not in rendered_mail.html and "@import" not in rendered_mail.html
    assert "prefers-color-scheme: dark" in rendered_mail.html
    assert max(map(len, rendered_mail.html.splitlines())) < 998, "the longest line of a mail (RFC 5322)"


@pytest.mark.parametrize(
    ("mail", "language", "expected"),
    [
        (VerifyEmail(LINK, "Mai"), "en", "for 24 hours: until Sunday 22 November 2026, 19:26"),
        (ResetPassword(LINK, "Mai"), "en", "for 30 minutes: until Saturday 21 November 2026, 19:56"),
        (EmailChangeVerify(LINK, "Mai"), "en", "for 24 hours: until Sunday 22 November 2026, 19:26"),
        (Invitation(LINK, "Shop", "Lan", "agent", AT + WEEK), "en", "for 7 days: until Saturday 28 November"),
        (VerifyEmail(LINK, "Mai"), "vi", "trong 24 giờ: đến 19:26 Chủ Nhật, ngày 22 tháng 11 năm 2026"),
        (ResetPassword(LINK, "Mai"), "vi", "trong 30 phút: đến 19:56 Thứ Bảy, ngày 21 tháng 11 năm 2026"),
        (Invitation(LINK, "Shop", "Lan", "agent", AT + WEEK), "vi", "trong 7 ngày: đến 19:26 Thứ Bảy"),
        (NewSignIn("Mai", "Firefox", "192.0.2.7", AT), "en", "Saturday 21 November 2026, 19:26"),
        (AccountChanged("two_factor_on", "Mai", AT), "en", "When: Saturday 21 November 2026, 19:26"),
        (TwoFactorEnds("Mai", AT, AT + WEEK, "", ""), "en", "turned off on Saturday 28 November 2026, 19:26"),
        (TwoFactorEnds("Mai", AT, AT + WEEK, "", ""), "vi", "tắt lúc 19:26 Thứ Bảy, ngày 28 tháng 11"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_times_are_written_in_the_recipients_language_and_timezone(
    mail: Mail, language: str, expected: str
) -> None:
    rendered_mail = rendered(mail, language)
    assert expected in rendered_mail.text
    assert expected in Page(rendered_mail.html).text
    assert "(Asia/Ho_Chi_Minh)" in rendered_mail.text


@pytest.mark.parametrize("language", sorted(render.LANGUAGES))
def test_each_change_of_an_account_has_a_subject_of_its_own(language: str) -> None:
    subjects = {
        change: rendered(AccountChanged(change, "Mai", AT, provider="Example ID"), language).subject
        for change in get_args(AccountChange)
    }
    assert len(set(subjects.values())) == len(subjects)
    assert "Example ID" in subjects["identity_linked"]


def test_a_change_without_a_request_names_neither_browser_nor_address() -> None:
    text = rendered(AccountChanged("two_factor_off", "Mai", AT)).text
    assert "When:" in text and "Browser" not in text and "address:" not in text


@pytest.mark.parametrize(
    ("language", "greeting"),
    [("en", "Hello Mai,"), ("vi", "Xin chào Mai,"), ("vi-VN", "Xin chào Mai,"), ("VI_vn", "Xin chào Mai,")]
    + [(odd, "Hello Mai,") for odd in ("de", "", "../en", "layout.html", "en/../vi")],
)
def test_an_unsupported_language_falls_back_to_english(language: str, greeting: str) -> None:
    assert rendered(TestMail("x"), language).text.startswith(greeting.partition(" ")[0])
    assert rendered(VerifyEmail(LINK, "Mai"), language).text.startswith(greeting)


@pytest.mark.parametrize("timezone", ["UTC", "Nowhere/Here", "", "../../etc/passwd", "/etc/passwd", "\0"])
def test_an_unknown_timezone_falls_back_to_utc(timezone: str) -> None:
    assert "12:26 (UTC)" in rendered(VerifyEmail(LINK, "Mai"), timezone=timezone).text


def test_a_recipient_without_a_name_is_greeted() -> None:
    assert rendered(VerifyEmail(LINK, "\n")).text.startswith("Hello,\n")


@pytest.mark.parametrize("name", ["Dr. Nguyễn Thị Mai", "J. R. R. Tolkien", "O'Brien & Sons", "Mai (Shop)"])
def test_a_proper_name_is_kept_as_it_is(name: str) -> None:
    assert rendered(VerifyEmail(LINK, name)).text.startswith(f"Hello {name},")


def test_a_mail_is_the_same_each_time_it_is_rendered() -> None:
    assert [rendered(mail) for mail in MAILS] == [rendered(mail) for mail in MAILS]
