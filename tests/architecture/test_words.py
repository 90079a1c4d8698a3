"""Words that several packages use are declared once; where that cannot be, they are compared here."""

from typing import Final, get_args

import msgspec
from msgspec import inspect

from core import content, model
from protocol import from_client, values
from server.api.chat import schemas
from tests.architecture.sources import ROOT, files

# Core and the protocol do not know each other.
ON_THE_WIRE: Final = {
    "MessageKind": model.KINDS,
    "Status": get_args(model.Status),
    "Party": model.PARTIES,
}


def words(struct: type[msgspec.Struct], field: str) -> set[object]:
    """The words that a field of a closed set allows."""
    described = inspect.type_info(struct)
    assert isinstance(described, inspect.StructType)
    (found,) = [one.type for one in described.fields if one.name == field]
    assert isinstance(found, inspect.LiteralType)
    return set(found.values)


def test_the_wire_has_the_words_of_the_core() -> None:
    assert values.WORDS == ON_THE_WIRE


def test_clients_send_known_kinds_that_need_no_content() -> None:
    sent = words(schemas.Reply, "kind") | words(from_client.Send, "kind")
    assert sent == {"text", "note"}
    assert sent <= set(model.KINDS) - content.STRUCTURED


def test_rest_has_the_statuses_of_the_core() -> None:
    assert words(schemas.StatusChange, "status") == set(get_args(model.Status))


def test_content_belongs_to_known_kinds() -> None:
    assert set(content.KIND.values()) <= set(model.KINDS)


def test_what_visitors_may_see_is_decided_in_one_place() -> None:
    """Every other place asks rules.visible_to_visitor, or passes model.HIDDEN_FROM_VISITORS to Postgres."""
    quoting = {
        path.relative_to(ROOT).as_posix()
        for folder in ("core", "server", "worker")
        for path in files(folder, suffixes={".py"})
        if "'note'" in (text := path.read_text(encoding="utf-8")) or '"note"' in text
    }
    # core/content.py: which kind of message each type of content belongs to
    assert quoting == {"core/model.py", "core/content.py", "server/api/chat/schemas.py"}
