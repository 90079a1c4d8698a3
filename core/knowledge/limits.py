"""How large an article may be: for the API, the database and the process that reads documents."""

from typing import Final

MAX_CONTENT: Final = 200_000  # code points
MAX_URL: Final = 2_000  # code points, and bytes: an index has it, whose entries are bounded in bytes
