"""Which requests may become a websocket: origins, subprotocols, and refusals with their reason."""

import json

import pytest

from core.ids import ProjectId
from core.model import Project
from server.gateway import handshake
from server.gateway.handshake import Asked, Refused

ID = "01890a5d-ac96-774b-bcce-b302099a8057"
KEY = "dGhlIHNhbXBsZSBub25jZQ=="  # the example of RFC 6455
SHOP = Project(
    ProjectId(b"p" * 16),
    "Shop",
    ("shop.example", "dev.example:8080", "*.wild.example", "xn--bcher-kva.example", "127.0.0.1"),
    "forever",
    1,
    0,
)
ORIGINS: dict[str | None, bool] = {
    "https://shop.example": True,
    "http://shop.example": True,
    "https://shop.example:444": True,
    "https://SHOP.example": True,
    "https://www.shop.example": False,
    "https://shop.example.evil.example": False,
    "https://shop.example@evil.example": False,
    "https://evil.example/shop.example": False,
    "https://notshop.example": False,
    "https://dev.example:8080": True,
    "https://dev.example": False,
    "https://dev.example:8081": False,
    "https://a.wild.example": True,
    "https://a.b.wild.example": True,
    "https://wild.example": False,
    "https://xwild.example": False,
    "https://.wild.example": False,
    "https://xn--bcher-kva.example": True,
    "https://bücher.example": False,
    "http://127.0.0.1:5173": True,
    "http://127.0.0.2": False,
    "null": False,
    "": False,
    None: False,
    "file://": False,
    "chrome-extension://shop.example": False,
    "https://shop.example/": False,
    "https://shop.example:": False,
    "https://shop.example:0": False,
    "https://shop.example, https://evil.example": False,
    "https://talk.example": True,
    "https://chat.example:8000": True,
    "https://chat.example": False,
}
FOREIGN = ["https://talk.example", "https://chat.example:8000"]


def asked(origin: str | None) -> Asked:
    return Asked(SHOP.id, "parley.1.msgpack", origin, "chat.example:8000", "", KEY)


def request(
    target: str = f"/ws?project={ID}", line: str | None = None, **headers: str | list[str] | None
) -> bytes:
    fields: dict[str, str | list[str] | None] = {
        "Host": "chat.example",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Protocol": "parley.1.msgpack",
        "Sec-WebSocket-Key": KEY,
        "Origin": "https://shop.example",
    }
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [
        f"{name}: {one}"
        for name, value in fields.items()
        for one in (value if isinstance(value, list) else [value])
        if one is not None
    ]
    return "\r\n".join([line or f"GET {target} HTTP/1.1", *lines, "", ""]).encode("latin-1")


def refused(head: bytes) -> int:
    with pytest.raises(Refused) as error:
        handshake.read(head)
    return error.value.status


@pytest.mark.parametrize("origin", ORIGINS)
def test_each_origin_is_accepted_or_refused(origin: str | None) -> None:
    if not ORIGINS[origin]:
        with pytest.raises(Refused, match="403"):
            handshake.judge(asked(origin), SHOP, public="https://talk.example")
    else:
        own = handshake.judge(asked(origin), SHOP, public="https://talk.example")
        assert own is (origin in FOREIGN)


@pytest.mark.parametrize("origin", ["https://shop.example", "https://talk.example"])
def test_an_absent_project_is_refused_like_a_foreign_page(origin: str) -> None:
    with pytest.raises(Refused, match="403"):
        handshake.judge(asked(origin), None, public="https://talk.example")


def test_a_project_without_domains_accepts_only_our_own_pages() -> None:
    bare = Project(SHOP.id, "Bare", (), "forever", 1, 0)
    assert handshake.judge(asked("https://talk.example"), bare, public="https://talk.example")
    with pytest.raises(Refused, match="403"):
        handshake.judge(asked("https://shop.example"), bare, public="https://talk.example")


def test_a_good_request_is_parsed_completely() -> None:
    asked_for = handshake.read(request(User_Agent="Firefox", Host="chat.example"))
    assert asked_for.project.hex() == ID.replace("-", "")
    assert asked_for[1:] == ("parley.1.msgpack", "https://shop.example", "chat.example", "Firefox", KEY)


def test_our_preferred_subprotocol_wins_whatever_the_order() -> None:
    assert handshake.read(request(Sec_WebSocket_Protocol="parley.1.json, parley.1.msgpack"))[1] == (
        "parley.1.msgpack"
    )
    assert handshake.read(request(Sec_WebSocket_Protocol=["chat", "parley.1.json"]))[1] == "parley.1.json"


@pytest.mark.parametrize(
    "headers",
    [
        {"Upgrade": None},
        {"Upgrade": "h2c"},
        {"Upgrade": ["websocket", "websocket"]},
        {"Connection": None},
        {"Connection": "keep-alive"},
        {"Sec_WebSocket_Version": None},
        {"Sec_WebSocket_Version": "12"},
        {"Sec_WebSocket_Version": ["13", "13"]},
        {"Sec_WebSocket_Protocol": None},
        {"Sec_WebSocket_Protocol": "parley.2.msgpack"},
        {"Sec_WebSocket_Protocol": "parley.1"},
    ],
    ids=str,
)
def test_an_upgrade_that_we_do_not_support_is_426(headers: dict[str, str | list[str] | None]) -> None:
    assert refused(request(**headers)) == 426


@pytest.mark.parametrize(
    "path",
    [
        "/ws",
        "/ws?project=",
        "/ws?project=1",
        f"/ws?project={ID}x",
        f"/ws?PROJECT={ID}",
        "/ws?project=%00",
        "/ws?%ff",
    ],
)
def test_a_path_without_a_project_is_400(path: str) -> None:
    assert refused(request(path)) == 400


@pytest.mark.parametrize(
    "head",
    [
        request(Host=None),
        request(Host=["chat.example", "chat.example"]),
        request(Sec_WebSocket_Key=None),
        request(Sec_WebSocket_Key="short"),
        request(Sec_WebSocket_Key=[KEY, KEY]),
        request(Sec_WebSocket_Key=KEY[:-1]),
        request(Content_Length="5"),
        request(Transfer_Encoding="chunked"),
        request(line=f"POST /ws?project={ID} HTTP/1.1"),
        request(line=f"GET /ws?project={ID} HTTP/1.0"),
        request(line=f"GET /ws?project={ID}&\xe4 HTTP/1.1"),
        request(line=f"GET /ws?project={ID} HTTP/1.1\r\nno colon"),
        request(line=f"GET /ws?project={ID} HTTP/1.1\r\nFolded: a\r\n b"),
        request(line=f"GET /ws?project={ID} HTTP/1.1\r\nSpace : a"),
        request(User_Agent="a\nb"),
        request(User_Agent="a\0b"),
        b"\r\n\r\n",
    ],
)
def test_a_malformed_request_is_refused(head: bytes) -> None:
    assert refused(head) in {400, 426}


def test_the_accept_header_is_computed_from_the_key() -> None:
    answer = handshake.accepted(handshake.read(request()))
    assert answer.startswith(b"HTTP/1.1 101 ") and answer.endswith(b"\r\n\r\n")
    assert b"\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in answer  # RFC 6455, section 1.3
    assert b"\r\nSec-WebSocket-Protocol: parley.1.msgpack\r\n" in answer


@pytest.mark.parametrize(
    "headers", [{"Connection": "keep-alive, Upgrade"}, {"Connection": ["keep-alive", "upgrade"]}], ids=str
)
def test_header_values_are_read_as_browsers_write_them(headers: dict[str, str | list[str]]) -> None:
    assert handshake.read(request(**headers)).project.hex() == ID.replace("-", "")
    assert handshake.read(request(Upgrade="WebSocket", Origin=" https://shop.example \t")).origin == (
        "https://shop.example"
    )


def test_two_origin_headers_count_as_none() -> None:
    asked_for = handshake.read(request(Origin=["https://shop.example", "https://evil.example"]))
    assert asked_for.origin is None


@pytest.mark.parametrize(
    ("status", "retry"), [(400, None), (403, None), (426, None), (429, 30.4), (503, 0.1)]
)
def test_a_refusal_is_a_problem_document_with_its_reason(status: int, retry: float | None) -> None:
    head, _, body = handshake.response(Refused(status, "because", retry=retry)).partition(b"\r\n\r\n")
    line, *fields = head.decode().split("\r\n")
    headers = dict(field.split(": ") for field in fields)
    problem = json.loads(body)
    assert line == f"HTTP/1.1 {status} {problem['title']}"
    assert headers["Content-Type"] == "application/problem+json"
    assert problem["status"] == status and problem["detail"] == "because"
    assert problem["type"] == f"urn:parley:problem:{problem['code']}"
    assert headers["Content-Length"] == str(len(body)) and headers["Date"].endswith(" GMT")
    assert headers["Connection"] == ("Upgrade, close" if status == 426 else "close")
    assert headers.get("Retry-After") == (None if retry is None else str(max(1, round(retry))))
    assert (headers.get("Sec-WebSocket-Version") == "13") is (status == 426)
