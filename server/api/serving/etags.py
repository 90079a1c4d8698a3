"""ETags of answers with a version, `"7-9f2c…"` for a representation of version 7; and 304."""

from hashlib import blake2b
from typing import Any, Final, get_args, get_origin

import msgspec
from quart import Response, request

from server.api.http.routes import Route

DIGEST: Final = 6  # bytes
GZIP: Final = "-gzip"  # of the compressed representation


def has_tag(route: Route) -> bool:
    """Whether successful answers have an ETag: those with a version, and lists of things with one."""
    return _has_version(route.answer) or (route.method == "GET" and _has_version(_item(route.answer)))


def tag(response: Response, answer: Any, body: bytes) -> Response:
    """Set the ETag; with what the client has already, the answer to a GET is 304 without a body."""
    digest = blake2b(body, digest_size=DIGEST).hexdigest()
    version = getattr(answer, "version", None)
    made = digest if version is None else f"{version}-{digest}"
    response.headers["ETag"] = f'"{made}"'
    known = request.if_none_match
    if request.method == "GET" and (known.contains_weak(made) or known.contains_weak(made + GZIP)):
        response.status_code = 304
        response.set_data(b"")
        del response.headers["Content-Length"]
    return response


def _has_version(kind: Any) -> bool:
    """Whether it is a struct with a number as `version`: an avatar's is an id."""
    if not (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
        return False
    found = [field.type for field in msgspec.structs.fields(kind) if field.name == "version"]
    return bool(found) and (found[0] is int or get_args(found[0])[:1] == (int,))


def _item(kind: Any) -> Any:
    """What a list, or a page with `items`, is made of."""
    if get_origin(kind) is list:
        return get_args(kind)[0]
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        items = [field.type for field in msgspec.structs.fields(kind) if field.name == "items"]
        return _item(items[0]) if items and get_origin(items[0]) is list else None
    return None
