"""Your notifications: what you want to hear of, and the browsers that get push messages."""

from typing import Final

from core import ids
from core.db.connection import Connection
from core.db.identity import users
from core.db.notifications import keys, preferences, subscriptions
from core.db.notifications.preferences import Kept
from core.db.notifications.subscriptions import Listed
from core.ids import UserId
from core.notifications import subscriptions as rules
from core.notifications.preferences import Preferences
from core.signals import Resource, ResourceChanged
from core.text import networks, user_agent
from server.api.http import fields
from server.api.http.calls import Access, Answer, UserCall
from server.api.http.problems import ApiError, unfit
from server.api.http.routes import Routes
from server.api.notifications.schemas import (
    NewPushSubscription,
    NotificationPreferences,
    NotificationPreferencesChange,
    PushSubscription,
    PushSubscriptions,
    QuietHours,
)
from server.api.services import live_updates
from server.api.services.audit_context import AuditRule
from server.api.services.rate_limiter import OFTEN, RARELY, SOMETIMES

routes = Routes("notifications", "Your notification preferences, and the browsers that get push messages.")
PREFERENCES: Final = "me/notifications"
PUSH: Final = "me/push-subscriptions"
LOGGED: Final = ("unassigned", "shown", "quiet_hours", "quiet_days", "muted_until")


@routes.add("GET", PREFERENCES, access=Access.SIGNED_IN, limit=OFTEN)
async def get_notification_preferences(call: UserCall) -> NotificationPreferences:
    """Get what you want to be notified of."""
    async with call.services.database.connection() as conn:
        return _shown(await _kept(conn, call.user.user))


@routes.add(
    "PUT",
    PREFERENCES,
    access=Access.SIGNED_IN,
    limit=SOMETIMES,
    problems=("stale",),
    audit=AuditRule("notifications.changed", "user", fields=LOGGED, security=True),
)
async def set_notification_preferences(
    call: UserCall, body: NotificationPreferencesChange
) -> NotificationPreferences:
    """Set what you want to be notified of, on all your devices and in all your projects.

    409 `stale`: it was changed after the `version` that you send.
    """
    made = _given(body)
    async with call.services.database.transaction() as conn:
        version = await preferences.save(conn, call.user.user, made, version=body.version, now=call.now)
        if version is None:
            raise ApiError("stale")
        after = await _kept(conn, call.user.user)
        shown = _shown(after)
        await call.audit(
            conn, entity_id=call.user.user, changes={name: getattr(shown, name) for name in LOGGED}
        )
        mine = await users.memberships(conn, call.user.user)
    changed = [ResourceChanged(one.project, Resource.NOTIFICATIONS, call.user.user, version) for one in mine]
    await live_updates.publish(call.services, changed)
    return shown


@routes.add("GET", PUSH, access=Access.SIGNED_IN, limit=SOMETIMES)
async def list_push_subscriptions(call: UserCall) -> PushSubscriptions:
    """List the browsers that get your push messages, the newest first, and the key to subscribe with."""
    async with call.services.database.transaction() as conn:
        key = await keys.current(conn, call.services.sealer, now=call.now)
        found = await subscriptions.of_user(conn, call.user.user, now=call.now)
    return PushSubscriptions(
        public_key=rules.written(key.public_key), items=[_listed(call, each) for each in found]
    )


@routes.add(
    "POST",
    PUSH,
    access=Access.SIGNED_IN,
    limit=RARELY,
    status=201,
    also=(200,),
    problems=("conflict",),
    audit=AuditRule("push_subscription.created", "push_subscription", fields=("service",), security=True),
    unkeyed="the browser's address makes a repeated request harmless",
)
async def create_push_subscription(call: UserCall, body: NewPushSubscription) -> Answer[PushSubscription]:
    """Send your notifications to this browser too, while it is closed.

    It ends with this session. It replaces what this session had before, and what another user of the same
    browser had. The limit is ten browsers; beyond it the oldest is removed. 409 `conflict`: the browser has
    subscribed with a `public_key` that was replaced; subscribe again.
    """
    allowed = networks.listed(call.services.settings.outbound_networks)
    given = rules.checked(body.endpoint, body.keys.p256dh, body.keys.auth, allowed=allowed)
    mark = rules.endpoint_hash(call.services.settings.secret_key, given.endpoint)
    made, user = ids.make(call.now), call.user.user
    async with call.services.database.transaction() as conn:
        if await users.locked(conn, user) is None:
            raise ApiError("unauthenticated")
        key = await keys.current(conn, call.services.sealer, now=call.now)
        if body.public_key.rstrip("=") != rules.written(key.public_key):
            raise ApiError("conflict", "The key for push messages was replaced. Subscribe again.")
        known = await subscriptions.known(conn, user, session=call.session, endpoint_hash=mark, key=key.id)
        sealed = rules.seal(call.services.sealer, given, known or made)
        if known is not None:
            await subscriptions.renew(conn, user, known, sealed=sealed)
            return Answer(value=await _one(call, conn, known), status=200)
        await subscriptions.replace(
            conn,
            made,
            user=user,
            session=call.session,
            key=key.id,
            endpoint_hash=mark,
            sealed=sealed,
            service=given.host,
            now=call.now,
        )
        await subscriptions.remove_oldest(conn, user, most=rules.MAX_SUBSCRIPTIONS)
        await keys.remove_unused(conn)
        await call.audit(conn, entity_id=made, changes={"service": given.host})
        return Answer(value=await _one(call, conn, made))


@routes.add(
    "DELETE",
    PUSH + "/{push_subscription}",
    access=Access.SIGNED_IN,
    limit=SOMETIMES,
    status=204,
    audit=AuditRule("push_subscription.removed", "push_subscription", security=True),
)
async def delete_push_subscription(call: UserCall, push_subscription: bytes) -> None:
    """Send no push messages to this browser any more."""
    async with call.services.database.transaction() as conn:
        if not await subscriptions.remove(conn, call.user.user, push_subscription):
            raise ApiError("not_found")
        await keys.remove_unused(conn)
        await call.audit(conn)


async def _kept(conn: Connection, user: UserId) -> Kept:
    found = await preferences.of_user(conn, user)
    if found is None:
        raise ApiError("unauthenticated")
    return found


async def _one(call: UserCall, conn: Connection, subscription: bytes) -> PushSubscription:
    for each in await subscriptions.of_user(conn, call.user.user, now=call.now):
        if each.id == subscription:
            return _listed(call, each)
    raise ApiError("unauthenticated", "This session has ended. Sign in again.")


def _listed(call: UserCall, one: Listed) -> PushSubscription:
    return PushSubscription(
        id=fields.uid(one.id),
        current=one.session == call.session,
        device=user_agent.described(one.device),
        service=one.service,
        created_at=one.created_at,
        pushed_at=one.pushed_at,
        renew=one.renew,
    )


def _given(body: NotificationPreferencesChange) -> Preferences:
    quiet = body.quiet_hours
    if quiet is not None and quiet.since == quiet.until:
        raise unfit("quiet_hours.until", "same", "Choose an end that differs from the beginning.")
    return Preferences(
        unassigned=body.unassigned,
        shown=body.shown,
        quiet_from=None if quiet is None else _minute(quiet.since),
        quiet_until=None if quiet is None else _minute(quiet.until),
        quiet_days=tuple(sorted(set(body.quiet_days))),
        muted_until=body.muted_until,
    )


def _shown(kept: Kept) -> NotificationPreferences:
    one = kept.preferences
    quiet = None
    if one.quiet_from is not None and one.quiet_until is not None:
        quiet = QuietHours(since=_clock(one.quiet_from), until=_clock(one.quiet_until))
    return NotificationPreferences(
        version=kept.version,
        unassigned=one.unassigned,
        shown=one.shown,
        quiet_hours=quiet,
        quiet_days=list(one.quiet_days),
        muted_until=one.muted_until,
        timezone=kept.timezone,
    )


def _minute(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
