"""Pooling, Pooling_v1 and _contrib_AdaptiveAvgPooling2D."""

from __future__ import annotations

from collections.abc import Iterator

from . import FLOATS, Case, array, case, distinct, ints, normal, ones, positive, specials, zeros


def cases() -> Iterator[Case]:
    yield from pooling()
    yield from first_version()
    yield from bad()
    yield from adaptive()


def pooling() -> Iterator[Case]:
    op = "Pooling"
    settings = (
        {"kernel": (2, 2)},
        {"kernel": (2, 2), "stride": (2, 2)},
        {"kernel": (3, 2), "stride": (2, 1), "pad": (1, 1)},
        {"kernel": (2, 3), "stride": (2, 3), "pad": (1, 1), "pooling_convention": "full"},
        {"kernel": (3, 3), "stride": (2, 2), "pooling_convention": "full"},
        {"kernel": (2, 2), "stride": (3, 3), "pooling_convention": "full"},
        {"global_pool": True},
    )
    for kind in ("max", "avg", "sum", "lp"):
        more = {"p_value": 2} if kind == "lp" else {}
        for setting in settings:
            yield case(op, data=distinct((1, 2, 5, 6)), pool_type=kind, **setting, **more)
        yield case(op, data=distinct((2, 2, 7)), pool_type=kind, kernel=(3,), stride=(2,), pad=(1,), **more)
        yield case(op, data=distinct((2, 2, 6)), pool_type=kind, kernel=(2,), **more)
        yield case(op, data=distinct((1, 2, 4, 3, 5)), pool_type=kind, kernel=(2, 2, 3), stride=(2, 1, 2),
                   pad=(1, 0, 1), **more)  # fmt: skip
        yield case(op, data=distinct((1, 2, 3, 3, 4)), pool_type=kind, global_pool=True, **more)
        yield case(op, data=distinct((2, 3, 4)), pool_type=kind, global_pool=True, kernel=(2,), **more)
        yield case(op, data=normal((1, 4, 5, 2)), pool_type=kind, kernel=(2, 3), layout="NHWC", **more)
        yield case(op, data=normal((1, 4, 2)), pool_type=kind, kernel=(2,), stride=(2,), layout="NWC", **more)
        yield case(op, data=normal((1, 2, 3, 4, 2)), pool_type=kind, kernel=(2, 2, 2), layout="NDHWC", **more)
        yield case(op, data=normal((1, 2, 3, 2)), pool_type=kind, global_pool=True, layout="NHWC", **more)
        yield case(op, data=normal((1, 2, 3, 2)), pool_type=kind, kernel=(2, 2), layout="NCHW", cudnn_off=True, **more)
        for dtype in FLOATS:
            yield case(op, data=normal((1, 2, 4, 5), dtype), pool_type=kind, kernel=(2, 2), stride=(2, 2), **more)
        yield case(op, data=specials((1, 1, 4, 5)), pool_type=kind, kernel=(2, 2), **more)
        yield case(op, data=ints((1, 1, 3, 3), "int32"), pool_type=kind, kernel=(2, 2), **more)
    for p in (1, 2, 3):
        for data in (
            normal((1, 2, 4, 4)),
            positive((1, 2, 4, 4)),
            zeros((1, 1, 3, 3)),
            positive((1, 2, 3, 3), "float64"),
        ):
            yield case(op, data=data, kernel=(2, 2), pool_type="lp", p_value=p)
    for include in (True, False, None):
        for convention in ("valid", "full"):
            given = {"kernel": (3, 3), "stride": (2, 2), "pad": (1, 1), "pooling_convention": convention}
            yield case(op, data=normal((1, 2, 4, 5)), pool_type="avg", count_include_pad=include, **given)
        yield case(op, data=normal((1, 2, 7)), pool_type="avg", count_include_pad=include, kernel=(4,), stride=(3,),
                   pad=(2,), pooling_convention="full")  # fmt: skip
        yield case(op, data=normal((1, 1, 3, 4, 3)), pool_type="avg", count_include_pad=include, kernel=(2, 2, 2),
                   stride=(2, 2, 2), pad=(1, 1, 1), pooling_convention="full")  # fmt: skip
    yield case(op, data=ones((1, 1, 4, 4)), kernel=(3, 3), stride=(1, 1), pad=(1, 1))
    yield case(op, data=array([[[1.0, 3, 3, 2, 3, 3, 3]]]), kernel=(3,), stride=(2,))
    yield case(op, data=array([[[[1.0, 2, 2], [2, 1, 2], [2, 2, 1]]]]), kernel=(2, 2))
    yield case(op, data=array([[[[1.0, 2, 2], [2, 1, 2], [2, 2, 1]]]], "float64"), kernel=(2, 2))
    yield case(op, data=array([[[[-1.0, -2], [-2, -1]]]]), kernel=(2, 2), pad=(1, 1))
    yield case(op, data=distinct((1, 2, 3, 3)), kernel="(2, 2)", stride="(1, 1)", pool_type="max", global_pool="False")
    yield case(op, data=distinct((1, 2, 3, 3)), kernel=(2, 2), train=False)
    yield case(op, data=distinct((1, 2, 3, 3)), kernel=(2, 2))
    for kind in ("max", "avg", "sum"):
        yield case(op, data=distinct((1, 2, 3)), kernel=(2,), stride=(2,), pooling_convention="same", pool_type=kind)


def first_version() -> Iterator[Case]:
    op = "Pooling_v1"
    for kind in ("max", "avg", "sum"):
        yield case(op, data=distinct((1, 2, 5, 6)), kernel=(2, 2), pool_type=kind)
        yield case(op, data=distinct((1, 2, 5, 6)), kernel=(2, 2), stride=(2, 2), pool_type=kind)
        yield case(op, data=distinct((1, 2, 5, 6)), kernel=(3, 2), stride=(2, 1), pad=(1, 1), pool_type=kind)
        yield case(op, data=distinct((1, 2, 5, 6)), kernel=(3, 3), stride=(2, 2), pad=(1, 1), pool_type=kind,
                   pooling_convention="full")  # fmt: skip
        yield case(op, data=distinct((1, 2, 4, 4)), kernel=(3, 3), stride=(2, 2), pool_type=kind,
                   pooling_convention="full")  # fmt: skip
        yield case(op, data=distinct((1, 2, 3, 4)), global_pool=True, pool_type=kind)
        yield case(op, data=distinct((1, 2, 3, 4)), global_pool=True, kernel=(2, 2), pool_type=kind)
        yield case(op, data=normal((1, 2, 3, 4), "float64"), kernel=(2, 2), pool_type=kind)
        yield case(op, data=normal((1, 2, 3, 4), "float16"), kernel=(2, 2), pool_type=kind)
        yield case(op, data=specials((1, 1, 4, 5)), kernel=(2, 2), pool_type=kind)
    yield case(op, data=ones((1, 1, 4, 4)), kernel=(3, 3), stride=(1, 1), pad=(1, 1))
    yield case(op, data=array([[[[1.0, 2, 2], [2, 1, 2], [2, 2, 1]]]]), kernel=(2, 2))
    yield case(op, data=array([[[[-1.0, -2], [-2, -1]]]]), kernel=(2, 2), pad=(1, 1))
    yield case(op, data=normal((1, 2, 3)), kernel=(2,))


def bad() -> Iterator[Case]:
    for op in ("Pooling", "Pooling_v1"):
        data = normal((1, 2, 4, 4))
        yield case(op, data=data)
        yield case(op, data=data, kernel=(5, 5))
        yield case(op, data=data, kernel=(2,))
        yield case(op, data=data, kernel=(2, 2, 2))
        yield case(op, data=data, kernel=(2, 2), stride=(0, 1))
        yield case(op, data=data, kernel=(2, 2), stride=(1,))
        yield case(op, data=data, kernel=(2, 2), pad=(2, 2))
        yield case(op, data=data, kernel=(2, 2), pad=(1,))
        yield case(op, data=data, kernel=(0, 2))
        yield case(op, data=data, kernel=(2, 2), pool_type="mean")
        yield case(op, data=data, kernel=(2, 2), pooling_convention="half")
        yield case(op, data=data, kernel=(2, 2), wrong=1)
        yield case(op, data=normal((4, 4)), kernel=(2, 2))
    yield case("Pooling", data=data, kernel=(2, 2), pool_type="lp")
    yield case("Pooling", data=data, kernel=(2, 2), pool_type="lp", p_value=4)
    yield case("Pooling", data=data, kernel=(2, 2), pool_type="lp", p_value=0)
    yield case("Pooling", data=data, kernel=(2, 2), layout="NCW")
    yield case("Pooling", data=data, kernel=(2, 2), layout="NDHWC")
    yield case("Pooling", data=data, kernel=(2, 2), pooling_convention="same")


def adaptive() -> Iterator[Case]:
    op = "_contrib_AdaptiveAvgPooling2D"
    yield case(op, data=normal((2, 2, 4, 5)))
    for size in ((1,), (3,), (2, 3), (4, 5), (7, 6), (1, 2), 2, "(2, 2)", (1, 1)):
        yield case(op, data=normal((1, 2, 4, 5)), output_size=size)
    for dtype in FLOATS:
        yield case(op, data=normal((1, 2, 4, 5), dtype), output_size=(3, 2))
    yield case(op, data=specials((1, 1, 4, 5)), output_size=(2, 2))
    yield case(op, data=normal((2, 4, 5)), output_size=(2, 2))
    yield case(op, data=normal((1, 2, 4, 5)), output_size=(2, 2, 2))
    yield case(op, data=normal((1, 2, 4, 5)), output_size=(0, 2))
    yield case(op, data=normal((1, 2, 4, 5)), output_size=-1)
