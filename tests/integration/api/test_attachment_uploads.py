"""Uploads at the door: sizes, names, limits, quota, antivirus; cut and slow ones over real sockets."""

import io
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import trio
from msgspec.structs import replace
from PIL import Image

from core import ids
from core.attachments import limits
from core.ids import VisitorId
from core.telemetry.metrics import Metric, Timing, counters, timings
from server.api import app
from server.api.attachments import agents, receiving, tickets, visitors
from server.door.door import Door
from tests.integration.api.api_fixture import ApiFixture, text
from tests.integration.api.attachment_steps import BYTES, PDF, Uploads, as_agent, as_visitor
from tests.integration.api.oidc_steps import with_settings
from tests.integration.api.test_uploads import everything, parsed, written
from tests.integration.attachments.hostile import picture, with_place
from tests.patience import PATIENCE

NAMES = {
    "photo\u202egpj.exe": "photogpj.exe.pdf",
    "../../etc/passwd": "passwd.pdf",
    "C:\\Users\\Mai\\hoá đơn.PDF": "hoá đơn.PDF",
    "a\r\nSet-Cookie: x=1.pdf": "a Set-Cookie_ x=1.pdf",
    "\u200b\u202e": "file.pdf",
    "..": "file.pdf",
    "a" * 400 + ".pdf": "a" * 146 + ".pdf",
    "Ảnh" * 90 + ".pdf": None,
}


def incoming(api: ApiFixture) -> list[Path]:
    """What uploads have left behind."""
    folder = Path(api.context.settings.data) / "files" / "incoming"
    return list(folder.iterdir()) if folder.exists() else []


async def test_a_name_is_cleaned_and_ends_with_an_extension_of_the_type(api: ApiFixture) -> None:
    theirs = as_visitor(api, await api.project(), VisitorId(ids.make()))
    for given, kept in NAMES.items():
        file = await theirs.upload(PDF, given)
        assert kept is None or file["name"] == kept
        assert len(file["name"].encode()) <= 200
        header = (await theirs.load(file["url"])).headers["Content-Disposition"]
        assert header.isascii() and "\n" not in header and header.startswith("attachment; filename=")


async def test_examinations_are_measured(api: ApiFixture) -> None:
    agent = await as_agent(api, await api.project())
    before = sum(timings[Timing.EXAMINE].buckets)
    await agent.upload(PDF)
    assert sum(timings[Timing.EXAMINE].buckets) == before + 1
    assert counters[Metric.ATTACHMENTS_EXAMINING] == 0


async def test_a_photo_is_shown_without_the_place_where_it_was_taken(api: ApiFixture) -> None:
    agent = await as_agent(api, await api.project())
    file = await agent.upload(with_place(), "IMG.jpg")
    assert (file["state"], file["width"], file["height"]) == ("ready", 40, 60)
    for address, media_type in ((file["url"], "image/jpeg"), (file["thumbnail_url"], "image/webp")):
        loaded = await agent.load(address)
        assert loaded.headers["Content-Type"] == media_type
        assert loaded.headers["Content-Disposition"].startswith("inline; ")
        assert loaded.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        with Image.open(io.BytesIO(loaded.body)) as opened:
            assert not opened.getexif()
    assert (await agent.load(file["url"] + "&download=1")).headers["Content-Disposition"].startswith("attach")
    assert incoming(api) == []


async def test_a_refused_file_cannot_be_loaded_or_sent_and_takes_no_room(api: ApiFixture) -> None:
    project = await api.project()
    agent = await as_agent(api, project)
    file = await agent.upload(b"<svg onload='alert(1)'/>", "a.svg")
    assert (file["state"], file["reason"], file["url"]) == ("refused", "type_not_allowed", None)
    used = await agent.caller.get(f"{agent.base.removesuffix('attachments')}attachment-storage")
    assert used.json["used_bytes"] == 0
    again = await agent.put(file["id"], PDF)
    assert (again.status, again.json["state"]) == (200, "refused")


@pytest.mark.parametrize("size", [0, limits.MAX_BYTES + 1])
async def test_no_ticket_for_nothing_or_too_much(api: ApiFixture, size: int) -> None:
    theirs = as_visitor(api, await api.project(), VisitorId(ids.make()))
    answer = await theirs.ticket("a.pdf", size)
    assert (answer.status, answer.json["errors"][0]["field"]) == (422, "bytes")


async def test_a_body_of_another_length_type_or_encoding_is_refused_and_may_be_repeated(
    api: ApiFixture,
) -> None:
    agent = await as_agent(api, await api.project())
    file = (await agent.ticket("a.pdf", len(PDF))).json["id"]
    for data, code in ((PDF[:-1], "bad_request"), (PDF + b"x", "too_large")):
        assert (await agent.put(file, data)).json["code"] == code
    too_much = await agent.put(file, bytes(limits.MAX_BYTES + 1))
    assert (too_much.status, too_much.json["code"]) == (413, "too_large")
    for headers in ({"Content-Type": "image/jpeg"}, BYTES | {"Content-Encoding": "gzip"}):
        answer = await agent.caller.call("PUT", f"{agent.base}/{file}", headers=headers, data=PDF)
        assert answer.json["code"] == "media_type"
    assert (await agent.put(file, PDF)).json["state"] == "ready"
    assert (await agent.put(file, PDF)).json["state"] == "ready"
    assert incoming(api) == []


async def test_an_address_loads_one_variant_of_one_file_until_its_time_is_over(api: ApiFixture) -> None:
    agent = await as_agent(api, await api.project())
    file, other = await agent.upload(picture("JPEG"), "a.jpg"), await agent.upload(picture("PNG"), "b.png")
    url, place = file["url"], file["url"].partition("?")[0]
    query = url.partition("?")[2]
    expires = int(query.partition("expires=")[2].partition("&")[0])
    wrong = [
        url[:-1] + ("A" if url[-1] != "A" else "B"),
        f"{place.replace('original', 'thumbnail')}?{query}",
        f"{place.replace(file['id'], other['id'])}?{query}",
        url.replace(str(expires), str(expires + 300_000)),
        f"{place}?expires={expires}&signature=",
    ]
    for address in wrong:
        assert (await agent.load(address)).status == 404, address
    assert (await agent.load(url)).status == 200
    assert (await agent.delete(file["id"])).status == 204
    assert (await agent.load(url)).status == 404


async def test_a_sender_has_few_unsent_files_and_a_project_its_quota(
    api: ApiFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = await api.project()
    theirs = as_visitor(api, project, VisitorId(ids.make()))
    monkeypatch.setattr(tickets.limits, "MAX_UNSENT", 2)
    made = [await theirs.ticket("a.pdf", 1_000_000) for _ in range(3)]
    assert [one.status for one in made] == [201, 201, 409]
    assert made[2].json["code"] == "too_many_uploads"
    assert (await theirs.delete(made[0].json["id"])).status == 204
    assert (await theirs.ticket("a.pdf", 1_000_000)).status == 201

    async with api.context.database.transaction() as conn:
        await conn.execute("UPDATE attachment_storage SET quota = bytes + 500 WHERE project_id = $1", project)
    other = as_visitor(api, project, VisitorId(ids.make()))
    assert (await other.ticket("a.pdf", 501)).json["code"] == "storage_full"
    assert (await other.ticket("a.pdf", 500)).status == 201


async def test_the_files_of_an_hour_are_counted(api: ApiFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tickets, "OF_SENDER", 2)
    theirs = as_visitor(api, await api.project(), VisitorId(ids.make()))
    answers = [await theirs.ticket("a.pdf", 10) for _ in range(3)]
    assert [one.status for one in answers] == [201, 201, 429]
    assert int(answers[2].headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    ("script", "state", "reason"),
    [
        ("exit 0", "ready", None),
        ('grep -q EICAR "$1" && exit 1; exit 0', "refused", "infected"),
        ("exit 2", "refused", "not_scanned"),
        ("sleep 60", "refused", "not_scanned"),
        (None, "refused", "not_scanned"),
    ],
)
async def test_the_antivirus_program_decides(
    api: ApiFixture, tmp_path: Path, script: str | None, state: str, reason: str | None
) -> None:
    program = tmp_path / "scan"
    if script is not None:
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    seconds = 1.0 if script == "sleep 60" else 30.0
    scanning = with_settings(api, antivirus_command=f"{program}", antivirus_seconds=seconds)
    agent = await as_agent(scanning, await api.project())
    file = await agent.upload(PDF.replace(b"<<>>", b"<</A(EICAR)>>", 1))
    assert (file["state"], file["reason"]) == (state, reason)


class Sockets:
    """The app behind the real door."""

    def __init__(self, port: int) -> None:
        self.port = port

    async def put(self, theirs: Uploads, file: str, sent: bytes, length: int, *, cut: bool) -> Any:
        """The problem of a PUT that ends early, or is too slow; None if its peer is gone."""
        headers = theirs.headers | BYTES | {"Content-Length": str(length)}
        head = f"PUT {theirs.base}/{file} HTTP/1.1" + "".join(
            f"\n{name}: {value}" for name, value in headers.items()
        )
        async with await trio.open_tcp_stream("127.0.0.1", self.port) as stream:
            await stream.send_all(written(head) + sent)
            if cut:
                return None
            return parsed(await everything(stream))[1]


@pytest.fixture
async def sockets(api: ApiFixture, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sockets]:
    for one in (agents.routes, visitors.routes):
        one_all = [replace(r, upload=replace(r.upload, seconds=1.0)) if r.upload else r for r in one.all]
        monkeypatch.setattr(one, "all", one_all)
    made = app.create(api.context)

    async def websocket(*_: Any, **__: Any) -> None:
        raise AssertionError

    async with trio.open_nursery() as nursery:
        listener = trio.socket.socket()
        await listener.bind(("127.0.0.1", 0))
        listener.listen()
        door = Door(websocket, made, trusted_proxies="")
        nursery.start_soon(trio.serve_listeners, door.handle, [trio.SocketListener(listener)])
        yield Sockets(listener.getsockname()[1])
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize("cut", [True, False], ids=["cut", "slow"])
async def test_a_ticket_whose_upload_was_cut_or_slow_can_be_used_again(
    api: ApiFixture, sockets: Sockets, cut: bool
) -> None:
    project = await api.project()
    theirs = as_visitor(api, project, VisitorId(ids.make()))
    file = (await theirs.ticket("a.pdf", len(PDF))).json["id"]
    problem = await sockets.put(theirs, file, PDF[:10], len(PDF), cut=cut)
    assert cut or problem["code"] == "too_slow"
    with trio.fail_after(PATIENCE):
        while (answer := await theirs.put(file, PDF)).status != 200:
            assert answer.json["code"] == "upload_running"  # the server has not noticed the end yet
            await trio.sleep(0.1)
    assert answer.json["state"] == "ready"
    with trio.fail_after(PATIENCE):
        while incoming(api):  # noqa: ASYNC110  another task cleans up
            await trio.sleep(0.05)


def held(monkeypatch: pytest.MonkeyPatch) -> tuple[trio.Event, trio.Event]:
    """The first event is set when a file is about to be examined, which waits for the second."""
    entered, go_on, verdict = trio.Event(), trio.Event(), receiving._verdict

    async def waiting(*given: Any) -> Any:
        entered.set()
        await go_on.wait()
        return await verdict(*given)

    monkeypatch.setattr(receiving, "_verdict", waiting)
    return entered, go_on


async def test_a_file_that_is_deleted_while_it_is_examined_stays_deleted(
    api: ApiFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = await as_agent(api, await api.project())
    file = (await agent.ticket("a.pdf", len(PDF))).json["id"]
    entered, go_on = held(monkeypatch)
    statuses: list[int] = []

    async def upload() -> None:
        statuses.append((await agent.put(file, PDF)).status)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(upload)
        with trio.fail_after(PATIENCE):
            await entered.wait()
        assert (await agent.delete(file)).status == 204
        go_on.set()
    assert statuses == [404]
    assert (await agent.get(file)).status == 404


async def test_one_ticket_takes_one_upload_at_a_time(
    api: ApiFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = await as_agent(api, await api.project())
    file = (await agent.ticket("a.pdf", len(PDF))).json["id"]
    entered, go_on = held(monkeypatch)
    states: list[str] = []

    async def first() -> None:
        states.append((await agent.put(file, PDF)).json["state"])

    async with trio.open_nursery() as nursery:
        nursery.start_soon(first)
        with trio.fail_after(PATIENCE):
            await entered.wait()
        second = await agent.put(file, PDF)
        assert (second.status, second.json["code"]) == (409, "upload_running")
        go_on.set()
    assert states == ["ready"]


async def test_the_widget_learns_what_may_be_attached(api: ApiFixture) -> None:
    project = await api.project()
    answer = await api.anonymous().get(
        f"/api/v1/public/projects/{text(project)}/settings", Origin="https://shop.example"
    )
    assert answer.json["attachments"]["max_files"] == 10
    assert {"image/jpeg", ".docx"} <= set(answer.json["attachments"]["accept"])
    assert "image/svg+xml" not in answer.json["attachments"]["accept"]
