"""What a list shows of an article."""

import json
import time
from pathlib import Path

import pytest

from server.api.help.snippets import SNIPPET, snippet

HOSTILE: list[str] = json.loads((Path(__file__).parent / "hostile_markdown.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("markdown", "plain"),
    [
        ("You may **return** it within [30 days](https://a.b/c).", "You may return it within 30 days."),
        ("# Title\n\nText.\n\n## More\n\n1. one\n2. `two`", "Text. 1. one 2. two"),
        ("# Only a title", "Only a title"),
        ("> quoted\n\n- a\n- b", "quoted • a • b"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "a b 1 2"),
        ("```sh\nls -la\n```\n\n---\n\nafter", "ls -la after"),
        ("![A cat](https://a.b/cat.png) snake_case 5*3", "A cat snake_case 5*3"),
        ("- Red\n- Green\n  - Dark\n\nand more", "Red • Green • Dark and more"),
        ("Bring:\n\n* [ ] a passport\n* \n* **money**\n*", "Bring: • a passport • money"),
        ("a - b -- c\n-5 °C", "a - b -- c -5 °C"),
        ("", ""),
    ],
)
def test_marks_are_left_out(markdown: str, plain: str) -> None:
    assert snippet(markdown) == plain


def test_a_long_text_ends_at_a_word() -> None:
    made = snippet("eleven char " * 100)
    assert len(made) <= SNIPPET and made.endswith("char…")
    assert snippet("x" * 1_000) == "x" * (SNIPPET - 1) + "…"


@pytest.mark.parametrize("part", ["[", "](", "*", "_", "`", "|", "# ", "\\", "- ", "![", "> "])
def test_any_text_takes_no_time(part: str) -> None:
    began = time.process_time()
    assert len(snippet(part * 100_000)) <= SNIPPET
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_is_one_short_line(hostile: str) -> None:
    made = snippet(hostile)
    assert len(made) <= SNIPPET and "\n" not in made
