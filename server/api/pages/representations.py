"""Cacheable answers: a file plain or compressed, each with its own ETag, and revalidation."""

from collections.abc import Mapping

from quart import Response, request

from server.api.services.assets import Asset


def respond(asset: Asset, headers: Mapping[str, str]) -> Response:
    """The representation that the request accepts: 200, 304 if the client has it, 412 if `If-Match` differs.

    A 304 repeats the headers of the 200: caches update their stored ones with them (RFC 9111, 3.2), so
    another Content-Type would replace the stored script's. Only Content-Length is left out: there is no body.
    """
    smaller = len(asset.compressed) < len(asset.content)
    packed = smaller and bool(request.accept_encodings["gzip"])
    tag = f"{asset.tag}-gzip" if packed else asset.tag
    made = Response(asset.compressed if packed else asset.content, content_type=asset.media_type)
    made.headers.update(headers)
    made.headers["ETag"] = f'"{tag}"'
    if smaller:
        made.headers["Vary"] = "Accept-Encoding"
    if packed:
        made.headers["Content-Encoding"] = "gzip"
    if "If-Match" in request.headers and not request.if_match.contains(tag):
        return _without_body(made, 412)
    if request.if_none_match.contains_weak(tag):
        return _without_body(made, 304)
    return made


def _without_body(made: Response, status: int) -> Response:
    made.status_code = status
    made.set_data(b"")
    if status == 304:
        del made.headers["Content-Length"]
    else:
        made.headers.pop("Content-Encoding", None)
        made.headers["Cache-Control"] = "no-store"
    return made
