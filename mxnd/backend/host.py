"""F on the CPU: every word as a NumPy or SciPy function on plain arrays."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import scipy.special as special

from ..core.dtypes import BFLOAT16, DTYPES
from ..core.errors import ArgumentError
from ..core.state import Modes
from . import (
    blend,
    blocked,
    boxes,
    calibrate,
    columns,
    contrib,
    convolution,
    curves,
    gather,
    image,
    lapack,
    memory,
    multibox,
    norms,
    ordering,
    pooling,
    products,
    proposal,
    recurrent,
    recurrent_gradient,
    roi,
)
from .blocks import once
from .compiled import LOOPED, numba
from .generator import Generator


def _keep_dtype(ufunc: Any) -> Any:
    """SciPy's functions: float16 is computed in float32, integers in float64."""

    def function(x: Any, *rest: Any) -> Any:
        if x.dtype == np.float16:
            return ufunc(x.astype(np.float32), *rest).astype(np.float16)
        return ufunc(x if x.dtype.kind == "f" else x.astype(np.float64), *rest)

    return function


def cast(x: Any, dtype: Any) -> Any:
    """x in another dtype; the same array when it already has it. bfloat16 is the upper half of a float32."""
    if dtype.__class__ is str:
        dtype = DTYPES[dtype]
    if x.dtype == dtype:
        return x
    if x.dtype == BFLOAT16:
        x = (x.view(np.uint16).astype(np.uint32) << 16).view(np.float32)
    if dtype == BFLOAT16:
        return (x.astype(np.float32).view(np.uint32) >> 16).astype(np.uint16).view(BFLOAT16)
    return x.astype(dtype, copy=False)


def scalar(value: float, dtype: Any) -> Any:
    """A number as an array of ``dtype`` meets it: integers are cut and wrap around, as a C cast does."""
    if dtype.kind == "f":
        return value
    if dtype.kind == "b":
        return np.bool_(value)
    if value != value or value in (float("inf"), float("-inf")):
        raise ArgumentError(f"{value} has no value in {dtype}")
    return np.array(int(value) & 0xFFFFFFFFFFFFFFFF, np.uint64).astype(dtype)[()]


def round_half_away(x: Any) -> Any:
    """Rounds halves away from zero, as C's ``round`` (NumPy rounds them to even)."""
    if x.dtype.kind != "f":
        return x
    whole = np.trunc(x)
    return np.where(np.abs(x - whole) >= 0.5, whole + np.copysign(x.dtype.type(1), x), whole)


def sign(x: Any) -> Any:
    """-1, 0 or 1; 0 for NaN."""
    return (x > 0).astype(x.dtype) - (x < 0).astype(x.dtype)


def softplus(x: Any) -> Any:
    """log(1 + exp(x)); several times faster than ``logaddexp``, float16 in float32."""
    if curves.fits(x):
        return curves.softplus(x)
    wide = x.astype(np.float32) if x.dtype == np.float16 else x
    out = np.exp(-np.abs(wide))
    np.log1p(out, out=out)
    out += np.maximum(wide, 0)
    return out.astype(x.dtype, copy=False)


def sigmoid(x: Any) -> Any:
    """1 / (1 + exp(-x)); float16 in float32."""
    if curves.fits(x):
        return curves.sigmoid(x)
    if x.dtype.kind != "f" or x.dtype.char == "e":
        return special.expit(x)
    out = np.negative(x)
    np.exp(out, out=out)
    out += 1
    return np.reciprocal(out, out=out)


MIDDLE = 1 << 12  # elements from which a program of one block is faster than functions one after the other
CHOOSING = 1 << 14  # and than NumPy's choice alone


def where(c: Any, a: Any, b: Any) -> Any:
    """``a`` where c holds, ``b`` elsewhere."""
    return np.where(c, a, b) if getattr(c, "size", 1) < CHOOSING else once(Plain, "where", c, a, b)


def clip(x: Any, low: Any, high: Any) -> Any:
    """x cut to an interval; NumPy's own function has more to prepare and less to do."""
    return np.minimum(np.maximum(x, low), high) if x.size < MIDDLE else np.clip(x, low, high)


def erf(x: Any) -> Any:
    """The error function."""
    if curves.fits(x):
        return curves.erf(x)
    return Plain.erf(x) if x.size < MIDDLE or x.dtype.char == "d" else once(plain(x.size), "erf", x)


def gamma(x: Any) -> Any:
    """The gamma function as C's ``tgamma`` has it: infinite at 0 with its sign, NaN at negative integers and -inf."""
    at_pole = np.where(x == 0, np.copysign(np.inf, x), np.nan).astype(x.dtype)
    return np.where((x <= 0) & (x == np.floor(x)), at_pole, special.gamma(x))


def gammaln(x: Any) -> Any:
    """log|gamma(x)|; infinite at both infinities."""
    return np.where(np.isinf(x), np.inf, special.gammaln(x))


def sum_to(x: Any, shape: tuple[int, ...]) -> Any:
    """x summed over the axes along which ``shape`` was broadcast to reach x's shape."""
    lead = x.ndim - len(shape)
    axes = tuple(range(lead)) + tuple(i + lead for i, n in enumerate(shape) if n == 1 and x.shape[i + lead] != 1)
    return total(x, axes).reshape(shape) if axes else x.reshape(shape)


def _in_its_dtype(ufunc: Any) -> Callable[..., Any]:
    reduce = ufunc.reduce

    def word(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        """A reduction in x's own dtype; float16 accumulates in float32."""
        if x.dtype.char == "e":
            return reduce(x, axis, np.float32, keepdims=keepdims).astype(np.float16)
        return reduce(x, axis, x.dtype, keepdims=keepdims)

    return word


total, product = _in_its_dtype(np.add), _in_its_dtype(np.multiply)


def index(x: Any, key: Any) -> Any:
    """``x[key]``."""
    return x[key]


def unindex(ct: Any, key: Any, shape: tuple[int, ...]) -> Any:
    """Zeros of ``shape`` with ``ct`` added at ``key``: the adjoint of ``index``."""
    parts = key if isinstance(key, tuple) else (key,)
    if not any(isinstance(part, (np.ndarray, list)) for part in parts):
        return blocked.zeros_around(ct, key, shape)
    out = np.zeros(shape, ct.dtype)
    np.add.at(out, key, ct)
    return out


def replace(x: Any, key: Any, value: Any) -> Any:
    """A copy of x with ``value`` at ``key``."""
    out = x.copy()
    out[key] = value
    return out


def store(target: Any, key: Any, value: Any) -> None:
    """``target[key] = value``."""
    target[key] = value


def accumulate(target: Any, x: Any) -> None:
    """``target += x``."""
    target += x if x.flags.c_contiguous else blocked.contiguous(x)  # faster than strided


def shared(a: Any, b: Any) -> str:
    """Do two arrays share memory: "wholly", element by element, "partly", or "" for not."""
    if not np.may_share_memory(a, b):
        return ""
    same = a.ctypes.data == b.ctypes.data and a.shape == b.shape and a.strides == b.strides
    return "wholly" if same else "partly"


def softmax(x: Any, axis: int, logarithm: bool = False) -> Any:
    """exp(x) over its sum along an axis, shifted by the maximum, or its logarithm; float16 is computed in float32."""
    if x.size >= LOOPED and numba() is not None and (found := norms.softmax(x, axis, logarithm)) is not NotImplemented:
        return found
    if x.dtype.char == "e":
        return softmax(x.astype(np.float32), axis, logarithm).astype(x.dtype)
    keep = x.ndim > 1  # a number in place of an array of one, and no names, save a quarter of the time
    e = x - np.maximum.reduce(x, axis, None, None, keep)
    p = np.exp(e) if logarithm else np.exp(e, e)
    n = x.shape[-1]
    if x.ndim == 2 and n <= SHORT and axis in (1, -1) and n * x.size <= products.ALONE:
        total = p.dot(_ones(n, p.dtype))
    else:
        total = np.add.reduce(p, axis, None, None, keep)
    if logarithm:
        e -= np.log(total)
    else:
        e /= total
    return e


SHORT = 32  # elements of rows whose sum, as often as there are elements, is a quicker product than it is to spread it


@functools.lru_cache(128)
def _ones(n: int, dtype: Any) -> Any:
    return np.ones((n, n), dtype)


def log_softmax(x: Any, axis: int) -> Any:
    """The logarithm of ``softmax``."""
    return softmax(x, axis, logarithm=True)


def int_divide(a: Any, b: Any) -> Any:
    """C's integer division, which cuts toward zero; dividing by zero is an error."""
    if np.any(np.equal(b, 0)):
        raise ArgumentError("integer division by zero")
    quotient = np.floor_divide(a, b)
    return quotient + ((np.remainder(a, b) != 0) & ((np.less(a, 0)) != (np.less(b, 0))))


def mod(a: Any, b: Any) -> Any:
    """Remainder with the sign of the divisor, 0 where the divisor is 0."""
    remainder = np.mod(a, b)
    return np.where(np.equal(b, 0), remainder.dtype.type(0), remainder)


class Host(Modes):
    """The words on NumPy arrays, with the random generator of one CPU context."""

    ndarray = np.ndarray
    empty, shared, store = staticmethod(memory.empty), staticmethod(shared), staticmethod(store)
    accumulate, release = staticmethod(accumulate), staticmethod(memory.release)

    def __init__(self, seed: int = 0) -> None:
        self.random = Generator(seed)
        self.wide: Any = None  # the F for large arrays, once there is one

    def apply(self, rule: Any, args: tuple[Any, ...]) -> Any:
        if not (rule.pointwise or rule.kernel) or args[0].size < MIDDLE or not self._compiles():
            return rule.value(self, *args)
        wide = self.wide
        found = wide.formula(rule, args) if rule.pointwise else wide.by_kernel(wide.values, rule.kernel, args)
        return rule.value(self, *args) if found is NotImplemented else found

    def pull(self, pull: Any, args: list[Any], wanted: Sequence[Any], shapes: Any) -> Any:
        ct = args[0]
        if ct.__class__ is list or ct.size < MIDDLE or not self._compiles():
            return pull(self, *args)
        if hasattr(pull, "pointwise"):
            found = NotImplemented if shapes else self.wide.cotangents(pull, args, wanted)
        else:
            found = self.wide.by_kernel(self.wide.pulls, getattr(pull, "kernel", None), args)
        return pull(self, *args) if found is NotImplemented else found

    def _compiles(self) -> bool:
        return self.wide is not None and numba() is not None

    add, subtract, multiply, divide, power = np.add, np.subtract, np.multiply, np.true_divide, np.power
    negative, maximum, minimum, hypot = np.negative, np.maximum, np.minimum, np.hypot
    where = staticmethod(where)
    mod = staticmethod(mod)
    int_divide = staticmethod(int_divide)
    clip = staticmethod(clip)
    abs, square, sqrt, exp, expm1 = np.abs, np.square, np.sqrt, np.exp, np.expm1
    sign = staticmethod(sign)
    log, log2, log10, log1p = np.log, np.log2, np.log10, np.log1p
    sin, cos, tan, arcsin, arccos, arctan = np.sin, np.cos, np.tan, np.arcsin, np.arccos, np.arctan
    sinh, cosh, tanh, arcsinh, arccosh, arctanh = np.sinh, np.cosh, np.tanh, np.arcsinh, np.arccosh, np.arctanh
    floor, ceil, rint, trunc = np.floor, np.ceil, np.rint, np.trunc
    round = staticmethod(round_half_away)
    cbrt = np.cbrt
    rsqrt = staticmethod(lambda x: 1 / np.sqrt(x))
    rcbrt = staticmethod(lambda x: 1 / np.cbrt(x))
    reciprocal = staticmethod(lambda x: 1 / x)
    softplus = staticmethod(softplus)
    sigmoid = staticmethod(sigmoid)
    erf = staticmethod(erf)
    erfinv = staticmethod(_keep_dtype(special.erfinv))
    gamma = staticmethod(_keep_dtype(gamma))
    gammaln = staticmethod(_keep_dtype(gammaln))
    digamma = staticmethod(_keep_dtype(special.digamma))
    polygamma = staticmethod(lambda n, x: special.polygamma(n, x).astype(x.dtype))
    isnan, isfinite, logical_not = np.isnan, np.isfinite, np.logical_not
    logical_and, logical_or, logical_xor = np.logical_and, np.logical_or, np.logical_xor
    equal, not_equal = np.equal, np.not_equal
    greater, greater_equal, less, less_equal = np.greater, np.greater_equal, np.less, np.less_equal
    cast, scalar = staticmethod(cast), staticmethod(scalar)

    reshape = staticmethod(blocked.reshape)
    transpose = staticmethod(np.ndarray.transpose)  # NumPy's function of that name takes longer to call
    flip, broadcast_to = staticmethod(np.flip), staticmethod(np.broadcast_to)
    concat, pad, unpad = map(staticmethod, (blocked.concat, blocked.pad, blocked.unpad))
    sum_to = staticmethod(sum_to)
    index, unindex, replace = staticmethod(index), staticmethod(unindex), staticmethod(replace)
    indices, take, untake = map(staticmethod, (gather.indices, gather.take, gather.untake))
    place, one_hot = staticmethod(gather.place), staticmethod(gather.one_hot)
    blend, unblend, blend_products = map(staticmethod, (blend.blend, blend.unblend, blend.blend_products))
    roi_maxima = staticmethod(roi.roi_maxima)
    nms, greedy_match, areas, overlaps = map(staticmethod, (boxes.nms, boxes.greedy_match, boxes.areas, boxes.overlaps))
    multibox_target, multibox_detection = map(staticmethod, (multibox.multibox_target, multibox.multibox_detection))
    align_terms, rotated_terms, average_terms = map(
        staticmethod, (roi.align_terms, roi.rotated_terms, roi.average_terms)
    )
    proposals = staticmethod(proposal.proposals)
    resize, scale_colors = staticmethod(image.resize), staticmethod(image.scale_colors)
    turn_hue, add_light = staticmethod(image.turn_hue), staticmethod(image.add_light)
    calibrate = staticmethod(calibrate.calibrate)
    take_along_axis, untake_along_axis = staticmethod(gather.take_along_axis), staticmethod(gather.untake_along_axis)
    sum = staticmethod(total)
    prod = staticmethod(product)
    max = staticmethod(lambda x, axis=None, keepdims=False: np.maximum.reduce(x, axis, keepdims=keepdims))
    min = staticmethod(lambda x, axis=None, keepdims=False: np.minimum.reduce(x, axis, keepdims=keepdims))
    all, any = staticmethod(np.all), staticmethod(np.any)
    cumsum = staticmethod(lambda x, axis: np.cumsum(x, axis, dtype=x.dtype))
    matmul, affine = staticmethod(products.matmul), staticmethod(products.affine)
    conv, conv_transpose = staticmethod(convolution.conv), staticmethod(convolution.conv_transpose)
    conv_weight = staticmethod(convolution.conv_weight)
    im2col, col2im = staticmethod(columns.im2col), staticmethod(columns.col2im)
    pool_sum, unpool_sum = staticmethod(pooling.pool_sum), staticmethod(pooling.unpool_sum)
    pool_max, pool_taps = staticmethod(pooling.pool_max), staticmethod(pooling.pool_taps)
    pool_pick, pool_unpick = staticmethod(pooling.pool_pick), staticmethod(pooling.pool_unpick)
    softmax, log_softmax = staticmethod(softmax), staticmethod(log_softmax)
    argmax, argmin = staticmethod(ordering.argmax), staticmethod(ordering.argmin)
    order, sort = staticmethod(ordering.order), staticmethod(ordering.sort)
    cholesky, inverse, solve_triangular = map(staticmethod, (lapack.cholesky, lapack.inverse, lapack.solve_triangular))
    lq, eigh, det, slogdet = map(staticmethod, (lapack.lq, lapack.eigh, lapack.det, lapack.slogdet))
    elman, gru, lstm = map(staticmethod, (recurrent.elman, recurrent.gru, recurrent.lstm))
    lstm_states = staticmethod(recurrent.lstm_states)
    elman_gradient, gru_gradient = map(
        staticmethod, (recurrent_gradient.elman_gradient, recurrent_gradient.gru_gradient)
    )
    lstm_gradient = staticmethod(recurrent_gradient.lstm_gradient)
    fft, ifft = staticmethod(contrib.fft), staticmethod(contrib.ifft)

    def unique_zipfian(self, most: int, shape: tuple[int, int]) -> Any:
        return contrib.unique_zipfian(self.random, most, shape)

    histogram, nonzero = staticmethod(np.histogram), staticmethod(np.nonzero)
    zeros, ones, full, arange, asarray = map(staticmethod, (np.zeros, np.ones, np.full, np.arange, np.asarray))
    copy, new, write = staticmethod(blocked.contiguous), staticmethod(blocked.contiguous), staticmethod(blocked.write)
    to_host = staticmethod(lambda x: np.array(x))
    from_host = staticmethod(lambda x: x)
    synchronize = staticmethod(lambda: None)


class Plain(Host):
    """What the steps of a program call for a word that has no lowering: functions that never start a program."""

    large = True  # its programs are those of arrays that have loops of their own for some curves (curves.py)
    where = staticmethod(np.where)
    erf = staticmethod(_keep_dtype(special.erf))


class Middle(Plain):
    """The same for arrays that have not."""

    large = False


def plain(size: int) -> type[Plain]:
    """What the programs of arrays with so many elements call."""
    return Plain if size >= LOOPED else Middle
