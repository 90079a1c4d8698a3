"""Administration: access, lists of people and projects, suspension, status, mail, the first admin."""

import os
import subprocess
import sys
import time
from typing import Any

import pytest
import trio

from core import ids
from core.db.projects import members
from core.ids import SYSTEM
from server.launch import seed
from tests.integration.api.api_fixture import OURS, PASSWORD, ApiFixture, Caller, Person, of, text
from tests.patience import PATIENCE
from tests.people import add_agent, add_project, at_work, signed_in
from tests.stack import ROOT, Stack

USERS, PROJECTS = "/api/v1/admin/users", "/api/v1/admin/projects"
LOGIN, REFRESH = "/api/v1/auth/login", "/api/v1/auth/refresh"
REVOKED = 4506
SAME = {"Sec-Fetch-Site": "same-origin", "Origin": OURS}


async def admin(api: ApiFixture, name: str = "Ada") -> tuple[Person, Caller]:
    person = await api.person(name)
    async with api.context.database.connection() as conn:
        await conn.execute("UPDATE users SET is_admin = true WHERE id = $1", person.id)
    return person, await api.sign_in(person)


async def everything(caller: Caller, path: str, **query: str) -> list[Any]:
    """All pages of a list; no page may be longer than the requested limit."""
    items: list[Any] = []
    cursor = None
    while True:
        asked = "&".join(f"{name}={value}" for name, value in query.items())
        page = await caller.get(f"{path}?limit=3&{asked}" + (f"&cursor={cursor}" if cursor else ""))
        assert page.status == 200, page.body
        assert len(page.json["items"]) <= 3
        items += page.json["items"]
        cursor = page.json["next_cursor"]
        if cursor is None:
            return items


async def test_only_an_admin_may_use_the_admin_routes(api: ApiFixture) -> None:
    mai = await api.sign_in(await api.person("Mai", manager=await api.project()))
    for path in (USERS, PROJECTS, "/api/v1/admin/status"):
        assert (await mai.get(path)).json["code"] == "forbidden"
        assert (await api.anonymous().get(path)).status == 401
    person, ada = await admin(api)
    assert (await ada.get(USERS)).status == 200
    async with api.context.database.connection() as conn:
        await conn.execute("UPDATE users SET is_admin = false WHERE id = $1", person.id)
    assert (await ada.get(USERS)).json["code"] == "forbidden"


async def test_each_user_is_listed_once_over_pages_without_the_system_user(api: ApiFixture) -> None:
    _, ada = await admin(api)
    mark = os.urandom(4).hex()
    people = [await api.person(f"{mark}{number}") for number in range(8)]
    items = await everything(ada, USERS, query=mark)
    assert [item["id"] for item in items] == [text(person.id) for person in reversed(people)]
    assert text(SYSTEM) not in {item["id"] for item in await everything(ada, USERS)}


async def test_people_are_found_by_parts_of_name_and_address_in_any_case(api: ApiFixture) -> None:
    _, ada = await admin(api)
    mark = os.urandom(4).hex()
    mai = await api.person(f"Mai{mark}")
    for query in (f"mai{mark}", f"AI{mark}", mai.email[4:].upper()):
        assert [item["id"] for item in await everything(ada, USERS, query=query)] == [text(mai.id)]
    for query in ("%25", "_" + mark, f"{mark}\\"):
        assert await everything(ada, USERS, query=query) == []


async def test_a_row_has_what_an_admin_needs_and_no_secret(api: ApiFixture) -> None:
    _, ada = await admin(api)
    mai = await api.person("Mai", agent=await api.project(), manager=await api.project("Other"))
    (row,) = await everything(ada, USERS, query=mai.email)
    assert row | {"created_at": 0} == {
        "id": text(mai.id),
        "email": mai.email,
        "full_name": "Mai",
        "state": "active",
        "is_admin": False,
        "email_verified": True,
        "two_factor": False,
        "created_at": 0,
        "projects": 2,
    }
    assert abs(row["created_at"] / 1000 - time.time()) < 60


async def test_projects_are_listed_with_counts_and_without_message_texts(api: ApiFixture) -> None:
    _, ada = await admin(api)
    mark = os.urandom(4).hex()
    shop = await api.project(f"Shop {mark}")
    await api.person("Mai", manager=shop)
    for _ in range(3):
        await api.writes(shop, "my secret order")
    others = [await api.project(f"{mark} {number}") for number in range(4)]
    items = await everything(ada, PROJECTS, query=mark)
    assert {item["id"] for item in items} == {text(each) for each in (shop, *others)}
    row = next(item for item in items if item["id"] == text(shop))
    assert (row["name"], row["members"], row["conversations"]) == (f"Shop {mark}", 1, 3)
    assert [item["managers"] for item in items] == [0, 0, 0, 0, 1]
    assert (await ada.get(f"/api/v1/projects/{text(shop)}")).status == 404


async def test_a_suspended_user_loses_access_at_once_and_returns_after_reactivation(api: ApiFixture) -> None:
    _, ada = await admin(api)
    mai = await api.person("Mai", agent=await api.project())
    caller = await api.sign_in(mai)
    assert (await ada.post(f"{USERS}/{text(mai.id)}/suspend")).status == 200
    assert (await caller.get("/api/v1/me")).status == 401
    assert (await caller.post(REFRESH, headers=SAME)).status == 401
    refused = await api.anonymous().post(LOGIN, {"email": mai.email, "password": PASSWORD})
    assert (refused.status, refused.json["code"]) == (403, "inactive")
    (row,) = await everything(ada, USERS, query=mai.email, state="suspended")
    assert row["state"] == "suspended"
    assert await everything(ada, USERS, query=mai.email, state="active") == []
    assert (await ada.post(f"{USERS}/{text(mai.id)}/suspend")).status == 200  # a repetition is not an error
    assert (await ada.post(f"{USERS}/{text(mai.id)}/reactivate")).status == 204
    assert (await caller.get("/api/v1/me")).status == 401  # the old session stays ended
    assert (await api.sign_in(mai)).token
    assert await audit_entries(api, mai) == [
        ("user.suspended", {"state": {"from": "active", "to": "suspended"}}),
        ("user.suspended", {"state": {"from": "suspended", "to": "suspended"}}),
        ("user.reactivated", {"state": {"from": "suspended", "to": "active"}}),
    ]


async def test_a_suspension_names_the_projects_it_leaves_without_a_manager(api: ApiFixture) -> None:
    _, ada = await admin(api)
    mark = os.urandom(4).hex()
    alone, shared, works = [await api.project(f"{mark} {name}") for name in ("Alone", "Shared", "Works")]
    mai, tom = await api.person("Mai", manager=alone), await api.person("Tom", manager=shared)
    async with api.context.database.transaction() as conn:
        await members.add(conn, project=shared, user=mai.id, role="manager", now=ids.now())
        await members.add(conn, project=works, user=mai.id, role="agent", now=ids.now())
    answer = await ada.post(f"{USERS}/{text(mai.id)}/suspend")
    assert answer.json == {"without_manager": [{"id": text(alone), "name": f"{mark} Alone"}]}
    managers = {item["name"]: item["managers"] for item in await everything(ada, PROJECTS, query=mark)}
    assert managers == {f"{mark} Alone": 0, f"{mark} Shared": 1, f"{mark} Works": 0}
    answer = await ada.post(f"{USERS}/{text(tom.id)}/suspend")
    assert answer.json == {"without_manager": [{"id": text(shared), "name": f"{mark} Shared"}]}
    await ada.post(f"{USERS}/{text(mai.id)}/reactivate")
    managers = {item["name"]: item["managers"] for item in await everything(ada, PROJECTS, query=mark)}
    assert managers == {f"{mark} Alone": 1, f"{mark} Shared": 1, f"{mark} Works": 0}


async def test_a_suspension_names_them_when_the_other_manager_leaves_at_the_same_time(
    api: ApiFixture,
) -> None:
    _, ada = await admin(api)
    for _ in range(5):
        project = await api.project()
        mai, tom = await api.person("Mai", manager=project), await api.person("Tom", manager=project)
        caller = await api.sign_in(mai)
        left: list[int] = []
        named: list[Any] = []

        async def leave(caller: Caller, path: str, to: list[int]) -> None:
            to.append((await caller.post(path)).status)

        async def suspend(person: Person, to: list[Any]) -> None:
            to += (await ada.post(f"{USERS}/{text(person.id)}/suspend")).json["without_manager"]

        async with trio.open_nursery() as nursery:
            nursery.start_soon(leave, caller, of(project, "/leave"), left)
            nursery.start_soon(suspend, tom, named)
        # In either order: Mai stays a manager, or the response names the project.
        assert (left, len(named)) in (([409], 0), ([204], 1))


async def audit_entries(api: ApiFixture, person: Person) -> list[tuple[str, Any]]:
    async with api.context.database.connection() as conn:
        rows = await conn.fetch(
            "SELECT action, changes FROM audit_log WHERE entity_id = $1 AND entity = 'user' "
            "AND action LIKE 'user.%' ORDER BY id",
            person.id,
        )
    return [(row[0], row[1]) for row in rows]


@pytest.mark.parametrize("state", ["deactivated", "suspended"])
async def test_a_deactivated_or_suspended_user_can_be_reactivated(api: ApiFixture, state: str) -> None:
    _, ada = await admin(api)
    mai = await api.person("Mai")
    async with api.context.database.connection() as conn:
        await conn.execute("UPDATE users SET state = $2 WHERE id = $1", mai.id, state)
    assert (await ada.post(f"{USERS}/{text(mai.id)}/reactivate")).status == 204
    assert (await api.sign_in(mai)).token


async def test_deleted_users_the_system_user_and_unknown_ids_are_not_found(api: ApiFixture) -> None:
    _, ada = await admin(api)
    mai = await api.person("Mai")
    async with api.context.database.connection() as conn:
        await conn.execute("UPDATE users SET state = 'deleted' WHERE id = $1", mai.id)
    for user in (text(mai.id), text(SYSTEM), text(os.urandom(16))):
        for what in ("suspend", "reactivate"):
            assert (await ada.post(f"{USERS}/{user}/{what}")).status == 404


async def test_one_admin_remains_when_two_suspend_each_other(api: ApiFixture) -> None:
    (one, ada), (two, bob) = await admin(api, "Ada"), await admin(api, "Bob")
    own = await ada.post(f"{USERS}/{text(one.id)}/suspend")
    assert (own.status, own.json["code"]) == (409, "conflict")
    seen: list[int] = []

    async def suspend(by: Caller, whom: Person) -> None:
        seen.append((await by.post(f"{USERS}/{text(whom.id)}/suspend")).status)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(suspend, ada, two)
        nursery.start_soon(suspend, bob, one)
    assert seen.count(200) == 1
    assert set(seen) <= {200, 401, 403}


async def test_the_status_shows_checks_versions_counts_and_mail(api: ApiFixture) -> None:
    _, ada = await admin(api)
    await api.writes(await api.project(), "the first of a new installation")
    status = (await ada.get("/api/v1/admin/status")).json
    assert status["checks"]["postgres"]["ok"] is True
    assert status["checks"]["worker"]["ok"] is False  # none runs here
    assert set(status["versions"]) == {"parley", "python", "postgres", "redis"}
    assert all(status["versions"].values())
    assert status["counts"]["admins"] >= 1
    assert status["counts"]["projects"] >= 1
    assert status["counts"]["conversations"] >= 1  # before the planner has seen the table
    assert status["mail"]["mode"] == "directory"


async def test_a_test_mail_goes_into_the_outbox(api: ApiFixture) -> None:
    _, ada = await admin(api)
    before = (await ada.get("/api/v1/admin/status")).json["mail"]["waiting"]
    assert (await ada.post("/api/v1/admin/mail/test", {"recipient": "Ops@Shop.example"})).status == 202
    wrong = await ada.post("/api/v1/admin/mail/test", {"recipient": "no address"})
    assert wrong.json["errors"][0]["field"] == "recipient"
    assert (await ada.get("/api/v1/admin/status")).json["mail"]["waiting"] == before + 1
    async with api.context.database.connection() as conn:
        (row,) = await conn.fetch("SELECT recipient, template FROM mails ORDER BY id DESC LIMIT 1")
    assert tuple(row) == ("ops@shop.example", "test_mail")


@pytest.mark.alone
async def test_a_suspended_users_sockets_close_within_a_second(fresh_stack: Stack) -> None:
    server = fresh_stack.spawn("server")
    assert server.port is not None
    project = add_project(fresh_stack)
    mai, ada = add_agent(fresh_stack, project, name="Mai"), add_agent(fresh_stack, project, name="Ada")
    fresh_stack.sql("UPDATE users SET is_admin = true WHERE email = $1", ada)
    user = fresh_stack.sql("SELECT id FROM users WHERE email = $1", mai)[0][0]
    async with (
        at_work(server.port, project, mai) as agent,
        signed_in(server.port, project, ada) as http,
    ):
        answer = await http.post(f"{USERS}/{user}/suspend")
        assert answer.status_code == 200, answer.text
        assert await agent.socket.end(within=1) == REVOKED


# --- the first admin --------------------------------------------------------------------------------


def command(stack: Stack, *words: str, module: str = "server.admin") -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", module, *words],
        cwd=ROOT,
        env=stack.environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def is_admin(stack: Stack, email: str) -> bool:
    return bool(stack.sql("SELECT is_admin FROM users WHERE email = $1", email)[0][0])


def test_the_first_admin_is_made_by_a_command_and_recorded_in_the_audit_log(stack: Stack) -> None:
    email = add_agent(stack, add_project(stack))
    assert command(stack, "grant", email.upper()) == (0, f"{email} is now an administrator\n")
    assert is_admin(stack, email)
    assert command(stack, "revoke", email) == (0, f"{email} is no longer an administrator\n")
    assert not is_admin(stack, email)
    actions = stack.sql(
        "SELECT l.action, l.actor_kind FROM audit_log l JOIN users u ON u.id = l.entity_id "
        "WHERE u.email = $1 ORDER BY l.id",
        email,
    )
    assert [tuple(row) for row in actions] == [
        ("user.admin_granted", "system"),
        ("user.admin_revoked", "system"),
    ]


def test_the_command_of_the_last_release_still_works_and_names_the_new_one(stack: Stack) -> None:
    email = add_agent(stack, add_project(stack))
    for words, state in (([email], True), ([email, "--revoke"], False)):
        code, said = command(stack, *words, module="server.grant")
        assert code == 0 and "python -m server.admin grant EMAIL" in said
        assert is_admin(stack, email) is state


def test_a_user_with_an_unconfirmed_address_cannot_become_admin(stack: Stack) -> None:
    email = add_agent(stack, add_project(stack))
    stack.sql("UPDATE users SET email_verified_at = NULL WHERE email = $1", email)
    code, said = command(stack, "grant", email)
    assert code == 1
    assert "has not been confirmed" in said
    assert not is_admin(stack, email)


@pytest.mark.parametrize("email", ["unknown@nowhere.example", "system@parley.invalid", "no address"])
def test_only_an_existing_user_can_become_admin(stack: Stack, email: str) -> None:
    code, said = command(stack, "grant", email)
    assert code == 1
    assert said.startswith("admin: ")
    assert "Traceback" not in said


async def test_the_demo_manager_is_an_admin_with_one_way_to_sign_in(stack: Stack) -> None:
    taken = add_agent(stack, add_project(stack))
    stack.sql("UPDATE users SET email = $1, email_verified_at = NULL WHERE email = $2", seed.EMAIL, taken)
    stack.sql(
        "INSERT INTO sessions (id, user_id, token_hash, expires_at) "
        "SELECT id, id, $2, now() + interval '1 day' FROM users WHERE email = $1",
        seed.EMAIL,
        os.urandom(32),
    )
    done = await trio.run_process(
        [sys.executable, "-m", "server.launch.seed", str(stack.data)], cwd=ROOT, env=stack.environment()
    )
    assert done.returncode == 0
    (row,) = stack.sql(
        "SELECT is_admin, email_verified_at IS NOT NULL, "
        "(SELECT count(*) FROM sessions s WHERE s.user_id = u.id) FROM users u WHERE email = $1",
        seed.EMAIL,
    )
    assert tuple(row) == (True, True, 0)
