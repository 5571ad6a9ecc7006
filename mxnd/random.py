"""``mx.random`` and ``mx.nd.random``, which are one: the seed, and samplers of numbers and of arrays.

The parameters of a distribution are numbers (one distribution; ``shape`` is that of the result) or NDArrays of one
shape (a distribution for each element; ``shape`` follows theirs in the result). Where nothing is said the result takes
dtype, and of numbers shape and context too, from ``out``; without that it is one float32 number on the current context.
R's names work too: ``mx.nd.random.negative.binomial`` and ``mx.nd.random.pdf.normal`` are operators.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .array import NDArray
from .array.functions import function
from .context import Context, as_context
from .core.errors import ArgumentError, ArgumentTypeError

__all__ = [
    *("exponential", "gamma", "generalized_negative_binomial", "multinomial", "negative_binomial", "normal", "poisson"),
    *("randint", "randn", "seed", "shuffle", "uniform"),
]

Real = float | NDArray
Size = int | Sequence[int] | None
Ctx = Context | str | None
Out = NDArray | None
NUMBER = (int, float, np.generic)


def seed(seed_state: int, ctx: Ctx = "all") -> None:
    """Start the random streams again.

    seed_state: Any int; its low 32 bits count. ctx: The context whose streams are meant; ``"all"`` means every one.
    All CPU contexts have the same streams. Naming one seeds ``shuffle`` and ``multinomial`` otherwise than ``"all"``.
    """
    if not isinstance(seed_state, int | np.integer):
        raise ArgumentError(f"seed: seed_state must be an int, not {seed_state!r}")
    if isinstance(ctx, str) and ctx == "all":
        Context.seed_all(int(seed_state))
    else:
        as_context(ctx).F.random.seed(int(seed_state), per_context=True)


def _draw(name: str, parameters: dict[str, Any], shape: Size, dtype: Any, ctx: Ctx, out: Out, more: Any) -> Any:
    """``_random_NAME`` for numbers, ``_sample_NAME`` for arrays."""
    if out is not None:
        if not isinstance(out, NDArray):
            raise ArgumentTypeError(f"{name}: out must be an NDArray, not {type(out).__name__}")
        dtype = out.dtype if dtype is None else dtype
    arrays = [isinstance(value, NDArray) for value in parameters.values()]
    if all(arrays):
        shape = () if shape is None else shape
        return function(f"_sample_{name}")(*parameters.values(), shape=shape, dtype=dtype, out=out, **more)
    if any(arrays):
        raise ArgumentTypeError(f"{name}: {' and '.join(parameters)} must both be numbers or both NDArrays")
    for key, value in parameters.items():
        if not isinstance(value, NUMBER):
            raise ArgumentTypeError(f"{name}: {key} must be a number or an NDArray, not {type(value).__name__}")
    if shape is None:
        shape = 1 if out is None else out.shape
    if ctx is None:
        ctx = "" if out is None else out.context  # "" is the operator's default: the current one
    return function(f"_random_{name}")(*parameters.values(), shape=shape, dtype=dtype, ctx=ctx, out=out, **more)


def uniform(
    low: Real = 0,
    high: Real = 1,
    shape: Size = None,
    dtype: Any = None,
    ctx: Ctx = None,
    out: Out = None,
    **kwargs: Any,
) -> NDArray:
    """Real numbers drawn evenly from [low, high)."""
    return _draw("uniform", {"low": low, "high": high}, shape, dtype, ctx, out, kwargs)


def normal(
    loc: Real = 0,
    scale: Real = 1,
    shape: Size = None,
    dtype: Any = None,
    ctx: Ctx = None,
    out: Out = None,
    **kwargs: Any,
) -> NDArray:
    """Normal numbers with mean ``loc`` and standard deviation ``scale``."""
    return _draw("normal", {"loc": loc, "scale": scale}, shape, dtype, ctx, out, kwargs)


def randn(
    *shape: int, loc: Real = 0, scale: Real = 1, dtype: Any = None, ctx: Ctx = None, out: Out = None, **kwargs: Any
) -> NDArray:
    """``normal`` with the shape as separate numbers: ``randn(2, 3)``."""
    return _draw("normal", {"loc": loc, "scale": scale}, shape or None, dtype, ctx, out, kwargs)


def poisson(
    lam: Real = 1, shape: Size = None, dtype: Any = None, ctx: Ctx = None, out: Out = None, **kwargs: Any
) -> NDArray:
    """Whole numbers, as floats, with mean ``lam``."""
    return _draw("poisson", {"lam": lam}, shape, dtype, ctx, out, kwargs)


def exponential(
    scale: Real = 1, shape: Size = None, dtype: Any = None, ctx: Ctx = None, out: Out = None, **kwargs: Any
) -> NDArray:
    """Exponential numbers with mean ``scale``; R's function takes ``lam``, the rate 1 / scale, in its place."""
    if "lam" not in kwargs and not isinstance(scale, NDArray) and not (isinstance(scale, NUMBER) and scale > 0):
        raise ArgumentError(f"exponential: scale must be a number above 0 or an NDArray; got {scale!r}")
    lam = kwargs.pop("lam") if "lam" in kwargs else 1.0 / scale
    return _draw("exponential", {"lam": lam}, shape, dtype, ctx, out, kwargs)


def gamma(
    alpha: Real = 1,
    beta: Real = 1,
    shape: Size = None,
    dtype: Any = None,
    ctx: Ctx = None,
    out: Out = None,
    **kwargs: Any,
) -> NDArray:
    """Gamma numbers of shape parameter ``alpha`` and scale ``beta``: their mean is alpha * beta."""
    return _draw("gamma", {"alpha": alpha, "beta": beta}, shape, dtype, ctx, out, kwargs)


def negative_binomial(
    k: Real = 1, p: Real = 1, shape: Size = None, dtype: Any = None, ctx: Ctx = None, out: Out = None, **kwargs: Any
) -> NDArray:
    """How often trials fail, as floats, before the ``k``-th success of probability ``p``."""
    return _draw("negative_binomial", {"k": k, "p": p}, shape, dtype, ctx, out, kwargs)


def generalized_negative_binomial(
    mu: Real = 1,
    alpha: Real = 1,
    shape: Size = None,
    dtype: Any = None,
    ctx: Ctx = None,
    out: Out = None,
    **kwargs: Any,
) -> NDArray:
    """Whole numbers, as floats, with mean ``mu`` and variance mu + alpha * mu * mu."""
    return _draw("generalized_negative_binomial", {"mu": mu, "alpha": alpha}, shape, dtype, ctx, out, kwargs)


def randint(
    low: int, high: int, shape: Size = None, dtype: Any = None, ctx: Ctx = None, out: Out = None, **kwargs: Any
) -> NDArray:
    """Whole numbers drawn evenly from [low, high): int32, or int64 if ``dtype`` says so."""
    if isinstance(low, NDArray) or isinstance(high, NDArray):
        raise ArgumentTypeError("randint: low and high must be ints, not NDArrays")
    return _draw("randint", {"low": low, "high": high}, shape, dtype, ctx, out, kwargs)


def multinomial(
    data: NDArray, shape: Size = None, get_prob: bool = False, out: Any = None, dtype: Any = "int32", **kwargs: Any
) -> NDArray | list[NDArray]:
    """Categories, numbered from 0, drawn with the probabilities along the last axis of ``data``.

    ``shape`` takes the place of that axis; left out, one category is drawn. With ``get_prob`` the logarithms of the
    probabilities of what was drawn come second, and carry a gradient into ``data``.
    """
    shape = () if shape is None else shape
    return function("_sample_multinomial")(data, shape, get_prob, out=out, dtype=dtype, **kwargs)


def shuffle(data: NDArray, **kwargs: Any) -> NDArray:
    """A copy with the slices along the first axis in random order. ``out=``: where to write it."""
    return function("_shuffle")(data, **kwargs)


def __getattr__(name: str) -> Any:
    """Operators that have no function here, such as ``uniform_like``, and the beginnings of R's dotted names."""
    from . import nd

    return nd.member("mx.nd.random", name, ("random_", "_random_"), __all__)
