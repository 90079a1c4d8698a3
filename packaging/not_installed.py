"""Answers pip: Parley is run from its tree, not installed; a sentence in place of a long error."""

MESSAGE = (
    "Parley is no package: it is run from its directory, with the packages of requirements.lock."
    " See docs/how-to/run-in-production.md."
)


def get_requires_for_build_wheel(config_settings: object = None) -> list[str]:
    """The first question of pip."""
    raise SystemExit(MESSAGE)


def build_wheel(
    wheel_directory: str, config_settings: object = None, metadata_directory: object = None
) -> str:
    """The question of tools that skip the first."""
    raise SystemExit(MESSAGE)


def build_sdist(sdist_directory: str, config_settings: object = None) -> str:
    """Likewise for a source distribution."""
    raise SystemExit(MESSAGE)
