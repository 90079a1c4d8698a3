"""Each request has an id: in its answer's header, its problem document and its log lines."""

import logging
import re
from typing import Any

import pytest

from core.telemetry.log import JsonLines
from tests.integration.api.api_fixture import ApiFixture

FORM = re.compile(r"[0-9a-f]{24}")
OWN = "proxy-1a2b3c4d"


async def test_every_answer_names_its_request(api: ApiFixture) -> None:
    caller = api.anonymous()
    answers = [await caller.get(path) for path in ("/livez", "/api/v1/me", "/api/v1/nothing", "/livez")]
    ids = [answer.headers["X-Request-ID"] for answer in answers]
    assert all(FORM.fullmatch(one) for one in ids) and len(set(ids)) == len(ids)
    for answer in answers[1:3]:
        assert answer.json["trace"] == answer.headers["X-Request-ID"]


async def test_an_id_of_the_client_is_not_taken_over(api: ApiFixture) -> None:
    answer = await api.anonymous().get("/api/v1/me", **{"X-Request-ID": OWN})
    assert FORM.fullmatch(answer.headers["X-Request-ID"])


@pytest.mark.parametrize(
    ("given", "kept"), [(OWN, True), ("short", False), ("x" * 65, False), ("a b c d e f", False)]
)
async def test_a_trusted_proxy_names_the_request(
    api: ApiFixture, monkeypatch: pytest.MonkeyPatch, given: str, kept: bool
) -> None:
    monkeypatch.setattr("server.addresses.Proxies.trusts", lambda *_: True)
    answer = await api.anonymous().get("/api/v1/me", **{"X-Request-ID": given})
    assert (answer.headers["X-Request-ID"] == given) is kept


async def test_the_log_line_of_a_fault_names_the_request(
    api: ApiFixture, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("a fault")

    lines: list[str] = []
    monkeypatch.setattr("server.api.serving.mount.admit", broken)
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(JsonLines().format(record))  # type: ignore[method-assign]
    logging.getLogger("parley").addHandler(handler)
    try:
        with caplog.at_level(logging.ERROR, "parley"):
            answer = await api.anonymous().get("/api/v1/me")
    finally:
        logging.getLogger("parley").removeHandler(handler)
    assert answer.status == 500
    assert any(f'"trace":"{answer.headers["X-Request-ID"]}"' in line for line in lines)
