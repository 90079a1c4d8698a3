"""The YAML documents of deploy/, and the settings that they give to our processes."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import yaml

from core.config import settings
from tests.proxies.shipped import DEPLOY

COMPOSE: Final = DEPLOY / "compose" / "compose.yaml"
KUBERNETES: Final = DEPLOY / "kubernetes"
UNITS: Final = DEPLOY / "systemd"
_VARIABLE: Final = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")
SECRET: Final = "a-key-of-random-characters-0123456789"


def compose(given: Mapping[str, str]) -> dict[str, Any]:
    """The services file, with the variables of an .env filled in."""

    def filled(value: Any) -> Any:
        match value:
            case str():
                return _VARIABLE.sub(lambda found: given.get(found[1]) or _default(found), value)
            case list():
                return [filled(each) for each in value]
            case dict():
                return {name: filled(each) for name, each in value.items()}
        return value

    made: dict[str, Any] = filled(yaml.safe_load(COMPOSE.read_text(encoding="utf-8")))
    return made


def _default(found: re.Match[str]) -> str:
    assert found[2] != "?", f"{found[1]} is not set"
    return found[3] or ""


def variables() -> set[str]:
    """The variables that the services file takes from .env."""
    return {found[1] for found in _VARIABLE.finditer(COMPOSE.read_text(encoding="utf-8"))}


def environment_file(text: str) -> dict[str, str]:
    """Names and values, as Compose and systemd read them."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {name: value.strip('"') for name, _, value in (line.partition("=") for line in lines)}


def objects() -> Iterator[dict[str, Any]]:
    """The objects of Kubernetes."""
    for path in sorted(KUBERNETES.glob("*.yaml")):
        if path.name != "kustomization.yaml":
            yield from yaml.safe_load_all(path.read_text(encoding="utf-8"))


def read(environ: Mapping[str, str]) -> settings.Settings:
    """The settings as a process reads them; raises SettingsError for a name or a value that it refuses."""
    filled = {**environ, "PARLEY_SECRET_KEY": environ.get("PARLEY_SECRET_KEY") or SECRET}
    return settings.read(filled)
