"""A worker of a later release: command 99 is a message, and `shout` is a kind. Run by test_later_commands."""

import sys
from typing import Final

import msgspec

from core import commands
from core.commands import Command, PostMessage
from worker import __main__ as program

TYPE: Final = 99
KIND: Final = "shout"

_known = commands.decode


def decode(data: bytes) -> Command:
    """Decodes what the later release can read."""
    array = msgspec.msgpack.decode(data)
    if array[0] == TYPE:
        return _known(msgspec.msgpack.encode([PostMessage.__struct_config__.tag, *array[1:]]))
    return _known(data)


if __name__ == "__main__":
    commands.decode = decode
    commands.KINDS = (*commands.KINDS, KIND)  # type: ignore[misc]
    sys.exit(program.main(sys.argv[1:]))
