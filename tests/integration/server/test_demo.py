"""The demo project of `make run`: its articles are there once, and stay as a manager leaves them."""

import subprocess
import sys
from uuid import UUID

from server.launch.demo_articles import ARTICLES
from server.launch.directory import Demo, read_demo
from tests.stack import ROOT, Stack


def seeded(stack: Stack) -> Demo:
    command = [sys.executable, "-m", "server.launch.seed", str(stack.data)]
    subprocess.run(command, cwd=ROOT, env=stack.environment(), check=True, timeout=60)
    demo = read_demo(stack.data)
    assert demo is not None
    return demo


def test_ten_articles_in_two_languages_wait_for_the_worker_that_prepares_them(stack: Stack) -> None:
    project = UUID(seeded(stack).project)
    rows = stack.sql(
        "SELECT a.title, a.language, a.published, p.state, v.content FROM articles a "
        "JOIN article_preparations p ON p.project_id = a.project_id AND p.article_id = a.id "
        "JOIN article_versions v ON v.project_id = a.project_id AND v.article_id = a.id "
        "WHERE a.project_id = $1",
        project,
    )
    assert {tuple(row) for row in rows} == {
        (text.title, text.language, 1, "queued", text.content) for text in ARTICLES
    }
    assert sorted(text.language for text in ARTICLES) == ["en"] * 5 + ["vi"] * 5
    settings = stack.sql(
        "SELECT in_widget, help_page, version FROM knowledge_settings WHERE project_id = $1", project
    )
    assert [tuple(row) for row in settings] == [(True, True, 1)]


def test_another_start_adds_nothing_and_brings_nothing_back(stack: Stack) -> None:
    project = UUID(seeded(stack).project)
    stack.sql("DELETE FROM articles WHERE project_id = $1 AND language = 'vi'", project)
    assert UUID(seeded(stack).project) == project
    assert stack.sql("SELECT count(*) FROM articles WHERE project_id = $1", project)[0][0] == 5
