"""Which of an agent's devices alerts: the one in use, else the one that was used last."""

from typing import Final

from core.bus.notifications import attention
from core.bus.notifications.attention import Tab
from server.api.http.calls import Access, MemberCall
from server.api.http.routes import Routes
from server.api.notifications.schemas import Alerting, TabReport
from server.api.services.rate_limiter import OFTEN

routes = Routes("attention", "Which of your devices alerts.")
MINE: Final = "projects/{project}/me/attention"


@routes.add(
    "POST", MINE, access=Access.AGENT, limit=OFTEN, unkeyed="it says how things are now, and may be repeated"
)
async def report_attention(call: MemberCall, body: TabReport) -> Alerting:
    """Say how a tab of the dashboard is used, and hear whether this device alerts.

    Tabs report when they get or lose the focus, twice a minute, and before they alert. One device sounds: the
    one with a tab in use, else the one that was used last. While one is in use, nothing is pushed.
    """
    redis, user = call.services.redis, call.user.user
    if body.gone:
        await attention.leave(redis, call.project, user, body.tab.bytes)
        return Alerting(sounds=False, notifies=False)
    found = await attention.report(
        redis,
        call.project,
        user,
        Tab(
            tab=body.tab.bytes,
            device=body.device.bytes,
            focused=body.focused,
            sounds=body.sounds,
            notifies=body.notifies,
            unused=body.unused,
        ),
    )
    device = body.device.bytes
    return Alerting(sounds=found.sounds == device, notifies=found.notifies == device)
