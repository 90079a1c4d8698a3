"""The flows run over websockets and, where a client talks to the server, over event streams too."""

from collections.abc import Iterator

import pytest

from tests.client import Way

BOTH_WAYS = frozenset(
    {
        "test_blocked_visitors",
        "test_changes_while_away",
        "test_copilot",
        "test_copilot_joining",
        "test_documented_rights",
        "test_foreign_ids",
        "test_forms",
        "test_metrics",
        "test_round_trip",
        "test_stop",
        "test_two_servers",
    }
)
MAIN = "test_a_message_reaches_the_agent_and_the_reply_the_visitor"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Parametrise `way`; over event streams, `make test` runs the main flow alone."""
    if metafunc.module.__name__.rpartition(".")[2] in BOTH_WAYS:
        sse = pytest.param("sse", marks=[] if metafunc.function.__name__ == MAIN else [pytest.mark.soak])
        metafunc.fixturenames.append("way")
        metafunc.parametrize("way", [pytest.param("websocket"), sse], indirect=True)


@pytest.fixture
def way(request: pytest.FixtureRequest) -> Iterator[None]:
    """How `tests.client` connects."""
    Way.sse = request.param == "sse"
    yield
    Way.sse = False
