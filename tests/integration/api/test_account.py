"""One's own account: name, language, time zone, picture; deactivation and deletion."""

import base64

import asyncpg
import pytest
import trio

from core import ids
from core.db.identity import account_deletion, users
from core.db.projects import members, projects
from core.ids import text as canonical
from tests.integration.api.api_fixture import PASSWORD, ApiFixture, Caller, of
from tests.integration.api.mailbox import SAME

ME, AVATAR, LOGIN = "/api/v1/me", "/api/v1/me/avatar", "/api/v1/auth/login"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 100
WEBP = b"RIFF\x24\0\0\0WEBPVP8 " + b"\0" * 30


def picture(image: bytes, media_type: str = "image/png") -> dict[str, str]:
    return {"media_type": media_type, "image": base64.b64encode(image).decode()}


async def test_name_language_and_time_zone_can_be_changed_one_by_one(api: ApiFixture) -> None:
    caller = await api.sign_in(await api.person("Mai"))
    changed = await caller.call("PATCH", ME, {"full_name": "  Mai Trần "})
    assert (changed.json["full_name"], changed.json["language"]) == ("Mai Trần", "en")
    changed = await caller.call("PATCH", ME, {"language": "vi", "timezone": "Asia/Ho_Chi_Minh"})
    assert (changed.json["full_name"], changed.json["timezone"]) == ("Mai Trần", "Asia/Ho_Chi_Minh")
    assert (await caller.get(ME)).json == changed.json


async def test_the_mail_about_an_assignment_can_be_turned_off(api: ApiFixture) -> None:
    caller, other = [await api.sign_in(await api.person(name)) for name in ("Mai", "Lan")]
    assert (await caller.get(ME)).json["mail_on_assignment"] is True
    changed = await caller.call("PATCH", ME, {"mail_on_assignment": False})
    assert (changed.json["mail_on_assignment"], changed.json["full_name"]) == (False, "Mai")
    await caller.call("PATCH", ME, {"full_name": "Mai Tran"})
    assert (await caller.get(ME)).json["mail_on_assignment"] is False
    assert (await other.get(ME)).json["mail_on_assignment"] is True


@pytest.mark.parametrize(
    "body",
    [
        {"timezone": "Mars/Olympus"},
        {"timezone": "../../etc/passwd"},
        {"language": "English"},
        {"full_name": " "},
        {"full_name": "a\nb"},
        {"full_name": "x" * 101},
        {"email": "other@shop.example"},
        {"is_admin": True},
        {"full_name": None},
        {"mail_on_assignment": None},
        {"mail_on_assignment": "no"},
    ],
)
async def test_an_invalid_body_changes_nothing(api: ApiFixture, body: dict[str, object]) -> None:
    caller = await api.sign_in(await api.person("Mai"))
    before = (await caller.get(ME)).json
    assert (await caller.call("PATCH", ME, body)).status == 422
    assert (await caller.get(ME)).json == before


async def test_a_picture_is_public_and_immutable_and_a_new_one_has_a_new_url(api: ApiFixture) -> None:
    caller = await api.sign_in(await api.person("Mai"))
    first = (await caller.put(AVATAR, picture(PNG))).json["avatar_url"]
    shown = await api.anonymous().get(first)
    assert (shown.status, shown.body, shown.headers["Content-Type"]) == (200, PNG, "image/png")
    assert "immutable" in shown.headers["Cache-Control"]
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    second = (await caller.put(AVATAR, picture(WEBP, "image/webp"))).json["avatar_url"]
    assert second != first
    assert (await api.anonymous().get(first)).status == 404
    assert (await caller.call("DELETE", AVATAR)).json["avatar_url"] is None
    assert (await api.anonymous().get(second)).status == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (picture(b"<svg onload=alert(1)>"), 422),
        (picture(PNG, "image/jpeg"), 422),
        (picture(PNG, "image/svg+xml"), 422),
        (picture(b"RIFF\x24\0\0\0WAVEfmt ", "image/webp"), 422),
        (picture(PNG + b"\0" * 48_000), 422),
        ({"media_type": "image/png", "image": "not base64!"}, 422),
        ({"media_type": "image/png", "image": ""}, 422),
        (picture(PNG + b"\0" * 60_000), 413),
    ],
)
async def test_a_body_other_than_a_small_picture_is_refused(
    api: ApiFixture, body: dict[str, str], status: int
) -> None:
    caller = await api.sign_in(await api.person("Mai"))
    assert (await caller.put(AVATAR, body)).status == status
    assert (await caller.get(ME)).json["avatar_url"] is None


async def test_deactivating_the_account_signs_out_everywhere(api: ApiFixture) -> None:
    mai = await api.person("Mai")
    desk, phone = await api.sign_in(mai), await api.sign_in(mai)
    wrong = await desk.post("/api/v1/me/deactivate", {"password": "not the password"})
    assert (wrong.status, wrong.json["code"]) == (403, "wrong_password")
    assert (await desk.post("/api/v1/me/deactivate", {"password": PASSWORD})).status == 204
    for caller in (desk, phone):
        assert (await caller.get(ME)).status == 401
        assert (await caller.post("/api/v1/auth/refresh", headers=SAME)).status == 401
    again = await api.anonymous().post(LOGIN, {"email": mai.email, "password": PASSWORD})
    assert (again.status, again.json["code"]) == (403, "inactive")


async def test_the_messages_of_a_deleted_account_stay_and_are_anonymised(api: ApiFixture) -> None:
    project = await api.project()
    mai, tom = await api.person("Mai", agent=project), await api.person("Tom", manager=project)
    _, conversation = await api.writes(project, "Hello")
    caller, toms = await api.sign_in(mai), await api.sign_in(tom)
    messages = of(project, f"/conversations/{canonical(conversation)}/messages")
    sent = {"ref": "01936b2e-8c00-7a00-8000-000000000005", "body": "Hi!"}
    assert (await caller.post(messages, sent)).status < 300
    assert (await caller.put(AVATAR, picture(PNG))).status == 200
    not_mine = await caller.post("/api/v1/me/delete", {"email": tom.email, "password": PASSWORD})
    assert (not_mine.status, not_mine.json["errors"][0]["field"]) == (422, "email")
    done = await caller.post("/api/v1/me/delete", {"email": mai.email.upper(), "password": PASSWORD})
    assert done.status == 204
    assert (await caller.get(ME)).status == 401
    assert (await api.anonymous().post(LOGIN, {"email": mai.email, "password": PASSWORD})).status == 401
    written = (await toms.get(messages)).json["items"][-1]
    assert (written["body"], written["author"]["id"]) == ("Hi!", canonical(mai.id))
    assert written["author"]["name"] == "Deleted user"
    assert [each["full_name"] for each in (await toms.get(of(project, "/members"))).json] == ["Tom"]
    async with api.context.database.connection() as conn:
        row = await conn.fetchrow(
            "SELECT email, full_name, password_hash, state FROM users WHERE id = $1", mai.id
        )
        assert (row[1], row[2], row[3]) == ("Deleted user", None, "deleted")
        assert mai.email not in row[0]
        for table in ("sessions", "user_tokens", "avatars", "memberships", "identities", "two_factor"):
            assert await conn.fetchval(f"SELECT count(*) FROM {table} WHERE user_id = $1", mai.id) == 0  # noqa: S608


async def test_messages_beyond_the_first_batch_are_anonymised_too(api: ApiFixture) -> None:
    project = await api.project()
    mai, tom = await api.person("Mai", agent=project), await api.person("Tom", manager=project)
    _, conversation = await api.writes(project, "Hello")
    caller, toms = await api.sign_in(mai), await api.sign_in(tom)
    messages = of(project, f"/conversations/{canonical(conversation)}/messages")
    for number in range(5):
        sent = {"ref": f"01936b2e-8c00-7a00-8000-00000000001{number}", "body": f"Number {number}"}
        assert (await caller.post(messages, sent)).status < 300
    toms_own = {"ref": "01936b2e-8c00-7a00-8000-000000000020", "body": "Mine"}
    assert (await toms.post(messages, toms_own)).status < 300
    async with api.context.database.transaction() as conn:
        await account_deletion.erase(conn, mai.id)  # the account is deleted, and the worker has not run yet
        assert mai.id in await account_deletion.still_named(conn, limit=10)
        assert [await account_deletion.unname(conn, mai.id, limit=3) for _ in range(3)] == [3, 2, 0]
        await account_deletion.finish(conn, mai.id)
        assert mai.id not in await account_deletion.still_named(conn, limit=10)
    names = [each["author"]["name"] for each in (await toms.get(messages)).json["items"][1:]]
    assert names == ["Deleted user"] * 5 + ["Tom"]


async def test_an_address_is_free_again_after_its_account_was_deleted(api: ApiFixture) -> None:
    mai = await api.person("Mai")
    caller = await api.sign_in(mai)
    body = {"email": mai.email, "password": PASSWORD}
    assert (await caller.post("/api/v1/me/delete", body)).status == 204
    again = {"email": mai.email, "password": "seven green lanterns", "full_name": "Mai"}
    assert (await api.anonymous().post("/api/v1/auth/register", again)).status == 202
    answer = await api.anonymous().post(LOGIN, {"email": mai.email, "password": "seven green lanterns"})
    assert answer.json["code"] == "unverified"


async def test_no_project_is_left_without_a_manager(api: ApiFixture) -> None:
    project = await api.project()
    mai, tom = await api.person("Mai", manager=project), await api.person("Tom", agent=project)
    caller, body = await api.sign_in(mai), {"email": mai.email, "password": PASSWORD}
    refused = await caller.post("/api/v1/me/delete", body)
    assert (refused.status, refused.json["code"]) == (409, "last_manager")
    assert (await caller.get(ME)).status == 200
    async with api.context.database.transaction() as conn:
        await conn.execute("UPDATE memberships SET role = 'manager' WHERE user_id = $1", tom.id)
    assert (await caller.post("/api/v1/me/delete", body)).status == 204


async def test_the_last_manager_cannot_deactivate_the_account(api: ApiFixture) -> None:
    shop, other = await api.project("Shop"), await api.project("Other")
    mai, tom = await api.person("Mai", manager=shop), await api.person("Tom", manager=other)
    async with api.context.database.transaction() as conn:
        await members.add(conn, project=other, user=mai.id, role="manager", now=ids.now())
        await members.add(conn, project=shop, user=tom.id, role="agent", now=ids.now())
    caller, body = await api.sign_in(mai), {"password": PASSWORD}
    refused = await caller.post("/api/v1/me/deactivate", body)
    assert (refused.status, refused.json["code"]) == (409, "last_manager")
    assert "in Shop:" in refused.json["detail"]
    assert (await caller.get(ME)).status == 200
    async with api.context.database.transaction() as conn:
        await members.set_role(conn, shop, tom.id, "manager")
    assert (await caller.post("/api/v1/me/deactivate", body)).status == 204


@pytest.mark.parametrize("how", ["deactivate", "delete"])
async def test_when_two_managers_leave_at_the_same_moment_one_stays(api: ApiFixture, how: str) -> None:
    for _ in range(5):
        project = await api.project()
        people = [await api.person(name, manager=project) for name in ("Mai", "Tom")]
        callers = [await api.sign_in(person) for person in people]
        statuses: list[int] = []

        async def go(caller: Caller, email: str, to: list[int]) -> None:
            more = {"email": email} if how == "delete" else {}
            to.append((await caller.post(f"/api/v1/me/{how}", {"password": PASSWORD, **more})).status)

        async with trio.open_nursery() as nursery:
            for caller, person in zip(callers, people, strict=True):
                nursery.start_soon(go, caller, person.email, statuses)
        assert sorted(statuses) == [204, 409]
        async with api.context.database.connection() as conn:
            assert len(await members.managers(conn, project)) == 1


async def test_an_account_that_is_being_deleted_cannot_become_the_last_manager(api: ApiFixture) -> None:
    project = await api.project("Shop")
    mai = await api.person("Mai", agent=project)

    async def appoint() -> None:
        async with api.context.database.transaction() as conn:
            await conn.execute("SET LOCAL lock_timeout = '50ms'")
            await projects.locked(conn, project)

    async with api.context.database.transaction() as going:
        assert await members.only_managed_by(going, mai.id) == []
        with pytest.raises(asyncpg.LockNotAvailableError):
            await appoint()
    await appoint()


HIDDEN = "Mai \u202egnp.exe\u2066"


async def test_a_name_given_over_rest_cannot_change_the_direction_of_text_around_it(api: ApiFixture) -> None:
    project = await api.project("Shop")
    mai = await api.person("Mai", manager=project)
    caller = await api.sign_in(mai)
    me = await caller.call("PATCH", "/api/v1/me", {"full_name": HIDDEN})
    made = await caller.post("/api/v1/projects", {"name": HIDDEN, "domains": ["shop.example"]})
    named = await caller.call("PATCH", of(project), {"version": 1, "name": HIDDEN})
    key = await caller.post(of(project, "/api-keys"), {"name": HIDDEN, "scopes": ["members:read"]})
    seen = [me.json["full_name"], made.json["name"], named.json["name"], key.json["name"]]
    assert seen == ["Mai gnp.exe"] * 4
    for path, body in (
        ("/api/v1/projects", {"name": "\u202e", "domains": ["shop.example"]}),
        (of(project, "/api-keys"), {"name": "\u200b", "scopes": ["members:read"]}),
    ):
        answer = await caller.post(path, body)
        assert (answer.status, answer.json["errors"][0]["code"]) == (422, "required")
    assert (await caller.call("PATCH", "/api/v1/me", {"full_name": "\u2066"})).status == 422


async def test_a_suspended_manager_does_not_count_as_a_remaining_manager(api: ApiFixture) -> None:
    project = await api.project("Shop")
    mai, tom = await api.person("Mai", manager=project), await api.person("Tom", manager=project)
    caller = await api.sign_in(mai)
    async with api.context.database.transaction() as conn:
        await users.set_state(conn, tom.id, "suspended")
    assert (await caller.post(of(project, "/leave"))).json["code"] == "last_manager"
    role = await caller.call("PATCH", of(project, f"/members/{canonical(mai.id)}"), {"role": "agent"})
    assert role.json["code"] == "last_manager"
    gone = await caller.post("/api/v1/me/delete", {"email": mai.email, "password": PASSWORD})
    assert gone.json["code"] == "last_manager"
    # An active manager may remove a suspended one.
    assert (await caller.call("DELETE", of(project, f"/members/{canonical(tom.id)}"))).status == 204
