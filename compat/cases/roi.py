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
    yield from align("_contrib_ROIAlign")
    yield from rotated("_contrib_RROIAlign")
    yield from sensitive("_contrib_PSROIPooling")


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


def align(op: str) -> Iterator[Case]:
    data = normal((2, 2, 5, 4))
    for pooled in ((2, 2), (3, 2), (1, 1), (4, 5)):
        for ratio in (-1, 0, 1, 2, 3):
            given = {"pooled_size": pooled, "spatial_scale": 1.0, "sample_ratio": ratio}
            yield case(op, data=data, rois=array(REGIONS), **given, diff=("data", "rois"))
    yield case(
        op,
        data=data,
        rois=array([[0, 0.5, 0.5, 3.5, 2], [1, 1, 2, 3, 3]]),
        pooled_size=(2, 2),
        spatial_scale=1.0,
        aligned=True,
    )
    yield case(
        op,
        data=data,
        rois=array([[0, 0, 0, 7, 6]]),
        pooled_size=(2, 2),
        spatial_scale=0.5,
        aligned=True,
        sample_ratio=2,
    )
    yield case(op, data=data, rois=array([[0, 2, 2, 2.5, 2.25]]), pooled_size=(2, 2), spatial_scale=0.5, aligned=True)
    for scale in (0.5, 0.0625, 0, -1, 2):
        yield case(
            op, data=data, rois=array([[0, 0, 0, 7, 6], [1, 3, 2, 30, 30]]), pooled_size=(2, 2), spatial_scale=scale
        )
    for name, roi in ODD.items():
        if "instance" not in name:  # reads beside the array
            yield case(op, data=data, rois=array([roi]), pooled_size=(2, 2), spatial_scale=1.0)
    sensitive = {"pooled_size": (2, 2), "spatial_scale": 1.0, "position_sensitive": True}
    yield case(op, data=normal((2, 8, 4, 4)), rois=array(REGIONS), **sensitive)
    yield case(op, data=normal((2, 4, 4, 4)), rois=array(REGIONS), **sensitive, sample_ratio=2)
    yield case(op, data=normal((2, 6, 4, 4)), rois=array(REGIONS), **sensitive)
    for dtype in ("float16", "float64"):
        yield case(
            op,
            data=normal((1, 1, 4, 4), dtype),
            rois=array([[0, 0.5, 0.5, 3, 2]], dtype),
            pooled_size=(2, 2),
            spatial_scale=0.5,
        )
    for pooled in ((0, 2), 2, (2, 2, 2)):
        yield case(op, data=data, rois=array(REGIONS), pooled_size=pooled, spatial_scale=1.0)
    yield case(op, data=data, rois=array([[0.0, 0, 0, 3]]), pooled_size=(2, 2), spatial_scale=1.0)
    yield case(op, data=normal((2, 4, 4)), rois=array(REGIONS), pooled_size=(2, 2), spatial_scale=1.0)


def rotated(op: str) -> Iterator[Case]:
    data = normal((2, 2, 5, 4))
    for angle in (0, 30, 90, -45, 200):
        for ratio in (-1, 2):
            rois = array([[0, 1.5, 1.5, 2, 2, angle], [1, 2, 2.5, 5, 3, angle]])
            yield case(op, data=data, rois=rois, pooled_size=(2, 3), spatial_scale=1.0, sampling_ratio=ratio, diff=())
    yield case(op, data=data, rois=array([[0, 1.5, 1.5, 2, 2, 15]]), pooled_size=(2, 2), spatial_scale=0.5, diff=())
    yield case(op, data=data, rois=array([[0, 2, 2, 0.25, 0.5, 15]]), pooled_size=(2, 2), spatial_scale=1.0, diff=())
    yield case(op, data=data, rois=array([[0, 9, 9, 2, 2, 15]]), pooled_size=(2, 2), spatial_scale=1.0, diff=())
    yield case(op, data=data, rois=array([[0, 1.5, 1.5, 2, 2, 0]]), pooled_size=(2, 2), spatial_scale=1.0)
    yield case(op, data=data, rois=array(REGIONS), pooled_size=(2, 2), spatial_scale=1.0, diff=())


def sensitive(op: str) -> Iterator[Case]:
    rois = array(REGIONS)
    yield case(op, data=normal((2, 8, 5, 4)), rois=rois, spatial_scale=1.0, output_dim=2, pooled_size=2)
    yield case(op, data=normal((2, 9, 5, 4)), rois=rois, spatial_scale=0.5, output_dim=1, pooled_size=3)
    yield case(op, data=normal((2, 8, 5, 4)), rois=rois, spatial_scale=1.0, output_dim=2, pooled_size=4, group_size=2)
    yield case(op, data=normal((2, 9, 5, 4)), rois=rois, spatial_scale=1.0, output_dim=1, pooled_size=4, group_size=3)
    yield case(op, data=normal((2, 2, 5, 4)), rois=rois, spatial_scale=1.0, output_dim=2, pooled_size=1)
    for name, roi in ODD.items():
        if "instance" not in name:
            yield case(op, data=normal((2, 4, 5, 4)), rois=array([roi]), spatial_scale=1.0, output_dim=1, pooled_size=2)
    yield case(op, data=normal((2, 7, 5, 4)), rois=rois, spatial_scale=1.0, output_dim=2, pooled_size=2)
    yield case(op, data=normal((2, 8, 5)), rois=rois, spatial_scale=1.0, output_dim=2, pooled_size=2)
