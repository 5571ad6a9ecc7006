"""Operators that hand their input on, and differ in what flows back through them."""

from __future__ import annotations

from typing import Any, Literal

from ..core.formula import Rule
from ..core.op import op
from ..core.params import Array
from ..core.shapes import same_shape

COPY = Rule(lambda F, x: F.copy(x), lambda F, ct: (ct,))

BESIDE = Rule(lambda F, x, other: x, lambda F, ct, other: (ct, lambda: F.zeros(other.shape, other.dtype)))
"""x, next to an input that lends its shape or decides, and whose gradient is zero."""

ONES = Rule(lambda F, x: F.copy(x), lambda F, ct: (F.ones(ct.shape, ct.dtype),))


@op(aliases=("identity",), dtypes="any", samples=[dict(data=(2, 3))])
def _copy(F, data: Array):
    """A copy.

    data: The input, of any shape.
    """
    return COPY(F, data)


@op(dtypes="any", samples=[dict(data=(2, 3))])
def _copyto(F, data: Array):
    """A copy; with ``out=`` into an array.

    data: The input, of any shape.
    """
    return COPY(F, data)


@op(aliases=("stop_gradient",), dtypes="any", derivative=False, samples=[dict(data=(2, 3))])
def BlockGrad(F, data: Array):
    """A copy through which no gradient flows back.

    data: The input, of any shape.
    """
    return F.copy(data)


@op(dtypes="any", derivative=False, samples=[dict(data=(2, 3))])
def make_loss(F, data: Array):
    """A copy that starts the backward pass: its gradient is 1 everywhere, whatever comes from above.

    data: The loss, of any shape.
    """
    return ONES(F, data)


def _loss_gradient(F: Any, ct: Any, x: Any, scale: float, thresh: float, normalization: str) -> tuple[Any]:
    weight = F.full(ct.shape, scale, ct.dtype)
    if normalization == "batch":
        weight = weight / x.shape[0]
    elif normalization == "valid":
        weight = weight / F.cast(F.maximum(F.sum(F.cast(x > thresh, "float32")), 1.0), ct.dtype)
    return (weight,)


LOSS = Rule(lambda F, x, scale, thresh, normalization: F.copy(x), _loss_gradient)


@op(
    dtypes="float",
    derivative=False,
    samples=[dict(data=(2, 3)), dict(data=(2, 3), grad_scale=3.0, normalization="batch")],
)
def MakeLoss(
    F,
    data: Array,
    grad_scale: float = 1.0,
    valid_thresh: float = 0.0,
    normalization: Literal["batch", "null", "valid"] = "null",
):
    """A copy that starts the backward pass: its gradient is ``grad_scale``, whatever comes from above.

    data: The loss, of any shape.
    grad_scale: The gradient of every element, before normalization.
    valid_thresh: With ``normalization="valid"``: an element counts when it is larger.
    normalization: What the gradient is divided by: the size of axis 0 (``batch``), how many elements count, at least 1
      (``valid``), or nothing (``null``).
    """
    return LOSS(F, data, grad_scale, valid_thresh, normalization)


@op(dtypes="any", free=("rhs",), samples=[dict(lhs=(2, 3), rhs=(2, 3))])
def _identity_with_attr_like_rhs(F, lhs: Array, rhs: Array):
    """A copy of the left input; the right one has its shape.

    lhs: The input.
    rhs: An array of the same shape.
    """
    same_shape(lhs.shape, rhs.shape)
    return BESIDE(F, COPY(F, lhs), rhs)


def _sparser(F: Any, ct: Any, x: Any, target: float, penalty: float) -> tuple[Any]:
    """The gradient of the Kullback-Leibler divergence of each unit's mean activity from the target comes in."""
    mean = F.sum(x, 0, True) / x.shape[0]
    return (ct + penalty * ((1.0 - target) / (1.0 - mean) - target / mean),)


SPARSER = Rule(lambda F, x, target, penalty: F.copy(x), _sparser)


@op(dtypes="float", derivative=False, samples=[dict(data=(2, 3), domain=(0.1, 0.9)), dict(data=(2, 3), penalty=0.1)])
def IdentityAttachKLSparseReg(
    F, data: Array, sparseness_target: float = 0.1, penalty: float = 0.001, momentum: float = 0.9
):
    """A copy; on the way back each unit is pushed towards a mean activity, as sparse autoencoders want it.

    data: Activities between 0 and 1, of shape (instances, ...).
    sparseness_target: The mean activity to reach, between 0 and 1.
    penalty: The weight of the push.
    momentum: How much of an earlier mean counts; a call on arrays knows no earlier one, and takes that of ``data``.
    """
    return SPARSER(F, data, sparseness_target, penalty)
