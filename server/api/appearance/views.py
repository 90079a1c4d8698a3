"""A look as managers get it, and as the widget gets it."""

from functools import lru_cache
from typing import get_args
from uuid import UUID

import msgspec

from core import ids
from core.appearance import look as values
from core.appearance import palette, themes
from core.appearance.look import Font, Icon, Look, Position, Texts
from core.appearance.palette import Colours
from core.appearance.themes import Theme
from core.ids import ProjectId
from server.api.appearance import schemas

PATH = "/logos/{project}/{logo}"


def shown(look: Look) -> schemas.Look:
    """Of what a later release has stored, only what this one knows."""
    made = msgspec.to_builtins(look)
    made["logo"] = None if look.logo is None else str(UUID(bytes=look.logo))
    for name, known in (("theme", values.Theme), ("position", Position), ("icon", Icon), ("font", Font)):
        if name in made and made[name] not in _words(known):
            del made[name]
    return msgspec.convert(made, schemas.Look, from_attributes=True)


def stored(given: schemas.Look) -> Look:
    colours = given.colours
    texts = {language: _texts(text) for language, text in given.texts.items()}
    return Look(
        theme=given.theme,
        colours=None if colours is None else Colours(**msgspec.structs.asdict(colours)),
        position=given.position,
        offset_x=given.offset_x,
        offset_y=given.offset_y,
        icon=given.icon,
        font=given.font,
        logo=None if given.logo is None else given.logo.bytes,
        sound=given.sound,
        auto_open=given.auto_open,
        greeting_after=given.greeting_after,
        answer_time=given.answer_time,
        texts={language: text for language, text in texts.items() if text != Texts()},
    )


def for_widget(
    look: Look, project: ProjectId, *, answer_seconds: int | None
) -> schemas.WidgetAppearance | None:
    """What the widget gets; None: nothing differs from the defaults."""
    seconds = answer_seconds if look.answer_time else None
    if look == Look(answer_time=look.answer_time) and seconds is None:
        return None
    known = shown(look)
    theme = _theme(known.theme, look.colours)
    return schemas.WidgetAppearance(
        scheme=theme.scheme if theme else known.theme if known.theme in {"light", "dark"} else "system",
        tokens=dict(theme.tokens) if theme else None,
        position=known.position,
        offset_x=known.offset_x,
        offset_y=known.offset_y,
        icon=known.icon,
        font=known.font,
        logo=None if look.logo is None else logo_path(project, look.logo),
        sound=known.sound,
        auto_open=known.auto_open,
        greeting_after=known.greeting_after,
        answer_seconds=seconds,
        texts={
            language: schemas.WidgetTexts(**msgspec.structs.asdict(text))
            for language, text in look.texts.items()
        },
    )


def logo_path(project: ProjectId, logo: bytes) -> str:
    return PATH.format(project=ids.text(project), logo=UUID(bytes=logo))


def _theme(name: str, colours: Colours | None) -> Theme | None:
    if themes.is_name(name):
        return themes.theme(name)
    return _own(colours) if name == "own" and colours is not None else None


@lru_cache(maxsize=256)
def _own(colours: Colours) -> Theme:
    """A few milliseconds of work, for every widget that loads."""
    return Theme(palette.scheme_of(colours), palette.tokens(colours))


def _texts(given: schemas.AppearanceTexts) -> Texts:
    return Texts(**{name: text.strip() for name, text in msgspec.structs.asdict(given).items()})


def _words(known: object) -> set[str]:
    """The words of a Literal, or of a union of them."""
    return {word for one in get_args(known) for word in (_words(one) if get_args(one) else {one})}
