"""How a widget looks: who may change it, contrast, two managers at once, what the widget gets, logos."""

from typing import Any
from uuid import UUID

import pytest

from core.db.appearance.logos import MAX_LOGOS
from core.signals import ResourceChanged
from tests.integration.api.api_fixture import PAGE, text
from tests.integration.api.mailbox import published_during
from tests.integration.api.tenancy import Shop, shop
from tests.unit.core.appearance.test_png import png

__all__ = ["shop"]
ROUTE = "/appearance"
OWN = {"background": "#ffffff", "text": "#222222", "accent": "#0a6b4f", "on_accent": "#ffffff"}


async def put(shop: Shop, version: int, **look: Any) -> Any:
    return await shop.manager.put(shop.path(ROUTE), {"version": version, "look": look})


async def widget(shop: Shop) -> Any:
    """What a customer's page gets."""
    return await from_page(shop, "settings")


async def from_page(shop: Shop, rest: str) -> Any:
    path = f"/api/v1/public/projects/{text(shop.project)}/{rest}"
    return await shop.api.anonymous().get(path, Origin=PAGE)


async def test_a_look_is_stored_whole_and_counted(shop: Shop) -> None:
    first = (await shop.agent.get(shop.path(ROUTE))).json
    assert (first["version"], first["look"]["theme"], first["answer_seconds"]) == (0, "system", None)
    made = await put(shop, 0, theme="dracula", position="left", texts={"vi": {"label": "Chào"}})
    assert (made.status, made.json["version"]) == (200, 1)
    look = (await shop.agent.get(shop.path(ROUTE))).json["look"]
    assert (look["theme"], look["position"], look["offset_x"]) == ("dracula", "left", 20)
    assert look["texts"]["vi"]["label"] == "Chào"
    assert list(look["texts"]) == ["vi"], "whichever languages the widget speaks"
    assert (await put(shop, 1, theme="dracula", position="left", texts={"vi": {"label": " Chào "}})).json[
        "version"
    ] == 1  # changes nothing
    assert len(await shop.audit_entries("appearance.changed")) == 1
    ((_, _, changes),) = await shop.audit_entries("appearance.changed")
    assert changes["theme"] == {"from": None, "to": "dracula"}


async def test_an_older_version_is_refused(shop: Shop) -> None:
    await put(shop, 0, theme="dracula")
    stale = await put(shop, 0, theme="matcha")
    assert (stale.status, stale.json["code"]) == (409, "stale")
    assert (await put(shop, 1, theme="matcha")).status == 200


async def test_agents_read_and_managers_change(shop: Shop) -> None:
    body = {"version": 0, "look": {"theme": "dark"}}
    assert (await shop.agent.put(shop.path(ROUTE), body)).status == 403
    assert (await shop.stranger.get(shop.path(ROUTE))).status == 404


@pytest.mark.parametrize(
    "look",
    [
        {"theme": "hotdog"},
        {"position": "top"},
        {"offset_x": 201},
        {"icon": "<svg>"},
        {"font": "url(https://evil.example)"},
        {"colours": {**OWN, "text": "red"}},
        {"colours": {**OWN, "shadow": "#000000"}},
        {"auto_open": -1},
        {"texts": {"german": {"label": "Hallo"}}},
        {"texts": {"de-AT": {"label": "Servus"}}},
        {"texts": {f"{letter}x": {"label": "x"} for letter in "abcdefghijklmnopqrstu"}},
        {"texts": {"en": {"label": "x" * 31}}},
        {
            "texts": {
                f"{letter}x": {"greeting": "\u754c" * 200, "empty_away": "\u754c" * 200}
                for letter in "abcdefghijklm"
            }
        },
        {"css": "*{}"},
        {"theme": "own"},
    ],
)
async def test_what_is_not_a_look_is_refused(shop: Shop, look: dict[str, Any]) -> None:
    refused = await put(shop, 0, **look)
    assert (refused.status, refused.json["code"]) == (422, "invalid")


async def test_colours_without_contrast_are_refused_with_the_nearest_that_pass(shop: Shop) -> None:
    look = {"theme": "own", "colours": {**OWN, "text": "#777777", "accent": "#ffd500"}}
    refused = await put(shop, 0, **look)
    assert refused.status == 422
    assert [(one["field"], one["code"]) for one in refused.json["errors"]] == [
        ("look.colours.text", "contrast"),
        ("look.colours.on_accent", "contrast"),
        ("look.colours.accent", "contrast"),
    ]
    assert refused.json["detail"] == (
        "The text has a contrast of 4.47:1 to the background; WCAG AA requires 4.5:1. "
        "The nearest colour that passes is #767676."
    )
    preview = (await shop.agent.post(shop.path(ROUTE + "/preview"), {"look": look})).json
    assert preview["widget"] is None
    assert preview["faults"][0]["nearest_front"] == "#767676"


async def test_the_widget_gets_the_colours_of_the_theme_and_of_no_other(shop: Shop) -> None:
    assert (await widget(shop)).json["appearance"] is None
    await put(shop, 0, theme="own", colours=OWN, texts={"en": {"greeting": "<b>Hi</b>"}})
    look = (await widget(shop)).json["appearance"]
    assert look["scheme"] == "light"
    assert look["tokens"]["accent"] == OWN["accent"]
    assert look["texts"] == {"en": {"greeting": "<b>Hi</b>"}}
    preview = await shop.agent.post(
        shop.path(ROUTE + "/preview"),
        {"look": {"theme": "own", "colours": OWN, "texts": {"en": {"greeting": "<b>Hi</b>"}}}},
    )
    assert preview.json["widget"] == look
    await put(shop, 1, theme="dark")
    look = (await widget(shop)).json["appearance"]
    assert (look["scheme"], look["tokens"]) == ("dark", None)


async def test_a_page_may_ask_for_a_theme_by_its_name(shop: Shop) -> None:
    named = (await shop.agent.get(shop.path(ROUTE + "/themes"))).json["items"]
    assert len(named) == 11
    found = await from_page(shop, "themes/matcha")
    assert found.json["tokens"] == next(one["tokens"] for one in named if one["name"] == "matcha")
    assert found.headers["Access-Control-Allow-Origin"] == PAGE
    assert (await from_page(shop, "themes/hotdog")).status == 404


async def test_open_pages_learn_of_a_change(shop: Shop) -> None:
    async def change() -> None:
        await put(shop, 0, theme="terminal")

    news = await published_during(shop.api, shop.project, change)
    assert ResourceChanged(shop.project, "appearance", None, 1) in news


async def upload(shop: Shop, content: bytes, kind: str = "image/png") -> Any:
    path = shop.path(ROUTE + "/logo")
    return await shop.manager.call("POST", path, headers={"Content-Type": kind}, data=content)


async def test_a_logo_is_encoded_anew_and_served_for_ever(shop: Shop) -> None:
    made = await upload(shop, png() + b"trailing")
    assert made.status == 201
    logo = made.json["logo"]
    shown = await shop.api.anonymous().get(made.json["path"])
    assert (shown.status, shown.headers["Content-Type"]) == (200, "image/png")
    assert b"trailing" not in shown.body
    assert shown.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    assert (await upload(shop, png())).json["logo"] == logo  # by its content
    await put(shop, 0, logo=logo)
    assert (await widget(shop)).json["appearance"]["logo"] == made.json["path"]
    assert len(await shop.audit_entries("logo.uploaded")) == 2


async def test_what_is_no_png_is_no_logo(shop: Shop) -> None:
    refused = await upload(shop, b"<svg/>")
    assert (refused.status, refused.json["errors"][0]["code"]) == (422, "not_a_png")
    assert (await upload(shop, b"<svg/>", "image/svg+xml")).status == 415
    assert (await upload(shop, b"\x00" * 70_000)).status == 413
    unknown = await put(shop, 0, logo=str(UUID(int=5)))
    assert unknown.json["errors"][0]["field"] == "look.logo"


async def test_of_the_logos_only_the_newest_are_kept_and_the_one_that_is_shown(shop: Shop) -> None:
    first = (await upload(shop, png())).json["logo"]
    await put(shop, 0, logo=first)
    for size in range(MAX_LOGOS + 3):
        assert (await upload(shop, png(33 + size, 33))).status == 201
    rows = await shop.rows("SELECT id FROM logos")
    assert len(rows) == MAX_LOGOS + 1
    assert UUID(first).bytes in {row[0] for row in rows}


async def test_a_picture_inside_the_network_is_not_fetched(shop: Shop) -> None:
    for url in (
        "https://127.0.0.1/logo.png",
        "https://[::1]/",
        "http://shop.example/logo.png",
        "file:///etc",
    ):
        refused = await shop.manager.post(shop.path(ROUTE + "/logo/fetch"), {"url": url})
        assert (refused.status, refused.json.get("errors", [{}])[0].get("field")) == (422, "url"), refused
