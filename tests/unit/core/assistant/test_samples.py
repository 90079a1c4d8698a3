"""The sample can be published as it is."""

from core.assistant import graph, samples, validation


def test_the_sample_may_be_published() -> None:
    assert validation.problems(samples.SMALL) == []
    assert graph.parse(graph.pack(samples.SMALL)) == samples.SMALL


def test_its_texts_fit_their_columns() -> None:
    assert len(samples.PROMPT) <= 8_000
    assert len(samples.FALLBACK) <= 1_000
