"""Special functions on the GPU where samples of operators do not go."""

import math

import numpy as np
import pytest
from scipy import special

from mxnd.backend.cuda.words import open_device

pytestmark = pytest.mark.gpu
NEAR = {"float32": 1e-6, "float64": 1e-11}


@pytest.mark.parametrize("dtype", NEAR)
@pytest.mark.parametrize("n", [1, 2, 3])
def test_polygamma(cuda, dtype, n):
    x = np.array([-0.5, -1e-4, -20.25, -20.75, 0.3, 15, -3, 0, np.inf, -np.inf, np.nan], dtype)
    have = cuda.asnumpy(open_device(0).polygamma(n, cuda.asarray(x)))
    np.testing.assert_allclose(have, special.polygamma(n, x.astype("d")), NEAR[dtype], 1e-12)


@pytest.mark.parametrize(("dtype", "far"), [("float32", 2**21), ("float64", 2**50)])
def test_polygamma_far_below_0_takes_no_longer(cuda, dtype, far):
    """What a sum over so many terms comes to, by reflection."""
    x, F = cuda.asarray(np.array([-far - 0.5, -far - 0.75], dtype)), open_device(0)
    first, second = (cuda.asnumpy(F.polygamma(n, x)) for n in (1, 2))
    np.testing.assert_allclose(first, [math.pi**2 - 1 / far, 2 * math.pi**2 - 1 / far], 1e-6)
    np.testing.assert_allclose(second, [0, -4 * math.pi**3], 1e-6, 1e-6)
