"""L2Normalization and LayerNorm."""

from collections.abc import Iterator

from . import FLOATS, Case, array, case, ints, normal, ones, specials, zeros


def cases() -> Iterator[Case]:
    yield from l2()
    yield from layer()


def l2() -> Iterator[Case]:
    op = "L2Normalization"
    for mode in ("instance", "channel", "spatial"):
        for shape in ((4,), (2, 3), (2, 3, 2), (2, 2, 2, 2), (1, 2, 2, 1, 2)):
            yield case(op, data=normal(shape), mode=mode)
        for dtype in FLOATS:
            yield case(op, data=normal((2, 3, 2), dtype), mode=mode)
            yield case(op, data=specials((2, 5, 1), dtype), mode=mode)
        yield case(op, data=normal((2, 3, 2)), mode=mode, eps=0.5)
        yield case(op, data=zeros((2, 2, 2)), mode=mode)
        yield case(op, data=normal((2, 3, 2)), mode=mode, train=False)
    yield case(op, data=normal((2, 3)))
    yield case(op, data=normal((2, 3)), eps="1e-3")
    yield case(op, data=normal((2, 3)), mode="batch")
    yield case(op, data=normal((2, 3)), eps=-1)
    yield case(op, data=ints((2, 3), "int32"))
    yield case(op)


def layer() -> Iterator[Case]:
    op = "LayerNorm"

    def layer_norm(shape: tuple[int, ...], axis: int = -1, dtype: str = "float32", **more) -> Case:
        size = shape[axis]
        parts = {"data": normal(shape, dtype), "gamma": normal((size,), dtype), "beta": normal((size,), dtype)}
        return case(op, **parts, axis=axis, **more)

    for shape in ((4,), (2, 3), (2, 3, 2), (1, 2, 2, 3), (1, 2, 1, 2, 3)):
        yield layer_norm(shape)
    for axis in (0, 1, 2, -2, -3):
        yield layer_norm((2, 3, 4), axis)
    for eps in (0.5, 1e-12, 0, "1e-3"):
        yield layer_norm((2, 4), eps=eps)
    for dtype in FLOATS:
        yield layer_norm((3, 4), dtype=dtype)
        yield layer_norm((3, 4), 0, dtype)
        yield layer_norm((2, 3), dtype=dtype, output_mean_var=True, diff=())
    yield layer_norm((2, 3, 2), 1, output_mean_var=True)
    yield layer_norm((2, 3), train=False)
    unit_gain = {"gamma": ones((5,)), "beta": zeros((5,))}
    yield case(op, data=normal((2, 5)), **unit_gain)
    yield case(op, data=specials((2, 5)), **unit_gain)
    yield case(op, data=ones((2, 5)), **unit_gain)
    yield case(op, data=array([[1000.0, 1000.5, 1001, 999, 1000]]), **unit_gain)
    yield case(op, data=normal((2, 1)), gamma=normal((1,)), beta=normal((1,)))
    yield case(op, data=normal((2, 5)), gamma=ones((4,)), beta=zeros((5,)))
    yield case(op, data=normal((2, 5)), axis=2, **unit_gain)
    yield case(op, data=normal((2, 5)), axis=-3, **unit_gain)
    yield case(op, data=normal((2, 5), "float64"), **unit_gain)
    yield case(op, data=normal((2, 5)), gamma=ones((5,)))
    yield case(op, data=ints((2, 3), "int32"), gamma=ints((3,), "int32"), beta=ints((3,), "int32"))
    yield case(op, data=normal((2, 5)), epsilon=0.1, **unit_gain)
