"""The bucket for attached files, from the setting PARLEY_STORAGE."""

from typing import Final
from urllib.parse import parse_qsl, urlsplit

import msgspec

FORM: Final = "must be s3://bucket or s3://bucket/prefix, with ?region=…, endpoint=… or path_style=true"


class Bucket(msgspec.Struct, frozen=True):
    """Where files are. `endpoint` empty: Amazon's. `path_style`: the bucket in the path, not in the host."""

    name: str
    prefix: str = ""
    region: str = "us-east-1"
    endpoint: str = ""
    path_style: bool = False


def read(url: str) -> Bucket:
    """Raises ValueError."""
    parts = urlsplit(url)
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    if parts.scheme != "s3" or not parts.netloc or "@" in parts.netloc or parts.fragment:
        raise ValueError(FORM)
    if given.keys() - {"region", "endpoint", "path_style"}:
        raise ValueError(FORM)
    endpoint = given.get("endpoint", "")
    if endpoint and not endpoint.startswith(("https://", "http://")):
        raise ValueError(f"{FORM}; endpoint is an address with https://")
    path_style = given.get("path_style", "true" if endpoint else "false")
    if path_style not in {"true", "false"}:
        raise ValueError(FORM)
    return Bucket(
        parts.netloc, parts.path.strip("/"), given.get("region", "us-east-1"), endpoint, path_style == "true"
    )
