"""Where attached files are kept, and the program that examines them."""

import shlex
import shutil
from collections.abc import Iterator

from core.storage import opening
from core.storage.store import StorageUnavailable
from server.doctor.findings import Code, Finding, found
from server.doctor.installation import Installation


def examine(installation: Installation) -> Iterator[Finding]:
    """Writes a small file, reads it and deletes it."""
    settings = installation.settings
    try:
        opening.of(settings).check()
    except StorageUnavailable as error:
        yield found(
            Code.STORAGE_AWAY,
            f"attached files cannot be stored: {error}",
            "PARLEY_STORAGE= with a directory that this user can write to, or a bucket with its key",
        )
    if settings.antivirus_command:
        program = shlex.split(settings.antivirus_command)[0]
        if shutil.which(program) is None:
            yield found(
                Code.ANTIVIRUS_MISSING,
                f"{program} of PARLEY_ANTIVIRUS_COMMAND was not found on this machine: every file is refused",
                "install it on every machine with a server, or correct its path",
            )
