"""Webhooks and deliveries as the API shows them."""

import httpx
import msgspec

from core.db.webhooks import deliveries, webhooks
from core.identity.encryption import Sealer
from core.outbound import errors
from core.outbound.transport import check_url
from core.webhooks import sealed
from server.api.http import fields
from server.api.http.fields import Person
from server.api.http.problems import unfit
from server.api.webhooks.schemas import Attempt, Delivery, Webhook


def webhook(found: webhooks.Webhook, sealer: Sealer) -> Webhook:
    person = None
    if found.changed_by is not None and found.changed_by_name is not None:
        person = Person(id=fields.uid(found.changed_by), full_name=found.changed_by_name)
    return Webhook(
        id=fields.uid(found.id),
        url=found.url,
        description=found.description,
        events=list(found.events),
        headers=sorted(sealed.unseal(sealer, found.sealed).headers),
        ordered=found.ordered,
        active=found.active,
        disabled=found.disabled,  # type: ignore[arg-type]  # the table checks it
        failing_since=found.failing_since,
        paused_until=found.paused_until,
        previous_secret_until=found.previous_until,
        version=found.version,
        created_at=found.created_at,
        changed_at=found.changed_at,
        changed_by=person,
    )


def delivery(found: deliveries.Delivery) -> Delivery:
    return Delivery(
        id=fields.uid(found.id),
        event=found.event,
        conversation=None if found.conversation is None else fields.uid(found.conversation),
        state=found.state,  # type: ignore[arg-type]  # the table checks it
        tries=found.tries,
        replays=found.replays,
        created_at=found.created_at,
        next_attempt_at=found.due_at if found.state == "queued" else None,
        finished_at=found.finished_at,
        attempts=msgspec.convert(found.attempts, list[Attempt]),
        payload=msgspec.json.decode(found.payload),
    )


def checked_url(url: str) -> str:
    """Refuses an address that could never be sent to; where it leads is checked when something is sent."""
    try:
        check_url(httpx.URL(url))
    except errors.BadUrl as error:
        raise unfit("url", "not_a_url", str(error)) from None
    except (httpx.InvalidURL, ValueError):
        raise unfit("url", "not_a_url", "This is not a web address.") from None
    return url
