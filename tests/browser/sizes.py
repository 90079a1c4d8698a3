"""Looks at a page in every size: what overflows, is cut, or is too small for a thumb. Takes pictures."""

import os
from typing import Any, Final

import pytest
from playwright.sync_api import Page, ViewportSize

from tests.browser.test_looks import PICTURES

SCHEMES: Final = os.environ.get("PICTURES", "").split(",")  # of the pictures: light, dark, or none
LANGUAGES: Final = {"en": "en-US", "vi": "vi-VN"}
TOUCH, MOUSE = "touch", "mouse"
NARROWEST, PHONE, TABLET = (320, 568), (390, 844), (768, 1024)
SIZES: Final = {TOUCH: (NARROWEST, PHONE, TABLET), MOUSE: ((1280, 800),)}
OPTIONS: Final[dict[str, dict[str, Any]]] = {TOUCH: {"has_touch": True, "is_mobile": True}, MOUSE: {}}

# Elements that are cut off or out of reach, and with touch those that are too small for a thumb.
FAULTS: Final = """({ touch, host, width: screen }) => {
    const root = host ? document.querySelector(host).shadowRoot : document;
    const targets = `button, a.button, select, summary, textarea, [role=option], .switch, .radio, .segment,
        .pages-item, .pages-home, .page-back, .rail-item,
        input:not([type=radio], [type=checkbox], [type=file], .sr-only)`;
    const shown = [...root.querySelectorAll(targets)].filter((one) => one.checkVisibility());
    const name = (one) =>
        `${one.className || one.tagName} ${(one.innerText || one.ariaLabel || "").slice(0, 40)}`;
    const faults = [];
    for (const one of shown) {
        const { left, right, width, height } = one.getBoundingClientRect();
        if (width <= 1) continue;
        if (left < -0.5 || right > screen + 0.5) faults.push(`outside: ${name(one)}`);
        if (one.matches(".button") && one.scrollWidth > one.clientWidth + 1)
            faults.push(`cut: ${name(one)}`);
        const text = parseFloat(getComputedStyle(one).fontSize);
        if (touch && one.matches("input, select, textarea") && text < 16)
            faults.push(`zooms: ${name(one)}`);
        if (touch && (height < 43.5 || width < 43.5))
            faults.push(`small: ${name(one)} ${Math.round(width)} by ${Math.round(height)}`);
    }
    const { scrollWidth } = document.documentElement;
    if (scrollWidth > screen) faults.push(`the page is ${scrollWidth} wide`);
    return [...new Set(faults)];
}"""

# No theme or appearance changes any more.
STILL: Final = """(scheme) => [scheme, undefined].includes(document.documentElement.dataset.theme)
    && document.getAnimations().every(({ playState }) => playState !== "running")"""

AT_REST: Final = """() => document.getAnimations().every((one) =>
    one.playState !== "running" || one.effect.getComputedTiming().endTime === Infinity)"""
"""A menu that appears is smaller meanwhile."""


def looked_at(page: Page, name: str, *, language: str, device: str, host: str = "") -> list[str]:
    """Show the page at every size of the device; returns the faults, and takes the pictures."""
    (PICTURES / language).mkdir(parents=True, exist_ok=True)
    faults: list[str] = []
    for width, height in SIZES[device]:
        page.set_viewport_size(ViewportSize(width=width, height=height))
        for scheme in filter(None, SCHEMES):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            page.wait_for_function(STILL, arg=scheme)
            page.screenshot(path=PICTURES / language / f"{name}-{width}-{scheme}.png")
        page.wait_for_function(AT_REST)
        found = page.evaluate(FAULTS, {"touch": device == TOUCH, "host": host, "width": width})
        faults += [f"{name} {language} {width}: {line}" for line in found]
    return faults


both_languages = pytest.mark.parametrize("language", LANGUAGES)
each_device = pytest.mark.parametrize("device", SIZES)
