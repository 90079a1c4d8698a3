"""Rate limits for emails that any caller may request: a stranger must not use up the owner's limit."""

from typing import Final

from server.addresses import network
from server.api.http.calls import Call
from server.api.services.rate_limiter import MAIL_ADDRESS, Attempt, Rule, hidden

HOUR: Final = 60 * 60.0  # seconds

# Requests for one recipient from one network: a stranger in another network does not use up these.
ASKED: Final = Rule("mailbox", 5, HOUR, 60.0, HOUR)
ASKED_RESET: Final = Rule("mailbox_reset", 5, HOUR / 2, 60.0, HOUR / 6)

# Mails to one recipient, requested from all networks together; for routes that send a mail for each request.
REGISTERED: Final = Rule("mailbox_registered", 10, HOUR, 60.0, HOUR)
CHANGED: Final = Rule("mailbox_changed", 10, HOUR, 60.0, HOUR)


async def count(call: Call, email: str, rule: Rule, *, everywhere: Rule | None = None) -> None:
    """Count a request before its email; raises RateLimited, also for unknown addresses.

    `rule` limits the requests of this network for this recipient; `everywhere` those of all networks
    together.
    """
    here, mailbox = network(call.address), hidden(email)
    attempts = [Attempt(MAIL_ADDRESS, here), Attempt(rule, f"{mailbox}:{here}")]
    if everywhere is not None:
        attempts.append(Attempt(everywhere, mailbox))
    await call.services.rate_limiter.attempt(*attempts)
