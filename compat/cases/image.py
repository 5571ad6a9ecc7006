"""mx.nd.image: to_tensor, normalize, crop, flips, resize, colours (the random ones with a single possible factor)."""

from collections.abc import Iterator

from . import Case, array, case, distinct, ints, normal, positive, zeros

COLORS = [[[200, 30, 60], [10, 90, 250]], [[255, 255, 255], [0, 128, 64]], [[90, 90, 90], [240, 200, 7]]]


def cases() -> Iterator[Case]:
    small, batch = ints((2, 3, 3), "uint8"), ints((2, 3, 2, 3), "uint8")
    for data in (small, batch, normal((2, 3, 3)), ints((2, 3, 1), "int32"), normal((1, 2, 5), "float64")):
        yield case("_image_to_tensor", data=data, diff=())
    yield case("_image_to_tensor", data=normal((2, 2, 3), "float16"), diff=())
    yield case("_image_to_tensor", data=normal((2, 3, 3)))
    yield case("_image_to_tensor", data=normal((2, 3)))
    yield from normalized()
    yield from cropped()
    for where in ("left_right", "top_bottom"):
        for data in (small, normal((2, 3, 1)), ints((3, 2, 3), "int32"), batch, normal((2, 3))):
            yield case(f"_image_flip_{where}", data=data)
    yield from resized()
    yield from colored()


def normalized() -> Iterator[Case]:
    op = "_image_normalize"
    for data in (normal((3, 2, 2)), normal((2, 3, 2, 2)), normal((3, 2, 2), "float64"), normal((3, 2, 2), "float16")):
        yield case(op, data=data, mean=(0.1, 0.2, 0.3), std=(0.5, 0.6, 0.7))
        yield case(op, data=data, mean=0.5, std=2)
    yield case(op, data=normal((1, 2, 2)), mean=0.5, std=2.0)
    yield case(op, data=normal((1, 2, 2)), mean="(0.5,)", std="(2.0,)")
    for given in ({}, {"mean": (0.1, 0.2)}, {"mean": 1.0}, {"mean": 0.0, "std": (1, 2)}):
        yield case(op, data=normal((3, 2, 2)), **given)
    yield case(op, data=normal((2, 2, 2)), mean=0.5, std=2.0)
    yield case(op, data=normal((3, 2)), mean=0.5, std=2.0)
    yield case(op, data=ints((3, 2, 2), "uint8"), mean=0.5, std=2.0)


def cropped() -> Iterator[Case]:
    op = "_image_crop"
    for data in (ints((3, 4, 3), "uint8"), normal((3, 4, 1)), normal((2, 3, 4, 3)), normal((3, 4, 2), "float64")):
        yield case(op, data=data, x=1, y=0, width=2, height=2)
        yield case(op, data=data, x=0, y=1, width=4, height=1)
    for x, y, width, height in ((3, 0, 2, 2), (0, 2, 2, 2), (0, 0, 0, 2), (0, 0, 2, -1)):
        yield case(op, data=normal((3, 4, 3)), x=x, y=y, width=width, height=height)
    yield case(op, data=normal((3, 4)), x=0, y=0, width=1, height=1)


def resized() -> Iterator[Case]:
    op = "_image_resize"
    photo, real = distinct((5, 6, 3), "uint8"), distinct((5, 6, 3))
    for data in (photo, real):
        for interp in (0, 1, 2, 3, 4):
            for size in ((3, 2), (4, 4), (6, 5), (9, 7), (12, 10), (4, 8), (1, 1)):
                if size != (6, 5) or interp != 3:
                    yield case(op, data=data, size=size, interp=interp, diff=())
    for dtype in ("uint8", "float32"):
        for shape, size in (((4, 6, 3), (3, 2)), ((6, 9, 1), (3, 2)), ((8, 8, 3), (4, 2)), ((4, 10, 3), (5, 3))):
            for interp in (1, 3):
                yield case(op, data=distinct(shape, dtype), size=size, interp=interp, diff=())
    for size in (2, 7, (3,), (2, 3), "(3, 2)"):
        yield case(op, data=photo, size=size)
        yield case(op, data=photo, size=size, keep_ratio=True)
    yield case(op, data=positive((2, 4, 4, 1)), size=3, diff=())
    yield case(op, data=positive((4, 4, 3), "float64"), size=3, diff=())
    yield case(op, data=positive((6, 4, 1)), size=(2, 3), interp=3, diff=())
    for given in ({}, {"size": (1, 2, 3)}, {"size": 0}, {"size": -2}, {"size": 2, "interp": 9}):
        yield case(op, data=ints((3, 4, 3), "uint8"), **given)
    yield case(op, data=ints((3, 4), "uint8"), size=2)


def colored() -> Iterator[Case]:
    photo, real = array(COLORS, "uint8"), array(COLORS)
    for how in ("brightness", "contrast", "saturation", "hue"):
        op = f"_image_random_{how}"
        for factor in (0.0, 0.3, 0.5, 1.0, 1.7):
            for data in (photo, real):
                yield case(op, data=data, min_factor=factor, max_factor=factor)
        yield case(op, data=positive((2, 2, 3), "float64"), min_factor=0.5, max_factor=0.5)
        if how != "hue":
            yield case(op, data=ints((2, 3, 3), "int32"), min_factor=1.5, max_factor=1.5)
            yield case(op, data=positive((2, 2, 1)), min_factor=0.5, max_factor=0.5)
        yield case(op, data=zeros((2, 2, 3)), min_factor=-0.5, max_factor=0.5)
        yield case(op, data=zeros((2, 2, 3)), min_factor=0.5)
        yield case(op, data=zeros((2, 2)), min_factor=0.5, max_factor=0.5)
    for alpha in ((0.1, 0.2, 0.3), (-1, 0, 0), (0, 1.5, -1)):
        for data in (photo, real, ints((2, 2, 3), "int32")):
            yield case("_image_adjust_lighting", data=data, alpha=alpha)
    yield case("_image_adjust_lighting", data=real, alpha=(0.1, 0.2))
    yield case("_image_adjust_lighting", data=real)
    for alpha in (0, 0.0):
        yield case("_image_random_lighting", data=photo, alpha_std=alpha)
