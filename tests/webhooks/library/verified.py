"""Verified by the public library of Standard Webhooks for Python."""

from collections.abc import Mapping

from standardwebhooks import Webhook, WebhookVerificationError


def verified(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    try:
        Webhook(secret).verify(body, dict(headers))
    except (WebhookVerificationError, ValueError):  # ValueError: a signature of another form
        return False
    return True
