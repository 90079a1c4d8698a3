"""From the first visit to a team of two with a second factor, by mail and HTTP, as real users do it."""

import hashlib
import hmac
import socket
import struct
import time
from base64 import b32decode
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.patience import PATIENCE
from tests.running import Running
from tests.smtp import Outbox, Received
from tests.stack import Stack

PASSWORD = "blue kettle, seven maps"
CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0"
MAI, LAN = "mai@shop.example", "lan@shop.example"


@pytest.fixture
def server(fresh_stack: Stack, outbox: Outbox) -> Running:
    port = fresh_stack.port()
    fresh_stack.spawn("worker", port=port, **outbox.settings())
    return fresh_stack.spawn("server", port=port, **outbox.settings())


class Browser:
    """A user's browser: keeps cookies, sends our origin, holds the access token."""

    def __init__(self, server: Running, agent: str = CHROME) -> None:
        headers = {"Origin": server.url, "User-Agent": agent}
        self.http = httpx.Client(base_url=server.url, headers=headers, timeout=PATIENCE, trust_env=False)

    def send(self, method: str, path: str, *, status: int, **body: Any) -> Any:
        """The JSON of the response, which must have that status."""
        answer = self.http.request(method, f"/api/v1/{path}", json=body if method != "GET" else None)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def signed_in(self, answer: dict[str, Any]) -> dict[str, Any]:
        """Use the access token of this sign-in from now on."""
        self.http.headers["Authorization"] = f"Bearer {answer['access_token']}"
        return answer

    def close(self) -> None:
        self.http.close()


@pytest.fixture
def browsers(server: Running) -> Iterator[list[Browser]]:
    made = [Browser(server), Browser(server), Browser(server, FIREFOX)]
    yield made
    for each in made:
        each.close()


def code(secret: str, *, at: float) -> str:
    """RFC 6238, without the library that the server uses."""
    key = b32decode(secret.replace(" ", "") + "=" * (-len(secret.replace(" ", "")) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(at // 30)), hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(int.from_bytes(digest[start : start + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"


def leads_to(mail: Received, server: Running, path: str) -> str:
    """The token of the mail's link, which must lead to that existing page."""
    where = urlsplit(mail.link)
    assert f"{where.scheme}://{where.netloc}" == server.url
    assert where.path == path and where.query == ""
    status, page = server.get(path)
    assert status == 200 and b"<html" in page
    return mail.token


def test_two_people_register_and_form_a_team(
    server: Running, outbox: Outbox, browsers: list[Browser]
) -> None:
    mai, lan, other = browsers

    # Mai registers, is asked to check her mail, and cannot sign in before she confirmed.
    who = {"email": "Mai@Shop.example", "password": PASSWORD}
    said = mai.send("POST", "auth/register", status=202, full_name="Mai", language="vi", **who)
    assert said == {"next": "check_mail"}
    assert mai.send("POST", "auth/login", status=403, **who)["code"] == "unverified"
    verify = outbox.wait_for(MAI, "verify_email")
    assert verify.message["Subject"] == "Xác nhận địa chỉ email của bạn"
    token = leads_to(verify, server, "/app/verify")
    mai.send("POST", "auth/verify", status=204, token=token)
    assert mai.signed_in(mai.send("POST", "auth/login", status=200, **who))["user"]["email"] == MAI
    assert mai.send("GET", "me", status=200)["language"] == "vi"

    # She makes a project and invites Lan, who has no account; the mailed link also confirms Lan's address.
    project = mai.send("POST", "projects", status=201, name="Trà & Bánh", domains=["shop.example"])["id"]
    mai.send("POST", f"projects/{project}/invitations", status=201, email=LAN, role="agent")
    invitation = outbox.wait_for(LAN, "invitation")
    assert invitation.message["Subject"] == "Mai mời bạn tham gia Trà & Bánh", (
        "in Mai's language, as Lan's is unknown"
    )
    assert "Trà &amp; Bánh" in invitation.html
    token = leads_to(invitation, server, "/app/invitation")
    found = lan.send("POST", "invitations/lookup", status=200, token=token)
    assert (found["project_name"], found["account_exists"]) == ("Trà & Bánh", False)
    lans = {"email": LAN, "password": PASSWORD}
    said = lan.send("POST", "auth/register", status=202, full_name="Lan", invitation=token, **lans)
    assert said == {"next": "sign_in"}
    lan.signed_in(lan.send("POST", "auth/login", status=200, **lans))
    assert [(each["id"], each["role"]) for each in lan.send("GET", "projects", status=200)] == [
        (project, "agent")
    ]
    assert lan.send("POST", "invitations/accept", status=404, token=token)["code"] == "not_found", (
        "used already"
    )

    # Mai accepts an invitation with her existing account.
    second = lan.send("POST", "projects", status=201, name="Café", domains=["cafe.example"])["id"]
    lan.send("POST", f"projects/{second}/invitations", status=201, email=MAI, role="manager")
    token = leads_to(outbox.wait_for(MAI, "invitation"), server, "/app/invitation")
    assert mai.send("POST", "invitations/accept", status=200, token=token)["role"] == "manager"

    # She turns on the second factor; from then on the password alone is not enough.
    secret = mai.send("POST", "me/two-factor", status=200, password=PASSWORD)["secret"]
    now = time.time()
    codes = mai.send("POST", "me/two-factor/confirm", status=200, code=code(secret, at=now))["recovery_codes"]
    assert len(codes) == 10
    assert outbox.wait_for(MAI, "account_changed").message["Subject"] == "Đã bật xác thực hai bước"
    partial = other.send("POST", "auth/login", status=202, **who)["partial_token"]
    replayed = {"partial_token": partial, "code": code(secret, at=now)}
    assert other.send("POST", "auth/login/totp", status=403, **replayed)["code"] == "wrong_code"
    fresh = {"partial_token": partial, "code": code(secret, at=now + 30)}
    other.signed_in(other.send("POST", "auth/login/totp", status=200, **fresh))
    strange = outbox.wait_for(MAI, "new_sign_in")
    assert "Firefox" in strange.text and "127.0.0.1" in strange.text

    # She signs out in one browser and stays in the other.
    other.send("POST", "auth/logout", status=204)
    assert other.send("GET", "me", status=401)["code"] == "unauthenticated"
    assert other.send("POST", "auth/refresh", status=401)["code"] == "unauthenticated"
    mai.signed_in(mai.send("POST", "auth/refresh", status=200))
    assert mai.send("GET", "me", status=200)["two_factor"] is True

    # She resets her password: that ends every session, and the second factor stays.
    mai.send("POST", "auth/forgot", status=202, email=MAI)
    token = leads_to(outbox.wait_for(MAI, "reset_password"), server, "/app/reset")
    mai.send("POST", "auth/reset", status=204, token=token, password="green kettle, eight maps")
    mai.send("GET", "me", status=401)
    assert "đặt lại" in outbox.wait_for(MAI, "account_changed").message["Subject"]
    anew = {"email": MAI, "password": "green kettle, eight maps"}
    partial = mai.send("POST", "auth/login", status=202, **anew)["partial_token"]
    recovered = {"partial_token": partial, "code": codes[0]}
    mai.signed_in(mai.send("POST", "auth/login/recovery", status=200, **recovered))

    assert "mã khôi phục" in outbox.wait_for(MAI, "account_changed").message["Subject"]

    # Registering a taken address mails its owner; there are no other mails.
    said = lan.send("POST", "auth/register", status=202, full_name="Mai", **who)
    assert said == {"next": "check_mail"}
    outbox.wait_for(MAI, "account_exists")
    assert outbox.received == []


@pytest.mark.soak
def test_no_request_waits_for_a_mail_server(fresh_stack: Stack) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # it accepts connections and sends nothing
        where = {
            "smtp_url": f"smtp://127.0.0.1:{silent.getsockname()[1]}",
            "mail_from": "parley@chat.example",
        }
        server = fresh_stack.spawn("server", **where)
        fresh_stack.spawn("worker", **where)
        server.wait_for_path("/readyz")
        browser = Browser(server)
        began = time.monotonic()
        browser.send("POST", "auth/register", status=202, email=MAI, password=PASSWORD, full_name="Mai")
        call, _ = silent.accept()
        browser.send("POST", "auth/resend", status=202, email=MAI)
        assert time.monotonic() - began < 9, "the timeout of the mail server is 10 s"
        status, body = server.get("/readyz")
        assert status == 200, body
        [row] = fresh_stack.sql("SELECT count(*) FROM mails WHERE dead IS NULL")
        assert row["count"] == 2, "both mails wait in the outbox"
        call.close()
        browser.close()
