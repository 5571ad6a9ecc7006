"""Colours of images, changed by a random amount: what training data is varied with.

Whole numbers are cut off, and kept within the ends of their dtype. Gradients pass these operators unchanged.
"""

from __future__ import annotations

import math
from typing import Any

from ..core.errors import ArgumentError
from ..core.formula import Rule
from ..core.op import declare, op, registry
from ..core.params import Array, Floats
from .identity import COPY
from .image import check

PIXELS = dict(data=(2, 3, 3), domain=(10.0, 200.0))
SCALED = Rule(lambda F, x, factor, how: F.scale_colors(x, factor, how), lambda F, ct: (ct,))
TURNED = Rule(lambda F, x, turn: F.turn_hue(x, turn), lambda F, ct: (ct,))
LIT = Rule(lambda F, x, alpha: F.add_light(x, alpha), lambda F, ct: (ct,))


def _change(F: Any, data: Any, how: str, factor: float) -> Any:
    return TURNED(F, data, factor) if how == "hue" else SCALED(F, data, factor, how)


def _check(data: Any, how: str) -> None:
    if not data.size:
        raise ArgumentError("data has no pixels")
    check(data, channels=(3,) if how in ("hue", "lighting") else (1, 3))


def _random(how: str, summary: str, meaning: str, example: tuple[float, float]) -> None:
    """Declare ``random_NAME``, which changes one property of an image."""

    def body(F, data: Array, min_factor: float, max_factor: float):
        _check(data, how)
        if not 0 <= min_factor <= max_factor < math.inf:
            raise ArgumentError(f"min_factor={min_factor} and max_factor={max_factor} must be at least 0, and rise")
        return _change(F, data, how, F.random.factor(min_factor, max_factor))

    channels = "3 channels" if how == "hue" else "1 or 3 channels"
    doc = (
        f"{summary}\n\n"
        f"data: An image of shape (height, width, channels), of {channels}.\n"
        f"min_factor: The least {meaning}\n"
        f"max_factor: The greatest."
    )
    samples = (dict(PIXELS, min_factor=example[0], max_factor=example[1]),)
    registry.add(declare(body, f"_image_random_{how}", doc, derivative=False, random=True, samples=samples))


_random("brightness", "Makes an image brighter or darker.", "number to multiply by, at least 0.", (0.5, 1.5))
_random(
    "contrast", "Moves pixels away from the mean grey of an image, or towards it.", "factor, at least 0.", (0.5, 1.5)
)
_random("saturation", "Moves colours away from the grey of their brightness, or towards it.", "factor, at least 0.",
        (0.5, 1.5))  # fmt: skip
_random("hue", "Turns the hue of RGB pixels of 0 to 255.", "turn, at least 0; 1 is once around.", (0.8, 1.2))


@op(
    name="_image_random_color_jitter",
    derivative=False,
    random=True,
    samples=[dict(PIXELS, brightness=0.2, contrast=0.3, saturation=0.1, hue=0.1)],
)
def random_color_jitter(F, data: Array, brightness: float, contrast: float, saturation: float, hue: float):
    """Changes brightness, contrast, saturation and hue in random order.

    Each is changed by a factor drawn from 1 less and 1 more than a number; 0 leaves it as it is.

    data: An RGB image of 0 to 255, of shape (height, width, 3).
    brightness: The number for brightness.
    contrast: That for contrast.
    saturation: That for saturation.
    hue: That for the hue.
    """
    ways = dict(brightness=brightness, contrast=contrast, saturation=saturation, hue=hue)
    if not all(0 <= number < math.inf for number in ways.values()):
        raise ArgumentError(f"brightness, contrast, saturation and hue must be at least 0, not {tuple(ways.values())}")
    _check(data, "hue" if hue > 0 else "contrast")
    data = COPY(F, data)
    names = list(ways)
    for number in F.random.order(4):
        how = names[number]
        if ways[how] > 0:
            data = _change(F, data, how, F.random.factor(max(0.0, 1 - ways[how]), 1 + ways[how]))
    return data


@op(
    name="_image_adjust_lighting",
    derivative=False,
    samples=[dict(PIXELS, alpha=(0.1, 0.2, -0.3))],
)
def adjust_lighting(F, data: Array, alpha: Floats):
    """Lights an image along the principal components of the colours of ImageNet.

    data: An RGB image of 0 to 255, of shape (height, width, 3).
    alpha: How much of each of the three components, in standard deviations.
    """
    _check(data, "lighting")
    if len(alpha) != 3:
        raise ArgumentError(f"alpha={alpha} must hold 3 numbers")
    return LIT(F, data, alpha)


@op(name="_image_random_lighting", derivative=False, random=True, samples=[PIXELS])
def random_lighting(F, data: Array, alpha_std: float = 0.05):
    """Lights an image by random amounts along the principal components of the colours of ImageNet.

    data: An RGB image of 0 to 255, of shape (height, width, 3).
    alpha_std: The standard deviation of the amounts.
    """
    _check(data, "lighting")
    return LIT(F, data, F.random.few_normals(3, alpha_std))
