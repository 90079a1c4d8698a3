"""Who uploads a file: the visitor or the member who calls, and where their routes are."""

from typing import Final

import msgspec

from core import ids
from core.db.attachments.uploads import Uploader
from core.ids import ProjectId
from server.api.http.calls import MemberCall, VisitorCall
from server.api.http.routes import ROOT

OF_AGENTS: Final = "projects/{project}/attachments"
OF_VISITORS: Final = "public/projects/{project}/attachments"


class Sender(msgspec.Struct, frozen=True):
    """`path`: the route of their files."""

    project: ProjectId
    uploader: Uploader
    path: str

    def upload_url(self, file: bytes) -> str:
        """Where to PUT a file."""
        return f"{ROOT}/{self.path.replace('{project}', ids.text(self.project))}/{ids.text(file)}"


def visitor(call: VisitorCall) -> Sender:
    return Sender(call.project.id, Uploader("visitor", call.visitor), OF_VISITORS)


def agent(call: MemberCall) -> Sender:
    """A member, or an API key."""
    return Sender(call.project, Uploader("agent", call.user.user), OF_AGENTS)
