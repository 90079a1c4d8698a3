"""Secrets on disk: made once, readable only by their owner; and files that are replaced atomically."""

import os
from pathlib import Path
from secrets import token_urlsafe

from server.launch.console import LaunchError


def kept(path: Path) -> str:
    """The secret in `path`; made by the first call."""
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        secret = fresh()
        write(path, secret + "\n")
        return secret
    except OSError as error:
        raise LaunchError(f"cannot read {path}: {error.strerror}") from None


def fresh() -> str:
    """A new secret: characters of base64url (RFC 4648, 5)."""
    return token_urlsafe(32)


def write(path: Path, text: str) -> None:
    """Replace `path` atomically, mode 0600: a reader sees the old or the new text, never half."""
    half = path.with_name(path.name + ".half")
    try:
        half.unlink(missing_ok=True)
        descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(descriptor)
        half.replace(path)
    except OSError as error:
        raise LaunchError(f"cannot write {path}: {error.strerror}; free space or set PARLEY_DATA") from None
