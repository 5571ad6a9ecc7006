"""The words of F and how a cotangent is pulled back through each: the one place where derivatives of words stand.

Names and meaning are NumPy's. A backend provides every word as a plain function; the tape gets, for each word below,
a method that computes on its backend and records. Pulls are written in the same words, so every order follows.
Conventions at kinks and ties are MXNet's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from .formula import Pull, Rule
from .shapes import counted
from .tape import Tape, Var, recorder

WORDS: dict[str, Rule | None] = {}

TWO_OVER_SQRT_PI = 2 / math.sqrt(math.pi)
LN2, LN10 = math.log(2), math.log(10)


def word(
    name: str,
    arguments: str,
    pull: Pull,
    pointwise: bool = False,
    defaults: tuple[Any, ...] = (),
    along: str | None = None,
    kernel: str | None = None,
) -> None:
    """Declare a word: its arguments (the last may be ``*rest``), its pull, and the defaults of trailing arguments."""
    WORDS[name] = Rule(eval(f"lambda F, {arguments}: F.{name}({arguments})"), pull, pointwise, along, kernel)
    setattr(Tape, name, _Word(name, defaults))


class _Word:
    """A word as a method of the tape, compiled when it is first used."""

    def __init__(self, name: str, defaults: tuple[Any, ...]) -> None:
        self.name, self.defaults = name, defaults

    def __get__(self, tape: Tape, owner: type) -> Any:
        rule = WORDS[self.name]
        assert rule is not None
        rule.record = recorder(rule, self.defaults)
        setattr(Tape, self.name, rule.record)
        return getattr(tape, self.name)


def curve(name: str, pull: Pull, arguments: str = "x") -> None:
    """A pointwise word."""
    word(name, arguments, pull, pointwise=True)


def plain(*names: str) -> None:
    """Words without a gradient: the tape computes them on the raw arrays and does not remember."""
    for name in names:
        WORDS[name] = None
        setattr(Tape, name, _plain(name))


def _plain(name: str) -> Callable[..., Any]:
    def method(self: Tape, *args: Any, **kwargs: Any) -> Any:
        return getattr(self.backend, name)(*[a.value if a.__class__ is Var else a for a in args], **kwargs)

    return method


def kept(shape: Sequence[int], axis: Any) -> tuple[int, ...]:
    """A shape with the reduced axes kept as 1."""
    if axis is None:
        return (1,) * len(shape)
    axes = counted(axis, len(shape))
    return tuple(1 if i in axes else n for i, n in enumerate(shape))


# Arithmetic
curve("add", lambda F, ct: (ct, ct), "a, b")
curve("subtract", lambda F, ct: (ct, -ct), "a, b")
curve("multiply", lambda F, ct, a, b: (lambda: ct * b, lambda: ct * a), "a, b")
curve("divide", lambda F, ct, a, b: (lambda: ct / b, lambda: -ct * a / (b * b)), "a, b")
curve("negative", lambda F, ct: (-ct,))
curve("power", lambda F, ct, y, a, b: (lambda: ct * b * F.power(a, b - 1), lambda: ct * y * F.log(a)), "a, b")
curve("mod", lambda F, ct, a, b: (ct, -ct * F.floor(a / b)), "a, b")
curve("maximum", lambda F, ct, a, b: (F.where(a >= b, ct, 0.0), F.where(a < b, ct, 0.0)), "a, b")
curve("minimum", lambda F, ct, a, b: (F.where(a <= b, ct, 0.0), F.where(a > b, ct, 0.0)), "a, b")
curve("hypot", lambda F, ct, a, b, y: (ct * a / y, ct * b / y), "a, b")
curve("where", lambda F, ct, c: (None, F.where(c, ct, 0.0), F.where(c, 0.0, ct)), "c, a, b")
curve("clip", lambda F, ct, x, lo, hi: (F.where((x < lo) | (x > hi), 0.0, ct),), "x, lo, hi")

# Curves of one argument
curve("abs", lambda F, ct, x: (ct * F.sign(x),))
curve("square", lambda F, ct, x: (ct * (2.0 * x),))
curve("sqrt", lambda F, ct, y: (ct * (0.5 / y),))
curve("rsqrt", lambda F, ct, x, y: (ct * (-0.5 * y / x),))
curve("cbrt", lambda F, ct, y: (ct / (3.0 * (y * y)),))
curve("rcbrt", lambda F, ct, x, y: (ct * (y / (-3.0 * x)),))
curve("reciprocal", lambda F, ct, y: (-ct * (y * y),))
curve("exp", lambda F, ct, y: (ct * y,))
curve("expm1", lambda F, ct, x: (ct * F.exp(x),))
curve("log", lambda F, ct, x: (ct / x,))
curve("log2", lambda F, ct, x: (ct / (x * LN2),))
curve("log10", lambda F, ct, x: (ct / (x * LN10),))
curve("log1p", lambda F, ct, x: (ct / (1.0 + x),))
curve("sin", lambda F, ct, x: (ct * F.cos(x),))
curve("cos", lambda F, ct, x: (-ct * F.sin(x),))
curve("tan", lambda F, ct, y: (ct * (y * y + 1.0),))
curve("arcsin", lambda F, ct, x: (ct / F.sqrt(1.0 - x * x),))
curve("arccos", lambda F, ct, x: (-ct / F.sqrt(1.0 - x * x),))
curve("arctan", lambda F, ct, x: (ct / (x * x + 1.0),))
curve("sinh", lambda F, ct, x: (ct * F.cosh(x),))
curve("cosh", lambda F, ct, x: (ct * F.sinh(x),))
curve("tanh", lambda F, ct, y: (ct * (1.0 - y * y),))
curve("arcsinh", lambda F, ct, x: (ct / F.sqrt(x * x + 1.0),))
curve("arccosh", lambda F, ct, x: (ct / F.sqrt(x * x - 1.0),))
curve("arctanh", lambda F, ct, x: (ct / (1.0 - x * x),))
curve("sigmoid", lambda F, ct, y: (ct * (y * (1.0 - y)),))
curve("softplus", lambda F, ct, x: (ct * F.sigmoid(x),))
curve("erf", lambda F, ct, x: (ct * (TWO_OVER_SQRT_PI * F.exp(-x * x)),))
curve("erfinv", lambda F, ct, y: (ct * (F.exp(y * y) / TWO_OVER_SQRT_PI),))
curve("gamma", lambda F, ct, x, y: (ct * (y * F.digamma(x)),))
curve("gammaln", lambda F, ct, x: (ct * F.digamma(x),))
curve("digamma", lambda F, ct, x: (ct * F.polygamma(1, x),))
curve("polygamma", lambda F, ct, n, x: (None, ct * F.polygamma(n + 1, x)), "n, x")
curve("cast", lambda F, ct, x: (F.cast(ct, x.dtype),), "x, dtype")

# Structure, in adjoint pairs
word("reshape", "x, shape", lambda F, ct, x_shape: (F.reshape(ct, x_shape),))
word(
    "transpose",
    "x, axes",
    lambda F, ct, axes: (F.transpose(ct, tuple(sorted(range(len(axes)), key=axes.__getitem__))),),
)
word("flip", "x, axis", lambda F, ct, axis: (F.flip(ct, axis),))
word("broadcast_to", "x, shape", lambda F, ct, x_shape: (F.sum_to(ct, x_shape),))
word("sum_to", "x, shape", lambda F, ct, x_shape: (F.broadcast_to(ct, x_shape),))
word("concat", "axis, *xs", lambda F, ct, axis, xs_shapes: (None, *pieces(F, ct, axis, [s[axis] for s in xs_shapes])))
word("pad", "x, widths, mode", lambda F, ct, widths, mode: (F.unpad(ct, widths, mode),))
word("unpad", "x, widths, mode", lambda F, ct, widths, mode: (F.pad(ct, widths, mode),))
word("index", "x, key", lambda F, ct, x_shape, key: (F.unindex(ct, key, x_shape),))
word("unindex", "x, key, shape", lambda F, ct, key: (F.index(ct, key),))
word("place", "x, key, shape", lambda F, ct, key: (F.index(ct, key),))
word("replace", "x, key, value", lambda F, ct, key, value_shape: (
    F.replace(ct, key, 0.0), None, F.sum_to(F.index(ct, key), value_shape)))  # fmt: skip
word("take", "x, indices, axis", lambda F, ct, x_shape, indices, axis: (F.untake(ct, indices, axis, x_shape),))
word("untake", "x, indices, axis, shape", lambda F, ct, indices, axis: (F.take(ct, indices, axis),))
word("take_along_axis", "x, indices, axis", lambda F, ct, x_shape, indices, axis: (  # indices that do not repeat
    F.untake_along_axis(ct, indices, axis, x_shape),))  # fmt: skip
word(
    "untake_along_axis", "x, indices, axis, shape", lambda F, ct, indices, axis: (F.take_along_axis(ct, indices, axis),)
)
word("sort", "x, axis, descending", lambda F, ct, x, axis, descending: (
    F.untake_along_axis(ct, F.order(x, axis, descending), axis, x.shape),))  # fmt: skip


def pieces(F: Any, x: Any, axis: int, sizes: Sequence[int]) -> list[Any]:
    """x cut along an axis into pieces of the given sizes."""
    out, start = [], 0
    for size in sizes:
        out.append(F.index(x, (slice(None),) * axis + (slice(start, start + size),)))
        start += size
    return out


# Reductions. ``axis`` is an int, a tuple or None.
def _spread(F: Any, ct: Any, shape: Any, axis: Any) -> Any:
    return F.broadcast_to(F.reshape(ct, kept(shape, axis)), shape)


REDUCE = "x, axis, keepdims"
NO_AXIS = (None, False)


def _extreme(F: Any, ct: Any, x: Any, y: Any, axis: Any) -> tuple[Any]:
    """Every element equal to the extreme receives the whole cotangent, as in MXNet."""
    shape = kept(x.shape, axis)
    return (F.where(x == F.reshape(y, shape), F.reshape(ct, shape), 0.0),)


def _prod(F: Any, ct: Any, x: Any, axis: Any) -> tuple[Any]:
    """No division: derivatives of every order are right at zeros too."""
    if not x.size:
        return (F.zeros(x.shape, x.dtype),)
    axes = counted(range(x.ndim) if axis is None else axis, x.ndim)
    order = (*axes, *[i for i in range(x.ndim) if i not in axes])
    count = math.prod([x.shape[i] for i in axes])
    rows = F.reshape(F.transpose(x, order), (count, x.size // count))
    found = _product(F, rows)[1](F.reshape(ct, (1, x.size // count)))
    back = tuple(sorted(range(x.ndim), key=order.__getitem__))
    return (F.transpose(F.reshape(found, tuple([x.shape[i] for i in order])), back),)


def _product(F: Any, rows: Any) -> tuple[Any, Callable[[Any], Any]]:
    """The product of rows, one half times the other and so on, and the function from its cotangent to theirs."""
    count = rows.shape[0]
    if count == 1:
        return rows, lambda ct: ct
    half = count // 2
    a, b = F.index(rows, slice(0, half)), F.index(rows, slice(half, 2 * half))
    y, pull = _product(F, a * b)

    def halves(ct: Any) -> tuple[Any, Any]:
        ct = pull(ct)
        return ct * b, ct * a

    if count == 2 * half:
        return y, lambda ct: F.concat(0, *halves(ct))
    odd = F.index(rows, slice(2 * half, count))
    return y * odd, lambda ct: F.concat(0, *halves(ct * odd), ct * y)


word("sum", REDUCE, lambda F, ct, x_shape, axis: (_spread(F, ct, x_shape, axis),), defaults=NO_AXIS)
word("max", REDUCE, _extreme, defaults=NO_AXIS)
word("min", REDUCE, _extreme, defaults=NO_AXIS)
word("prod", REDUCE, _prod, defaults=NO_AXIS)
word("cumsum", "x, axis", lambda F, ct, axis: (F.flip(F.cumsum(F.flip(ct, axis), axis), axis),))


def _swapped(F: Any, m: Any) -> Any:
    return F.transpose(m, (*range(m.ndim - 2), m.ndim - 1, m.ndim - 2))


# Products of matrices: the last two axes, the others broadcast.
def _matmul(F: Any, ct: Any, a: Any, b: Any) -> tuple[Any, Any]:
    return (
        lambda: F.sum_to(F.matmul(ct, _swapped(F, b)), a.shape),
        lambda: F.sum_to(F.matmul(_swapped(F, a), ct), b.shape),
    )


word("matmul", "a, b", _matmul)

# Convolution. A geometry is (stride, dilate, pad, groups); conv is linear in x and in w, and these are its adjoints.
word("conv", "x, w, geometry", lambda F, ct, x, w, geometry: (
    lambda: F.conv_transpose(ct, w, geometry, x.shape[2:]),
    lambda: F.conv_weight(x, ct, geometry, w.shape[2:])))  # fmt: skip
word("conv_transpose", "y, w, geometry, size", lambda F, ct, y, w, geometry: (
    lambda: F.conv(ct, w, geometry), lambda: F.conv_weight(ct, y, geometry, w.shape[2:])))  # fmt: skip
word("conv_weight", "x, y, geometry, kernel", lambda F, ct, x, y, geometry: (
    lambda: F.conv_transpose(y, ct, geometry, x.shape[2:]), lambda: F.conv(x, ct, geometry)))  # fmt: skip
word("im2col", "x, kernel, geometry", lambda F, ct, x_shape, kernel, geometry: (
    F.col2im(ct, kernel, geometry, x_shape[2:]),))  # fmt: skip
word("col2im", "x, kernel, geometry, size", lambda F, ct, kernel, geometry: (F.im2col(ct, kernel, geometry),))

# Pooling. A window is (kernel, stride, pad, out); taps say which element of its window each maximum is.
word("pool_sum", "x, window, counted", lambda F, ct, x_shape, window, counted: (
    F.unpool_sum(ct, window, x_shape[2:], counted),), defaults=(None,))  # fmt: skip
word("unpool_sum", "x, window, size, counted", lambda F, ct, window, counted: (F.pool_sum(ct, window, counted),))
word("pool_max", "x, window", lambda F, ct, x, y, window: (
    F.pool_unpick(ct, F.pool_taps(x, y, window), window, x.shape[2:]),))  # fmt: skip
word("pool_unpick", "x, taps, window, size", lambda F, ct, taps, window: (F.pool_pick(ct, taps, window),))
word("pool_pick", "x, taps, window", lambda F, ct, x_shape, taps, window: (
    F.pool_unpick(ct, taps, window, x_shape[2:]),))  # fmt: skip
plain("pool_taps")

# Softmax along an axis.
word("softmax", "x, axis", lambda F, ct, y, axis: (
    y * (ct - F.sum(ct * y, axis, True)),), along="axis", kernel="softmax")  # fmt: skip
word("log_softmax", "x, axis", lambda F, ct, y, axis: (
    ct - F.exp(y) * F.sum(ct, axis, True),), along="axis", kernel="log_softmax")  # fmt: skip

# Weighted sums of rows (backend/blend.py): closed under differentiation.
word("blend", "x, places, weights", lambda F, ct, x, places, weights: (
    lambda: F.unblend(ct, places, weights, x.shape[0]), None, lambda: F.blend_products(x, ct, places)))  # fmt: skip
word("unblend", "x, places, weights, size", lambda F, ct, x, places, weights: (
    lambda: F.blend(ct, places, weights), None, lambda: F.blend_products(ct, x, places)))  # fmt: skip
word("blend_products", "x, y, places", lambda F, ct, x, y, places: (
    lambda: F.unblend(y, places, ct, x.shape[0]), lambda: F.blend(x, places, ct)))  # fmt: skip

# Fourier transforms along the last axis, real and imaginary parts in turn: an adjoint pair.
word("fft", "x", lambda F, ct: (F.ifft(ct),))
word("ifft", "x", lambda F, ct: (F.fft(ct),))

# Words without a gradient.
plain("sign", "floor", "ceil", "rint", "round", "trunc", "isnan", "isfinite", "logical_not", "zeros", "ones", "full")
plain("arange", "argmax", "argmin", "order", "indices", "one_hot", "histogram", "nonzero", "asarray", "scalar")
plain(
    "logical_and", "logical_or", "logical_xor", "equal", "not_equal", "greater", "greater_equal", "less", "less_equal"
)
plain("write")  # into an array in place: what a backward updates beside the gradients
plain("all", "any", "int_divide", "copy", "unique_zipfian")
plain("roi_maxima", "nms", "greedy_match", "areas", "overlaps", "multibox_target", "multibox_detection")
plain("align_terms", "rotated_terms", "average_terms", "proposals")
plain("resize", "scale_colors", "turn_hue", "add_light")
plain("calibrate")
