"""The limits of attachments, with their units."""

from typing import Final

SECONDS: Final = 1000  # ms
MINUTES: Final = 60 * SECONDS
MEGABYTES: Final = 1024 * 1024

MAX_BYTES: Final = 10 * MEGABYTES
TICKET_TTL: Final = 15 * MINUTES  # until an upload must have begun
UPLOAD_LEASE: Final = 4 * MINUTES  # of one upload, examination included; its route takes half as long
UNSENT_TTL: Final = 60 * MINUTES  # of an uploaded file that no message takes
MAX_UNSENT: Final = 20  # files of one sender that no message has
MAX_UNSENT_BYTES: Final = 50 * MEGABYTES
URL_TTL: Final = 10 * MINUTES  # for which a signed URL is valid

MAX_PIXELS: Final = 25_000_000  # of a picture
MAX_FRAMES: Final = 200  # of an animation
MAX_ANIMATION: Final = 25_000_000  # pixels of all its frames together
THUMBNAIL: Final = 400  # pixels of its longer side
MAX_UNPACKED: Final = 500 * MEGABYTES  # of an archive, as it says
MAX_RATIO: Final = 150  # how many times as large an archive may become
RATIO_FROM: Final = 20 * MEGABYTES  # unpacked; below it no ratio is too large
MAX_ENTRIES: Final = 5_000  # of an archive
