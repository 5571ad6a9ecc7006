"""Products of attention with several heads, on projections that lie interleaved in one array.

Queries, keys and values of all heads stand side by side in the last axis: of each head first its query, then its key,
then its value. Results for all instances and heads stand behind each other in the first axis, heads running fastest.
"""

from __future__ import annotations

import math
from typing import Any

from ..core.errors import ArgumentError
from ..core.op import op
from ..core.params import Array
from .matrix import turned


def _heads(F: Any, name: str, x: Any, heads: int, parts: int) -> list[Any]:
    """Each part as (batch * heads, steps, size)."""
    if x.ndim != 3 or heads < 1 or x.shape[2] % (heads * parts):
        raise ArgumentError(f"{name} must be (steps, batch, {parts} * heads * size) for heads={heads}, not {x.shape}")
    steps, batch, width = x.shape
    split = F.reshape(x, (steps, batch * heads, parts, width // heads // parts))
    return [F.transpose(F.index(split, (slice(None), slice(None), i)), (1, 0, 2)) for i in range(parts)]


def _scores(F: Any, queries: Any, keys: Any) -> Any:
    if queries.shape[0] != keys.shape[0] or queries.shape[2] != keys.shape[2]:
        raise ArgumentError(f"queries {queries.shape} and keys {keys.shape}, by heads, differ in more than steps")
    return F.matmul(queries * (1 / math.sqrt(queries.shape[2])), turned(F, keys))


def _mixed(F: Any, attention: Any, values: Any, heads: int) -> Any:
    if attention.ndim != 3 or attention.shape[0] != values.shape[0] or attention.shape[2] != values.shape[1]:
        wanted = f"({values.shape[0]}, steps, {values.shape[1]})"
        raise ArgumentError(f"attention has shape {attention.shape}; it takes {wanted}")
    rows = F.transpose(F.matmul(attention, values), (1, 0, 2))
    return F.reshape(rows, (rows.shape[0], rows.shape[1] // heads, heads * rows.shape[2]))


@op(dtypes="float", samples=[dict(queries_keys_values=(3, 2, 12), heads=2)])
def _contrib_interleaved_matmul_selfatt_qk(F, queries_keys_values: Array, heads: int):
    """Products of queries and keys of self-attention, ``query . key / sqrt(size)``.

    The result has shape (batch * heads, steps, steps).

    queries_keys_values: The projections, of shape (steps, batch, heads * 3 * size).
    heads: The number of heads.
    """
    queries, keys, _ = _heads(F, "queries_keys_values", queries_keys_values, heads, 3)
    return _scores(F, queries, keys)


@op(dtypes="float", samples=[dict(queries_keys_values=(3, 2, 12), attention=(4, 3, 3), heads=2)])
def _contrib_interleaved_matmul_selfatt_valatt(F, queries_keys_values: Array, attention: Array, heads: int):
    """The values of self-attention weighted by attention, of shape (steps, batch, heads * size).

    queries_keys_values: The projections, of shape (steps, batch, heads * 3 * size).
    attention: The weights, of shape (batch * heads, steps, steps).
    heads: The number of heads.
    """
    return _mixed(F, attention, _heads(F, "queries_keys_values", queries_keys_values, heads, 3)[2], heads)


@op(dtypes="float", samples=[dict(queries=(2, 2, 4), keys_values=(3, 2, 8), heads=2)])
def _contrib_interleaved_matmul_encdec_qk(F, queries: Array, keys_values: Array, heads: int):
    """Products of queries of one sequence and keys of another, ``query . key / sqrt(size)``.

    The result has shape (batch * heads, steps of queries, steps of keys).

    queries: The projected queries, of shape (steps, batch, heads * size).
    keys_values: The projected keys and values, of shape (their steps, batch, heads * 2 * size).
    heads: The number of heads.
    """
    (asked,) = _heads(F, "queries", queries, heads, 1)
    return _scores(F, asked, _heads(F, "keys_values", keys_values, heads, 2)[0])


@op(dtypes="float", samples=[dict(keys_values=(3, 2, 8), attention=(4, 2, 3), heads=2)])
def _contrib_interleaved_matmul_encdec_valatt(F, keys_values: Array, attention: Array, heads: int):
    """The values of another sequence weighted by attention, of shape (steps of queries, batch, heads * size).

    keys_values: The projected keys and values, of shape (their steps, batch, heads * 2 * size).
    attention: The weights, of shape (batch * heads, steps of queries, their steps).
    heads: The number of heads.
    """
    return _mixed(F, attention, _heads(F, "keys_values", keys_values, heads, 2)[1], heads)
