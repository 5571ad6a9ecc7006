"""Operators made for row_sparse arrays; here what they mean on dense ones."""

from __future__ import annotations

from ..core.errors import ArgumentError
from ..core.op import op
from ..core.params import Array
from .optimizer import scaled, step


@op(
    free=("indices",),
    samples=[dict(data=(4, 2), indices=[0, 2])],
)
def _sparse_retain(F, data: Array, indices: Array):
    """Some rows as they are, the others 0.

    data: The input, of at least 1 dimension; MXNet takes only row_sparse ones.
    indices: The numbers of the rows to keep, of any shape and dtype.
    """
    rows = F.cast(F.reshape(indices, (-1,)), "int64")
    if rows.size and not 0 <= F.min(rows, (0,), False) <= F.max(rows, (0,), False) < data.shape[0]:
        raise ArgumentError(f"indices must lie between 0 and {data.shape[0] - 1}")
    kept = F.unindex(F.ones(rows.shape, data.dtype), (rows,), data.shape[:1]) > 0
    return F.where(F.reshape(kept, (-1,) + (1,) * (data.ndim - 1)), data, F.zeros(data.shape, data.dtype))


@step("history", samples=[dict(epsilon=4.0)])
def _sparse_adagrad_update(
    F, weight: Array, grad: Array, history: Array, lr: float, epsilon: float = 1e-7, wd: float = 0.0,
    rescale_grad: float = 1.0, clip_gradient: float = -1.0,
):  # fmt: skip
    """AdaGrad (Duchi et al., 2011): ``history += grad**2``, ``weight - lr * grad / sqrt(history + epsilon)``.

    With a row_sparse gradient only its rows change.

    history: The sum of squared gradients; updated.
    wd: Must be 0, as in MXNet.
    """
    if wd:
        raise ArgumentError(f"wd={wd} is not supported; it must be 0")
    grad = scaled(F, grad, rescale_grad, clip_gradient)
    history = history + F.square(grad)
    return weight - lr * grad / F.sqrt(history + epsilon), history
