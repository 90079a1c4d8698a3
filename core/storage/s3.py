"""Files in a bucket of an S3-compatible service."""

from collections.abc import Generator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from core.config.buckets import Bucket
from core.storage.store import CHUNK, Missing, StorageUnavailable

if TYPE_CHECKING:
    from obstore.store import S3Store

TIMEOUT: Final = timedelta(seconds=10)  # for one request
MAX_RETRIES: Final = 2
RETRY_TIMEOUT: Final = timedelta(seconds=14)  # for all of them: the janitor waits 15 s
MAX_ERROR: Final = 200  # characters of an error that are kept
PROBE: Final = "parley-check"


class S3:
    """A store. The library is loaded, and a connection opened, when it is first used."""

    def __init__(self, where: Bucket, *, key_id: str, secret_key: str, incoming: Path) -> None:
        """Without a key the service's own ways to one are tried: roles of the machine, standard variables."""
        self.incoming = incoming
        self._where = where
        self._key_id = key_id
        self._secret_key = secret_key
        self._opened: S3Store | None = None

    def put(self, key: str, source: Path, *, media_type: str) -> None:
        import obstore

        # In one request: several parts would leave some of them behind when the process dies.
        self._call(
            obstore.put,
            key,
            source.read_bytes(),
            attributes={"Content-Type": media_type},
            use_multipart=False,
        )
        source.unlink(missing_ok=True)

    def read(self, key: str) -> Generator[bytes, None, None]:
        import obstore

        return self._parts(self._call(obstore.get, key))

    def remove(self, keys: Sequence[str]) -> None:
        import obstore

        try:
            self._call(obstore.delete, list(keys))
        except Missing:
            return

    def check(self) -> None:
        import obstore

        self._call(obstore.put, PROBE, b"parley")
        found = b"".join(self.read(PROBE))
        self.remove([PROBE])
        if found != b"parley":
            raise StorageUnavailable("the bucket does not give back what was written")

    def _store(self) -> "S3Store":
        if self._opened is None:
            from obstore.store import S3Store

            where, more = self._where, {}
            if self._key_id:
                more = {"access_key_id": self._key_id, "secret_access_key": self._secret_key}
            if where.endpoint:
                more["endpoint"] = where.endpoint
            self._opened = S3Store(
                where.name,
                prefix=where.prefix or None,
                region=where.region,
                virtual_hosted_style_request=not where.path_style,
                client_options={"allow_http": where.endpoint.startswith("http://"), "timeout": TIMEOUT},
                retry_config={"max_retries": MAX_RETRIES, "retry_timeout": RETRY_TIMEOUT},
                **more,  # type: ignore[arg-type]  # a typed dict of many optional texts
            )
        return self._opened

    def _call(self, operation: Any, *given: Any, **named: Any) -> Any:
        from obstore import exceptions

        try:
            return operation(self._store(), *given, **named)
        except (FileNotFoundError, exceptions.NotFoundError):
            raise Missing from None
        except (exceptions.BaseError, OSError, ValueError) as error:
            raise _unavailable(error) from None

    @staticmethod
    def _parts(found: Any) -> Generator[bytes, None, None]:
        from obstore import exceptions

        try:
            for part in found.stream(min_chunk_size=CHUNK):
                yield bytes(part)
        except (exceptions.BaseError, OSError) as error:
            raise _unavailable(error) from None


def _unavailable(error: Exception) -> StorageUnavailable:
    said = " ".join(str(error).split())
    return StorageUnavailable(f"{type(error).__name__}: {said[:MAX_ERROR]}")
