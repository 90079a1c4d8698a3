"""Compares screenshots of a page pixel by pixel."""

import base64
from typing import Final

from playwright.sync_api import BrowserContext

_COMPARE: Final = """async (pictures) => {
    const [one, other] = await Promise.all(pictures.map(async (source) => {
        const image = new Image();
        image.src = source;
        await image.decode();
        const canvas = new OffscreenCanvas(image.width, image.height);
        canvas.getContext("2d").drawImage(image, 0, 0);
        return canvas.getContext("2d").getImageData(0, 0, image.width, image.height).data;
    }));
    if (one.length !== other.length) return 255;
    return one.reduce((most, value, at) => Math.max(most, Math.abs(value - other[at])), 0);
}"""


def difference(context: BrowserContext, one: bytes, other: bytes) -> int:
    """The largest difference between two pixels of the PNGs, from 0 to 255."""
    page = context.new_page()
    sources = [f"data:image/png;base64,{base64.b64encode(picture).decode()}" for picture in (one, other)]
    most: int = page.evaluate(_COMPARE, sources)
    page.close()
    return most
