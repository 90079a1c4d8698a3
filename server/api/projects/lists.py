"""What lists of a project have in common: they change one at a time, and a signal follows."""

from core.db.connection import Connection
from core.db.projects import projects
from core.ids import ProjectId
from core.signals import Resource, ResourceChanged
from server.api.http.calls import MemberCall
from server.api.http.problems import ApiError
from server.api.services import live_updates


async def lock(conn: Connection, project: ProjectId) -> None:
    """Serialises the changes of a project, so that limits and unique names hold. 404 if it was deleted."""
    if await projects.locked(conn, project) is None:
        raise ApiError("not_found")


async def publish(
    call: MemberCall, resource: Resource, item: bytes | None = None, version: int | None = None
) -> None:
    """Publish that an item changed; `version` None: it was deleted. Without an item: any may have changed."""
    await live_updates.publish(call.services, [ResourceChanged(call.project, resource, item, version)])
