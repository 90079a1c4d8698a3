"""What the nodes of a project's workflow may name: templates of forms, members, and tools."""

from collections.abc import Mapping, Sequence
from functools import partial

import msgspec
import trio

from core.assistant import tools, validation
from core.assistant.graph import Workflow
from core.assistant.members import labels
from core.db.connection import Connection
from core.db.forms import templates
from core.db.projects import members
from core.ids import ProjectId
from server.api.assistant.schemas import MemberChoice, ToolChoice, WorkflowChoices, WorkflowProblem


class Choices(msgspec.Struct, frozen=True):
    """`templates`: names of those that can be sent. `members`: address and name."""

    templates: Sequence[str]
    members: Sequence[tuple[str, str]]

    @property
    def by_tool(self) -> Mapping[str, Mapping[str, Sequence[str]]]:
        """What an author may set: members by address."""
        return {
            "send_form": {"template": self.templates},
            "assign": {"member": [email for email, _ in self.members]},
        }

    @property
    def for_model(self) -> Mapping[str, Mapping[str, Sequence[str]]]:
        """What the model may choose from: members by name."""
        return {**self.by_tool, "assign": {"member": ["", *labels(self.members)]}}

    async def problems(self, workflow: Workflow) -> list[WorkflowProblem]:
        """What keeps it from being published. In a thread: 200 nodes may take a tenth of a second."""
        check = partial(validation.problems, workflow, choices=self.by_tool)
        found = await trio.to_thread.run_sync(check)
        return [WorkflowProblem(node=one.node, code=one.code, detail=one.detail) for one in found]

    def shown(self, *, to_person: bool) -> WorkflowChoices:
        """An API key may lack the right to list members, so it gets none."""
        known = self.members if to_person else ()
        offers = [tools.offer(name, choices=self.by_tool.get(name)) for name in tools.TOOLS]
        return WorkflowChoices(
            templates=list(self.templates),
            members=[MemberChoice(email=email, name=name) for email, name in known],
            tools=[ToolChoice(name=one.name, description=one.description) for one in offers],
        )


async def of_project(conn: Connection, project: ProjectId) -> Choices:
    """As they are now."""
    people = await members.listed(conn, project)
    return Choices(
        await templates.enabled_names(conn, project), [(one.email, one.full_name) for one in people]
    )
