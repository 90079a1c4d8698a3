"""Forms for the browser tests: templates, and the form in the widget and in the dashboard."""

import json
import os
from typing import Any
from uuid import UUID

from playwright.sync_api import Locator, expect

from tests.browser.conftest import Stage
from tests.browser.page_objects import Agent, Visitor

Field = dict[str, Any]

ORDER: tuple[Field, ...] = (
    {"key": "name", "label": "Your name", "type": "text", "required": True},
    {"key": "amount", "label": "Amount", "type": "number"},
    {"key": "bought", "label": "Bought on", "type": "date"},
    {"key": "size", "label": "Size", "type": "select", "options": ["Small", "Large"]},
    {"key": "extras", "label": "Extras", "type": "multiselect", "options": ["Pot", "Soil", "Card"]},
    {"key": "terms", "label": "I agree to the terms", "type": "boolean", "required": True},
)


def add_template(
    stage: Stage,
    name: str,
    fields: tuple[Field, ...] = ORDER,
    *,
    description: str = "",
    pre_chat: bool = False,
) -> UUID:
    """Create an enabled template; returns its id."""
    template = UUID(bytes=os.urandom(16))
    stage.stack.sql(
        "INSERT INTO form_templates (project_id, id, name, name_key, description, fields, pre_chat,"
        " created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6::text::jsonb, $7, now(), now())",
        stage.project_id,
        template,
        name,
        name.casefold(),
        description,
        json.dumps(fields),
        pre_chat,
    )
    return template


class VisitorsForm:
    """The form with this name in the widget."""

    def __init__(self, visitor: Visitor, name: str) -> None:
        self.visitor = visitor
        self.card: Locator = visitor.messages.locator(".form-card", has_text=name)
        self.outcome = self.card.locator(".form-outcome")
        self.send = self.card.get_by_role("button", name="Send")

    def field(self, label: str) -> Locator:
        """The input with this label."""
        return self.card.get_by_label(label)

    def error(self, label: str) -> Locator:
        """The message at the field with this label."""
        return self.card.locator(".form-field", has_text=label).locator(".form-error")

    def fill(self) -> None:
        """Fill the form ORDER with valid values."""
        self.field("Your name").fill("Lan")
        self.field("Amount").fill("1,234.50")
        self.field("Bought on").fill("2026-11-20")
        self.field("Size").select_option("Large")
        self.field("Pot").check()
        self.field("Card").check()
        self.field("I agree").check()


def pick_form(agent: Agent, name: str) -> Locator:
    """Choose a form in the menu, by keyboard; returns the dialog that offers to send it."""
    agent.page.get_by_role("button", name="Send a form").click()
    expect(agent.page.get_by_role("listbox", name="Send a form")).to_be_visible()
    agent.page.keyboard.type(name)
    agent.page.keyboard.press("Enter")
    return agent.page.get_by_role("dialog", name=name)


def send_form(agent: Agent, name: str, *, expires: str = "") -> None:
    """Send a form in the open conversation."""
    dialog = pick_form(agent, name)
    if expires:
        dialog.get_by_label("Time to answer").select_option(expires)
    dialog.get_by_role("button", name="Send to the visitor").click()
    expect(dialog).to_have_count(0)


def request_card(agent: Agent, name: str) -> Locator:
    """The form in the agent's timeline."""
    return agent.messages.locator(".form-shown", has=agent.page.locator(".form-state")).filter(has_text=name)


def answer_card(agent: Agent, name: str) -> Locator:
    """The filled form in the agent's timeline."""
    return agent.messages.locator(".form-shown", has_text=f"Answers to “{name}”")


def in_conversation(stage: Stage, text: str = "Where is my order?") -> tuple[Visitor, Agent]:
    """A visitor who has written, and an agent who reads it."""
    visitor, agent = stage.visitor(), stage.agent()
    visitor.open()
    visitor.write(text)
    agent.open(text)
    return visitor, agent
