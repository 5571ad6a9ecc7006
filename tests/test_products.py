"""Products of matrices on their paths: BLAS's threads, one thread, and ours."""

from __future__ import annotations

import numpy as np
import pytest

from mxnd.backend import blas, products, threads

RNG = np.random.RandomState(7)


@pytest.fixture
def beside(monkeypatch):
    monkeypatch.setattr(products, "_beside", products._Beside())
    products._beside.forget()
    return products._beside


def whole_numbers(*shape):
    """Every order of adding these up gives the same."""
    return RNG.randint(-8, 9, shape).astype("float32")


@pytest.mark.parametrize("turn", [False, True])
def test_many_products(turn, some_threads):
    a, b = whole_numbers(3, 20, 33, 70), whole_numbers(3, 20, 70, 65)
    if turn:
        a, b = np.ascontiguousarray(a.swapaxes(2, 3)).swapaxes(2, 3), b.swapaxes(0, 1).copy().swapaxes(0, 1)
    assert a.size * 65 > products.FEW
    want = np.einsum("abij,abjk->abik", a, b)
    np.testing.assert_array_equal(products.matmul(a, b), want)
    np.testing.assert_array_equal(products.matmul(a.astype("float16"), b.astype("float16")), want.astype("float16"))
    np.testing.assert_array_equal(products.matmul(a[..., :1], b[:, :, :1]), a[..., :1] * b[:, :, :1])


def test_products_have_the_same_bits_with_any_number_of_threads():
    a, b = (RNG.normal(size=shape).astype("float32") for shape in ((24, 65, 70), (24, 70, 65)))
    found, before = [], threads.count()
    for number in (1, 2, 3):
        threads.set_count(number)
        found.append(products.matmul(a, b))
    threads.set_count(before)
    assert all((f == found[0]).all() for f in found)


@pytest.mark.parametrize("shape", [(5, 7, 6), (200, 90, 110), (600, 310, 190), (210, 300, 620)])
@pytest.mark.parametrize("layout", [(False, False), (True, False), (False, True), (True, True)])
@pytest.mark.parametrize("working", [False, True])
def test_one_product(shape, layout, working, some_threads, beside):
    m, k, n = shape
    a, b = (
        whole_numbers(*size[::-1]).T if turned else whole_numbers(*size)
        for size, turned in zip(((m, k), (k, n)), layout)
    )
    if working:
        threads.spread(lambda _: None, range(4))
    for dtype in ("float32", "float64", "int32", "float16"):
        found = products.matmul(a.astype(dtype), b.astype(dtype))
        assert found.dtype == dtype
        np.testing.assert_array_equal(found, np.einsum("ij,jk->ik", a, b).astype(dtype))


def test_products_beside_jobs_of_threads(beside, monkeypatch):
    """BLAS's own threads serve large products only where no others have worked since the last few products."""
    if blas._functions() is None:
        pytest.skip("NumPy's BLAS is not OpenBLAS")
    get = blas._functions()[0]
    if get() == 1:
        pytest.skip("OpenBLAS has one thread")
    seen, matmul = [], np.matmul

    def watched(*args, **kwargs):
        seen.append(get())
        return matmul(*args, **kwargs)

    monkeypatch.setattr(products.np, "matmul", watched)
    before = threads.set_count(2)
    large, middle = whole_numbers(300, 300), whole_numbers(100, 100)
    try:
        products.matmul(large, large)
        assert set(seen) - {1}
        seen.clear()
        products.matmul(middle, middle)
        assert seen == [1]
        threads.spread(lambda _: None, range(4))
        for _ in range(products.LATELY - 1):
            products.matmul(large, large)
        assert set(seen) == {1}
        assert len(seen) > products.LATELY
        seen.clear()
        products.matmul(large, large)
        assert set(seen) - {1}
    finally:
        threads.set_count(before)
    assert get() > 1
