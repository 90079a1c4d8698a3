"""Articles for the browser tests: published ones, and the home of the widget that shows them."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import asyncpg
from playwright.sync_api import Locator, Page, expect

from core.db import codecs
from core.ids import ProjectId
from tests import published
from tests.browser.conftest import Stage
from tests.browser.page_objects import Visitor
from tests.stack import Stack

RETURNS = """\
You may return **everything** within [30 days](https://shop.example/returns).

## What you need

1. The *order number*, for example `A-1017`
2. The parcel
   - with its plants
   - and the label

> Plants are living things: pack them well.

## How long it takes

| step | days |
|---|---|
| parcel | 2 |
| refund | 5 |

```
Order A-1017
```

![The label](https://images.example/label.png)
"""
CARE = "Water it once a week. Too much water is worse than too little.\n\n## Light\n\nA bright place, no sun."
VIETNAMESE = (
    "Bạn có thể đổi trả **mọi sản phẩm** trong 30 ngày.\n\n## Cần những gì\n\n- Mã đơn hàng\n- Hóa đơn"
)


def in_database(stack: Stack, work: Callable[[Any], Awaitable[Any]]) -> Any:
    """Run `work` in a transaction, in a thread of its own: Playwright's loop stays in this one."""

    async def once() -> Any:
        conn = await asyncpg.connect(stack.database_url)
        try:
            await codecs.prepare(conn)
            async with conn.transaction():
                return await work(conn)
        finally:
            await conn.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, once()).result()


def publish(stage: Stage, title: str, content: str = "Some text.", **more: Any) -> bytes:
    """Publish an article; returns its id."""
    project = ProjectId(stage.project)
    made: bytes = in_database(stage.stack, lambda conn: published.add(conn, project, title, content, **more))
    return made


def choose(stage: Stage, **where: bool) -> None:
    """Where visitors find the articles."""
    project = ProjectId(stage.project)
    in_database(stage.stack, lambda conn: published.choose(conn, project, **where))


def shelf(stage: Stage) -> bytes:
    """Publish a few articles in both languages; returns the id of the one about returns."""
    made = publish(
        stage, "Returns and refunds", RETURNS, category="Orders", url="https://shop.example/returns"
    )
    publish(stage, "How long does a delivery take?", "Parcels arrive within three days.", category="Orders")
    publish(stage, "Care for your calathea", CARE, category="Plants")
    publish(stage, "Đổi trả và hoàn tiền", VIETNAMESE, language="vi", category="Đơn hàng")
    publish(stage, "Giao hàng mất bao lâu?", "Hàng đến trong ba ngày.", language="vi", category="Đơn hàng")
    return made


class Home:
    """The home in a visitor's window."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.page: Page = visitor.page
        self.box: Locator = visitor.window.locator(".home")
        self.field = self.box.get_by_role("searchbox")
        self.hits = self.box.locator(".hit")
        self.status = self.box.locator("[role=status]").first
        self.heading = self.box.get_by_role("heading", level=3)
        self.text = self.box.locator(".article")
        self.vote = self.box.locator(".vote")
        self.button = visitor.window.locator(".find")
        self.about = visitor.window.locator(".about")

    def open(self) -> None:
        """Open the window, which begins with the home."""
        self.visitor.launcher.click()
        expect(self.field).to_be_focused()

    def press(self, name: str) -> None:
        """Press the button with this name."""
        self.visitor.window.get_by_role("button", name=name).click()

    def read(self, title: str) -> None:
        """Open the article with this title from the list."""
        self.hits.filter(has_text=title).click()
        expect(self.text).to_be_visible()
