"""Where mails go when no mail server is configured: three files each, sorted by time of creation."""

import asyncio
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Final

from worker.mail.render import RenderedMail

MAX_FILES: Final = 600  # files; beyond it the oldest are deleted


class MailDirectory:
    """`{PARLEY_DATA}/mail`: readable by its owner only, since mails carry links into accounts."""

    def __init__(self, path: Path) -> None:
        """The directory is created with the first mail."""
        self._path = path

    async def keep(self, message: EmailMessage, rendered_mail: RenderedMail, *, stem: str) -> None:
        """Writes `{stem}.eml`, `.txt` and `.html`, off the event loop. Raises OSError."""
        files = {
            ".txt": rendered_mail.text.encode(),
            ".html": rendered_mail.html.encode(),
            ".eml": message.as_bytes(),
        }
        await asyncio.to_thread(self._write, stem, files)

    def _write(self, stem: str, files: dict[str, bytes]) -> None:
        self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
        for ending, content in files.items():
            made = self._path / f".{stem}{ending}"
            made.touch(mode=0o600)
            made.write_bytes(content)
            made.replace(self._path / f"{stem}{ending}")
        for old in sorted(self._path.iterdir())[:-MAX_FILES]:
            old.unlink(missing_ok=True)


def stem(template: str, *, mail: bytes, created_at: int) -> str:
    """A file name that sorts by time and is the same when a mail is sent again."""
    at = datetime.fromtimestamp(created_at / 1000, UTC)
    return f"{at:%Y%m%dT%H%M%S}.{created_at % 1000:03}Z-{template}-{mail.hex()[-6:]}"
