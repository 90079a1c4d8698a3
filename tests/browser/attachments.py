"""Files for the browser tests: pictures and documents, picked, pasted and dragged, in both faces."""

import base64
import io
import re
from contextlib import suppress
from typing import Final, TypedDict

from PIL import Image
from playwright.sync_api import Error, Locator, Page, Route

from tests.browser.page_objects import Agent, Visitor

PDF: Final = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


class Payload(TypedDict):
    """A file as Playwright takes it."""

    name: str
    mimeType: str
    buffer: bytes


def picture(width: int = 640, height: int = 400, colour: str = "teal") -> bytes:
    """A PNG."""
    made = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(made, "PNG")
    return made.getvalue()


def document(name: str = "invoice.pdf", data: bytes = PDF) -> Payload:
    """A small PDF."""
    return {"name": name, "mimeType": "application/pdf", "buffer": data}


UPLOADS: Final = re.compile("/attachments/")

# Chromium lets a page make its own events of a paste and of a drag.
CARRY: Final = """(target, [kind, files]) => {
    const data = new DataTransfer();
    for (const {name, type, bytes} of files)
        data.items.add(new File([Uint8Array.from(atob(bytes), (sign) => sign.charCodeAt(0))], name, {type}));
    const more = {bubbles: true, cancelable: true, composed: true};
    target.dispatchEvent(kind === "paste"
        ? new ClipboardEvent("paste", {...more, clipboardData: data})
        : new DragEvent(kind, {...more, dataTransfer: kind === "dragover" ? without(data) : data}));
    function without(full) {
        Object.defineProperty(full, "files", {value: []});
        return full;
    }
}"""


def carry(target: Locator, kind: str, *files: Payload) -> None:
    """Paste (`paste`) files into the element, or drag (`dragover`, `drop`) them over it."""
    given = [
        {"name": one["name"], "type": one["mimeType"], "bytes": base64.b64encode(one["buffer"]).decode()}
        for one in files
    ]
    target.evaluate(CARRY, [kind, given])


def image(name: str = "photo.png", data: bytes = b"") -> Payload:
    """A picture as a file."""
    return {"name": name, "mimeType": "image/png", "buffer": data or picture()}


def hold_uploads(page: Page) -> list[Route]:
    """Keep the bytes of uploads on their way, until the test decides; those that are held."""
    held: list[Route] = []

    def meet(route: Route) -> None:
        if route.request.method == "PUT":
            held.append(route)
        else:
            route.continue_()

    page.route(UPLOADS, meet)
    return held


def cut_off(held: list[Route]) -> None:
    """Let the connections of these uploads fail; those that were cancelled are over already."""
    for route in held:
        with suppress(Error):
            route.abort()


class VisitorsFiles:
    """Files in the widget."""

    def __init__(self, visitor: Visitor) -> None:
        window = visitor.window
        self.input = window.locator("input[type=file]")
        self.chips = window.locator(".chip")
        self.said = window.locator(".tray [role=status]")
        self.send = window.get_by_role("button", name="Send")
        self.shown = visitor.messages.locator("[data-file]")
        self.pictures = visitor.messages.locator("canvas")

    def is_painted(self, page: Page) -> bool:
        """Whether the last picture has been drawn."""
        painted: bool = self.pictures.last.evaluate(
            "(canvas) => canvas.getContext('2d').getImageData(2, 2, 1, 1).data[3] === 255"
        )
        return painted


class AgentsFiles:
    """Files in the dashboard."""

    def __init__(self, agent: Agent) -> None:
        self.input = agent.page.locator("[data-attach]")
        self.chips = agent.page.locator(".tray-file")
        self.said = agent.page.locator(".tray [role=status]")
        self.pictures = agent.messages.locator(".file-picture img")
        self.rows = agent.messages.locator(".file-row")
        self.gallery = agent.page.locator("dialog.lightbox")
