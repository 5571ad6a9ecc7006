"""Operators made for row_sparse arrays; here what they mean on dense ones."""

from __future__ import annotations

from ..core.errors import ArgumentError
from ..core.op import op
from ..core.params import Array
from .indexing import NumberDtype, check_table
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
    rows = F.cast(F.reshape(F.asarray(indices), (-1,)), "int64")
    if F.any((rows < 0) | (rows >= data.shape[0])):
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


@op(dtype=None, differentiable=False, samples=[dict(data=(2, 3)), dict(data=[[1, 0], [0, 0]], axis=1)])
def _contrib_getnnz(F, data: Array, axis: int | None = None):
    """How many values are stored in a csr matrix, or are not 0 in a dense one; int64.

    data: The matrix.
    axis: None counts all of them, in shape (1,); 1 counts those of each row.
    """
    if data.ndim != 2:
        raise ArgumentError("data must be a matrix")
    if axis not in (None, 1):
        raise ArgumentError(f"axis={axis} must be None or 1")
    here = F.cast(data != 0, "int64")
    return F.sum(here, (1,), False) if axis == 1 else F.reshape(F.sum(here, (0, 1), False), (1,))


@op(differentiable=False, free=("u", "v"), samples=[dict(data=[[1, 0], [0, 2]], u=[0, 1, 0], v=[0, 1, 1])])
def _contrib_edge_id(F, data: Array, u: Array, v: Array):
    """The values of a matrix at given places, -1 where nothing is stored (or, in a dense one, where a 0 stands).

    data: The matrix of a graph: the number of the edge from each vertex to each other.
    u: The vertices where the edges begin, in a row.
    v: Those where they end, as many.
    """
    if data.ndim != 2 or u.ndim != 1 or u.shape != v.shape:
        raise ArgumentError("data must be a matrix, u and v rows of one length")
    places = F.indices(u, data.shape[0], "raise"), F.indices(v, data.shape[1], "raise")
    found = F.index(F.asarray(data), places)
    return F.where(found == 0, -1, found)


@op(
    dtype=None,
    free=("weight",),
    samples=[dict(data=[[1.5, 3.5], [0.5, 1.5]], weight=(4, 2), input_dim=4, output_dim=2)],
)
def _contrib_SparseEmbedding(
    F, data: Array, weight: Array, input_dim: int, output_dim: int, dtype: NumberDtype = "float32",
    sparse_grad: bool = False,
):  # fmt: skip
    """As ``Embedding``, but a number outside the table is an error.

    data: Which rows.
    weight: The table, of shape (input_dim, output_dim).
    input_dim: How many rows it has.
    output_dim: How long they are.
    dtype: The dtype of a ``weight`` that is still to be made; given an array, its own dtype holds.
    sparse_grad: Accepted; the gradient of ``weight`` is dense.
    """
    check_table(weight, input_dim, output_dim)
    return F.take(weight, F.indices(data, input_dim, "raise"), 0)
