"""Page object of the workflow editor."""

from playwright.sync_api import Locator, expect

from tests.browser.conftest import Stage
from tests.browser.settings import Settings, at_settings


class WorkflowEditor(Settings):
    """A manager's tab with the editor."""

    @property
    def canvas(self) -> Locator:
        """The drawing."""
        return self.page.get_by_role("region", name="Canvas", exact=True)

    @property
    def side(self) -> Locator:
        """The panel beside the drawing."""
        return self.page.locator(".flow-side")

    @property
    def nodes(self) -> Locator:
        """The steps on the canvas."""
        return self.page.locator(".react-flow__node")

    @property
    def lines(self) -> Locator:
        """The lines on the canvas."""
        return self.page.locator(".react-flow__edge")

    def node(self, name: str) -> Locator:
        """The step of this name on the canvas."""
        return self.page.locator(f'.react-flow__node[aria-label$=": {name}"]')

    def tab(self, name: str) -> None:
        """Open a tab of the panel."""
        self.page.get_by_role("tab", name=name).click()

    def add(self, kind: str, **fields: str) -> None:
        """Add a step, which is selected then, and fill its fields."""
        before = self.nodes.count()
        self.press(f"Add a step: {kind}")
        expect(self.nodes).to_have_count(before + 1)
        for label, text in fields.items():
            self.fill(label.replace("_", " "), text, inside=self.side)

    def drag(self, source: Locator, target: Locator) -> None:
        """Drag from the middle of one element to the middle of another."""
        begin, end = source.bounding_box(), target.bounding_box()
        assert begin is not None and end is not None
        self.page.mouse.move(begin["x"] + begin["width"] / 2, begin["y"] + begin["height"] / 2)
        self.page.mouse.down()
        self.page.mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] / 2, steps=6)
        self.page.mouse.up()

    def wire(self, source: str, route: str, target: str) -> None:
        """Draw a line from a route's handle to a step."""
        handle = self.node(source).locator(".flow-node-route", has_text=route).locator(".source")
        self.drag(handle, self.node(target).locator(".target"))

    def leads(self, route: str, to: str) -> None:
        """Choose in the panel where a route of the selected step leads."""
        field = self.side.get_by_label(route, exact=True)
        field.select_option(
            label=next(text for text in field.locator("option").all_inner_texts() if to in text)
        )

    def arrange(self) -> None:
        """Arrange the steps, and wait until all of them are shown."""
        self.press("Arrange")
        self.expect_toast("The steps were arranged.")

    def save(self) -> None:
        """Save the draft."""
        self.press("Save")
        self.expect_toast("The draft was saved.")

    def publish(self, note: str) -> None:
        """Publish the draft, which is saved and has no problems."""
        self.press("Publish")
        self.fill("Note", note, inside=self.dialog)
        self.press("Publish", inside=self.dialog)


def at_workflow(stage: Stage, *, email: str = "") -> WorkflowEditor:
    """A signed-in manager at the editor, once the canvas is drawn."""
    plain = at_settings(stage, f"projects/{stage.project_id}/settings/assistant-workflow", email=email)
    made = WorkflowEditor.__new__(WorkflowEditor)
    made.__dict__.update(plain.__dict__)
    expect(made.canvas).to_have_attribute("aria-busy", "false")
    made.press("Show everything")
    return made
