"""The compiled path (the extra ``fast``) against NumPy's: the same bits for expressions, nearly the same for sums."""

from __future__ import annotations

import concurrent.futures
import importlib.util
import sys
import time
import types
import warnings

import numpy as np
import pytest
import scipy.special as special
from large import everything_large
from test_goldens import CASES, unexplained

from mxnd import autograd, nd
from mxnd.backend import blocks, compiled, curves, inner_loops, loops, norms, pending, program, streaming, threads
from mxnd.backend.host import Plain
from mxnd.backend.wide import Wide

pytest.importorskip("numba")


@pytest.fixture
def with_numba(monkeypatch):
    """Numba is used, for expressions from their first run on."""
    monkeypatch.delenv("MXND_COMPILE", raising=False)
    monkeypatch.setattr(loops, "WORTH", 0)
    forget_programs()
    compiled.numba.cache_clear()
    assert compiled.numba() is not None
    yield
    forget_programs()
    monkeypatch.setenv("MXND_COMPILE", "0")
    compiled.numba.cache_clear()


def data(*shape, seed=0, dtype="float32"):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


EXPRESSIONS = {
    "leaky": lambda x, y: nd.LeakyReLU(x, act_type="leaky"),
    "elu": lambda x, y: nd.LeakyReLU(x, act_type="elu"),
    "selu": lambda x, y: nd.LeakyReLU(x, act_type="selu"),
    "gelu": lambda x, y: nd.LeakyReLU(x, act_type="gelu"),
    "softrelu": lambda x, y: nd.Activation(x, act_type="softrelu"),
    "sigmoid": lambda x, y: nd.sigmoid(x) * y,
    "clip": lambda x, y: nd.clip(x * y, -0.5, 0.5),
    "where": lambda x, y: nd.where(x > y, x, -y),
    "smooth_l1": lambda x, y: nd.smooth_l1(x - y, scalar=2.0),
    "rsqrt": lambda x, y: nd.rsqrt(nd.abs(x) + 1) / y,
    "row": lambda x, y: nd.LeakyReLU(x, y[0], act_type="prelu"),
    "column": lambda x, y: nd.LeakyReLU(x.reshape((7, 500, 100)), y[0], act_type="prelu"),
    "number": lambda x, y: nd.LeakyReLU(x, y[0, :1], act_type="prelu"),
    "one step with a row": lambda x, y: nd.broadcast_add(x, y[:1]),
    "one step with a column": lambda x, y: nd.broadcast_mul(x.reshape((7, 100, 500)), y[0, :100].reshape((1, 100, 1))),
}


def forget_programs():
    program._programs.clear()
    wide = nd.zeros((1,))._ctx.wide
    wide._ready.clear()
    wide._formulas.clear()


def stop_compiling(monkeypatch, name, dtype="float32"):
    """From now on NumPy computes, but for curves that have a loop of their own."""
    if name in (*CURVES, "gelu") and dtype == "float32":
        monkeypatch.setattr(loops, "WORTH", float("inf"))
    else:
        monkeypatch.setenv("MXND_COMPILE", "0")
        compiled.numba.cache_clear()
    forget_programs()


def was_compiled():
    return any(any(p.loops.values()) for p in program._programs.values())


def run(expression, x, y):
    """A value and two gradients."""
    a, b = nd.array(x, dtype=x.dtype), nd.array(y, dtype=y.dtype)
    a.attach_grad()
    b.attach_grad()
    plain = expression(a, b).asnumpy()
    with autograd.record():
        out = expression(a, b)
    out.backward()
    return plain, out.asnumpy(), a.grad.asnumpy(), b.grad.asnumpy()


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
@pytest.mark.parametrize("name", EXPRESSIONS)
def test_a_large_expression_has_the_same_bits(with_numba, monkeypatch, name, dtype):
    x, y = data(700, 500, dtype=dtype), data(700, 500, seed=1, dtype=dtype)
    x[0, :5] = [np.nan, np.inf, -np.inf, 0.0, -0.0]
    fast = run(EXPRESSIONS[name], x, y)
    assert was_compiled() or (name, dtype) == ("softrelu", "float16"), "nothing was compiled"
    monkeypatch.setattr(loops, "WORTH", float("inf"))
    forget_programs()
    plain = run(EXPRESSIONS[name], x, y)
    for one, two in zip(fast, plain):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["leaky", "clip", "where", "smooth_l1", "rsqrt", "row"])
def test_results_that_go_past_the_caches_have_the_same_bits(with_numba, monkeypatch, name, dtype):
    x, y = data(700, 501, dtype=dtype), data(700, 501, seed=1, dtype=dtype)
    x[0, :5] = [np.nan, np.inf, -np.inf, 0.0, -0.0]
    plain = run(EXPRESSIONS[name], x, y)
    monkeypatch.setattr(streaming, "least", lambda: 0)
    forget_programs()
    past = run(EXPRESSIONS[name], x, y)
    forms = [form for p in program._programs.values() for key, form in p.loops.items() if key and form]
    assert any(form.streams for form in forms)
    for one, two in zip(past, plain):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("starts", [(0, 0), (4, 1), (15, 8), (3, 16)])
@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (1, 7), (1, 129), (1, 400_003), (3, 100_001), (5, 33)])
def test_results_past_the_caches_end_where_they_should(with_numba, monkeypatch, rows, columns, starts):
    """In the middle of a line of memory too; two results of other widths begin at other places in it."""
    monkeypatch.setattr(streaming, "least", lambda: 0)
    monkeypatch.setattr(streaming, "LONG", 1)
    dtypes = np.dtype(np.float32), np.dtype(np.bool_)
    room = [np.full((rows, columns + 40), 7, dtype) for dtype in dtypes]
    parts = [slice(start, start + columns) for start in starts]
    x = data(rows, columns)
    code = ((("multiply", (-1, -1), dtypes[0]), ("less", (0, -1), dtypes[1])), (0, 1))
    made = program.program_of(code, [x], [], Plain)
    blocks.evaluate(made, [x], [], [r[:, part] for r, part in zip(room, parts)])
    assert made.loops[True].streams
    for r, part, expected in zip(room, parts, (x * x, x * x < x)):
        np.testing.assert_array_equal(r[:, part], expected)
        assert (np.delete(r, part, 1) == r.dtype.type(7)).all()


def test_results_in_the_place_of_arrays_stay_in_the_caches(monkeypatch):
    monkeypatch.setattr(streaming, "least", lambda: 100)
    x, y, z = data(400), data(400), data(400)
    assert streaming.pays([x, y], [z])
    assert not streaming.pays([x, y], [x])
    assert streaming.pays([x, y[:1]], [z])
    assert not streaming.pays([x[:100]], [z[:100]])
    assert not streaming.pays([x.reshape(4, 100), y[:100]], [z.reshape(4, 100)])
    monkeypatch.setattr(streaming, "least", lambda: 1 << 20)
    assert not streaming.pays([x], [z])


@pytest.mark.parametrize(("text", "expected"), [("32768K\n", 3 << 24), ("256K", 3 << 17), ("", 3 << 24)])
def test_what_the_last_cache_holds_comes_from_the_system(monkeypatch, tmp_path, text, expected):
    monkeypatch.setattr(streaming, "SIZE", tmp_path / "size")
    if text:
        (tmp_path / "size").write_text(text)
    streaming.least.cache_clear()
    assert streaming.least() == expected
    streaming.least.cache_clear()


def test_a_choice_between_conditions(with_numba):
    wide = nd.zeros((1,))._ctx.wide
    x = data(400_000)
    c, leaf = np.arange(len(x)) % 3 == 0, wide.leaf(x)
    np.testing.assert_array_equal(wide.done(wide.where(wide.leaf(c), leaf > 0, leaf < -1)), np.where(c, x > 0, x < -1))


@pytest.mark.parametrize("rows", [30, 300])  # gelu has a loop of its own in one of them
@pytest.mark.parametrize("name", ["leaky", "elu", "selu", "gelu", "smooth_l1", "sigmoid", "clip", "rsqrt"])
def test_a_formula_in_the_cache_has_the_same_bits(with_numba, monkeypatch, name, rows):
    """A value and its cotangents."""
    x, y = data(rows, 200), data(rows, 200, seed=1)
    x[0, :5] = [np.nan, np.inf, -np.inf, 0.0, -0.0]
    fast = run(EXPRESSIONS[name], x, y)
    made = [key[0] for key, found in nd.zeros((1,))._ctx.wide._formulas.items() if found.__class__ is blocks.Formula]
    assert any(isinstance(word, pending.Part) for word in made), "no cotangent was compiled"
    stop_compiling(monkeypatch, name)
    for one, two in zip(fast, run(EXPRESSIONS[name], x, y)):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("theme", sorted({case.theme for case in CASES}))
def test_recorded_answers_with_numba(with_numba, monkeypatch, theme):
    monkeypatch.setattr(loops, "WORTH", 1 << 12)  # some expressions in each theme
    with everything_large():
        found = [f"{c.id}: {'; '.join(s)}" for c in CASES if c.theme == theme and (s := unexplained(c))]
    assert not found, "\n".join(found)


def test_in_place_updates(with_numba):
    w, g, m, v = (data(600_001, seed=i) for i in range(4))
    v = np.abs(v)
    weight, mean, var = nd.array(w), nd.array(m), nd.array(v)
    nd.adam_update(weight, nd.array(g), mean, var, lr=0.1, out=weight)
    mean2, var2 = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
    np.testing.assert_allclose(mean.asnumpy(), mean2, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(var.asnumpy(), var2, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(weight.asnumpy(), w - 0.1 * mean2 / (np.sqrt(var2) + 1e-8), rtol=1e-5, atol=1e-5)


NORMS = {
    "softmax": lambda x, g, b: nd.softmax(x, axis=-1),
    "log_softmax": lambda x, g, b: nd.log_softmax(x, axis=-1),
    "LayerNorm": lambda x, g, b: nd.LayerNorm(x, g, b),
    "BatchNorm": lambda x, g, b: nd.BatchNorm(
        x.reshape((-1, 400, 350)), g, b, nd.zeros((400,)), nd.ones((400,)), fix_gamma=False
    ),
    "BatchNorm with given statistics": lambda x, g, b: nd.BatchNorm(
        x.reshape((-1, 400, 350)), g, b, g + b, g * g, fix_gamma=False, use_global_stats=True
    ),
    "InstanceNorm": lambda x, g, b: nd.InstanceNorm(x.reshape((-1, 400, 350)), g, b),
    "GroupNorm": lambda x, g, b: nd.GroupNorm(x.reshape((-1, 400, 350)), g, b, num_groups=400),
}


@pytest.mark.parametrize("rows", [350, 1400])  # of middle size, and large
@pytest.mark.parametrize("weighed", [False, True])
@pytest.mark.parametrize("name", NORMS)
def test_softmax_and_normalization(with_numba, monkeypatch, name, weighed, rows):
    x, g, b = data(rows, 400) * 3, data(400, seed=1), data(400, seed=2)
    weights = nd.array(data(rows, 400, seed=3))
    found, by_kernel = [], Wide.by_kernel
    monkeypatch.setattr(Wide, "by_kernel", lambda *args: found.append(by_kernel(*args)) or found[-1])

    def results():
        arrays = [nd.array(v) for v in (x, g, b)]
        for array in arrays:
            array.attach_grad()
        with autograd.record():
            y = NORMS[name](*arrays)
            loss = (y.reshape((rows, 400)) * weights).sum() if weighed else y
        loss.backward()
        return [y.asnumpy(), *[array.grad.asnumpy() for array in arrays]]

    fast = results()
    # of middle size these two are words with kernels of their own
    assert name.endswith("softmax") or found[0] is not NotImplemented
    for count in (1, 3):
        before = threads.set_count(count)
        for one, two in zip(fast, results()):
            np.testing.assert_array_equal(one, two)
        threads.set_count(before)
    monkeypatch.setenv("MXND_COMPILE", "0")
    compiled.numba.cache_clear()
    for one, two in zip(fast, results()):
        np.testing.assert_allclose(one, two, rtol=2e-4, atol=1e-4)  # sums of hundreds that cancel


@pytest.mark.parametrize("shape", [(60_000, 5), (300, 1001), (3, 100_000), (3, 15_000)])
def test_softmax_of_any_numbers(with_numba, monkeypatch, shape):
    used, kernel = [], norms._softmax
    monkeypatch.setattr(norms, "_softmax", lambda *args: (used.append(1), kernel(*args)))
    x = data(*shape) * 10
    x[0, :3], x[1, :3], x[2, 0] = [np.inf, 1, 2], [-np.inf, 3, -3e38], -np.nan
    found = nd.softmax(nd.array(x)).asnumpy(), nd.log_softmax(nd.array(x)).asnumpy()
    with np.errstate(invalid="ignore"):
        t = (x - x.max(1, keepdims=True)).astype(np.float64)
        log = t - np.log(np.exp(t).sum(1, keepdims=True))
    np.testing.assert_allclose(found[0], np.exp(log), rtol=1e-6, atol=1.2e-38)
    np.testing.assert_allclose(found[1], log, rtol=2e-6, atol=1e-6)
    nothing = nd.softmax(nd.array(np.full(shape, -np.inf, np.float32))).asnumpy()
    assert np.isnan(nothing).all()  # as NumPy has it
    assert used


def test_exponentials_are_exact_enough(with_numba):
    t = np.concatenate([np.linspace(-103, 0, 200_000), [-np.inf, np.nan]]).astype(np.float32)[None]
    out = np.empty_like(t)
    total = np.zeros(1, np.float32)
    norms._exp(t, np.zeros(1, np.float32), out, total)
    assert np.isnan(total)
    norms._exp(t[:, :200_000], np.zeros(1, np.float32), out, total)
    np.testing.assert_allclose(total, out[:, :200_000].sum(dtype=np.float64), rtol=1e-6)
    exact = np.exp(t.astype(np.float64))
    normal = exact > np.finfo(np.float32).tiny
    np.testing.assert_allclose(out[normal], exact[normal], rtol=2e-7)
    assert out[0, -2] == 0
    assert np.isnan(out[0, -1])


def test_threads_that_make_kernels_at_once_wait_until_all_parts_are_known(monkeypatch):
    known = []

    def slowly(fastmath):
        time.sleep(0.002)
        return lambda part: known.append(part.name)

    monkeypatch.setattr(compiled, "_parts", [types.SimpleNamespace(name=i, flags=()) for i in range(20)])
    monkeypatch.setattr(compiled, "numba", lambda: types.SimpleNamespace(extending=slow))
    slow = types.SimpleNamespace(register_jitable=slowly)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(lambda _: (compiled.introduce(), len(known))[1], range(4)))
    assert counts == [20] * 4
    assert sorted(known) == list(range(20))


def test_a_kernel_on_disk_is_known_by_its_parts_and_numbers():
    source = "def part(x):\n    return x + {}\ndef kernel(x):\n    return part(x) * SCALE\n"

    def digest(term, scale, *flags):
        space = {"SCALE": scale}
        exec(source.format(term), space)
        space["part"].flags = flags
        return compiled.digest(space["kernel"])

    assert digest(1, 2) == digest(1, 2)
    assert len({digest(1, 2), digest(3, 2), digest(1, 3), digest(1, 2, "nsz")}) == 4


def test_numba_that_does_not_import_is_left_out_with_a_warning(monkeypatch):
    monkeypatch.delenv("MXND_COMPILE", raising=False)
    monkeypatch.setitem(sys.modules, "numba", None)  # an import of it raises ImportError
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    compiled.numba.cache_clear()
    with pytest.warns(RuntimeWarning, match="goes without Numba"):
        assert compiled.numba() is None
    compiled.numba.cache_clear()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert compiled.numba() is None
    compiled.numba.cache_clear()


FUSED = {
    "exp": lambda x: nd.exp(x) * 2 + 1,
    "expm1": lambda x: nd.expm1(x) - x,
    "tanh": lambda x: nd.tanh(x * 3) * x,
    "log1p": lambda x: nd.log1p(nd.abs(x)) + x,
    "sigmoid": lambda x: nd.sigmoid(x) * x,
    "sin": lambda x: nd.sin(x) + nd.cos(x),
    "gelu": lambda x: nd.LeakyReLU(x, act_type="gelu"),
    "softrelu": lambda x: nd.Activation(x, act_type="softrelu"),
    "rows": lambda x: nd.exp(nd.broadcast_sub(x.reshape((-1, 3)), nd.array([[1.0, 2.0, 3.0]], dtype=x.dtype))),
    "long rows": lambda x: nd.tanh(nd.broadcast_mul(x.reshape((3, -1)), x.reshape((3, -1))[:1])) + 1,
    "columns": lambda x: nd.broadcast_add(nd.exp(x.reshape((-1, 3))), nd.sin(x.reshape((-1, 3))[:, :1])) * 2,
    "one number": lambda x: nd.expm1(nd.broadcast_mul(x, x[7:8])) + nd.broadcast_mul(x, x[8:9]),
    "power": lambda x: nd.abs(x) ** 1.5 + 2 * x**2.0,
    "powers": lambda x: (nd.abs(x) + 1) ** nd.tanh(x) - x,
    "two at once": lambda x: nd.exp(x - 1) * nd.tanh(x) + nd.sin(x * nd.exp(-x)),
    "a step between": lambda x: nd.exp(nd.gammaln(nd.abs(nd.tanh(x)) + 1) * 2) - x,
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", FUSED)
def test_numpys_functions_called_from_a_kernel_give_the_same_bits(with_numba, monkeypatch, name, dtype):
    x = data(400_002 + 3 * 1025, dtype=dtype)
    x[[0, 1, 2, 3, -1]] = np.nan, np.inf, -np.inf, -0.0, 200

    def results():
        array = nd.array(x, dtype=dtype)
        array.attach_grad()
        with autograd.record():
            y = FUSED[name](array)
        y.backward()
        return [y.asnumpy(), array.grad.asnumpy()]

    fast = results()
    for count in (1, 3):
        before = threads.set_count(count)
        for one, two in zip(fast, results()):
            np.testing.assert_array_equal(one.view(np.uint8), two.view(np.uint8))
        threads.set_count(before)
    stop_compiling(monkeypatch, name, dtype)
    for one, two in zip(fast, results()):
        np.testing.assert_array_equal(one, two)  # NaN may have other bits


@pytest.mark.parametrize("name", ["elu", "selu", "gelu"])
def test_a_result_may_go_where_an_input_lies(with_numba, monkeypatch, name):
    """Nothing in between may: elu and gelu read their input again after NumPy's function has run."""

    def results():
        x, y = nd.array(data(500_003)), nd.zeros((500_003,))
        nd.LeakyReLU(x, act_type=name, out=y)
        nd.LeakyReLU(x, act_type=name, out=x)
        return x.asnumpy(), y.asnumpy()

    fast = results()
    assert was_compiled()
    stop_compiling(monkeypatch, name)
    for one, two, three in zip(fast, results(), fast[::-1]):
        np.testing.assert_array_equal(one, two)
        np.testing.assert_array_equal(one, three)


CURVES = {
    "softrelu": np.errstate(invalid="ignore")(lambda x: np.logaddexp(0, x, dtype=np.float64)),  # it warns of NaN
    "sigmoid": lambda x: special.expit(x.astype(np.float64)),
    "erf": lambda x: special.erf(x.astype(np.float64)),
}


def curve(name, array, **out):
    return nd.Activation(array, act_type=name, **out) if name == "softrelu" else getattr(nd, name)(array, **out)


@pytest.mark.usefixtures("some_threads")
@pytest.mark.parametrize("size", [40_000, 300_000])
@pytest.mark.parametrize("name", CURVES)
def test_some_curves_have_a_loop_of_their_own(with_numba, monkeypatch, name, size):
    x = np.concatenate([data(size) * 10, -np.geomspace(1e-30, 87, 1100), np.geomspace(1e-30, 1e38, 1100)])
    x = x.astype(np.float32)
    array = nd.array(x)
    found = curve(name, array).asnumpy()
    np.testing.assert_allclose(found, CURVES[name](x), rtol=4e-7, atol=1.2e-38)
    monkeypatch.setattr(loops, "WORTH", float("inf"))  # neither how often it runs nor where it goes changes a bit
    forget_programs()
    np.testing.assert_array_equal(curve(name, array).asnumpy(), found)
    curve(name, array, out=array)
    np.testing.assert_array_equal(array.asnumpy(), found)


@pytest.mark.parametrize("size", [40_000, 300_000])
@pytest.mark.parametrize("name", CURVES)
def test_such_curves_of_special_values(with_numba, name, size):
    x = np.zeros(size, np.float32)
    x[:8] = np.nan, np.inf, -np.inf, -0.0, -200, 200, 3e38, -3e38
    found = curve(name, nd.array(x)).asnumpy()
    np.testing.assert_allclose(found, CURVES[name](x), rtol=1e-6, atol=1.2e-38)


@pytest.mark.parametrize("shape", [(7,), (3, 5), (2, 3, 4)])
@pytest.mark.parametrize(
    ("step", "name"), [(curves.softplus, "softrelu"), (curves.sigmoid, "sigmoid"), (curves.erf, "erf")]
)
def test_such_a_curve_as_a_step_takes_any_layout(with_numba, step, name, shape):
    x, out = data(*shape), np.empty((*shape, 2), np.float32)
    step(x[..., ::-1], out[..., 0])
    np.testing.assert_allclose(out[..., 0], CURVES[name](x[..., ::-1]), rtol=5e-7)
    step(x[:1], out[..., 1])  # broadcast
    np.testing.assert_allclose(out[..., 1], np.broadcast_to(CURVES[name](x[:1]), shape), rtol=5e-7)
    np.testing.assert_array_equal(step(x)[:1], out[:1, ..., 1])


def test_kernels_leave_no_warnings_behind(with_numba):
    x = nd.array(np.full(400_000, 200.0, np.float32))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isinf(nd.exp(x * 2).asnumpy()).all()
        with np.errstate(all="raise"):
            assert np.add(1.0, 2.0) == 3
            nd.exp(x * 2).wait_to_read()


def test_a_ufunc_whose_table_does_not_agree_is_called_as_ever(monkeypatch):
    inner_loops.inner_loop.cache_clear()
    assert inner_loops.inner_loop(np.exp, "f->f") is not None
    assert inner_loops.inner_loop(np.exp, "O->O") is None
    assert inner_loops.inner_loop(np.frompyfunc(abs, 1, 1), "O->O") is None
    assert inner_loops.inner_loop(special.erf, "f->f") is None
    inner_loops.inner_loop.cache_clear()
    monkeypatch.setattr(inner_loops, "_agrees", lambda *args: False)
    assert inner_loops.inner_loop(np.exp, "f->f") is None
    inner_loops.inner_loop.cache_clear()
    monkeypatch.setattr(sys.implementation, "name", "another")
    assert inner_loops._fields(np.exp) is None


def test_without_numpys_functions_the_results_are_the_same(with_numba, monkeypatch):
    x = nd.array(data(400_000))
    y = nd.exp(x) * 2 + x
    forget_programs()
    monkeypatch.setattr("mxnd.backend.loops.inner_loop", lambda *args: None)
    np.testing.assert_array_equal((nd.exp(x) * 2 + x).asnumpy(), y.asnumpy())
