"""Parses and validates JSON bodies and query strings."""

from typing import Any, Final, TypeVar

import msgspec
from quart import request

from server.api.http import field_errors, preconditions
from server.api.http.problems import ApiError, FieldError
from server.api.http.uploads import Upload

T = TypeVar("T", bound=msgspec.Struct)
JSON: Final = "application/json"


async def read_body(schema: type[T]) -> T:
    """The body as `schema`; raises ApiError media_type, bad_request (not JSON) or invalid (validation)."""
    if request.mimetype != JSON:
        raise ApiError("media_type")
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise ApiError("media_type", "Send the body without Content-Encoding.")
    raw: Any = await request.get_data(cache=False, as_text=False)
    return _parsed(raw, schema)


async def read_upload(upload: Upload, schema: type[T]) -> T:
    """The same for a larger body, of a route whose UploadRule names the schema."""
    return _parsed(await upload.whole(), schema)


def _parsed(raw: bytes, schema: type[T]) -> T:
    if "version" in schema.__struct_fields__ and (version := preconditions.expected_version()) is not None:
        raw = _with_version(raw, version)
    try:
        return msgspec.json.decode(raw, type=schema)
    except msgspec.ValidationError as error:
        raise ApiError("invalid", f"{error}.", errors=field_errors.in_json(raw, schema)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ApiError("bad_request", "The body is not JSON.") from None


def read_query(schema: type[T]) -> T:
    """The query string as `schema`; raises ApiError invalid, also for a name that is sent twice."""
    given: dict[str, str] = {}
    for name, value in request.args.items(multi=True):
        if name in given:
            twice = FieldError(name[: field_errors.NAME], "twice", "Send this field only once.")
            raise ApiError("invalid", f"`{name[:40]}` was sent twice. Send it only once.", errors=[twice])
        given[name] = value
    try:
        return msgspec.convert(given, schema, strict=False)
    except msgspec.ValidationError as error:
        raise ApiError("invalid", f"{error}.", errors=field_errors.in_query(given, schema)) from None


def _with_version(raw: bytes, version: int) -> bytes:
    """The body with the version of If-Match: there it may be left out."""
    try:
        given = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return raw
    if not isinstance(given, dict):
        return raw
    if given.setdefault("version", version) != version:
        raise ApiError("bad_request", "`version` and If-Match name different versions. Send one of them.")
    return msgspec.json.encode(given)
