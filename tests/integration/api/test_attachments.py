"""Attachments over REST: tickets, uploads, messages, addresses; and who may do what with which file."""

from uuid import uuid4

import msgspec

from core import ids
from core.apply.apply import Refused, apply
from core.commands import PostFiles
from core.errors import Refusal
from core.events import CommandRefused, MessagePosted, MessageRepeated
from core.ids import ConversationId, MessageId, ProjectId, Ref, VisitorId
from core.model import Author
from tests.integration.api.api_fixture import ApiFixture, of, text
from tests.integration.api.attachment_steps import PDF, as_agent, as_visitor, send


def post(
    project: ProjectId, visitor: VisitorId, files: list[str], *, body: str = "", ref: bytes = b""
) -> PostFiles:
    """A visitor's message with files, as the gateway makes it."""
    return PostFiles(
        project,
        Author("visitor", visitor),
        Ref(ref or ids.make()),
        MessageId(ids.make()),
        None,
        tuple(ids.parse(one) for one in files),
        body,
        ids.now(),
    )


async def test_an_agents_file_is_uploaded_sent_listed_and_loaded(api: ApiFixture) -> None:
    project = await api.project()
    visitor, conversation = await api.writes(project, "Hello")
    agent = await as_agent(api, project)
    file = await agent.upload(PDF, "invoice.pdf")
    assert (file["state"], file["name"], file["media_type"], file["size"]) == (
        "ready",
        "invoice.pdf",
        "application/pdf",
        len(PDF),
    )

    sent = await send(agent, project, conversation, file["id"], body="The invoice")
    assert sent.status == 201, sent.body
    assert (sent.json["kind"], sent.json["body"]) == ("attachment", "The invoice")
    content = {"id": file["id"], "name": "invoice.pdf", "media_type": "application/pdf", "size": len(PDF)}
    assert sent.json["content"] == {"type": "attachment", "files": [content], "captioned": True}

    theirs = as_visitor(api, project, visitor)
    shown = await theirs.get(file["id"])
    assert shown.status == 200
    loaded = await theirs.load(shown.json["url"])
    assert (loaded.status, loaded.body) == (200, PDF)
    assert loaded.headers["Content-Disposition"].startswith('attachment; filename="invoice.pdf"')
    assert loaded.headers["X-Content-Type-Options"] == "nosniff"
    assert loaded.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")


async def test_a_visitors_files_become_one_message_and_are_taken_once(api: ApiFixture) -> None:
    project = await api.project()
    visitor = VisitorId(ids.make())
    theirs = as_visitor(api, project, visitor)
    files = [(await theirs.upload(PDF, name))["id"] for name in ("a.pdf", "b.pdf")]
    first = post(project, visitor, files)
    async with api.context.database.transaction() as conn:
        (event, again, other) = await apply(
            conn, [first, first, post(project, visitor, files[:1])], now=ids.now()
        )
    assert isinstance(event, MessagePosted) and isinstance(again, MessageRepeated)
    assert event.body == "a.pdf, b.pdf"
    assert isinstance(other, CommandRefused) and other.reason == Refusal.ATTACHMENT

    agent = await as_agent(api, project)
    shown = await agent.caller.get(f"{agent.base}?ids={','.join(files)},{uuid4()}")
    assert {one["id"] for one in shown.json["items"]} == set(files)
    history = await agent.caller.get(of(project, f"/conversations/{text(event.conversation)}/messages"))
    assert [one["name"] for one in history.json["items"][-1]["content"]["files"]] == ["a.pdf", "b.pdf"]


async def test_a_repeated_ref_with_other_files_is_a_conflict(api: ApiFixture) -> None:
    project = await api.project()
    _, conversation = await api.writes(project, "Hello")
    agent = await as_agent(api, project)
    first, second = [(await agent.upload(PDF))["id"] for _ in range(2)]
    ref = str(uuid4())
    assert (await send(agent, project, conversation, first, ref=ref)).status == 201
    assert (await send(agent, project, conversation, first, ref=ref)).status == 200
    assert (await send(agent, project, conversation, second, ref=ref)).json["code"] == "conflict"
    assert (await send(agent, project, conversation, first)).json["code"] == "attachment_refused"


async def test_a_file_of_somebody_else_can_be_neither_sent_nor_loaded(api: ApiFixture) -> None:
    project, other = await api.project(), await api.project("Other")
    visitor, conversation = await api.writes(project, "Hello")
    agent, colleague = await as_agent(api, project), await as_agent(api, project, "Lan")
    stranger = as_visitor(api, project, VisitorId(ids.make()))
    foreign = await as_agent(api, other, "Foreigner")
    mine, theirs = await agent.upload(PDF), await as_visitor(api, project, visitor).upload(PDF)

    for file in (theirs, await colleague.upload(PDF), await foreign.upload(PDF)):
        refused = await send(agent, project, conversation, file["id"])
        assert (refused.status, refused.json["code"]) == (409, "attachment_refused")
    for somebody in (colleague, stranger, foreign):
        for answer in (
            await somebody.get(mine["id"]),
            await somebody.put(mine["id"], PDF),
            await somebody.delete(mine["id"]),
        ):
            assert (answer.status, answer.body) == (404, (await somebody.get(str(uuid4()))).body)

    assert (await send(agent, project, conversation, mine["id"])).status == 201
    for somebody, status in ((colleague, 200), (stranger, 404), (foreign, 404)):
        assert (await somebody.get(mine["id"])).status == status
    async with api.context.database.transaction() as conn:
        (result,) = await apply(conn, [post(project, visitor, [str(uuid4())])], now=ids.now())
    assert isinstance(result, CommandRefused) and result.reason == Refusal.ATTACHMENT


async def test_an_agents_message_to_no_conversation_is_not_found_whatever_its_files(api: ApiFixture) -> None:
    project = await api.project()
    agent = await as_agent(api, project)
    file = await agent.upload(PDF)
    for files in ([file["id"]], [str(uuid4())]):
        assert (await send(agent, project, ids.make(), *files)).status == 404
    async with api.context.database.transaction() as conn:
        missing = ConversationId(ids.make())
        author = Author("agent", ids.SYSTEM, "Mai")
        command = PostFiles(
            project, author, Ref(ids.make()), MessageId(ids.make()), missing, (ids.make(),), "", ids.now()
        )
        assert await apply(conn, [command], now=ids.now()) == [Refused(Refusal.NOT_FOUND)]


async def test_redacting_a_message_ends_the_addresses_of_its_files(api: ApiFixture) -> None:
    project = await api.project()
    visitor, conversation = await api.writes(project, "Hello")
    agent, theirs = await as_agent(api, project), as_visitor(api, project, visitor)
    file = await agent.upload(PDF)
    sent = await send(agent, project, conversation, file["id"])
    manager = await api.sign_in(await api.person("Lan", manager=project))
    url = (await theirs.get(file["id"])).json["url"]
    assert (await theirs.load(url)).status == 200
    gone = await manager.call(
        "DELETE", of(project, f"/conversations/{text(conversation)}/messages/{sent.json['id']}")
    )
    assert (gone.status, gone.json["content"], gone.json["body"]) == (200, None, "")
    assert (await theirs.load(url)).status == 404
    for somebody in (agent, theirs):
        assert (await somebody.get(file["id"])).status == 404
    assert (await send(agent, project, conversation, file["id"])).json["code"] == "attachment_refused"


async def test_agents_do_not_load_what_is_withheld_from_them(api: ApiFixture) -> None:
    project = await api.project()
    visitor, conversation = await api.writes(project, "Hello")
    agent, theirs = await as_agent(api, project), as_visitor(api, project, visitor)
    file = await theirs.upload(PDF)
    command = post(project, visitor, [file["id"]])
    withheld = msgspec.structs.replace(command, withheld=True)
    async with api.context.database.transaction() as conn:
        (event,) = await apply(conn, [withheld], now=ids.now())
    assert isinstance(event, MessagePosted) and event.conversation == conversation
    assert (await agent.get(file["id"])).status == 404
    assert (await theirs.get(file["id"])).status == 200


async def test_the_files_of_a_deleted_conversation_are_gone_at_once(api: ApiFixture) -> None:
    project = await api.project()
    visitor, conversation = await api.writes(project, "Hello")
    agent, theirs = await as_agent(api, project), as_visitor(api, project, visitor)
    file = await agent.upload(PDF)
    assert (await send(agent, project, conversation, file["id"])).status == 201
    url = (await agent.get(file["id"])).json["url"]
    manager = await api.sign_in(await api.person("Lan", manager=project))
    assert (await manager.call("DELETE", of(project, f"/conversations/{text(conversation)}"))).status == 204
    for answer in (await agent.get(file["id"]), await theirs.get(file["id"]), await agent.load(url)):
        assert answer.status == 404
