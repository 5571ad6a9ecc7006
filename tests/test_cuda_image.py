"""Images, Fourier transforms, histograms and calibration on the GPU against the CPU."""

import numpy as np
import pytest

from mxnd.backend import calibrate as host_calibrate
from mxnd.backend import contrib as host_contrib
from mxnd.backend import image as host
from mxnd.backend.cuda import contrib, image
from mxnd.core.errors import ArgumentError

pytestmark = pytest.mark.gpu
RNG = np.random.default_rng(2)
TOLERANCE = {"float16": 1e-3, "float32": 2e-6, "float64": 1e-12}


def picture(dtype, *shape):
    whole = RNG.integers(0, 256, shape)
    return whole.astype(dtype) if np.dtype(dtype).kind != "f" else (whole + RNG.uniform(0, 1, shape)).astype(dtype)


def close(got, wanted, most=0):
    """Equal; floats within rounding, whole numbers within ``most``."""
    assert got.dtype == wanted.dtype
    assert got.shape == wanted.shape
    if wanted.dtype.kind == "f":
        np.testing.assert_allclose(got, wanted, TOLERANCE[wanted.dtype.name], 300 * TOLERANCE[wanted.dtype.name])
    else:
        assert abs(got.astype(np.int64) - wanted.astype(np.int64)).max(initial=0) <= most


@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64", "float16", "int32"])
@pytest.mark.parametrize("interp", range(5))
def test_resize(cuda, dtype, interp):
    for shape, size in (((7, 9, 3), (4, 13)), ((2, 8, 6, 1), (4, 3)), ((6, 5, 3), (6, 12))):
        x = picture(dtype, *shape)
        got = image.resize(cuda.asarray(np.repeat(x, 2, -2))[..., ::2, :], *size, interp)
        close(cuda.asnumpy(got), host.resize(x, *size, interp))


def test_resize_of_no_images(cuda):
    assert image.resize(cuda.zeros((0, 4, 4, 3), np.float32), 2, 3, 1).shape == (0, 2, 3, 3)


@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64", "float16", "int32"])
@pytest.mark.parametrize("how", ["brightness", "contrast", "saturation"])
def test_scale_colors(cuda, dtype, how):
    for factor in (0.3, 1.7):
        for shape in ((5, 4, 3), (5, 4, 1)):
            x = picture(dtype, *shape)
            got = image.scale_colors(cuda.asarray(np.asfortranarray(x)), factor, how)
            close(cuda.asnumpy(got), host.scale_colors(x, factor, how), most=1)


@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64", "float16"])
def test_turn_hue(cuda, dtype):
    x = picture(dtype, 9, 11, 3)
    x[0], x[1, :, 1], x[2, :, 2], x[3] = 7, x[1, :, 0], x[2, :, 1], 0  # greys, and ties of colours
    for turn in (0.0, 0.2, -0.7, 3.1):
        with np.errstate(divide="ignore", invalid="ignore"):
            wanted = host.turn_hue(x, turn)
        got = cuda.asnumpy(image.turn_hue(cuda.asarray(x), turn))
        assert got.dtype == wanted.dtype
        np.testing.assert_allclose(got.astype(float), wanted.astype(float), 1e-3, 1 if dtype == "uint8" else 1e-2)


@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64", "float16"])
def test_add_light(cuda, dtype):
    x = picture(dtype, 6, 5, 3)
    alpha = (0.5, -2.0, 3.0)
    close(cuda.asnumpy(image.add_light(cuda.asarray(x)[:, ::-1], alpha)), host.add_light(x[:, ::-1], alpha))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_fourier(cuda, dtype):
    for shape in ((6,), (3, 4), (2, 3, 10), (0, 4)):
        for function in ("fft", "ifft"):
            x = RNG.normal(0, 1, shape).astype(dtype)
            wanted = getattr(host_contrib, function)(x)
            got = cuda.asnumpy(getattr(contrib, function)(cuda.asarray(np.asfortranarray(x))))
            assert got.dtype == dtype
            assert got.shape == wanted.shape
            np.testing.assert_allclose(got, wanted, TOLERANCE[dtype], 8 * TOLERANCE[dtype])


def test_inverse_of_a_view_between_pairs(cuda):
    x = RNG.normal(0, 1, 17).astype(np.float32)
    got = cuda.asnumpy(contrib.ifft(cuda.asarray(x)[1:].reshape(2, 8)))
    np.testing.assert_allclose(got, host_contrib.ifft(x[1:].reshape(2, 8)), 2e-6, 2e-5)


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "int32", "int64", "uint8", "bool"])
def test_histogram(cuda, dtype):
    x = RNG.integers(-4, 5, (50, 60)).astype(dtype) if dtype != "bool" else RNG.uniform(0, 1, (50, 60)) > 0.4
    if np.dtype(dtype).kind == "f":
        x[0, :3] = np.nan, np.inf, -np.inf
    for edges in ([-3, -1, 0, 0, 2, 4], [0, 1], [-2.5, 0.5, 3, 3], [1, 1]):
        edges = np.array(edges, "float64" if dtype == "bool" else dtype if dtype != "uint8" else "float32")
        edges = np.sort(edges)
        wanted, _ = np.histogram(x.astype(np.uint8) if dtype == "bool" else x, edges)
        counts, same = contrib.histogram(cuda.asarray(x)[:, ::-1], cuda.asarray(edges))
        assert counts.dtype == np.int64
        np.testing.assert_array_equal(cuda.asnumpy(counts), wanted)
        np.testing.assert_array_equal(cuda.asnumpy(same), edges)
    assert cuda.asnumpy(contrib.histogram(cuda.zeros((0,), np.float32), cuda.zeros(3, np.float32))[0]).tolist() == [
        0,
        0,
    ]


@pytest.mark.parametrize(("dtype", "kind"), [("float16", "float64"), ("int64", "float32"), ("uint8", "int32")])
def test_histogram_with_edges_of_another_dtype(cuda, dtype, kind):
    x = RNG.integers(0, 4, (30, 11)).astype(dtype)
    for edges in ([0, 1, 2, 4], [-5, 1.5 if kind[0] == "f" else 2], [1, 1, 2, 3, 3]):
        edges = np.array(edges, kind)
        counts, _ = contrib.histogram(cuda.asarray(x.T), cuda.asarray(edges))
        np.testing.assert_array_equal(cuda.asnumpy(counts), np.histogram(x, edges)[0])


def test_histogram_of_many_bins(cuda):
    x = RNG.uniform(0, 1, 5000).astype(np.float32)
    edges = np.linspace(0, 1, contrib.SHARED + 5).astype(np.float32)
    counts, _ = contrib.histogram(cuda.asarray(x), cuda.asarray(edges))
    np.testing.assert_array_equal(cuda.asnumpy(counts), np.histogram(x, edges)[0])


@pytest.mark.parametrize(("bins", "levels"), [(41, 7), (41, 8), (101, 15), (40, 5)])
def test_calibrate(cuda, bins, levels):
    values = np.concatenate([RNG.normal(0, 1, 3000), RNG.normal(0, 5, 20)])
    counts, edges = np.histogram(values, bins, (-9, 9))
    hist, edges = counts.astype(np.float32), edges.astype(np.float32)
    wanted = host_calibrate.calibrate(hist, edges, levels)
    got = contrib.calibrate(cuda.asarray(hist), cuda.asarray(edges), levels)
    for a, b in zip(got, wanted):
        assert a.dtype == b.dtype
        assert a.shape == (1,)
        np.testing.assert_allclose(cuda.asnumpy(a), b, 1e-6)
    with pytest.raises(ArgumentError, match="no symmetric range"):
        contrib.calibrate(cuda.asarray(hist)[:4], cuda.asarray(edges)[:5], 4)
