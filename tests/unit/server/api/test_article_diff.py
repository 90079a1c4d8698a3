"""The difference of two texts by lines: complete, short where nothing changed, and bounded."""

import random

import pytest

from server.api.knowledge.diff import CONTEXT, MAX_LINES, Diff, between


def rebuilt(diff: Diff, older: str) -> str:
    """The newer text, from the older one and the parts."""
    lines, made = older.split("\n"), []
    for part in diff.parts:
        if part.op == "skipped":
            made += lines[part.older_line - 1 : part.older_line - 1 + part.count]
        elif part.op != "removed":
            made += part.lines
    return "\n".join(made)


def ops(diff: Diff) -> list[tuple[str, int]]:
    return [(part.op, part.count) for part in diff.parts]


def test_equal_texts_are_one_skipped_run() -> None:
    diff = between("a\nb\nc", "a\nb\nc")
    assert (ops(diff), diff.added, diff.removed, diff.coarse) == ([("skipped", 3)], 0, 0, False)


def test_a_changed_line_is_shown_with_three_equal_lines_on_each_side() -> None:
    older = [str(number) for number in range(20)]
    newer = [*older[:10], "ten", *older[11:]]
    diff = between("\n".join(older), "\n".join(newer))
    assert ops(diff) == [
        ("skipped", 7),
        ("same", 3),
        ("removed", 1),
        ("added", 1),
        ("same", 3),
        ("skipped", 6),
    ]
    removed, added = diff.parts[2], diff.parts[3]
    assert (removed.older_line, list(removed.lines)) == (11, ["10"])
    assert (added.newer_line, list(added.lines)) == (11, ["ten"])
    assert (diff.added, diff.removed) == (1, 1)


def test_two_changes_close_to_each_other_keep_all_lines_between_them() -> None:
    older = ["a", *"123456", "b"]
    newer = ["x", *"123456", "y"]
    diff = between("\n".join(older), "\n".join(newer))
    assert ops(diff) == [("removed", 1), ("added", 1), ("same", 2 * CONTEXT), ("removed", 1), ("added", 1)]


@pytest.mark.parametrize("seed", range(40))
def test_the_parts_give_the_newer_text_and_count_from_the_right_line(seed: int) -> None:
    chance = random.Random(seed)
    words = ["", "# Title", "one", "two", "three", "four"]
    older = [chance.choice(words) for _ in range(chance.randrange(60))]
    newer = list(older)
    for _ in range(chance.randrange(12)):
        at = chance.randrange(len(newer) + 1)
        newer[at : at + chance.randrange(4)] = [chance.choice(words) for _ in range(chance.randrange(4))]
    before, after = "\n".join(older), "\n".join(newer)
    diff = between(before, after)
    assert rebuilt(diff, before) == after
    for part in diff.parts:
        if part.op != "added":
            shown = before.split("\n")[part.older_line - 1 : part.older_line - 1 + part.count]
            assert part.op == "skipped" or shown == list(part.lines)
        if part.op != "removed":
            shown = after.split("\n")[part.newer_line - 1 : part.newer_line - 1 + part.count]
            assert part.op == "skipped" or shown == list(part.lines)


def test_too_many_differing_lines_are_shown_as_removed_and_added() -> None:
    older = [f"a{number}" for number in range(MAX_LINES + 1)]
    newer = [f"b{number}" for number in range(5)]
    diff = between("\n".join(["top", *older, "end"]), "\n".join(["top", *newer, "end"]))
    assert diff.coarse
    assert ops(diff) == [("same", 1), ("removed", MAX_LINES + 1), ("added", 5), ("same", 1)]


def test_a_long_text_with_one_change_is_compared_exactly() -> None:
    older = [f"line {number}" for number in range(20 * MAX_LINES)]
    diff = between("\n".join(older), "\n".join([*older[:-50], "new", *older[-50:]]))
    assert not diff.coarse
    assert (diff.added, diff.removed) == (1, 0)
    assert [part.op for part in diff.parts] == ["skipped", "same", "added", "same", "skipped"]


def test_paragraphs_between_empty_lines_are_matched_though_empty_lines_are_many() -> None:
    older = [line for number in range(200) for line in (f"paragraph {number}", "")]
    newer = [line for number in range(200) if number % 10 for line in (f"paragraph {number}", "")]
    diff = between("\n".join(["old", *older, "end"]), "\n".join(["new", *newer, "fin"]))
    assert (diff.removed, diff.added, diff.coarse) == (2 * 20 + 2, 2, False)
