"""Region proposals of a two-stage detector."""

from __future__ import annotations

from ..core.errors import ArgumentError
from ..core.op import op
from ..core.params import Array, Floats

SMALL = dict(scales=(1.0,), ratios=(0.5, 1.0, 2.0), rpn_post_nms_top_n=4, rpn_min_size=4, threshold=0.5)
SAMPLES = [
    dict(cls_prob=(1, 6, 2, 3), bbox_pred=(1, 12, 2, 3), im_info=[[32.0, 48.0, 1.0]], domain=(0.1, 0.9), **SMALL),
    dict(
        cls_prob=(1, 6, 2, 3),
        bbox_pred=(1, 12, 2, 3),
        im_info=[[32.0, 48.0, 1.0]],
        domain=(0.1, 0.9),
        output_score=True,
        iou_loss=True,
        **SMALL,
    ),
]


def _propose(
    F,
    cls_prob: Array,
    bbox_pred: Array,
    im_info: Array,
    rpn_pre_nms_top_n: int = 6000,
    rpn_post_nms_top_n: int = 300,
    threshold: float = 0.7,
    rpn_min_size: int = 16,
    scales: Floats = (4.0, 8.0, 16.0, 32.0),
    ratios: Floats = (0.5, 1.0, 2.0),
    feature_stride: int = 16,
    output_score: bool = False,
    iou_loss: bool = False,
):
    """The best boxes that do not overlap much, from what a network says of the anchors of every pixel.

    The result has rows (number of the image, x1, y1, x2, y2), ``rpn_post_nms_top_n`` for each image: fewer boxes are
    repeated. It carries no gradient.

    cls_prob: Probabilities of background, then of objects, of shape (batch, 2 * anchors, height, width).
    bbox_pred: Shift of the centre (x, y) and logarithm of scale (width, height) of each anchor, of shape
        (batch, 4 * anchors, height, width).
    im_info: Height, width and scale of each image, of shape (batch, 3).
    rpn_pre_nms_top_n: How many boxes, those with the best scores, are looked at; all if not positive.
    rpn_post_nms_top_n: How many are returned.
    threshold: Intersection over union beyond which a box is dropped.
    rpn_min_size: Smaller boxes, times the image's scale, come last; with a score of -1.
    scales: Sizes of the anchors, in strides.
    ratios: Their heights over widths.
    feature_stride: Size of the image over that of ``cls_prob``.
    output_score: Return the scores too, of shape (boxes, 1).
    iou_loss: Whether ``bbox_pred`` moves the corners instead.
    """
    anchors = len(scales) * len(ratios)
    if cls_prob.ndim != 4 or cls_prob.shape[1] != 2 * anchors:
        raise ArgumentError(f"cls_prob has shape {cls_prob.shape}; it takes (batch, {2 * anchors}, height, width)")
    batch, _, *size = cls_prob.shape
    if bbox_pred.shape != (batch, 4 * anchors, *size):
        raise ArgumentError(f"bbox_pred has shape {bbox_pred.shape}; it takes {(batch, 4 * anchors, *size)}")
    if im_info.shape != (batch, 3):
        raise ArgumentError(f"im_info has shape {im_info.shape}; it takes {(batch, 3)}")
    if not F.all(F.isfinite(im_info)):
        raise ArgumentError("im_info holds NaN or infinity")
    if rpn_post_nms_top_n < 1 or feature_stride < 1:
        raise ArgumentError(
            f"rpn_post_nms_top_n={rpn_post_nms_top_n} and feature_stride={feature_stride} must be at least 1"
        )
    boxes, scores = F.proposals(
        cls_prob, bbox_pred, im_info, rpn_pre_nms_top_n, rpn_post_nms_top_n, threshold, rpn_min_size, scales, ratios,
        feature_stride, iou_loss,
    )  # fmt: skip
    return (boxes, scores) if output_score else boxes


for _name in ("_contrib_Proposal", "_contrib_MultiProposal"):
    op(
        _propose,
        name=_name,
        dtypes="float",
        derivative=False,
        outputs=lambda output_score=False, **_: 2 if output_score else 1,
        samples=SAMPLES,
    )
