"""Signatures of deliveries: Standard Webhooks 1.0, and `X-Hub-Signature-256` for receivers that know only it.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Sequence
from typing import Final

PREFIX: Final = "whsec_"
SECRET: Final = 32  # bytes


def fresh() -> str:
    """A new secret, as receivers' libraries expect it."""
    return PREFIX + base64.b64encode(os.urandom(SECRET)).decode()


def headers(
    secrets: Sequence[str], *, delivery: str, at: int, body: bytes, replay: bool = False
) -> dict[str, str]:
    """The header fields of one attempt. `at` in ms; `secrets`: the newest first, each of which signs.

    `X-Hub-Signature-256` has room for one signature, of the newest secret: its key is the secret's whole
    text, as with GitHub's webhooks.
    """
    seconds = str(at // 1000)
    signed = f"{delivery}.{seconds}.".encode() + body
    made = {
        "Webhook-Id": delivery,
        "Webhook-Timestamp": seconds,
        "Webhook-Signature": " ".join(f"v1,{_standard(secret, signed)}" for secret in secrets),
        "X-Hub-Signature-256": "sha256=" + hmac.new(secrets[0].encode(), body, hashlib.sha256).hexdigest(),
    }
    if replay:
        made["Webhook-Replay"] = "true"
    return made


def _standard(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
