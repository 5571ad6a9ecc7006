"""DeformableConvolution, ModulatedDeformableConvolution, DeformablePSROIPooling."""

from collections.abc import Iterator
from typing import Any

from . import Case, Values, array, case, normal, ones, positive, unit, zeros

SETTINGS: tuple[tuple[tuple[int, int, int], dict[str, Any]], ...] = (
    ((2, 4, 4), {"kernel": (3, 3), "num_filter": 2}),
    ((2, 4, 5), {"kernel": (3, 3), "num_filter": 3, "pad": (1, 1)}),
    ((4, 5, 4), {"kernel": (2, 2), "num_filter": 2, "stride": (2, 2), "pad": (1, 1), "no_bias": True}),
    ((4, 5, 5), {"kernel": (2, 2), "num_filter": 4, "dilate": (2, 2), "num_group": 2}),
    ((4, 4, 4), {"kernel": (2, 2), "num_filter": 2, "num_deformable_group": 2, "layout": "NCHW"}),
    ((2, 3, 4), {"kernel": (1, 2), "num_filter": 1, "pad": (0, 2), "no_bias": True}),
)


def cases() -> Iterator[Case]:
    for op in ("_contrib_DeformableConvolution", "_contrib_ModulatedDeformableConvolution"):
        for kind in (zeros, unit, normal):
            for shape, given in SETTINGS:
                yield convolution(op, shape, given, kind)
        yield convolution(op, (1, 3, 3), {"kernel": (2, 2), "num_filter": 1}, unit, dtype="float64")
        yield case(op, data=normal((1, 2, 3, 3)), kernel=(2, 2), num_filter=1)
    yield from pooling("_contrib_DeformablePSROIPooling")


def convolution(op: str, shape: tuple[int, int, int], given: dict[str, Any], kind: Any, dtype: str = "float32") -> Case:
    """A case with inputs that fit its parameters, for 2 instances."""
    channels, filters, kernel = shape[0], given["num_filter"], given["kernel"]
    stride, dilate, pad = given.get("stride", (1, 1)), given.get("dilate", (1, 1)), given.get("pad", (0, 0))
    out = tuple((n + 2 * p - d * (k - 1) - 1) // s + 1 for n, p, d, k, s in zip(shape[1:], pad, dilate, kernel, stride))
    taps = kernel[0] * kernel[1] * given.get("num_deformable_group", 1)
    inputs: dict[str, Values] = {"data": normal((2, *shape), dtype), "offset": kind((2, 2 * taps, *out), dtype)}
    if "Modulated" in op:
        inputs["mask"] = positive((2, taps, *out), dtype)
    inputs["weight"] = normal((filters, channels // given.get("num_group", 1), *kernel), dtype)
    if not given.get("no_bias"):
        inputs["bias"] = normal((filters,), dtype)
    diff = tuple(name for name in inputs if kind is not zeros or name != "offset")  # whole places are kinks
    return case(op, **inputs, **given, diff=diff)


def pooling(op: str) -> Iterator[Case]:
    rois = array([[0, 0, 0, 3, 3], [1, 1, 0, 4, 2], [0, 0.6, 1.5, 2.5, 9]])
    for given in (
        {"pooled_size": 2, "group_size": 2},
        {"pooled_size": 2, "group_size": 2, "trans_std": 0.125, "sample_per_part": 2},
        {"pooled_size": 2, "group_size": 2, "trans_std": 0.5, "sample_per_part": 3},
        {"pooled_size": 4, "group_size": 2, "part_size": 2, "trans_std": 0.125, "sample_per_part": 2},
    ):
        part = given.get("part_size", given["pooled_size"])
        yield case(op, data=normal((2, 8, 5, 4)), rois=rois, trans=unit((3, 2, part, part)), spatial_scale=1.0,
                   output_dim=2, **given)  # fmt: skip
        yield case(op, data=normal((2, 8, 5, 4)), rois=rois, trans=unit((3, 4, part, part)), spatial_scale=0.5,
                   output_dim=2, **given)  # fmt: skip
        yield case(op, data=normal((2, 8, 5, 4)), rois=rois, spatial_scale=1.0, output_dim=2, no_trans=True, **given)
    yield case(op, data=ones((2, 8, 5, 4)), rois=rois, spatial_scale=1.0, output_dim=2, pooled_size=2, group_size=2)
