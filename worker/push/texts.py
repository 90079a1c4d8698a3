"""What a push message says, in the agent's language."""

from typing import Final

from core.db.notifications.pushes import Push

NEW: Final = {"en": "New message from a visitor", "vi": "Tin nhắn mới từ khách"}
NEW_FROM: Final = {"en": "New message from {name}", "vi": "Tin nhắn mới từ {name}"}


def title_and_body(push: Push) -> tuple[str, str]:
    """Title and body. With `nothing` neither the visitor nor the text, with `name` not the text."""
    match push.preferences.shown:
        case "text":
            return f"{push.visitor} · {push.project_name}", push.body
        case "name":
            return push.project_name, _said(NEW_FROM, push.language).replace("{name}", push.visitor)
        case "nothing":
            return push.project_name, _said(NEW, push.language)


def _said(texts: dict[str, str], language: str) -> str:
    known = language.partition("-")[0].lower()
    return texts.get(known, texts["en"])
