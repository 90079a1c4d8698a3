"""A manager decides who may attach files: everyone, agents alone, or nobody."""

import pytest

from core import ids
from core.ids import ProjectId, VisitorId
from tests.integration.api.api_fixture import PAGE, ApiFixture, Caller, of, text
from tests.integration.api.attachment_steps import PDF, as_agent, as_visitor, send
from tests.integration.api.tenancy import audit_entries


async def set_by(manager: Caller, project: ProjectId, who: str) -> int:
    version = (await manager.get(of(project, ""))).json["version"]
    changed = await manager.call("PATCH", of(project, ""), {"version": version, "attachments": who})
    return changed.status


@pytest.mark.parametrize(
    ("who", "visitors", "agents"),
    [("everyone", 201, 201), ("agents", 403, 201), ("nobody", 403, 403)],
)
async def test_only_those_who_may_get_a_ticket(api: ApiFixture, who: str, visitors: int, agents: int) -> None:
    project = await api.project()
    manager = await api.sign_in(await api.person("Lan", manager=project))
    agent, theirs = await as_agent(api, project), as_visitor(api, project, VisitorId(ids.make()))
    assert await set_by(manager, project, who) == 200
    for sender, expected in ((theirs, visitors), (agent, agents)):
        ticket = await sender.ticket("a.pdf", len(PDF))
        assert ticket.status == expected
        if expected == 403:
            assert ticket.json["code"] == "attachments_off"
    storage = (await agent.caller.get(of(project, "/attachment-storage"))).json
    assert storage["allowed"] == (agents == 201)
    settings = await api.anonymous().get(f"/api/v1/public/projects/{text(project)}/settings", Origin=PAGE)
    assert (settings.json["attachments"] is not None) == (visitors == 201)


async def test_what_was_uploaded_before_is_sent_and_opened(api: ApiFixture) -> None:
    project = await api.project()
    _, conversation = await api.writes(project, "Hello")
    manager = await api.sign_in(await api.person("Lan", manager=project))
    agent = await as_agent(api, project)
    file = await agent.upload(PDF)
    assert await set_by(manager, project, "nobody") == 200
    assert (await send(agent, project, conversation, file["id"])).status == 201
    assert (await agent.load((await agent.get(file["id"])).json["url"])).status == 200


async def test_only_managers_decide_and_it_is_recorded(api: ApiFixture) -> None:
    project = await api.project()
    manager = await api.sign_in(await api.person("Lan", manager=project))
    agent = await as_agent(api, project)
    assert await set_by(agent.caller, project, "nobody") == 403
    assert await set_by(manager, project, "strangers") == 422
    assert await set_by(manager, project, "agents") == 200
    changes = [changes for *_, changes in await audit_entries(api, "project.changed", project)]
    assert {"attachments": {"from": "everyone", "to": "agents"}} in changes
