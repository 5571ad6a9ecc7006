"""GridGenerator, BilinearSampler, SpatialTransformer."""

from collections.abc import Iterator

from . import Case, array, case, normal, ones, unit, zeros

IDENTITY = [1.0, 0, 0, 0, 1, 0]


def cases() -> Iterator[Case]:
    yield from grid("GridGenerator")
    yield from sampler("BilinearSampler")
    yield from transformer("SpatialTransformer")


def grid(op: str) -> Iterator[Case]:
    for target in ((2, 3), (4, 2), "(3, 3)", (1, 3), (3, 1)):
        yield case(op, data=normal((2, 6)), transform_type="affine", target_shape=target)
    for target in ((0, 3), (2,), (2, 3, 4), (-1, 2)):
        yield case(op, data=normal((2, 6)), transform_type="affine", target_shape=target)
    yield case(op, data=normal((2, 6)), transform_type="affine")
    for shape in ((2, 5), (2, 2, 3), (6,)):
        yield case(op, data=normal(shape), transform_type="affine", target_shape=(2, 3))
    for shape in ((1, 2, 2, 3), (2, 2, 4, 2), (1, 2, 1, 3), (1, 3, 2, 3), (2, 2, 3)):
        yield case(op, data=normal(shape), transform_type="warp")
    yield case(op, data=normal((1, 2, 2, 3)), transform_type="warp", target_shape=(5, 5))
    yield case(op, data=normal((1, 6), "float64"), transform_type="affine", target_shape=(2, 3))
    yield case(op, data=normal((1, 6)), transform_type="bent", target_shape=(2, 3))
    yield case(op, data=normal((1, 6)), target_shape=(2, 3))


def sampler(op: str) -> Iterator[Case]:
    yield case(op, data=normal((1, 2, 3, 4)), grid=unit((1, 2, 2, 3)))
    yield case(op, data=normal((2, 1, 4, 2)), grid=normal((2, 2, 3, 1)))
    yield case(op, data=normal((2, 3, 5, 5)), grid=normal((2, 2, 4, 4)), cudnn_off=True)
    yield case(op, data=normal((1, 1, 1, 1)), grid=normal((1, 2, 2, 2)))
    yield case(op, data=normal((1, 2, 3, 4)), grid=array([[[[-1.0, 1, 0]], [[1, -1, 0]]]]))
    yield case(op, data=normal((1, 2, 3, 4)), grid=array([[[[1.2, -1.2, 2, 0]], [[0, 1.1, 0, 5]]]]))
    yield case(op, data=normal((1, 2, 3, 4), "float64"), grid=unit((1, 2, 2, 3), "float64"))
    yield case(op, data=normal((1, 2, 3, 4), "float16"), grid=unit((1, 2, 2, 3), "float16"))
    yield case(op, data=normal((1, 2, 3, 4)), grid=unit((2, 2, 2, 3)))
    yield case(op, data=normal((1, 2, 3, 4)), grid=unit((1, 3, 2, 3)))
    yield case(op, data=normal((1, 2, 3)), grid=unit((1, 2, 2, 3)))
    yield case(op, data=normal((1, 2, 3, 4)))


def transformer(op: str) -> Iterator[Case]:
    given = {"transform_type": "affine", "sampler_type": "bilinear"}
    for loc in (IDENTITY, [0.5, 0, 0.2, 0, 0.7, -0.1], [1.5, 0.3, 0, -0.2, 1.4, 0.1], [0.0, 1, 0, -1, 0, 0]):
        yield case(op, data=normal((1, 2, 3, 4)), loc=array([loc]), target_shape=(3, 4), **given)
        yield case(op, data=normal((1, 1, 4, 4)), loc=array([loc]), target_shape=(2, 5), **given)
    yield case(op, data=normal((2, 3, 4, 5)), loc=unit((2, 6)), target_shape=(3, 2), **given)
    yield case(op, data=ones((1, 1, 2, 2)), loc=zeros((1, 6)), target_shape=(2, 2), **given)
    yield case(op, data=normal((1, 2, 3, 4)), loc=unit((1, 6)), **given)
    yield case(op, data=normal((1, 2, 3, 4)), loc=unit((2, 6)), target_shape=(2, 2), **given)
    yield case(op, data=normal((1, 2, 3, 4)), loc=unit((1, 5)), target_shape=(2, 2), **given)
    yield case(op, data=normal((1, 2, 3, 4)), loc=unit((1, 6)), target_shape=(2, 2), transform_type="affine")
