"""The store that PARLEY_STORAGE names."""

from pathlib import Path
from typing import Final

from core.config import buckets
from core.config.settings import Settings
from core.storage.directory import Directory
from core.storage.s3 import S3
from core.storage.store import Store

SCHEME: Final = "s3://"


def of(settings: Settings) -> Store:
    """Opens nothing yet."""
    data = Path(settings.data)
    if not is_bucket(settings):
        return Directory(Path(settings.storage) if settings.storage else data / "files")
    return S3(
        buckets.read(settings.storage),
        key_id=settings.storage_key_id,
        secret_key=settings.storage_secret_key,
        incoming=data / "incoming",
    )


def is_bucket(settings: Settings) -> bool:
    """Whether every machine reaches the same files by itself."""
    return settings.storage.startswith(SCHEME)
