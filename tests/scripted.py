"""The scripted provider as a process of a test: `python -m worker.assistant.scripted` on a free port.

with scripted() as url:
    stack.spawn("worker", "assistant", ai=ai(url))
with scripted("--obey", "--delay", "0") as url: …
"""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from tests.stack import ROOT, clean_environment


@contextlib.contextmanager
def scripted(*arguments: str) -> Iterator[str]:
    """Its base URL, until the end of the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "worker.assistant.scripted", *arguments],
        cwd=ROOT,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process, process.stdout:
        try:
            url = process.stdout.readline().strip()
            assert url, "the scripted provider has ended"
            yield url
        finally:
            process.terminate()


def ai(url: str, *models: str, **fields: Any) -> str:
    """PARLEY_AI with a provider for each model; the model chooses how it fails, see scripted/faults.py."""
    given = [
        {"name": model, "base_url": url, "model": model, "scripted": True, **fields}
        for model in models or ("scripted",)
    ]
    return json.dumps(given)
