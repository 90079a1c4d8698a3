"""Reading the audit log: managers read their project's, admins read the rest; filters, pages, CSV."""

import csv
import io

import pytest

from core import ids
from core.db.ops import audit
from core.db.ops.audit import Actor, Entry
from core.ids import ProjectId
from tests.integration.api.api_fixture import ApiFixture, Caller, of


@pytest.fixture
async def shop(api: ApiFixture) -> tuple[ProjectId, Caller, Caller]:
    """A project, its manager and its agent, and an empty audit log."""
    project = await api.project()
    manager = await api.sign_in(await api.person("Mai", manager=project))
    agent = await api.sign_in(await api.person("Ben", agent=project))
    await forget(api)
    return project, manager, agent


async def forget(api: ApiFixture) -> None:
    async with api.context.database.connection() as conn:
        await conn.execute("DELETE FROM audit_log")


async def entries(api: ApiFixture, project: ProjectId | None, count: int) -> None:
    """One entry a second, alternating between two people and two actions."""
    async with api.context.database.transaction() as conn:
        for number in range(count):
            who = "Mai" if number % 2 else "=cmd|' /C calc'!A0"
            await audit.add(
                conn,
                Entry(
                    project=project,
                    actor=Actor("user", bytes([number % 2]) * 16, who),
                    action="member.removed" if number % 2 else "api_key.created",
                    entity="member" if number % 2 else "api_key",
                    entity_id=None,
                    result="denied" if number == 0 else "ok",
                    address="192.0.2.7",
                    agent="-1+1",
                    changes={"name": "@sum"},
                ),
                now=1_763_715_600_000 + number * 1000,
            )


async def test_managers_read_the_log_page_by_page(
    api: ApiFixture, shop: tuple[ProjectId, Caller, Caller]
) -> None:
    project, manager, agent = shop
    await entries(api, project, 7)
    seen, cursor = [], ""
    while True:
        page = (await manager.get(of(project, f"/audit?limit=3{cursor}"))).json
        seen += [item["at"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = "&cursor=" + page["next_cursor"]
    assert seen == [1_763_715_600_000 + number * 1000 for number in reversed(range(7))]
    assert (await agent.get(of(project, "/audit"))).status == 403
    assert (await manager.get(of(project, "/audit?cursor=x"))).status == 422


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("actor=mai", [5, 3, 1]),
        ("actor=01010101-0101-0101-0101-010101010101", [5, 3, 1]),
        ("actor=%25", []),
        ("action=member", [5, 3, 1]),
        ("action=member.removed", [5, 3, 1]),
        ("action=mem%25", []),
        ("entity=api_key", [4, 2, 0]),
        ("result=denied", [0]),
        ("from=1763715602000&to=1763715604000", [3, 2]),
        ("actor=mai&result=denied", []),
    ],
)
async def test_the_log_is_filtered(
    api: ApiFixture, shop: tuple[ProjectId, Caller, Caller], asked: str, found: list[int]
) -> None:
    project, manager, _ = shop
    await entries(api, project, 6)
    page = (await manager.get(of(project, f"/audit?{asked}"))).json
    assert [(item["at"] - 1_763_715_600_000) // 1000 for item in page["items"]] == found


async def test_the_log_of_another_project_cannot_be_read(
    api: ApiFixture, shop: tuple[ProjectId, Caller, Caller]
) -> None:
    project, manager, _ = shop
    await entries(api, await api.project("Other"), 3)
    await entries(api, None, 3)
    assert (await manager.get(of(project, "/audit"))).json == {"items": [], "next_cursor": None}
    assert (await manager.get(of(project, "/audit.csv"))).body.count(b"\r\n") == 1


async def test_admins_read_entries_that_belong_to_no_project(
    api: ApiFixture, shop: tuple[ProjectId, Caller, Caller]
) -> None:
    project, manager, _ = shop
    person = await api.person("Root")
    async with api.context.database.transaction() as conn:
        await conn.execute("UPDATE users SET is_admin = true WHERE id = $1", person.id)
    admin = await api.sign_in(person)
    await forget(api)
    await entries(api, project, 3)
    await entries(api, None, 4)
    page = (await admin.get("/api/v1/admin/audit?action=member&limit=1")).json
    assert [item["at"] for item in page["items"]] == [1_763_715_603_000]
    page = (await admin.get("/api/v1/admin/audit?action=member&cursor=" + page["next_cursor"])).json
    assert [item["at"] for item in page["items"]] == [1_763_715_601_000]
    assert (await admin.get("/api/v1/admin/audit.csv")).body.count(b"\r\n") == 1 + 4
    assert (await manager.get("/api/v1/admin/audit")).status == 403


async def test_the_csv_has_every_row_and_escapes_formulas(
    api: ApiFixture, shop: tuple[ProjectId, Caller, Caller], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.api.admin.audit_log.BATCH_SIZE", 3)
    project, manager, _ = shop
    await entries(api, project, 7)
    answer = await manager.get(of(project, "/audit.csv"))
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.body.startswith(b"\xef\xbb\xbf"), "without this mark Excel does not read UTF-8"
    head, *rows = csv.reader(io.StringIO(answer.body.decode("utf-8-sig")))
    assert len(rows) == 7
    assert not [cell for row in rows for cell in row if cell.lstrip().startswith(("=", "+", "-", "@"))]
    first = dict(zip(head, rows[-1], strict=True))
    assert first["at"] == "2025-11-21T09:00:00.000+00:00"
    assert first["actor_name"] == "'=cmd|' /C calc'!A0"
    assert first["changes"] == '{"name":"@sum"}'
    monkeypatch.setattr("server.api.admin.audit_log.ROWS", 5)
    answer = await manager.get(of(project, "/audit.csv?action=m"))
    assert answer.body.count(b"\r\n") == 4


async def test_the_csv_is_bounded(
    api: ApiFixture, shop: tuple[ProjectId, Caller, Caller], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.api.admin.audit_log.BATCH_SIZE", 3)
    monkeypatch.setattr("server.api.admin.audit_log.ROWS", 5)
    project, manager, _ = shop
    await entries(api, project, 12)
    assert (await manager.get(of(project, "/audit.csv"))).body.count(b"\r\n") == 1 + 5


async def test_entries_past_their_retention_are_removed(
    api: ApiFixture, shop: tuple[ProjectId, Caller, Caller]
) -> None:
    await entries(api, shop[0], 4)
    async with api.context.database.transaction() as conn:
        assert await audit.remove_old(conn, before=1_763_715_602_000) == 2
        assert await conn.fetchval("SELECT count(*) FROM audit_log") == 2


async def test_entries_of_a_deleted_project_belong_to_the_installation(api: ApiFixture) -> None:
    await forget(api)
    await entries(api, ProjectId(ids.make()), 1)
    async with api.context.database.connection() as conn:
        assert await conn.fetchval("SELECT count(*) FROM audit_log WHERE project_id IS NULL") == 1
