"""The table of the worker's stages. Another stage is a folder of its own and a line here."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from worker.assistant.stage import AssistantStage
from worker.copilot.stage import CopilotStage
from worker.inbound.stage import Inbound
from worker.janitor.stage import Janitor
from worker.knowledge.stage import KnowledgeStage
from worker.mail.stage import MailStage
from worker.process import Process, Stage
from worker.push.stage import PushStage
from worker.relay.stage import Relay
from worker.screenshots.stage import ScreenshotsStage
from worker.search.stage import SearchStage
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
    Entry("assistant", AssistantStage),
    Entry("knowledge", KnowledgeStage),
    Entry("copilot", CopilotStage),
    Entry("push", PushStage),
    Entry("search", SearchStage),
)


EXCEPT: Final = "--except"


def chosen(names: Sequence[str]) -> list[Entry]:
    """The stages of these names, or those that run by default, or after EXCEPT those of them not named.

    Raises ValueError for an unknown name.
    """
    without = list(names[:1]) == [EXCEPT]
    named = names[1:] if without else names
    by_name = {entry.name: entry for entry in STAGES}
    if unknown := [name for name in named if name not in by_name]:
        raise ValueError(f"no stage {unknown[0]!r}; choose from {', '.join(by_name)}")
    if named and not without:
        return [by_name[name] for name in dict.fromkeys(named)]
    return [entry for entry in STAGES if entry.by_default and entry.name not in named]
