"""A handshake that is refused gets the reason in plain HTTP."""

import pytest
import trio

from core.bus import sites
from core.ids import ProjectId
from tests.integration.gateway.gateway_app import PAGE, exchange, gateway_app, opening, status
from tests.people import add_project
from tests.stack import Stack

ABSENT = "00000000-0000-7000-8000-00000000dead"
CASES: dict[str, tuple[dict[str, str | None], int]] = {
    "a page of the project": ({}, 101),
    "a page of ours": ({"Origin": "http://chat.example"}, 101),
    "a page of ours by its public name": ({"Origin": "https://talk.example"}, 101),
    "another subprotocol beside": ({"Sec_WebSocket_Protocol": "chat, parley.1.json"}, 101),
    "a foreign page": ({"Origin": "https://evil.example"}, 403),
    "a page with the same ending": ({"Origin": "https://notshop.example"}, 403),
    "no origin": ({"Origin": None}, 403),
    "a null origin": ({"Origin": "null"}, 403),
    "no subprotocol": ({"Sec_WebSocket_Protocol": None}, 426),
    "a later subprotocol": ({"Sec_WebSocket_Protocol": "parley.2.msgpack"}, 426),
    "no upgrade": ({"Upgrade": None}, 426),
    "another upgrade": ({"Upgrade": "h2c"}, 426),
    "another version": ({"Sec_WebSocket_Version": "8"}, 426),
    "no key": ({"Sec_WebSocket_Key": None}, 400),
    "a bad key": ({"Sec_WebSocket_Key": "short"}, 400),
}


@pytest.mark.parametrize("case", CASES)
async def test_each_handshake_is_accepted_or_refused(stack: Stack, case: str) -> None:
    project = add_project(stack, domains=("shop.example",))
    headers, expected = CASES[case]
    async with gateway_app(stack, public_url="https://talk.example") as here:
        answer = await exchange(here.port, opening(project, **headers), b"\x88\x80\0\0\0\0")
        assert status(answer) == expected, answer
        if expected == 426:
            assert b"\r\nupgrade: websocket\r\n" in answer.lower()
        await here.emptied()
        assert here.failed == 0


async def test_an_absent_project_looks_like_a_foreign_page(stack: Stack) -> None:
    project = add_project(stack, domains=("shop.example",))
    async with gateway_app(stack) as here:
        absent = await exchange(here.port, opening(ABSENT))
        foreign = await exchange(here.port, opening(project, Origin="https://evil.example"))
        assert status(absent) == 403 and absent.partition(b"\r\n\r\n")[2] == foreign.partition(b"\r\n\r\n")[2]
        assert status(await exchange(here.port, opening("", path="/ws"))) == 400
        assert status(await exchange(here.port, opening("", path="/ws?project=1"))) == 400


async def test_compression_is_never_agreed_on(stack: Stack) -> None:
    project = add_project(stack, domains=("shop.example",))
    async with gateway_app(stack) as here:
        answer = await exchange(
            here.port,
            opening(project, Sec_WebSocket_Extensions="permessage-deflate; client_max_window_bits"),
            b"\x88\x80\0\0\0\0",
        )
        assert status(answer) == 101
        assert b"extensions" not in answer.lower()
        assert b"sec-websocket-protocol: parley.1.msgpack\r\n" in answer.lower()


@pytest.mark.usefixtures("one_minute")
async def test_handshakes_of_one_address_are_limited_per_minute(stack: Stack) -> None:
    """Three for any client, and nine times as many for known clients alone; see test_networks.py."""
    project = add_project(stack, domains=("shop.example",))
    async with gateway_app(stack, handshakes_per_minute=3, trusted_proxies="127.0.0.1") as here:
        codes = [
            status(await exchange(here.port, opening(project, X_Forwarded_For=address), b"\x88\x80\0\0\0\0"))
            for address in (*["10.0.0.1"] * 31, "10.0.0.2")
        ]
        assert codes == [*[101] * 30, 429, 101]
        refused = await exchange(here.port, opening(project, X_Forwarded_For="10.0.0.1"))
        assert b"\r\nRetry-After: " in refused


async def test_a_full_server_sends_retry_after(stack: Stack) -> None:
    project = add_project(stack, domains=("shop.example",))
    async with (
        gateway_app(stack, max_connections=1) as here,
        await trio.open_tcp_stream("127.0.0.1", here.port) as one,
    ):
        await one.send_all(opening(project))
        assert status(bytes(await one.receive_some())) == 101
        answer = await exchange(here.port, opening(project))
        assert status(answer) == 503 and b"\r\nRetry-After: " in answer


async def test_a_known_project_is_served_while_postgres_is_away(fresh_stack: Stack) -> None:
    known = add_project(fresh_stack, domains=("shop.example",))
    async with gateway_app(fresh_stack) as here:
        assert status(await exchange(here.port, opening(known), b"\x88\x80\0\0\0\0")) == 101
        fresh_stack.servers.stop_postgres()
        try:
            assert status(await exchange(here.port, opening(known), b"\x88\x80\0\0\0\0")) == 101
            assert status(await exchange(here.port, opening(ABSENT))) == 503
        finally:
            fresh_stack.servers.start_postgres()
        assert status(await exchange(here.port, opening(ABSENT))) == 403
    assert PAGE


async def test_a_refused_page_is_kept_for_the_manager(stack: Stack) -> None:
    project = add_project(stack, domains=("shop.example",))
    async with gateway_app(stack) as here:
        assert status(await exchange(here.port, opening(project, Origin="https://staging.example"))) == 403
        _, refused = await sites.of_project(here.redis, ProjectId(project))
        assert [one.host for one in refused] == ["staging.example"]
