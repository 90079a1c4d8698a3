"""The table of the worker's stages. Another stage is a folder of its own and a line here."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from worker.inbound.stage import Inbound
from worker.janitor.stage import Janitor
from worker.mail.stage import MailStage
from worker.process import Process, Stage
from worker.relay.stage import Relay
from worker.screenshots.stage import ScreenshotsStage
from worker.webhooks.stage import WebhooksStage


class Entry(NamedTuple):
    """A stage. `last`: it stops after the others, because it publishes what they commit while they stop."""

    name: str
    make: Callable[[Process], Stage]
    by_default: bool = True
    last: bool = False


STAGES: Final = (
    Entry("inbound", Inbound),
    Entry("relay", Relay, last=True),
    Entry("janitor", Janitor),
    Entry("mail", MailStage),
    Entry("webhooks", WebhooksStage),
    Entry("screenshots", ScreenshotsStage),
)


def chosen(names: Sequence[str]) -> list[Entry]:
    """The stages of these names, or those that run by default; raises ValueError for an unknown name."""
    by_name = {entry.name: entry for entry in STAGES}
    if unknown := [name for name in names if name not in by_name]:
        raise ValueError(f"no stage {unknown[0]!r}; choose from {', '.join(by_name)}")
    if names:
        return [by_name[name] for name in dict.fromkeys(names)]
    return [entry for entry in STAGES if entry.by_default]
