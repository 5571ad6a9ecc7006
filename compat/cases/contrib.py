"""Small operators of mx.nd.contrib, products of attention, and optimizer steps that live there."""

from collections.abc import Iterator

from . import INTS, Case, array, case, normal, positive, specials, unit

NAN, INF = float("nan"), float("inf")


def cases() -> Iterator[Case]:
    yield from pointwise()
    yield from places()
    yield from attention()
    yield from adamw()
    yield from many()
    yield from bad()


def pointwise() -> Iterator[Case]:
    for shape in ((2, 3), (4,), (1, 2, 1, 3)):
        yield case("_contrib_div_sqrt_dim", data=normal(shape))
        yield case("_contrib_gradientmultiplier", data=normal(shape), scalar=-0.5)
        yield case("_contrib_quadratic", data=normal(shape), a=0.5, b=-1.5, c=2.0)
    for dtype in ("float16", "float64"):
        yield case("_contrib_div_sqrt_dim", data=normal((2, 3), dtype))
        yield case("_contrib_gradientmultiplier", data=normal((2, 3), dtype), scalar=2)
        yield case("_contrib_quadratic", data=normal((2, 3), dtype), a=0.5, b=-1.5, c=2.0)
        yield case("_contrib_round_ste", data=normal((2, 3), dtype))
        yield case("_contrib_sign_ste", data=normal((2, 3), dtype))
    for dtype in INTS:
        yield case("_contrib_quadratic", data=positive((4,), dtype), a=0.5, b=1.5, c=2.0)
        yield case("_contrib_gradientmultiplier", data=positive((4,), dtype), scalar=2)
        yield case("_contrib_round_ste", data=positive((4,), dtype))
        yield case("_contrib_sign_ste", data=positive((4,), dtype))
    yield case("_contrib_quadratic", data=normal((3,)))
    yield case("_contrib_gradientmultiplier", data=normal((3,)))
    yield case("_contrib_gradientmultiplier", data=normal((3,)), scalar="0.25", is_int=False)
    for op in ("round_ste", "sign_ste"):
        yield case(f"_contrib_{op}", data=array([0.5, 1.5, -0.5, 2.4, -2.6, 0.0]))
        yield case(f"_contrib_{op}", data=specials((10,)))


def places() -> Iterator[Case]:
    for shape in ((2, 3), (4,), (2, 1, 3)):
        yield case("_contrib_index_array", data=normal(shape))
        yield case("_contrib_arange_like", data=normal(shape), start=2.0, step=0.5)
    yield case("_contrib_index_array", data=normal((2, 3)), axes=(1,))
    yield case("_contrib_index_array", data=normal((2, 3, 2)), axes=(-1, 0, 0))
    yield case("_contrib_index_array", data=positive((2, 3), "int32"), axes="(0, 1)")
    for options in (
        {}, {"axis": 1}, {"axis": -1, "start": 1.5}, {"axis": 0, "repeat": 2}, {"repeat": 2}, {"repeat": 4, "step": 3},
    ):  # fmt: skip
        yield case("_contrib_arange_like", data=normal((3, 4)), **options)
    for dtype in ("float64", "int32", "int64"):
        yield case("_contrib_arange_like", data=positive((2, 3), dtype), start=1.5)
    yield case("_contrib_index_copy", normal((4, 2)), array([3, 0]), normal((2, 2)), diff=(0, 2))
    yield case("_contrib_index_copy", normal((4, 2, 3)), array([1], "int32"), normal((1, 2, 3)), diff=(0, 2))
    yield case("_contrib_index_copy", normal((4,)), array([2, 2, 0], "int64"), normal((3,)), diff=(0, 2))
    a = normal((2, 3))
    yield case("_contrib_allclose", a=array([1.0, 2.0]), b=array([1.0, 2.00001]), diff=())
    yield case("_contrib_allclose", a=array([1.0, 2.0]), b=array([1.0, 2.1]), rtol=0.1, diff=())
    yield case("_contrib_allclose", a=array([1.0, 2.0]), b=array([1.0, 2.1]), atol=0.05, diff=())
    yield case("_contrib_allclose", a=array([1.0, NAN, INF]), b=array([1.0, NAN, INF]), diff=())
    yield case("_contrib_allclose", a=array([1.0, NAN]), b=array([1.0, NAN]), equal_nan=False, diff=())
    yield case("_contrib_allclose", a=array([INF]), b=array([-INF]), diff=())
    yield case("_contrib_allclose", a=a, b=normal((2, 3), "float64"), diff=())
    yield case("_contrib_allclose", a=a, b=normal((3,)), diff=())


def attention() -> Iterator[Case]:
    for steps, batch, heads, size in ((3, 2, 2, 2), (1, 1, 1, 4), (2, 3, 1, 2)):
        projected = normal((steps, batch, heads * 3 * size))
        queries, others = normal((steps, batch, heads * size)), normal((steps + 2, batch, heads * 2 * size))
        weights, across = unit((batch * heads, steps, steps)), unit((batch * heads, steps, steps + 2))
        yield case("_contrib_interleaved_matmul_selfatt_qk", projected, heads=heads)
        yield case("_contrib_interleaved_matmul_selfatt_valatt", projected, weights, heads=heads)
        yield case("_contrib_interleaved_matmul_encdec_qk", queries, others, heads=heads)
        yield case("_contrib_interleaved_matmul_encdec_valatt", others, across, heads=heads)
    yield case("_contrib_interleaved_matmul_selfatt_qk", normal((2, 2, 6), "float64"), heads=1)


def adamw() -> Iterator[Case]:
    arrays = {"weight": normal((2, 3)), "grad": normal((2, 3)), "mean": normal((2, 3)), "var": positive((2, 3))}
    half = arrays | {"weight": normal((2, 3), "float16"), "grad": normal((2, 3), "float16"), "weight32": normal((2, 3))}
    for more in (
        {"eta": 0.5}, {"eta": 0.5, "wd": 0.1}, {"eta": 1, "clip_gradient": 0.25}, {"eta": 1.0, "clip_gradient": 0.0},
        {"eta": 1, "beta1": 0.5, "beta2": 0.8, "epsilon": 0.1},
    ):  # fmt: skip
        for rescale in (1.0, 0.5):
            scale = array([rescale])
            yield case("_adamw_update", **arrays, rescale_grad=scale, lr=0.1, **more, out="weight", diff=())
            yield case("_mp_adamw_update", **half, rescale_grad=scale, lr=0.1, **more, out="weight", diff=())
    for rescale in (0.0, NAN, INF):
        scale = array([rescale])
        yield case("_adamw_update", **arrays, rescale_grad=scale, lr=0.1, eta=1, out="weight", diff=())
        yield case("_mp_adamw_update", **half, rescale_grad=scale, lr=0.1, eta=1, out="weight", diff=())
    whole = {name: positive((4,), "float64") for name in ("weight", "grad", "mean", "var")}
    yield case("_adamw_update", **whole, rescale_grad=array([1.0]), lr=0.1, eta=1, out="weight", diff=())
    yield case("_adamw_update", **arrays, rescale_grad=array([1.0]), lr=0.1, diff=())
    yield case("_adamw_update", **arrays | {"grad": normal((3,))}, rescale_grad=array([1.0]), lr=0.1, eta=1, diff=())


def many() -> Iterator[Case]:
    a, b = (2, 2), (3,)
    plain = [normal(a), normal(a), normal(a), positive(a), normal(b), normal(b), normal(b), positive(b)]
    mixed = [normal(a, "float16"), normal(a, "float16"), normal(a), positive(a), normal(a)]
    mixed += [normal(b, "float16"), normal(b, "float16"), normal(b), positive(b), normal(b)]
    rates = {"lrs": (0.1, 0.2), "wds": (0.0, 0.1), "etas": (0.5, 1.0), "num_weights": 2, "diff": ()}
    for more in ({}, {"clip_gradient": 0.25, "beta1": 0.5, "epsilon": 0.1}):
        yield case("_multi_adamw_update", *plain, array([0.5]), **rates, **more, out=(0, 4))
        yield case("_multi_mp_adamw_update", *mixed, array([0.5]), **rates, **more, out=(0, 5))
    yield case("_multi_adamw_update", *plain, array([0.0]), **rates, out=(0, 4))
    lamb = {"learning_rates": (0.1, 0.2), "wds": (0.0, 0.1), "step_count": (1, 3), "num_tensors": 2, "diff": ()}
    for more in (
        {}, {"bias_correction": False}, {"rescale_grad": 0.5, "clip_gradient": 0.2, "beta1": 0.5, "epsilon": 0.1},
        {"lower_bound": 1.0, "upper_bound": 1.5}, {"lower_bound": 10.0},
    ):  # fmt: skip
        yield case("_multi_lamb_update", *plain, **lamb, **more, out=(0, 4))
        yield case("_multi_mp_lamb_update", *mixed, **lamb, **more, out=(0, 5))


def bad() -> Iterator[Case]:
    yield case("IdentityAttachKLSparseReg", data=unit((2, 3)))
    yield case("_contrib_index_array", data=normal((2, 3)), axes=(2,), diff=())
    yield case("_contrib_arange_like", data=normal((2, 3)), axis=2, diff=())
    yield case("_contrib_index_copy", normal((4, 2)), array([3, 0]), normal((2, 3)), diff=())
    yield case("_contrib_index_copy", normal((4, 2)), array([3, 0, 1]), normal((2, 2)), diff=())
    yield case("_contrib_interleaved_matmul_selfatt_qk", normal((2, 2)), heads=1, diff=())
    yield case("_contrib_interleaved_matmul_selfatt_valatt", normal((2, 2, 6)), normal((2, 3, 3)), heads=1, diff=())
    yield case("_sample_unique_zipfian", range_max=3, shape=(4,), diff=())
    yield case("_sample_unique_zipfian", range_max=9, shape=(2, 4), diff=())
