"""Pictures: decoded and written anew, so that nothing but their pixels is kept; and thumbnails.

What is hidden in a file (the place where it was taken, a second format behind it, a fault for a decoder) does
not survive. Only the four decoders of the accepted types can be reached.
"""

import warnings
from pathlib import Path
from typing import Final

from PIL import Image, ImageOps, ImageSequence

from core.attachments import limits, types
from core.attachments.archives import DAMAGED, Refusal
from core.attachments.types import FileType

TOO_LARGE: Final = "image_too_large"
FORMATS: Final = {types.JPEG: "JPEG", types.PNG: "PNG", types.GIF: "GIF", types.WEBP: "WEBP"}
QUALITY: Final = 88
THUMBNAIL_QUALITY: Final = 75
MODES: Final = frozenset({"RGB", "RGBA", "L", "LA"})

Image.MAX_IMAGE_PIXELS = limits.MAX_PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)


def make_anew(source: Path, kind: FileType, *, picture: Path, thumbnail: Path) -> tuple[int, int]:
    """Writes both files; returns width and height. Raises Refusal."""
    name = FORMATS[kind]
    try:
        with Image.open(source, formats=(name,)) as opened:
            frames = getattr(opened, "n_frames", 1)
            width, height = opened.size
            if width * height > limits.MAX_PIXELS or frames > limits.MAX_FRAMES:
                raise Refusal(TOO_LARGE)
            if frames > 1:
                if width * height * frames > limits.MAX_ANIMATION:
                    raise Refusal(TOO_LARGE)
                return _animation(opened, name, picture=picture, thumbnail=thumbnail)
            return _still(opened, name, picture=picture, thumbnail=thumbnail)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Refusal(TOO_LARGE) from None
    except (Refusal, MemoryError):
        raise
    except Exception:  # noqa: BLE001  what a decoder raises for broken input is no promise
        raise Refusal(DAMAGED) from None


def _still(opened: Image.Image, name: str, *, picture: Path, thumbnail: Path) -> tuple[int, int]:
    opened.load()
    turned = _plain(ImageOps.exif_transpose(opened))
    if name == "JPEG":
        turned.convert("RGB").save(picture, name, quality=QUALITY)
    elif name == "WEBP":
        turned.save(picture, name, quality=QUALITY)
    else:
        turned.save(picture, name)
    size = turned.size
    _thumbnail(turned, thumbnail)
    return size


def _animation(opened: Image.Image, name: str, *, picture: Path, thumbnail: Path) -> tuple[int, int]:
    frames, durations = [], []
    for frame in ImageSequence.Iterator(opened):
        durations.append(min(60_000, max(20, int(frame.info.get("duration", 100) or 100))))
        frames.append(_plain(frame.convert("RGBA")))
    loop = opened.info.get("loop", 0)
    loop = loop if isinstance(loop, int) and 0 <= loop < 65_536 else 0
    more = {"disposal": 2} if name == "GIF" else {}
    frames[0].save(
        picture, name, save_all=True, append_images=frames[1:], duration=durations, loop=loop, **more
    )
    size = frames[0].size
    _thumbnail(frames[0], thumbnail)
    return size


def _plain(image: Image.Image) -> Image.Image:
    """The pixels alone, in a mode that every format can hold."""
    if image.mode not in MODES:
        image = image.convert("RGBA" if "transparency" in image.info or image.mode in {"P", "PA"} else "RGB")
    made = Image.new(image.mode, image.size)
    made.paste(image)
    return made


def _thumbnail(image: Image.Image, target: Path) -> None:
    """Of a picture that is not needed any more: a copy of it would take 100 MB."""
    image.thumbnail((limits.THUMBNAIL, limits.THUMBNAIL), reducing_gap=2.0)
    image.save(target, "WEBP", quality=THUMBNAIL_QUALITY, method=4)
