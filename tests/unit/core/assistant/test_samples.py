"""The sample can be published as it is, in each language."""

import pytest

from core.assistant import graph, samples, validation
from core.assistant.graph import Workflow


@pytest.mark.parametrize("sample", [samples.SMALL, samples.SMALL_VI], ids=["en", "vi"])
def test_the_sample_may_be_published(sample: Workflow) -> None:
    assert validation.problems(sample) == []
    assert graph.parse(graph.pack(sample)) == sample


def test_the_vietnamese_sample_says_nothing_in_english() -> None:
    for english, vietnamese in zip(samples.SMALL.nodes, samples.SMALL_VI.nodes, strict=True):
        for name in ("name", "question", "prompt", "reason"):
            text = getattr(english, name, "")
            assert not text or getattr(vietnamese, name) != text, (english.id, name)
    assert samples.small("vi") is samples.small("vi-VN") is samples.SMALL_VI
    assert samples.small("en") is samples.small("fr") is samples.SMALL


def test_its_texts_fit_their_columns() -> None:
    assert len(samples.PROMPT) <= 8_000
    assert len(samples.FALLBACK) <= 1_000
