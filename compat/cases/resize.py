"""UpSampling, Crop, Correlation and _contrib_BilinearResize2D."""

from __future__ import annotations

from collections.abc import Iterator

from . import FLOATS, Case, case, ints, normal, ones, specials


def cases() -> Iterator[Case]:
    yield from upsampling()
    yield from crop()
    yield from correlation()
    yield from bilinear()


def upsampling() -> Iterator[Case]:
    op = "UpSampling"
    for scale in (1, 2, 3):
        yield case(op, normal((1, 2, 2, 3)), scale=scale, sample_type="nearest")
        size = 2 * scale - scale % 2
        yield case(op, normal((1, 2, 2, 3)), normal((2, 1, size, size)), scale=scale, sample_type="bilinear",
                   num_filter=2)  # fmt: skip
    for dtype in FLOATS:
        yield case(op, normal((2, 1, 2, 2), dtype), scale=2, sample_type="nearest")
        yield case(op, normal((1, 2, 2, 2), dtype), normal((2, 1, 4, 4), dtype), scale=2, sample_type="bilinear",
                   num_filter=2)  # fmt: skip
    yield case(op, ints((1, 1, 2, 2), "int32"), scale=2, sample_type="nearest")
    pair = (normal((1, 2, 2, 3)), normal((1, 1, 4, 6)))
    yield case(op, *pair, scale=4, sample_type="nearest", num_args=2)
    yield case(op, *pair, scale=4, sample_type="nearest", num_args=2, multi_input_mode="concat", workspace=10)
    same = (normal((1, 2, 2, 2)), normal((1, 2, 4, 4)), normal((1, 2, 1, 1)))
    yield case(op, *same, scale=2, sample_type="nearest", num_args=3, multi_input_mode="sum")
    yield case(op, *same, scale=2, sample_type="nearest", num_args=3)
    yield case(op, *same, scale=4, sample_type="nearest", num_args=3, multi_input_mode="concat")
    yield case(op, *pair, scale=2, sample_type="nearest", num_args=2, multi_input_mode="sum")
    yield case(op, normal((1, 1, 2, 2)), normal((1, 1, 3, 3)), scale=2, sample_type="nearest", num_args=2)
    yield case(op, normal((1, 2, 2)), scale=2, sample_type="nearest")
    yield case(op, normal((1, 1, 2, 2)), scale=0, sample_type="nearest")
    yield case(op, normal((1, 1, 2, 2)), scale=2)
    yield case(op, normal((1, 1, 2, 2)), sample_type="nearest")
    yield case(op, normal((1, 1, 2, 2)), scale=2, sample_type="cubic")
    yield case(op, normal((1, 2, 2, 3)), normal((2, 1, 3, 3)), scale=2, sample_type="bilinear", num_filter=2)
    yield case(op, normal((1, 2, 2, 3)), normal((2, 1, 4, 4)), scale=2, sample_type="bilinear")
    yield case(op, normal((1, 2, 2, 3)), scale=2, sample_type="bilinear", num_filter=2)


def crop() -> Iterator[Case]:
    op = "Crop"
    x = normal((1, 2, 5, 6))
    yield case(op, x, h_w=(2, 3), num_args=1)
    yield case(op, x, h_w=(2, 3), offset=(1, 2), num_args=1)
    yield case(op, x, h_w=(2, 3), center_crop=True, num_args=1)
    yield case(op, x, h_w=(3, 2), center_crop=True, offset=(1, 1), num_args=1)
    yield case(op, x, h_w="(5, 6)", num_args=1)
    yield case(op, x, normal((1, 3, 3, 4)), num_args=2)
    yield case(op, x, normal((2, 1, 3, 4)), num_args=2, offset=(2, 1))
    yield case(op, x, normal((1, 2, 2, 2)), num_args=2, center_crop=True)
    yield case(op, x, normal((1, 2, 2, 2)), num_args=2, h_w=(4, 4))
    for dtype in FLOATS:
        yield case(op, normal((1, 2, 3, 4), dtype), h_w=(2, 2), num_args=1)
    yield case(op, ints((1, 2, 3, 4), "int32"), h_w=(2, 2), num_args=1)
    yield case(op, x, num_args=1)
    yield case(op, x, h_w=(6, 6), num_args=1)
    yield case(op, x, h_w=(4, 4), offset=(2, 2), num_args=1)
    yield case(op, x, normal((1, 2, 7, 2)), num_args=2)
    yield case(op, x, x, x, num_args=3)
    yield case(op, normal((2, 5, 6)), h_w=(2, 3), num_args=1)
    yield case(op, x, h_w=(2,), num_args=1)


def correlation() -> Iterator[Case]:
    op = "Correlation"
    pair = {"data1": normal((1, 2, 4, 5)), "data2": normal((1, 2, 4, 5))}
    yield case(op, **pair)
    yield case(op, **pair, is_multiply=False)
    for setting in (
        {"kernel_size": 1, "max_displacement": 2, "pad_size": 2},
        {"kernel_size": 3, "max_displacement": 1, "pad_size": 2},
        {"kernel_size": 1, "max_displacement": 2, "stride2": 2, "pad_size": 2},
        {"kernel_size": 1, "max_displacement": 3, "stride1": 2, "stride2": 2, "pad_size": 3},
        {"kernel_size": 3, "max_displacement": 2, "stride1": 2, "stride2": 1, "pad_size": 3},
        {"kernel_size": 1, "max_displacement": 0},
        {"kernel_size": 1, "max_displacement": 1, "pad_size": 4},
        {"kernel_size": 2, "max_displacement": 1, "pad_size": 2},
    ):
        yield case(op, **pair, **setting)
        yield case(op, **pair, **setting, is_multiply=False)
    yield case(op, data1=normal((2, 3, 3, 3)), data2=normal((2, 3, 3, 3)), pad_size=1)
    for dtype in ("float16", "float64"):
        yield case(op, data1=normal((1, 2, 3, 4), dtype), data2=normal((1, 2, 3, 4), dtype), pad_size=1)
        yield case(op, data1=normal((1, 2, 3, 4), dtype), data2=normal((1, 2, 3, 4), dtype), pad_size=1,
                   is_multiply=False)  # fmt: skip
    yield case(op, data1=ones((1, 1, 3, 3)), data2=ones((1, 1, 3, 3)), pad_size=1, is_multiply=False)
    yield case(op, **pair, max_displacement=9)
    yield case(op, data1=normal((1, 2, 4, 5)), data2=normal((1, 2, 4, 4)))
    yield case(op, data1=normal((2, 4, 5)), data2=normal((2, 4, 5)))
    yield case(op, **pair, stride1=0)
    yield case(op, **pair, stride2=0)
    yield case(op, **pair, kernel_size=0)


def bilinear() -> Iterator[Case]:
    op = "_contrib_BilinearResize2D"
    x = normal((1, 2, 3, 4))
    for size in ((5, 7), (2, 2), (3, 4), (1, 1), (6, 1), (1, 5), (2, 9)):
        for align in (True, False):
            yield case(op, data=x, height=size[0], width=size[1], align_corners=align)
    yield case(op, data=x)
    yield case(op, data=x, height="5", width="6")
    yield case(op, data=x, scale_height=2.0, scale_width=1.5)
    yield case(op, data=x, scale_height=0.5, scale_width=0.5, align_corners=False)
    for shape in ((1, 2, 3, 4), (1, 1, 4, 7)):
        for mode in ("size", "to_even_down", "to_even_up", "to_odd_down", "to_odd_up"):
            yield case(op, data=normal(shape), mode=mode)
        for scales in ((2.0, 2.0), (0.5, 1.5), (3.0, 1.0)):
            yield case(op, data=normal(shape), mode="odd_scale", scale_height=scales[0], scale_width=scales[1])
    yield case(op, data=x, like=normal((1, 1, 5, 6)), mode="like")
    yield case(op, data=x, like=normal((3, 2, 2, 7)), mode="like", align_corners=False)
    for dtype in FLOATS:
        yield case(op, data=normal((1, 1, 3, 2), dtype), height=4, width=5)
    yield case(op, data=normal((1, 1, 1, 1)), height=3, width=2)
    yield case(op, data=specials((1, 1, 2, 5)), height=3, width=7)
    yield case(op, data=x, like=normal((1, 1, 5, 6)))
    yield case(op, data=x, mode="like")
    yield case(op, data=x, mode="odd_scale")
    yield case(op, data=x, height=0, width=3)
    yield case(op, data=x, height=-2, width=3)
    yield case(op, data=normal((2, 3, 4)), height=5, width=5)
    yield case(op, data=x, mode="cubic")
    yield case(op, data=x, scale_height=2.0)
    yield case(op, data=x, height=5, scale_height=2.0, scale_width=2.0)
