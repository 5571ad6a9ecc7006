"""sort, argsort and topk. Equal values: which of them comes first is recorded as MXNet answers it."""

from collections.abc import Iterator

from . import FLOATS, INTS, Case, array, case, distinct, normal, ones

INF, NAN = float("inf"), float("nan")
TIES = [[2.0, 1, 2, 1, 2], [0, -0.0, 0, 3, 3]]


def cases() -> Iterator[Case]:
    for op in ("sort", "argsort"):
        yield from sorting(op)
    yield from topk()


def sorting(op: str) -> Iterator[Case]:
    given = {} if op == "sort" else {"diff": ()}
    for ascend in (True, False):
        for axis in (-1, 0, 1, None):
            yield case(op, data=distinct((2, 3, 2)), axis=axis, is_ascend=ascend, **given)
        yield case(op, data=array(TIES), is_ascend=ascend, **given)
        yield case(op, data=array([INF, 1, -INF, 0, INF]), is_ascend=ascend, **given)
        for dtype in FLOATS + INTS:
            yield case(op, data=distinct((2, 4), dtype), is_ascend=ascend, **given)
    yield case(op, data=distinct((5,)), **given)
    yield case(op, data=distinct((2, 1, 2, 1, 3)), axis=2, **given)
    yield case(op, data=distinct((2, 3)), axis="0", is_ascend="False", **given)
    if op == "argsort":
        for dtype in FLOATS + INTS:
            yield case(op, data=distinct((2, 3)), dtype=dtype, diff=())
        yield case(op, data=distinct((2, 3)))
    for bad in ({"axis": 2}, {"axis": -3}, {"axis": (0, 1)}, {"is_ascend": "up"}, {"dtype": "uint16"}):
        yield case(op, data=distinct((2, 3)), **bad, **given)
    yield case(op)


def topk() -> Iterator[Case]:
    data = distinct((3, 4))
    for ret_typ in ("value", "indices", "mask", "both"):
        given = {} if ret_typ == "value" else {"diff": ()}
        for axis in (-1, 0, None):
            for ascend in (False, True):
                yield case("topk", data=data, k=2, axis=axis, ret_typ=ret_typ, is_ascend=ascend, **given)
        yield case("topk", data=data, ret_typ=ret_typ, **given)
        yield case("topk", data=data, k=0, ret_typ=ret_typ, **given)
        yield case("topk", data=data, k=4, ret_typ=ret_typ, **given)
        yield case("topk", data=array(TIES), k=3, ret_typ=ret_typ, **given)
        yield case("topk", data=distinct((2, 3, 2)), axis=1, k=2, ret_typ=ret_typ, **given)
        for dtype in (*FLOATS[::2], *INTS):
            yield case("topk", data=distinct((2, 4), dtype), k=2, ret_typ=ret_typ, **given)
    for dtype in FLOATS + INTS:
        yield case("topk", data=data, k=2, dtype=dtype, diff=())
        yield case("topk", data=data, k=1, ret_typ="both", dtype=dtype, diff=())
    yield case("topk", data=data, k=2, ret_typ="both")
    yield case("topk", data=array([NAN, 1, 2, INF, -INF]), k=3, ret_typ="value", diff=())
    yield case("topk", data=array([1, NAN, 2, 0]), k=4, ret_typ="indices", diff=())
    yield case("topk", data=normal((5,)), k=2, diff=())
    yield case("topk", data=normal((1, 2, 1, 3, 2)), axis=3, k=2, ret_typ="value")
    for bad in ({"k": 5}, {"k": -1}, {"axis": 2}, {"ret_typ": "values"}, {"dtype": "int16"}, {"k": 1.5}, {"k": None}):
        yield case("topk", data=data, diff=(), **bad)
    yield case("topk", data=ones((300,)), k=2, dtype="uint8", diff=())
