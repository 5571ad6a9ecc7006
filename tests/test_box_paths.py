"""Suppressing boxes id by id, and the best class of each anchor, against the plainest way."""

from __future__ import annotations

import numpy as np
import pytest

from mxnd.backend.boxes import areas, keep, overlaps
from mxnd.backend.multibox import _first_equal

RNG = np.random.RandomState(3)


def one_by_one(boxes, ids, threshold, equal):
    area, kept = areas(boxes), []
    for i in range(len(boxes)):
        share = overlaps(boxes[kept], area[kept], boxes[i : i + 1], area[i : i + 1])[:, 0]
        much = share >= threshold if equal else share > threshold
        if not (much if ids is None else much & (ids[kept] == ids[i])).any():
            kept.append(i)
    return kept


@pytest.mark.parametrize("equal", [False, True])
@pytest.mark.parametrize("classes", [None, 1, 3, 400])
@pytest.mark.parametrize("count", [0, 1, 127, 500])
def test_keep(count, classes, equal):
    corner, size = RNG.uniform(0, 3, (count, 2)), RNG.uniform(0.1, 1.5, (count, 2))
    boxes = np.concatenate([corner, corner + size], 1).astype("float32")
    ids = None if classes is None else RNG.randint(0, classes, count).astype("float32")
    want = one_by_one(boxes, ids, np.float32(0.4), equal)
    assert keep(boxes, ids, np.float32(0.4), equal=equal).tolist() == want
    assert keep(boxes, ids, np.float32(0.4), equal=equal, most=7).tolist() == want[:7]


@pytest.mark.parametrize("classes", [1, 20, 300])
def test_first_equal(classes):
    x = RNG.randint(0, 5, (2, classes, 50)).astype("float32")
    np.testing.assert_array_equal(_first_equal(x, x.max(1)), x.argmax(1))
