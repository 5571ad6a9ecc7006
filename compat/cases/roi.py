"""ROIPooling and its relatives."""

from collections.abc import Iterator

from . import Case, array, case, distinct, normal, ones

REGIONS = [[0, 0, 0, 3, 3], [0, 1, 1, 2, 3], [1, 0.6, 0.5, 2.5, 3.5], [1, 2, 0, 9, 1]]
ODD = {
    "beyond": [0, 2, 2, 9, 9],
    "before": [0, -5, -5, -3, -3],
    "reversed": [0, 3, 3, 1, 1],
    "no instance": [2, 0, 0, 3, 3],
    "negative instance": [-1, 0, 0, 3, 3],
    "halves": [0, 0.5, 1.5, 2.5, 3.5],
    "point": [0, 1, 2, 1, 2],
    "negative": [0, -1.5, -0.5, 2, 2],
}


def cases() -> Iterator[Case]:
    yield from pooling("ROIPooling")


def pooling(op: str) -> Iterator[Case]:
    data = distinct((2, 2, 5, 4))
    for pooled in ((2, 2), (3, 2), (1, 1), (7, 5), "(2, 3)"):
        yield case(op, data=data, rois=array(REGIONS), pooled_size=pooled, spatial_scale=1.0)
    for scale in (0.5, 0.0625, 0, 1, -1, 2):
        yield case(
            op, data=data, rois=array([[0, 0, 0, 7, 6], [1, 3, 2, 30, 30]]), pooled_size=(2, 2), spatial_scale=scale
        )
    for roi in ODD.values():
        yield case(op, data=data, rois=array([roi]), pooled_size=(2, 2), spatial_scale=1.0)
    yield case(op, data=ones((1, 1, 4, 4)), rois=array([[0.0, 0, 0, 3, 3]]), pooled_size=(3, 3), spatial_scale=1.0)
    for dtype in ("float16", "float64"):
        given = {"rois": array(REGIONS, dtype), "pooled_size": (2, 2), "spatial_scale": 1.0}
        yield case(op, data=normal((2, 1, 4, 4), dtype), **given)
    for pooled in ((0, 2), 2, (2, 2, 2)):
        yield case(op, data=data, rois=array(REGIONS), pooled_size=pooled, spatial_scale=1.0)
    yield case(op, data=data, rois=array([[0.0, 0, 0, 3]]), pooled_size=(2, 2), spatial_scale=1.0)
    yield case(op, data=normal((2, 4, 4)), rois=array(REGIONS), pooled_size=(2, 2), spatial_scale=1.0)
    yield case(op, data=data, rois=array(REGIONS), pooled_size=(2, 2))
    yield case(op, data=data, rois=array(REGIONS), spatial_scale=1.0)
