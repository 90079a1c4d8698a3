"""What people call their browser, from its User-Agent. Pure; a guess that nothing is decided by."""

import re
from typing import Final

_BROWSERS: Final = (  # the first that fits: most name several others to be served as they are
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
LONGEST: Final = 60  # characters of what names itself otherwise


def described(agent: str) -> str:
    """`Firefox 145, Linux`; the beginning of the text for what we do not know."""
    browser = next((f"{name} {found[1]}" for name, known in _BROWSERS if (found := known.search(agent))), "")
    system = next((name for name, known in _SYSTEMS if known.search(agent)), "")
    return ", ".join(part for part in (browser, system) if part) or agent[:LONGEST]
