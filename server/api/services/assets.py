"""The built front end: files of the build's manifest, cached in memory, compressed once."""

import gzip
import hashlib
import re
from pathlib import Path
from typing import Final

import msgspec
import trio

DIST: Final = Path(__file__).parents[3] / "widget" / "dist"
MANIFEST: Final = "manifest.json"
LARGEST: Final = 4 * 1024 * 1024  # bytes

_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,100}")
_HASHED: Final = re.compile(r"-[A-Za-z0-9_]{6,}\.(?:js|css)")
_TYPES: Final = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
    ".mp3": "audio/mpeg",
}


class Asset(msgspec.Struct, frozen=True):
    """One file. `hashed`: its name contains a hash of its content, so it may be cached indefinitely."""

    content: bytes
    compressed: bytes
    media_type: str
    tag: str
    hashed: bool


def made(content: bytes, media_type: str, *, hashed: bool = False) -> Asset:
    """An asset of these bytes, compressed once."""
    return Asset(
        content=content,
        compressed=gzip.compress(content, 9, mtime=0),
        media_type=media_type,
        tag=hashlib.sha256(content).hexdigest()[:20],
        hashed=hashed,
    )


class Assets:
    """The files of one build. A new build is detected by the manifest's mtime; no restart is needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = trio.Path(folder)
        self._built: int | None = None
        self._names: dict[str, str] = {}
        self._kept: dict[str, Asset] = {}

    async def name(self, entry: str) -> str | None:
        """The file name of an entry such as `dashboard.js`; None when the front end is not built."""
        await self._notice()
        return self._names.get(entry)

    async def file(self, name: str) -> Asset | None:
        """A file by its name; None if it is not part of the build."""
        await self._notice()
        if self._built is None or not _NAME.fullmatch(name) or name == MANIFEST:
            return None
        if name not in self._kept:
            asset = await self._read(name)
            if asset is None:
                return None
            self._kept[name] = asset
        return self._kept[name]

    async def _notice(self) -> None:
        manifest = self._folder / MANIFEST
        try:
            built = (await manifest.stat()).st_mtime_ns
            if built != self._built:
                names = msgspec.json.decode(await manifest.read_bytes(), type=dict[str, str])
                self._built, self._names, self._kept = built, names, {}
        except (OSError, msgspec.MsgspecError):  # not built, or being written at this moment
            if self._built is None:
                self._names = {}

    async def _read(self, name: str) -> Asset | None:
        path = self._folder / name
        media_type = _TYPES.get(path.suffix)
        try:
            if media_type is None or (await path.stat()).st_size > LARGEST:
                return None
            content = await path.read_bytes()
        except OSError:
            return None
        return made(content, media_type, hashed=_HASHED.search(name) is not None)
