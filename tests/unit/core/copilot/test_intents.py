"""What a question to the copilot is taken for, by rules and by a model's answer."""

import pytest

from core.copilot import intents


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("Draft a reply", "draft_reply"),
        ("please suggest an answer for her", "draft_reply"),
        ("Soạn trả lời giúp mình", "draft_reply"),
        ("Summarise this", "summarise"),
        ("tl;dr", "summarise"),
        ("Tóm tắt hội thoại", "summarise"),
        ("Translate this to Vietnamese: hello", "translate"),
        ("Dịch sang tiếng Anh", "translate"),
        ("Rewrite it politely", "rewrite"),
        ("Write a tweet about our new office", "social_create"),
        ("Viết bài đăng về sản phẩm mới", "social_create"),
        ("What is their order number?", None),
        ("A customer asks to translate a tweet: what is our policy?", None),
    ],
)
def test_rules(text: str, intent: str | None) -> None:
    assert intents.by_rules(text, has_draft=False) == intent


@pytest.mark.parametrize("text", ["Make the tweet shorter", "other hashtags please", "write the post again"])
def test_what_is_about_posts_edits_those_that_there_are(text: str) -> None:
    assert intents.by_rules(text, has_draft=True) == "social_edit"


@pytest.mark.parametrize("arguments", [{}, {"intent": "tweet"}, {"intent": 7}, None, "ask", {"other": 1}])
def test_a_model_that_says_something_else_means_the_default(arguments: object) -> None:
    assert intents.said(arguments, has_draft=True) == "ask"


def test_without_posts_nothing_can_be_edited() -> None:
    assert intents.said({"intent": "social_edit"}, has_draft=False) == "ask"
    assert intents.said({"intent": "social_edit"}, has_draft=True) == "social_edit"
    _, offer = intents.request("x", has_draft=False)
    assert "social_edit" not in offer.parameters["properties"]["intent"]["enum"]
