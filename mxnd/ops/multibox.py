"""Single-shot detection: anchors, what they should learn, and what they found."""

from __future__ import annotations

import math

from ..core.errors import ArgumentError
from ..core.op import op
from ..core.params import Array, Floats

ANCHORS = [[[0.1, 0.1, 0.4, 0.5], [0.2, 0.3, 0.8, 0.9], [0.5, 0.5, 0.9, 0.9]]]
VARIANCES = (0.1, 0.1, 0.2, 0.2)


def _shared(anchor) -> int:
    """How many anchors there are; ArgumentError unless they are shared by all instances."""
    if anchor.ndim != 3 or anchor.shape[0] != 1 or anchor.shape[2] != 4:
        raise ArgumentError(f"anchor has shape {anchor.shape}; it takes (1, anchors, 4)")
    return anchor.shape[1]


def _exactly(name: str, values: tuple[float, ...], count: int) -> None:
    if len(values) != count:
        raise ArgumentError(f"{name}={values} must hold {count} numbers")


@op(
    name="_contrib_MultiBoxPrior",
    dtypes="float",
    derivative=False,
    samples=[
        dict(data=(1, 2, 2, 3)),
        dict(data=(1, 2, 1, 2), sizes=(0.5, 0.25), ratios=(1.0, 2.0, 0.5), clip=True),
        dict(data=(1, 2, 1, 2), steps=(0.5, 0.25), offsets=(0.25, 0.75)),
    ],
)
def MultiBoxPrior(
    F,
    data: Array,
    sizes: Floats = (1.0,),
    ratios: Floats = (1.0,),
    clip: bool = False,
    steps: Floats = (-1.0, -1.0),
    offsets: Floats = (0.5, 0.5),
):
    """Anchors around every pixel, by their corners (x1, y1, x2, y2) in units of the image.

    Each pixel has an anchor of every size with the first ratio, then one of the first size with every other ratio: the
    result has shape (1, height * width * (sizes + ratios - 1), 4). It carries no gradient.

    data: Lends its height and width; of shape (instances, channels, height, width).
    sizes: Heights of square anchors.
    ratios: Widths over heights, above 0.
    clip: Keep the corners within 0 and 1.
    steps: From one pixel to the next, down and across; negative: 1 over height and width.
    offsets: Where the centre of a pixel lies in it, down and across.
    """
    if data.ndim != 4:
        raise ArgumentError(f"data has shape {data.shape}; it takes (instances, channels, height, width)")
    if not sizes or not ratios or min(ratios) <= 0:
        raise ArgumentError(f"sizes={sizes} and ratios={ratios} must not be empty, and the ratios be above 0")
    _exactly("steps", steps, 2)
    _exactly("offsets", offsets, 2)
    if steps[0] * steps[1] < 0:
        raise ArgumentError(f"steps={steps} must be given both, or neither")
    height, width = data.shape[2:]
    down, across = (1 / height, 1 / width) if steps[0] <= 0 or steps[1] <= 0 else steps
    shapes = [(size, ratios[0]) for size in sizes] + [(sizes[0], ratio) for ratio in ratios[1:]]
    half_width = F.asarray([size * ratio**0.5 * height / width / 2 for size, ratio in shapes])
    half_height = F.asarray([size / ratio**0.5 / 2 for size, ratio in shapes])
    x = F.reshape((F.arange(width) + offsets[1]) * across, (1, width, 1))
    y = F.reshape((F.arange(height) + offsets[0]) * down, (height, 1, 1))
    full = (height, width, len(shapes))
    corners = [x - half_width, y - half_height, x + half_width, y + half_height]
    boxes = F.concat(3, *(F.reshape(F.broadcast_to(corner, full), (*full, 1)) for corner in corners))
    return F.reshape(F.clip(boxes, 0.0, 1.0) if clip else boxes, (1, -1, 4))


@op(
    name="_contrib_MultiBoxTarget",
    dtypes="float",
    derivative=False,
    outputs=3,
    samples=[
        dict(anchor=ANCHORS, label=[[[0.0, 0.1, 0.1, 0.42, 0.5], [1.0, 0.5, 0.5, 0.8, 0.9]]], cls_pred=(1, 3, 3)),
        dict(
            anchor=ANCHORS,
            label=[[[0.0, 0.1, 0.1, 0.42, 0.5], [-1.0, -1.0, -1.0, -1.0, -1.0]]],
            cls_pred=(1, 2, 3),
            negative_mining_ratio=1.0,
            negative_mining_thresh=0.4,
        ),
    ],
)
def MultiBoxTarget(
    F,
    anchor: Array,
    label: Array,
    cls_pred: Array,
    overlap_threshold: float = 0.5,
    ignore_label: float = -1.0,
    negative_mining_ratio: float = -1.0,
    negative_mining_thresh: float = 0.5,
    minimum_negative_samples: int = 0,
    variances: Floats = VARIANCES,
):
    """What each anchor should predict.

    Every box belongs to the anchor that overlaps it most, and to all that overlap it by more than
    ``overlap_threshold``. The results are location targets of shape (batch, anchors * 4), a mask of 1 where they hold,
    of the same shape, and class targets of shape (batch, anchors): the class plus 1, 0 for background. An instance
    without boxes is ignored. They carry no gradient.

    anchor: Corners (x1, y1, x2, y2) of shape (1, anchors, 4).
    label: Rows of class and corners, of shape (batch, boxes, 5 or more); class -1 ends the list.
    cls_pred: Predicted classes before softmax, of shape (batch, classes, anchors); class 0 is the background.
    overlap_threshold: Intersection over union beyond which an anchor has a box; only the best have one if not positive.
    ignore_label: The class target of anchors that do not count.
    negative_mining_ratio: If positive, as many anchors without box count as this times those with one: those least
        sure of the background.
    negative_mining_thresh: An anchor that overlaps a box by this or more does not count as background
        then; above 0.
    minimum_negative_samples: How many count then at least, if there are as many.
    variances: What shift (x, y) and logarithm of scale (width, height) are divided by.
    """
    count = _shared(anchor)
    if label.ndim != 3 or label.shape[2] < 5:
        raise ArgumentError(f"label has shape {label.shape}; it takes (batch, boxes, 5 or more)")
    batch = label.shape[0]
    if cls_pred.ndim != 3 or cls_pred.shape[::2] != (batch, count):
        raise ArgumentError(f"cls_pred has shape {cls_pred.shape}; it takes ({batch}, classes, {count})")
    _exactly("variances", variances, 4)
    if not math.isfinite(negative_mining_ratio):
        raise ArgumentError(f"negative_mining_ratio={negative_mining_ratio} must be finite")
    if negative_mining_ratio > 0 and negative_mining_thresh <= 0:
        raise ArgumentError(f"negative_mining_thresh={negative_mining_thresh} must be above 0")
    targets, mask, classes = F.multibox_target(
        F.index(anchor, 0), label, cls_pred, overlap_threshold, ignore_label, negative_mining_ratio,
        negative_mining_thresh, minimum_negative_samples, variances,
    )  # fmt: skip
    return F.reshape(targets, (batch, count * 4)), F.reshape(mask, (batch, count * 4)), classes


@op(
    name="_contrib_MultiBoxDetection",
    dtypes="float",
    derivative=False,
    samples=[
        dict(cls_prob=[[[0.1, 0.2, 0.6], [0.2, 0.7, 0.3], [0.7, 0.1, 0.1]]], loc_pred=(1, 12), anchor=ANCHORS),
        dict(
            cls_prob=[[[0.1, 0.2, 0.6], [0.9, 0.8, 0.4]]],
            loc_pred=(1, 12),
            anchor=ANCHORS,
            threshold=0.5,
            nms_threshold=0.1,
            nms_topk=2,
        ),
    ],
)
def MultiBoxDetection(
    F,
    cls_prob: Array,
    loc_pred: Array,
    anchor: Array,
    clip: bool = True,
    threshold: float = 0.01,
    background_id: int = 0,
    nms_threshold: float = 0.5,
    force_suppress: bool = False,
    variances: Floats = VARIANCES,
    nms_topk: int = -1,
):
    """The boxes that were found: rows of class, score and corners (x1, y1, x2, y2), the best score first.

    The result has shape (batch, anchors, 6). Classes are numbered from 0 without the background; a row of class -1
    says nothing. It carries no gradient.

    cls_prob: Probabilities of shape (batch, classes, anchors).
    loc_pred: Predicted shift and logarithm of scale, of shape (batch, anchors * 4).
    anchor: Corners of the anchors, of shape (1, anchors, 4).
    clip: Keep the corners within 0 and 1.
    threshold: The best class of an anchor must have this probability.
    background_id: Accepted for old code: class 0 is the background, as it always is in MXNet.
    nms_threshold: Intersection over union from which on a box drops those behind it; nothing is sorted or dropped
        unless it is above 0 and at most 1.
    force_suppress: Whether a box drops boxes of other classes too.
    variances: What the predicted numbers are multiplied by.
    nms_topk: How many boxes, those with the best scores, are kept at most; all if not positive.
    """
    count = _shared(anchor)
    if cls_prob.ndim != 3 or cls_prob.shape[2] != count or cls_prob.shape[1] < 2:
        raise ArgumentError(f"cls_prob has shape {cls_prob.shape}; it takes (batch, 2 or more classes, {count})")
    batch = cls_prob.shape[0]
    if loc_pred.shape != (batch, count * 4):
        raise ArgumentError(f"loc_pred has shape {loc_pred.shape}; it takes {(batch, count * 4)}")
    _exactly("variances", variances, 4)
    numbers = F.reshape(F.asarray(loc_pred), (batch, count, 4))
    return F.multibox_detection(
        cls_prob, numbers, F.index(F.asarray(anchor), 0), clip, threshold, nms_threshold, force_suppress, variances,
        nms_topk,
    )  # fmt: skip
