"""Products of matrices: dot and what is built on it."""

from __future__ import annotations

import math
from typing import Any, Literal

from ..core.errors import ArgumentError
from ..core.formula import Rule
from ..core.op import op
from ..core.params import Array, required
from ..core.shapes import shaped

Storage = Literal[None, "csr", "default", "row_sparse"]


def turned(F: Any, x: Any) -> Any:
    """The last two axes exchanged."""
    return F.transpose(x, (*range(x.ndim - 2), x.ndim - 1, x.ndim - 2))


@op(
    dtypes="float",
    samples=[
        dict(lhs=(2, 3), rhs=(3, 2)),
        dict(lhs=(3, 2), rhs=(4, 3), transpose_a=True, transpose_b=True),
        dict(lhs=(3,), rhs=(3,)),
        dict(lhs=(2, 2, 3), rhs=(3, 2, 2)),
    ],
)
def dot(F, lhs: Array, rhs: Array, transpose_a: bool = False, transpose_b: bool = False, forward_stype: Storage = None):
    """The sum of products over the last axis of ``lhs`` and the first axis of ``rhs``.

    The inner product of vectors (of shape (1,)), the product of matrices; with more dimensions the result has the
    remaining axes of both.

    lhs: The left operand, of at least 1 dimension.
    rhs: The right operand, of at least 1 dimension.
    transpose_a: Sum over the first axis of ``lhs`` instead.
    transpose_b: Sum over the last axis of ``rhs`` instead.
    forward_stype: The storage type wanted for the result of sparse operands; the result here is dense.
    """
    if lhs.ndim == rhs.ndim == 2:
        a = F.transpose(lhs, (1, 0)) if transpose_a else lhs
        b = F.transpose(rhs, (1, 0)) if transpose_b else rhs
        if a.shape[1] == b.shape[0]:
            return F.matmul(a, b)
    if not lhs.ndim or not rhs.ndim:
        raise ArgumentError("lhs and rhs must have at least 1 dimension")
    if lhs.ndim == rhs.ndim == 1 and (transpose_a or transpose_b):
        raise ArgumentError("transpose_a and transpose_b do not apply to two vectors")
    a = _matrix(F, lhs, transpose_a, first=False)
    b = _matrix(F, rhs, transpose_b, first=True)
    if a.shape[1] != b.shape[0]:
        raise ArgumentError(f"the axes to sum over differ in size: {a.shape[1]} in lhs, {b.shape[0]} in rhs")
    left = lhs.shape[1:] if transpose_a else lhs.shape[:-1]
    right = rhs.shape[:-1] if transpose_b else rhs.shape[1:]
    return shaped(F, F.matmul(a, b), left + right or (1,))


def _matrix(F: Any, x: Any, transpose: bool, first: bool) -> Any:
    """x as a matrix, all axes but the one to sum over joined; that one comes first (or last) in the result."""
    if x.ndim == 1:
        return F.reshape(x, (-1, 1) if first else (1, -1))
    if x.ndim > 2:
        split = 1 if first != transpose else x.ndim - 1
        x = F.reshape(x, (math.prod(x.shape[:split]), math.prod(x.shape[split:])))
    return F.transpose(x, (1, 0)) if transpose else x


@op(
    dtypes="float",
    samples=[
        dict(lhs=(2, 2, 3), rhs=(2, 3, 2)),
        dict(lhs=(2, 3, 2), rhs=(2, 4, 3), transpose_a=True, transpose_b=True),
    ],
)
def batch_dot(
    F, lhs: Array, rhs: Array, transpose_a: bool = False, transpose_b: bool = False, forward_stype: Storage = None
):
    """Products of matrices, one for each index of the leading axes.

    lhs: The left matrices in the last two axes; at least 3 dimensions.
    rhs: The right matrices; the leading axes are those of ``lhs``.
    transpose_a: Transpose the left matrices first.
    transpose_b: Transpose the right matrices first.
    forward_stype: The storage type wanted for the result of sparse operands; the result here is dense.
    """
    if lhs.ndim < 3 or lhs.ndim != rhs.ndim or lhs.shape[:-2] != rhs.shape[:-2]:
        raise ArgumentError("lhs and rhs must have at least 3 dimensions and the same sizes before the last two")
    return product(F, turned(F, lhs) if transpose_a else lhs, turned(F, rhs) if transpose_b else rhs)


def product(F: Any, a: Any, b: Any) -> Any:
    """The product of the matrices in the last two axes; ArgumentError when they do not fit."""
    if a.shape[-1] != b.shape[-2]:
        raise ArgumentError(f"matrices of {a.shape[-2:]} and {b.shape[-2:]} (transposed as asked) do not multiply")
    return F.matmul(a, b)


@op(dtypes="float", differentiable=False, samples=[dict(args=[(2, 3), (2, 3)]), dict(args=[(2, 2), (3, 2), (1, 2)])])
def khatri_rao(F, *args: Array):
    """The Kronecker product of matrices column by column.

    The result has a row for each combination of rows, those of the last matrix running fastest.

    args: Matrices with the same number of columns.
    """
    if any(x.ndim != 2 or x.shape[1] != args[0].shape[-1] for x in args):
        raise ArgumentError("all inputs must be matrices with the same number of columns")
    out, *rest = args
    for x in rest:
        pairs = F.reshape(out, (out.shape[0], 1, -1)) * F.reshape(x, (1, *x.shape))
        out = F.reshape(pairs, (-1, x.shape[1]))
    return out


AFFINE = Rule(
    lambda F, x, w, b: F.affine(x, w, b),
    lambda F, ct, x, w: (
        lambda: F.matmul(ct, w),
        lambda: F.matmul(F.transpose(ct, (1, 0)), x),
        lambda: F.sum(ct, 0),
    ),
)


@op(
    dtypes="float",
    samples=[
        dict(data=(2, 3), weight=(4, 3), bias=(4,), num_hidden=4),
        dict(data=(2, 3, 2), weight=(4, 6), num_hidden=4, no_bias=True),
        dict(data=(2, 3, 2), weight=(4, 2), bias=(4,), num_hidden=4, flatten=False),
    ],
)
def FullyConnected(
    F,
    data: Array,
    weight: Array,
    bias: Array | None = None,
    num_hidden: int = required,
    no_bias: bool = False,
    flatten: bool = True,
):
    """A layer of neurons each connected to every input: ``data . weight^T + bias``.

    data: The input; the first axis counts the examples.
    weight: The weights, of shape (num_hidden, number of inputs).
    bias: One number per neuron.
    num_hidden: The number of neurons.
    no_bias: Leave the bias out.
    flatten: Take all axes of ``data`` but the first as one axis of inputs; otherwise only the last axis holds them,
        and the others are kept in the result.
    """
    if num_hidden < 1:
        raise ArgumentError(f"num_hidden={num_hidden} must be at least 1")
    if (bias is None) != no_bias:
        raise ArgumentError(f"no_bias={no_bias} {'takes no bias' if no_bias else 'needs the input bias'}")
    x, shape = data, data.shape
    lead = shape[:1] if flatten else shape[:-1]
    if len(shape) == 2:
        inputs = shape[1]
    else:
        inputs = math.prod(shape[len(lead) :])
        x = F.reshape(x, (math.prod(lead), inputs))
    if weight.shape != (num_hidden, inputs):
        raise ArgumentError(
            f"weight has shape {weight.shape}; (num_hidden, number of inputs) is {(num_hidden, inputs)}"
        )
    if bias is not None and bias.shape != (num_hidden,):
        raise ArgumentError(f"bias has shape {bias.shape}; (num_hidden,) is {(num_hidden,)}")
    y = F.matmul(x, F.transpose(weight, (1, 0))) if bias is None else AFFINE(F, x, weight, bias)
    return y if len(lead) == 1 else F.reshape(y, (*lead, num_hidden))
