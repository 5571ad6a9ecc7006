"""BatchNorm and its relatives."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any

from . import Case, case, ints, normal, ones, positive, specials, zeros


def cases() -> Iterator[Case]:
    for op in ("BatchNorm", "_contrib_BatchNormWithReLU", "_contrib_SyncBatchNorm"):
        yield from settings(op)
    yield norm("BatchNorm_v1", fix_gamma=False)
    yield from shapes()
    yield from bad()


def norm(op: str, shape: tuple[int, ...] = (3, 2, 2), dtype: str = "float32", **more: Any) -> Case:
    size = shape[more.get("axis", 1)]
    single = more.pop("single", "float32" if dtype == "float16" else dtype)
    given = {"data": normal(shape, dtype), "gamma": positive((size,), single), "beta": normal((size,), single)}
    if op != "BatchNorm_v1":
        given |= {"moving_mean": normal((size,), single), "moving_var": positive((size,), single)}
    if op == "_contrib_SyncBatchNorm":  # layers of one key share their statistics
        words = ",".join([str(shape), dtype, *(f"{k}={v}" for k, v in more.items())])
        more.setdefault("key", f"k{zlib.crc32(words.encode())}")
    return case(op, **given, **{"diff": ("data", "gamma", "beta"), **more})


def settings(op: str) -> Iterator[Case]:
    yield norm(op)
    for fix in (True, False):
        for fixed_statistics in (True, False):
            for train in (True, False):
                given = {"fix_gamma": fix, "use_global_stats": fixed_statistics, "train": train}
                yield norm(op, (2, 3, 2, 3), **given)
                yield norm(op, (2, 3, 2, 3), output_mean_var=True, **given)
    yield norm(op, (4, 3), fix_gamma=False, eps=0.25, momentum=0.5)
    yield norm(op, (4, 3), fix_gamma=False, eps="1e-3")
    yield norm(op, (2, 2, 2, 3, 2), fix_gamma=False)
    yield norm(op, (3, 2, 2), diff=())
    yield norm(op, (3, 2, 2), diff=(), train=True, fix_gamma=False)
    yield norm(op, (3, 2, 2), diff=(), fix_gamma=False, output_mean_var=True)
    yield norm(op, (3, 2, 2, 1), diff=("gamma",), fix_gamma=False)
    for dtype in ("float16", "float64"):
        yield norm(op, (3, 2, 2, 2), dtype, fix_gamma=False)
        yield norm(op, (3, 2, 2, 2), dtype, fix_gamma=False, train=False)
    yield norm(op, (3, 2, 2, 2), "float16", single="float16", fix_gamma=False)


def shapes() -> Iterator[Case]:
    op = "BatchNorm"
    for axis in (0, 1, 2, 3, -1, -2, -4):
        yield norm(op, (2, 3, 4, 2), axis=axis, fix_gamma=False)
    yield norm(op, (2, 3, 4), axis=-1, fix_gamma=False, train=False)
    yield norm(op, (5,), axis=0, fix_gamma=False)
    yield norm(op, (1, 3), fix_gamma=False)
    yield norm(op, (1, 3, 2, 2), fix_gamma=False)
    yield norm(op, (2, 3, 2, 2), fix_gamma=False, cudnn_off=True)
    yield norm(op, (2, 3, 2, 2), min_calib_range=-1.0, max_calib_range=2.0)
    yield norm("_contrib_SyncBatchNorm", (2, 3, 2, 2), key="a", ndev=1, fix_gamma=False)
    stats = {"gamma": ones((2,)), "beta": zeros((2,)), "moving_mean": zeros((2,)), "moving_var": ones((2,))}
    wrt = {"diff": ("data", "gamma", "beta")}
    yield case(op, data=specials((5, 2)), fix_gamma=False, **stats, **wrt)
    yield case(op, data=specials((5, 2)), fix_gamma=False, train=False, **stats, **wrt)
    yield case(op, data=ones((4, 2)), fix_gamma=False, **stats, **wrt)
    yield case(op, data=ints((4, 2)), fix_gamma=False, **stats, diff=("data",))


def bad() -> Iterator[Case]:
    for op in ("BatchNorm", "_contrib_BatchNormWithReLU"):
        stats = {"gamma": ones((2,)), "beta": zeros((2,)), "moving_mean": zeros((2,)), "moving_var": ones((2,))}
        data = normal((4, 2))
        yield case(op, data=data, **stats, axis=2, diff=())
        yield case(op, data=data, **stats, axis=-3, diff=())
        yield case(op, data=data, **stats, axis=0, diff=())
        yield case(op, data=data, **stats, epsilon=1, diff=())
        yield case(op, data=data, **stats, eps=0, diff=())
        yield case(op, data=data, **stats, eps=1e-6, diff=())
        yield case(op, data=data, **stats, eps=-1, diff=())
        yield case(op, data=data, gamma=ones((2,)), beta=zeros((2,)), diff=())
        yield case(op, data=data, **{**stats, "beta": zeros((3,))}, diff=())
        yield case(op, data=ints((4, 2), "int32"), **stats, diff=())
    stats = {"gamma": ones((2,)), "beta": zeros((2,)), "moving_mean": zeros((2,)), "moving_var": ones((2,))}
    yield case("_contrib_SyncBatchNorm", data=normal((4, 2, 1, 1)), **stats, diff=())
    yield case("BatchNorm_v1", data=normal((4, 2)), gamma=ones((3,)), beta=zeros((3,)), diff=())
