"""Names a browser from its User-Agent, for display only. Pure; a guess on which no decision depends."""

import re
from typing import Final

_BROWSERS: Final = (  # the first match counts: most User-Agents also name other browsers
    ("Edge", re.compile(r"\bEdgA?(?:iOS)?/(\d+)")),
    ("Opera", re.compile(r"\bOPR/(\d+)")),
    ("Samsung Internet", re.compile(r"\bSamsungBrowser/(\d+)")),
    ("Firefox", re.compile(r"\b(?:Firefox|FxiOS)/(\d+)")),
    ("Chrome", re.compile(r"\b(?:Chrome|CriOS|HeadlessChrome)/(\d+)")),
    ("Safari", re.compile(r"\bVersion/(\d+)[\d.]* .*Safari/")),
)
_SYSTEMS: Final = (
    ("iPhone", re.compile(r"\biPhone\b")),
    ("iPad", re.compile(r"\biPad\b")),
    ("Android", re.compile(r"\bAndroid\b")),
    ("Windows", re.compile(r"\bWindows NT\b")),
    ("macOS", re.compile(r"\bMacintosh\b")),
    ("ChromeOS", re.compile(r"\bCrOS\b")),
    ("Linux", re.compile(r"\bLinux\b")),
)
MAX_LENGTH: Final = 60  # characters of an unknown User-Agent


def described(agent: str) -> str:
    """`Firefox 145, Linux`; for an unknown User-Agent its first characters."""
    browser = next((f"{name} {found[1]}" for name, known in _BROWSERS if (found := known.search(agent))), "")
    system = next((name for name, known in _SYSTEMS if known.search(agent)), "")
    return ", ".join(part for part in (browser, system) if part) or agent[:MAX_LENGTH]
