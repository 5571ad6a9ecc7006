"""Random image operators: the same numbers as MXNet after the same seed, and what they do on average."""

from __future__ import annotations

import json

import numpy as np
import pytest

import mxnd as mx
from compat.record_image_random import FILE, image

ROWS = json.loads(FILE.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "row", ROWS, ids=lambda row: f"{row[0]}-{'-'.join(map(str, row[1].values()))}-{row[2]}-{row[3]}"
)
def test_same_numbers_as_mxnet(row):
    name, params, dtype, seed, results = row
    mx.random.seed(seed)
    for want in results:
        got = getattr(mx.nd.image, name)(mx.nd.array(image(dtype), dtype=dtype), **params).asnumpy().ravel()
        if dtype == "uint8":
            np.testing.assert_array_equal(got, want)
        else:
            np.testing.assert_allclose(got, want, rtol=2e-5, atol=2e-4)  # colours go up to 255


def test_saturation_goes_from_grey_to_twice_the_colour():
    data = mx.nd.array(image("float32"))
    grey = (image("float32") * [0.299, 0.587, 0.114]).sum(-1, keepdims=True)
    factors = []
    for seed in range(50):
        mx.random.seed(seed)
        got = mx.nd.image.random_saturation(data, 0.0, 2.0).asnumpy()
        factor = (got[0, 0, 0] - grey[0, 0, 0]) / (200 - grey[0, 0, 0])
        np.testing.assert_allclose(got, grey + factor * (image("float32") - grey), atol=1e-3)
        factors.append(factor)
    assert min(factors) < 0.3
    assert max(factors) > 1.7
    assert np.mean(factors) == pytest.approx(1, abs=0.25)


def test_flips_happen_in_half_of_the_cases():
    mx.random.seed(0)
    data = mx.nd.array(image("uint8"), dtype="uint8")
    flips = [mx.nd.image.random_flip_top_bottom(data).asnumpy()[0, 0, 0] != 200 for _ in range(400)]
    assert 160 < sum(flips) < 240
