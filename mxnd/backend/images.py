"""Pictures as bytes and as arrays, with Pillow where MXNet has OpenCV: uint8, channels in the order blue, green, red.

What is the same as with OpenCV 4.8, and what is not, was measured: JPEG bytes and pixels are equal, alike PNG and BMP
pixels. Grey values made from a coloured PNG, and the pixels of a CMYK JPEG, differ by 1 at most.
"""

from __future__ import annotations

import io
import os
from typing import Any

import numpy as np

from ..core.errors import ArgumentError, ArgumentTypeError, MXNetError

FORMATS = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".bmp": "BMP"}
MODES = {-1: "as stored", 0: "grey", 1: "colour"}


def pillow() -> Any:
    """The Pillow package; MXNetError when it is not installed."""
    try:
        from PIL import Image, ImageOps  # noqa: F401
    except ImportError:
        raise MXNetError("images need Pillow: pip install 'mxnd[image]'") from None
    import PIL

    return PIL


def encode(image: Any, extension: str = ".jpg", quality: int = 95) -> bytes:
    """The bytes of a picture file.

    image: uint8 of shape (H, W), (H, W, 1), (H, W, 3) in BGR or (H, W, 4) in BGRA; JPEG leaves the alpha channel out.
    extension: ``.jpg``, ``.jpeg``, ``.png`` or ``.bmp``, in any case.
    quality: 0 to 100 for JPEG; for PNG how hard to compress, 0 to 9. Values beyond are cut to the range.
    """
    if extension.lower() not in FORMATS:
        raise ArgumentError(f"img_fmt={extension!r} is not one of {', '.join(FORMATS)}")
    pixels = np.asarray(image)
    if pixels.dtype != np.uint8:
        raise ArgumentTypeError(f"img is {pixels.dtype}; an image is uint8, with values from 0 to 255")
    if pixels.ndim not in (2, 3) or pixels.shape[2:] not in ((), (1,), (3,), (4,)) or not pixels.size:
        raise ArgumentError(f"img has shape {pixels.shape}; an image is (H, W), (H, W, 1), (H, W, 3) or (H, W, 4)")
    kind = FORMATS[extension.lower()]
    options = {"JPEG": {"quality": min(max(quality, 1), 100)}, "PNG": {"compress_level": min(max(quality, 0), 9)}}
    if kind == "JPEG":
        pixels = pixels[..., :3] if pixels.ndim == 3 else pixels
    file = io.BytesIO()
    picture = pillow().Image.fromarray(np.ascontiguousarray(_swapped(pixels)))
    picture.save(file, kind, **options.get(kind, {}))
    return file.getvalue()


def decode(data: bytes, mode: int = -1) -> np.ndarray[Any, Any]:
    """The pixels of a picture file, uint8: (H, W) for grey ones, (H, W, 3) in BGR, (H, W, 4) in BGRA.

    mode: -1 as stored (transparency kept, orientation ignored), 0 grey, 1 colour; both turned as the file asks for.
    MXNetError when the bytes are no picture, or only part of one.
    """
    if mode not in MODES:
        allowed = ", ".join(f"{number} ({words})" for number, words in MODES.items())
        raise ArgumentError(f"iscolor={mode!r} is not one of {allowed}")
    PIL = pillow()
    try:
        with PIL.Image.open(io.BytesIO(data)) as picture:
            if picture.mode.startswith(("I", "F")):
                raise ArgumentTypeError(f"the image has more than 8 bits a channel (Pillow's mode {picture.mode})")
            if mode == 0:
                picture.draft("L", picture.size)  # JPEG stores brightness as such
            turned = picture if mode == -1 else PIL.ImageOps.exif_transpose(picture)
            return _swapped(np.array(turned.convert(_target(turned, mode))))
    except MXNetError:
        raise
    except (OSError, SyntaxError, ValueError, PIL.Image.DecompressionBombError) as error:  # all of them Pillow raises
        text = str(error).replace(f"{os.linesep}", " ")
        what = f"{len(data)} bytes" if "cannot identify" in text else f"{len(data)} bytes ({text})"
        raise MXNetError(f"not an image that can be read: {what}") from None


def _target(picture: Any, mode: int) -> str:
    """Pillow's name for the kind of pixels to return."""
    grey = picture.mode in ("1", "L")
    if mode == -1 and not grey:
        transparent = picture.mode in ("LA", "PA", "RGBA") or "transparency" in picture.info
        return "RGBA" if transparent else "RGB"
    return "RGB" if mode == 1 else "L"


def _swapped(pixels: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Red and blue exchanged, a single channel without its axis."""
    if pixels.ndim == 2:
        return pixels
    order = {1: [0], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[pixels.shape[2]]
    return pixels[..., 0] if len(order) == 1 else np.ascontiguousarray(pixels[..., order])
