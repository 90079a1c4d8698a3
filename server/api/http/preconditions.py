"""If-Match: the version that a client has loaded, as the ETag of that answer."""

import re
from typing import Final

from quart import request

from server.api.http.problems import ApiError

HEADER: Final = "If-Match"
TAG: Final = re.compile(r'"(\d{1,10})(?:-[0-9a-z-]*)?"\Z')


def expected_version() -> int | None:
    """The version that a change must find; None if the client does not say, or says `*`.

    Only the version of the ETag counts: what else the representation shows may have changed since, for
    example the name of a person. Raises ApiError `bad_request`.
    """
    given = request.headers.get(HEADER, "*").strip()
    if given == "*":
        return None
    found = TAG.match(given)
    if found is None or int(found[1]) >= 2**31:
        raise ApiError("bad_request", f"Send one ETag in {HEADER}, as this resource's answer had it.")
    return int(found[1])
