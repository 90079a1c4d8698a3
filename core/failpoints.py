"""Tests only: die at one named point, as by kill -9. Costs one call of an empty function when unset."""

import os
import signal
from collections.abc import Callable

POINTS = frozenset(
    {
        "inbound.before_commit",
        "inbound.after_commit",
        "inbound.after_ack",
        "relay.before_publish",
        "relay.after_publish",
        "relay.after_fan_out",
        "consumer.after_claim",
        "consumer.before_commit",
        "consumer.after_commit",
        "mail.after_sent",
        "webhook.after_sent",
        "push.after_sent",
        "assistant.admitted",
        "assistant.claimed",
        "assistant.before_first_token",
        "assistant.after_first_token",
        "assistant.after_ask",
        "assistant.before_tool_commit",
        "assistant.after_tool_commit",
        "assistant.before_end",
        "assistant.before_end_commit",
        "assistant.after_end",
        "copilot.claimed",
        "copilot.before_first_token",
        "copilot.after_first_token",
        "copilot.before_end",
        "copilot.before_end_commit",
        "copilot.after_end",
        "knowledge.after_chunks",
        "gateway.before_append",
        "gateway.after_append",
        "launch.copying",
        "launch.copied",
        "launch.set_aside",
    }
)


def _nothing(point: str) -> None:
    """`hit` in production."""


_hit: Callable[[str], None] = _nothing


def hit(point: str) -> None:
    """Ends the process here when `point` is armed."""
    _hit(point)


def arm(point: str) -> None:
    """Called once at start with settings.failpoint; '' arms nothing. Raises ValueError for an unknown one."""
    global _hit  # noqa: PLW0603  set once, before anything runs
    if not point:
        return
    if point not in POINTS:
        raise ValueError(f"there is no failpoint {point}; choose one of {', '.join(sorted(POINTS))}")

    def die(here: str) -> None:
        if here == point:
            os.kill(os.getpid(), signal.SIGKILL)

    _hit = die
