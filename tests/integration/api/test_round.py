"""The happy path of every route, in the order of an agent's day."""

from uuid import uuid4

from tests.integration.api.api_fixture import PAGE, ApiFixture, of, text


async def test_an_agent_signs_in_reads_answers_and_leaves(api: ApiFixture) -> None:
    project = await api.project("Shop")
    mai = await api.person("Mai", manager=project)
    visitor, conversation = await api.writes(project, "Where is my order?")
    me = await api.sign_in(mai)

    shown = (await me.get("/api/v1/me")).json
    assert (shown["id"], shown["email"], shown["full_name"]) == (text(mai.id), mai.email, "Mai")
    assert (await me.get("/api/v1/projects")).json == [
        {"id": text(project), "name": "Shop", "role": "manager"}
    ]
    shown = (await me.get(of(project))).json
    assert shown["domains"] == ["shop.example"]
    assert shown["role"] == "manager"
    members = (await me.get(of(project, "/members"))).json
    assert [each.pop("joined_at") > 0 for each in members] == [True]
    assert members == [{"user_id": text(mai.id), "full_name": "Mai", "email": mai.email, "role": "manager"}]
    ticket = await me.post(of(project, "/socket-tickets"))
    assert (ticket.status, ticket.json["expires_in"]) == (201, 60)

    inbox = (await me.get(of(project, "/conversations"))).json
    assert inbox["next_cursor"] is None
    (row,) = inbox["items"]
    assert row["id"] == text(conversation)
    assert (row["unread"], row["last_seq"], row["snippet"]) == (1, 1, "Where is my order?")
    assert row["visitor"] == {
        "id": text(visitor),
        "name": f"Visitor #{visitor.hex()[-6:]}",
        "online": False,
        "url": "",
        "title": "",
        "email": "",
        "verified": False,
        "restriction": None,
    }
    one = of(project, f"/conversations/{text(conversation)}")
    assert (await me.get(one)).json == row

    assert (await me.post(one + "/read", {"seq": 1})).status == 204
    assert (await me.get(one)).json["unread"] == 0
    assert (await me.post(one + "/typing", {"on": True})).status == 204
    ref = str(uuid4())
    reply = await me.post(one + "/messages", {"ref": ref, "body": "On its way."})
    assert reply.status == 201
    assert (reply.json["seq"], reply.json["ref"], reply.json["body"]) == (2, ref, "On its way.")
    assert reply.json["author"] == {"party": "agent", "id": text(mai.id), "name": "Mai"}
    assert (
        await me.post(one + "/messages", {"ref": str(uuid4()), "body": "psst", "kind": "note"})
    ).status == 201
    messages = (await me.get(one + "/messages")).json
    assert [message["seq"] for message in messages["items"]] == [1, 2, 3]
    assert messages["has_more"] is False
    assert messages["items"][1] == reply.json

    assigned = await me.put(one + "/assignee", {"assignee_id": text(mai.id)})
    assert assigned.json["assignee"] == {"id": text(mai.id), "full_name": "Mai"}
    solved = await me.put(one + "/status", {"status": "solved"})
    assert (solved.status, solved.json["status"]) == (200, "solved")
    panel = (await me.get(of(project, f"/visitors/{text(visitor)}"))).json
    assert (panel["id"], panel["language"], panel["trail"]) == (text(visitor), "vi", [])

    key = api.key(project, visitor)
    page = api.anonymous()
    settings = await page.get(f"/api/v1/public/projects/{text(project)}/settings", Origin=PAGE)
    assert settings.json["name"] == "Shop"
    assert settings.headers["Access-Control-Allow-Origin"] == PAGE
    assert settings.headers["Cache-Control"] == "public, max-age=60"
    history = await page.get(
        f"/api/v1/public/projects/{text(project)}/messages", Origin=PAGE, Authorization=f"Visitor {key}"
    )
    assert [message["body"] for message in history.json["items"]] == ["Where is my order?", "On its way."]
    assert history.json["conversation"]["agent_read_seq"] >= 1

    again = await me.post("/api/v1/auth/refresh", headers={"Sec-Fetch-Site": "same-origin"})
    assert again.status == 200
    me.token = again.json["access_token"]
    assert (await me.get("/api/v1/me")).status == 200
    out = await me.post("/api/v1/auth/logout", headers={"Sec-Fetch-Site": "same-origin"})
    assert out.status == 204
    assert (await me.get("/api/v1/me")).status == 401
