"""The demo's rules about the copilot, and in both languages."""

import tomllib

import msgspec
import pytest

from core.copilot import prompts
from core.copilot.context import CONVERSATION
from core.copilot.intents import Intent
from tests.unit.worker.assistant.test_scripted_rules import RULES, asked
from worker.assistant.scripted.asked import Asked, read
from worker.assistant.scripted.rules import DEMO


def of_copilot(intent: Intent, text: str, data: str) -> Asked:
    body = {
        "model": "scripted",
        "messages": [
            {"role": "system", "content": prompts.instruction(intent)},
            {"role": "system", "content": f"{CONVERSATION}\n<data>\n{data}\n</data>"},
            {"role": "user", "content": text},
        ],
    }
    return read(msgspec.json.encode(body))


@pytest.mark.parametrize("intent", ["draft_reply", "summarise", "ask", "clarify"])
def test_the_copilot_answers_in_the_language_of_the_conversation(intent: Intent) -> None:
    vietnamese = RULES.answer(of_copilot(intent, "Go on", "Customer: Đơn hàng của tôi ở đâu?")).text
    english = RULES.answer(of_copilot(intent, "Go on", "Customer: Where is my order?")).text
    assert "mẫu" in vietnamese and "scripted" not in vietnamese
    assert "scripted" in english.lower()


def test_posts_notes_and_reasons_are_vietnamese_in_a_vietnamese_conversation() -> None:
    offer = msgspec.to_builtins(prompts.offer(edit=False))
    request = of_copilot("social_create", "Write posts", "Customer: Cảm ơn bạn nhé, đã nhận được rồi")
    body = msgspec.to_builtins(request) | {
        "tools": [{"type": "function", "function": offer}],
        "tool_choice": "required",
    }
    (posts,) = RULES.answer(read(msgspec.json.encode(body))).calls
    assert "kịch bản" in posts.arguments["posts"]["facebook"]["segments"][0]
    (call,) = RULES.answer(asked("Cho mình gặp nhân viên được không", "handoff")).calls
    assert call.arguments["reason"].startswith("Khách muốn gặp nhân viên")
    (call,) = RULES.answer(asked("Thư của tôi: lan@example.com", "add_visitor_note")).calls
    assert call.arguments["content"].startswith("Địa chỉ email của khách: lan@example.com")


def test_the_rules_of_the_demo_call_the_same_tools_in_both_languages() -> None:
    for rule in tomllib.loads(DEMO.read_text("utf-8"))["rules"]:
        named = [call["tool"] for call in rule.get("calls", [])]
        assert [call["tool"] for call in rule.get("calls_vi", rule.get("calls", []))] == named
        assert ("text_vi" in rule) == ("text" in rule and rule["text"] != "{said}"), rule
