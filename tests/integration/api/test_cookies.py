"""The session cookies: out of reach of scripts, and with https also of every other host of the domain."""

import pytest

from tests.integration.api.api_fixture import PASSWORD, Answer, ApiFixture, Caller, Person
from tests.integration.api.mailbox import cookie
from tests.integration.api.oidc_steps import with_settings

LOGIN, REFRESH, LOGOUT = "/api/v1/auth/login", "/api/v1/auth/refresh", "/api/v1/auth/logout"
SITE = "https://chat.example"
SAME = {"Origin": SITE, "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def safe(api: ApiFixture) -> ApiFixture:
    """Reached by https."""
    return with_settings(api, public_url=SITE)


def set_by(answer: Answer) -> dict[str, set[str]]:
    """Name=value of each cookie and its attributes."""
    lines = [line.split("; ") for line in answer.headers.getlist("Set-Cookie")]
    return {line[0]: set(line[1:]) for line in lines}


async def signed_in(api: ApiFixture, person: Person, **headers: str) -> Answer:
    body = {"email": person.email, "password": PASSWORD}
    answer = await Caller(api).call("POST", LOGIN, body, headers)
    assert answer.status == 200, answer.body
    return answer


async def test_with_https_no_other_host_can_set_our_cookies(safe: ApiFixture) -> None:
    kept = set_by(await signed_in(safe, await safe.person("Mai")))
    assert {name.partition("=")[0] for name in kept} == {"__Host-parley_refresh", "__Host-parley_device"}
    for flags in kept.values():
        # The rules of the `__Host-` prefix; browsers would refuse the cookie with a Domain.
        assert {"HttpOnly", "SameSite=Lax", "Secure", "Path=/"} <= flags
        assert not any(flag.startswith("Domain") for flag in flags)


async def test_on_plain_http_cookies_are_limited_to_their_routes(api: ApiFixture) -> None:
    kept = set_by(await signed_in(api, await api.person("Mai")))
    assert {name.partition("=")[0] for name in kept} == {"parley_refresh", "parley_device"}
    for flags in kept.values():
        assert {"HttpOnly", "SameSite=Lax", "Path=/api/v1/auth"} <= flags
        assert "Secure" not in flags


async def test_the_api_document_names_the_cookie_that_is_set(safe: ApiFixture, api: ApiFixture) -> None:
    for here in (safe, api):
        kept = set_by(await signed_in(here, await here.person("Mai")))
        schemes = (await here.anonymous().get("/api/v1/openapi.json")).json["components"]["securitySchemes"]
        assert schemes["refresh"]["name"] in {name.partition("=")[0] for name in kept}


async def test_a_cookie_of_a_sibling_host_does_not_hide_ours(safe: ApiFixture) -> None:
    mine, other = await safe.person("Mai"), await safe.person("Eve")
    ours = next(iter(set_by(await signed_in(safe, mine))))
    theirs = next(iter(set_by(await signed_in(safe, other)))).partition("=")[2]
    both = f"parley_refresh={theirs}; {ours}"
    answer = await Caller(safe).post(REFRESH, headers=SAME | {"Cookie": both})
    assert answer.json["user"]["email"] == mine.email


async def test_a_session_of_the_previous_release_continues_under_the_new_name(
    safe: ApiFixture, api: ApiFixture
) -> None:
    mai = await api.person("Mai")
    old = Caller(api)
    assert (await old.post(LOGIN, {"email": mai.email, "password": PASSWORD})).status == 200
    carried = {"Cookie": f"parley_refresh={cookie(old)}"}
    answer = await Caller(safe).post(REFRESH, headers=SAME | carried)
    assert answer.status == 200
    kept = set_by(answer)
    assert any(name.startswith("__Host-parley_refresh=") and len(name) > 50 for name in kept)
    assert "Max-Age=0" in kept["parley_refresh="]


async def test_signing_out_clears_both_cookie_names(safe: ApiFixture, api: ApiFixture) -> None:
    mai = await api.person("Mai")
    old = Caller(api)
    assert (await old.post(LOGIN, {"email": mai.email, "password": PASSWORD})).status == 200
    carried = {"Cookie": f"parley_refresh={cookie(old)}"}
    kept = set_by(await Caller(safe).post(LOGOUT, headers=SAME | carried))
    assert {"__Host-parley_refresh=", "parley_refresh="} == set(kept)
    assert all("Max-Age=0" in flags for flags in kept.values())
    assert (await old.post(REFRESH, headers={"Sec-Fetch-Site": "same-origin"})).status == 401
