"""Boxes around objects: overlap, suppression, matching, and the numbers networks learn instead of them."""

from __future__ import annotations

import math
from typing import Any, Literal

from ..core.errors import ArgumentError
from ..core.op import op
from ..core.params import Array, required
from .identity import COPY

Format = Literal["center", "corner"]
ROWS = [
    [0.0, 0.5, 0.1, 0.1, 0.2, 0.2],
    [1.0, 0.4, 0.1, 0.1, 0.2, 0.25],
    [0.0, 0.3, 0.1, 0.1, 0.19, 0.2],
    [2.0, 0.6, 0.5, 0.5, 0.7, 0.8],
]


def parts(F: Any, boxes: Any) -> list[Any]:
    """The four numbers of each box, apart; the last axis stays, with size 1."""
    return [F.index(boxes, (..., slice(i, i + 1))) for i in range(4)]


def to_corner(F: Any, boxes: Any) -> Any:
    """Boxes (x, y, width, height) around their centre as (x1, y1, x2, y2)."""
    x, y, width, height = parts(F, boxes)
    return F.concat(boxes.ndim - 1, x - width / 2, y - height / 2, x + width / 2, y + height / 2)


def to_center(F: Any, boxes: Any) -> Any:
    """Boxes (x1, y1, x2, y2) as (x, y, width, height) around their centre."""
    x1, y1, x2, y2 = parts(F, boxes)
    return F.concat(boxes.ndim - 1, (x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1)


def four(name: str, boxes: Any, ndim: int | None = None) -> None:
    """ArgumentError unless the last axis holds the four numbers of a box."""
    if boxes.ndim < 2 or boxes.shape[-1] != 4 or ndim not in (None, boxes.ndim):
        axes = "2 axes or more" if ndim is None else f"{ndim} axes"
        raise ArgumentError(f"{name} has shape {boxes.shape}; it takes {axes}, the last of size 4")


@op(
    name="_contrib_box_iou",
    dtypes="float",
    derivative=False,
    samples=[
        dict(lhs=[[0.0, 0.0, 1.0, 1.0], [0.5, 0.5, 2.0, 1.0]], rhs=[[0.5, 0.5, 2.0, 1.0]]),
        dict(lhs=[[0.0, 0.0, 1.0, 1.0]], rhs=[[0.5, 0.5, 2.0, 1.0]], format="center"),
    ],
)
def box_iou(F, lhs: Array, rhs: Array, format: Format = "corner"):
    """Intersection over union of every left box with every right one; 0 where the union is empty.

    The result has the axes of ``lhs`` but the last, then those of ``rhs`` but the last. It carries no gradient.

    lhs: Boxes along the last axis, of size 4.
    rhs: Others, likewise.
    format: ``corner`` for (x1, y1, x2, y2), ``center`` for (x, y, width, height).
    """
    four("lhs", lhs)
    four("rhs", rhs)
    lefts, rights = F.asarray(lhs), F.asarray(rhs)
    if format == "center":
        lefts, rights = to_corner(F, lefts), to_corner(F, rights)
    lefts, rights = F.reshape(lefts, (-1, 4)), F.reshape(rights, (-1, 4))
    share = F.overlaps(lefts, F.areas(lefts), rights, F.areas(rights))
    return F.reshape(share, lhs.shape[:-1] + rhs.shape[:-1])


@op(
    name="_contrib_box_nms",
    aliases=("_contrib_box_non_maximum_suppression",),
    dtypes="float",
    samples=[
        dict(data=ROWS, overlap_thresh=0.35),
        dict(data=[ROWS], overlap_thresh=0.35, topk=3, force_suppress=True, id_index=0, out_format="center"),
        dict(data=ROWS, topk=0),
    ],
)
def box_nms(
    F,
    data: Array,
    overlap_thresh: float = 0.5,
    valid_thresh: float = 0.0,
    topk: int = -1,
    coord_start: int = 2,
    score_index: int = 1,
    id_index: int = -1,
    background_id: int = -1,
    force_suppress: bool = False,
    in_format: Format = "corner",
    out_format: Format = "corner",
):
    """Keeps the boxes with the best scores and drops those that overlap one of them too much.

    The rows that are kept stand first, the best score in front; the others hold -1 everywhere.

    data: Rows that describe a box each, of shape (..., boxes, elements); floating.
    overlap_thresh: Intersection over union beyond which a box is dropped.
    valid_thresh: A score must be above this for its box to count.
    topk: How many boxes, those with the best scores, are looked at; all if negative. With 0 the data is returned.
    coord_start: Where the four coordinates begin in a row.
    score_index: Where the score stands.
    id_index: Where the class stands; there is none if negative.
    background_id: The class whose boxes are dropped at once.
    force_suppress: Whether a box drops boxes of other classes too.
    in_format: ``corner`` for (x1, y1, x2, y2), ``center`` for (x, y, width, height).
    out_format: The format of the result.
    """
    if data.ndim < 2:
        raise ArgumentError(f"data has shape {data.shape}; it takes (..., boxes, elements)")
    *lead, boxes, elements = data.shape
    coords = range(coord_start, coord_start + 4)
    if not 0 <= coord_start <= elements - 4:
        raise ArgumentError(f"coord_start={coord_start} leaves no four coordinates in rows of {elements} elements")
    for name, place in (("score_index", score_index), ("id_index", id_index)):
        if place in coords or not (-1 if name == "id_index" else 0) <= place < elements:
            raise ArgumentError(f"{name}={place} must be a place in rows of {elements} elements beside {coords}")
    if id_index == score_index:
        raise ArgumentError(f"id_index={id_index} is where the score stands")
    if topk == 0:
        return COPY(F, data)
    batch = math.prod(lead)
    rows = F.reshape(data, (batch, boxes, elements))
    picks = F.nms(
        rows, overlap_thresh, valid_thresh, topk, coord_start, score_index, id_index, background_id, force_suppress,
        in_format == "center",
    )  # fmt: skip
    found = F.index(rows, (F.reshape(F.arange(batch), (-1, 1)), F.maximum(picks, 0)))
    if in_format != out_format:
        before, after = slice(0, coord_start), slice(coord_start + 4, elements)
        turn = to_corner if in_format == "center" else to_center
        turned = turn(F, F.index(found, (..., slice(coord_start, coord_start + 4))))
        found = F.concat(2, F.index(found, (..., before)), turned, F.index(found, (..., after)))
    empty = F.reshape(picks < 0, (batch, boxes, 1))
    return F.reshape(F.where(empty, F.scalar(-1, data.dtype), found), data.shape)


@op(
    name="_contrib_bipartite_matching",
    dtypes="float",
    derivative=False,
    outputs=2,
    samples=[
        dict(data=[[0.5, 0.6], [0.1, 0.2], [0.3, 0.4]], threshold=1e-12),
        dict(data=[[[0.5, 0.6], [0.1, 0.2]]], threshold=0.55, is_ascend=True, topk=1),
    ],
)
def bipartite_matching(F, data: Array, is_ascend: bool = False, threshold: float = required, topk: int = -1):
    """Matches rows with columns, the best pair first, each at most once.

    The results are the column of each row and the row of each column, -1 where there is none. They carry no gradient.

    data: Scores of shape (..., rows, columns); floating.
    is_ascend: Whether the least score is the best.
    threshold: A pair must have a better score than this.
    topk: How many pairs there are at most; any number if not positive.
    """
    if data.ndim < 2:
        raise ArgumentError(f"data has shape {data.shape}; it takes (..., rows, columns)")
    *lead, height, width = data.shape
    scores = F.reshape(F.asarray(data), (-1, height, width))
    rows, columns = F.greedy_match(scores, is_ascend, threshold, topk)
    return F.reshape(rows, (*lead, height)), F.reshape(columns, (*lead, width))


ANCHORS = [[[0.1, 0.1, 0.4, 0.5], [0.2, 0.3, 0.8, 0.9]]]


@op(
    name="_contrib_box_encode",
    dtypes="float",
    derivative=False,
    outputs=2,
    samples=[
        dict(
            samples=[[1.0, -1.0]],
            matches=[[1.0, 0.0]],
            anchors=ANCHORS,
            refs=[[[0.15, 0.15, 0.5, 0.5], [0.5, 0.5, 0.7, 0.9]]],
            means=[0.0, 0.0, 0.0, 0.0],
            stds=[0.1, 0.1, 0.2, 0.2],
        )
    ],
)
def box_encode(F, samples: Array, matches: Array, anchors: Array, refs: Array, means: Array, stds: Array):
    """Boxes as networks learn them: shift and logarithm of scale from an anchor, less means, over stds.

    The results, of shape (batch, anchors, 4), are these numbers and a mask of 1 and 0; both are 0 where an anchor is
    no positive sample. They carry no gradient.

    samples: Above 0.5 where the anchor is a positive sample, of shape (batch, anchors).
    matches: The number of the box that belongs to each anchor, of the same shape.
    anchors: Their corners (x1, y1, x2, y2), of shape (batch or 1, anchors, 4).
    refs: Corners of the boxes, of shape (batch, boxes, 4).
    means: What is subtracted from the four numbers, of shape (4,).
    stds: What they are divided by then, of shape (4,).
    """
    four("anchors", anchors, 3)
    four("refs", refs, 3)
    batch, count = samples.shape if samples.ndim == 2 else (0, 0)
    if samples.ndim != 2 or matches.shape != samples.shape:
        raise ArgumentError(f"samples and matches have shapes {samples.shape} and {matches.shape}; both take two axes")
    if anchors.shape[1] != count or anchors.shape[0] not in (1, batch) or refs.shape[0] != batch:
        raise ArgumentError(f"anchors take {(batch, count, 4)} and refs {(batch, 'boxes', 4)}, as samples have them")
    if (means.shape, stds.shape) != ((4,), (4,)):
        raise ArgumentError(f"means and stds have shapes {means.shape} and {stds.shape}; both take (4,)")
    samples, matches, anchors, refs = (F.asarray(x) for x in (samples, matches, anchors, refs))
    places = F.indices(matches, refs.shape[1], "clip")
    wanted = F.index(refs, (F.reshape(F.arange(batch), (-1, 1)), places))
    x, y, width, height = parts(F, to_center(F, anchors))
    at_x, at_y, wanted_width, wanted_height = parts(F, to_center(F, wanted))
    shift = [(at_x - x) / width, (at_y - y) / height]
    numbers = F.concat(2, *shift, F.log(wanted_width / width), F.log(wanted_height / height))
    positive = F.broadcast_to(F.reshape(samples > 0.5, (batch, count, 1)), numbers.shape)
    return F.where(positive, (numbers - F.asarray(means)) / F.asarray(stds), 0.0), F.cast(positive, refs.dtype)


@op(
    name="_contrib_box_decode",
    dtypes="float",
    derivative=False,
    samples=[
        dict(data=[[[0.1, 0.2, 0.3, 0.4], [0.5, -0.5, 0.0, 1.0]]], anchors=ANCHORS),
        dict(
            data=[[[0.1, 0.2, 0.3, 0.4], [0.5, -0.5, 0.0, 1.0]]], anchors=ANCHORS, std0=0.1, clip=0.3, format="corner"
        ),
    ],
)
def box_decode(
    F,
    data: Array,
    anchors: Array,
    std0: float = 1.0,
    std1: float = 1.0,
    std2: float = 1.0,
    std3: float = 1.0,
    clip: float = -1.0,
    format: Format = "center",
):
    """Boxes by their corners (x1, y1, x2, y2), from what a network says of each anchor; undoes ``box_encode``.

    The result carries no gradient.

    data: Shift of the centre (x, y) and logarithm of scale (width, height), of shape (batch, anchors, 4).
    anchors: The anchors, of shape (1, anchors, 4).
    std0: What the first number is multiplied by.
    std1: What the second is multiplied by.
    std2: What the third is multiplied by.
    std3: What the fourth is multiplied by.
    clip: If positive, the logarithms are at most this.
    format: ``corner`` when the anchors are (x1, y1, x2, y2), ``center`` for (x, y, width, height).
    """
    four("data", data, 3)
    four("anchors", anchors, 3)
    if anchors.shape[0] != 1 or anchors.shape[1] != data.shape[1]:
        raise ArgumentError(f"anchors have shape {anchors.shape}; they take {(1, *data.shape[1:])}")
    data, anchors = F.asarray(data), F.asarray(anchors)
    x, y, width, height = parts(F, to_center(F, anchors) if format == "corner" else anchors)
    dx, dy, *scales = (part * std for part, std in zip(parts(F, data), (std0, std1, std2, std3)))
    scales = [F.exp(F.minimum(scale, clip) if clip > 0 else scale) for scale in scales]
    sides = [scales[0] * width, scales[1] * height]
    return to_corner(F, F.concat(2, dx * width + x, dy * height + y, *sides))
