"""The set of the retrieval benchmark: large enough, answerable, and no question repeats a title."""

import pytest

from bench.knowledge import question_set
from core.text.folding import fold


def test_it_has_hundreds_of_articles_and_questions_in_two_languages() -> None:
    counts = [
        (len(question_set.articles(language)), len(question_set.questions(language)))
        for language in question_set.LANGUAGES
    ]
    assert sum(articles for articles, _ in counts) >= 300
    assert all(questions >= 180 for _, questions in counts)


@pytest.mark.parametrize("language", question_set.LANGUAGES)
def test_each_question_has_its_article_and_does_not_repeat_its_title(language: str) -> None:
    titles = {one.id: fold(one.title) for one in question_set.articles(language)}
    asked = question_set.questions(language)
    assert len({one.question for one in asked}) == len(asked)
    for one in asked:
        assert fold(one.question).strip(" ?") != titles[one.article], one.question


def test_the_files_are_of_moderate_size() -> None:
    assert sum(path.stat().st_size for path in question_set.DATA.iterdir()) <= 400 * 1024


def test_made_up_articles_are_the_same_each_time() -> None:
    real = question_set.articles("en")
    one, two = (list(question_set.made_up(real, 5, seed=1)) for _ in range(2))
    assert one == two and len({each.id for each in one}) == 5
