"""How a project's widget looks: agents read it, managers change it, a draft is checked and not stored."""

import math
from typing import Final

import msgspec

from core.appearance import palette, themes
from core.appearance.look import MAX_SIZE, Look
from core.db.appearance import answer_times, logos
from core.db.appearance import looks as table
from core.db.connection import Connection
from core.signals import ProjectChanged, Resource
from server.api.appearance import schemas, views
from server.api.http.calls import Access, Answer, MemberCall, PageCall
from server.api.http.problems import ApiError, FieldError, unfit
from server.api.http.routes import Routes
from server.api.projects import lists
from server.api.services import live_updates
from server.api.services.audit_context import AuditRule
from server.api.services.rate_limiter import OFTEN, SOMETIMES

routes = Routes("appearance", "How the widget of a project looks.")
ONE: Final = "projects/{project}/appearance"
LOGGED: Final = Look.__struct_fields__
CACHED: Final = ("Cache-Control", "public, max-age=3600")
_WORDS: Final = {
    "background": "the background",
    "text": "the text",
    "accent": "the accent",
    "on_accent": "the text on the accent",
}


@routes.add("GET", ONE, access=Access.AGENT, limit=OFTEN, scope="project:read")
async def get_appearance(call: MemberCall) -> schemas.Appearance:
    """Get how the widget looks."""
    async with call.services.database.connection() as conn:
        kept = await table.by_project(conn, call.project)
        return await _shown(call, conn, kept)


@routes.add(
    "PUT",
    ONE,
    access=Access.MANAGER,
    limit=SOMETIMES,
    problems=("stale",),
    audit=AuditRule("appearance.changed", "appearance", fields=LOGGED, security=True),
    scope="project:write",
)
async def set_appearance(call: MemberCall, body: schemas.AppearanceInput) -> schemas.Appearance:
    """Change how the widget looks.

    Open pages with the widget show it when they are loaded again, within a minute. 422 `contrast` at one of
    the `colours`: two of them have too little contrast for WCAG AA; the text names the nearest colour that
    passes. 409 `stale`: it was changed after the `version` that you send; load it again. A request that
    changes nothing keeps the version and is not logged.
    """
    wanted = _checked(body.look)
    async with call.services.database.transaction() as conn:
        await lists.lock(conn, call.project)
        before = await table.by_project(conn, call.project)
        if before.version != body.version:
            raise ApiError("stale")
        if wanted == before.look:
            return await _shown(call, conn, before)
        if wanted.logo is not None and not await logos.has(conn, call.project, wanted.logo):
            raise unfit("look.logo", "not_found", "Upload the logo first.")
        after = await table.save(conn, call.project, wanted, by=call.member, now=call.now)
        await call.audit(conn, changes=_changes(before.look, wanted))
        shown = await _shown(call, conn, after)
    await lists.publish(call, Resource.APPEARANCE, None, after.version)
    await live_updates.publish(call.services, [ProjectChanged(call.project)])
    return shown


@routes.add(
    "POST",
    ONE + "/preview",
    access=Access.AGENT,
    limit=OFTEN,
    scope="project:read",
    unkeyed="it reads",
)
async def preview_appearance(call: MemberCall, body: schemas.AppearanceDraft) -> schemas.AppearancePreview:
    """Check a look without storing it: what the widget would get, and where contrast is too low."""
    wanted = views.stored(body.look)
    found = _faults(wanted)
    if found:
        return schemas.AppearancePreview(widget=None, faults=found)
    async with call.services.database.connection() as conn:
        seconds = await answer_times.by_project(conn, call.project, now=call.now)
    return schemas.AppearancePreview(
        widget=views.for_widget(wanted, call.project, answer_seconds=seconds), faults=[]
    )


@routes.add("GET", ONE + "/themes", access=Access.AGENT, limit=OFTEN, scope="project:read")
async def list_themes(call: MemberCall) -> schemas.NamedThemes:
    """List the themes with a name."""
    del call
    found = [(name, themes.theme(name)) for name in themes.NAMES]
    return schemas.NamedThemes(
        items=[
            schemas.NamedTheme(name=name, scheme=theme.scheme, tokens=dict(theme.tokens))
            for name, theme in found
        ]
    )


@routes.add("GET", "public/projects/{project}/themes/{word:theme}", access=Access.PAGE, limit=OFTEN)
async def get_theme(call: PageCall, theme: str) -> Answer[schemas.ThemeTokens]:
    """Get the colours of a theme that a page has chosen by `Parley.set`."""
    del call
    if not themes.is_name(theme):
        raise ApiError("not_found")
    found = themes.theme(theme)
    made = schemas.ThemeTokens(scheme=found.scheme, tokens=dict(found.tokens))
    return Answer(value=made, headers=(CACHED,))


def _checked(given: schemas.Look) -> Look:
    """Raises ApiError `invalid`."""
    wanted = views.stored(given)
    if wanted.theme == "own" and wanted.colours is None:
        raise unfit("look.colours", "required", "Choose the colours.")
    if len(msgspec.json.encode(wanted)) > MAX_SIZE:
        raise unfit("look.texts", "too_long", "The texts of all languages together are too long.")
    found = _faults(wanted)
    if found:
        errors = [FieldError(f"look.colours.{one.front}", "contrast", _sentence(one)) for one in found]
        raise ApiError("invalid", errors[0].detail, errors=errors)
    return wanted


def _faults(wanted: Look) -> list[schemas.ContrastFault]:
    """Of own colours, also while another theme is chosen: what is stored can always be used."""
    if wanted.colours is None:
        return []
    return [schemas.ContrastFault(**one._asdict()) for one in palette.faults(wanted.colours)]


def _sentence(one: schemas.ContrastFault) -> str:
    front, ground = _WORDS[one.front], _WORDS[one.ground]
    ratio = math.floor(one.ratio * 100) / 100  # rounded up, it could look as if it passed
    return (
        f"{front[0].upper()}{front[1:]} has a contrast of {ratio:.2f}:1 to {ground}; WCAG AA "
        f"requires {one.needed:g}:1. The nearest colour that passes is {one.nearest_front}."
    )


def _changes(before: Look, after: Look) -> dict[str, object]:
    was, is_now = msgspec.to_builtins(before), msgspec.to_builtins(after)
    return {
        name: {"from": was.get(name), "to": is_now.get(name)}
        for name in LOGGED
        if was.get(name) != is_now.get(name)
    }


async def _shown(call: MemberCall, conn: Connection, kept: table.Kept) -> schemas.Appearance:
    seconds = await answer_times.by_project(conn, call.project, now=call.now)
    return schemas.Appearance(look=views.shown(kept.look), version=kept.version, answer_seconds=seconds)
