"""Reading parameters: the Python value, NumPy's, and the text MXNet would have written mean the same."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mxnd.core.params import Double, Floats, Long, Shape, Size, kind_of

INT32 = st.integers(-(2**31), 2**31 - 1)
FLOAT32 = st.floats(width=32, allow_nan=False)


@given(INT32)
def test_int(value):
    for form in (value, str(value), f" {value} ", np.int64(value), np.int32(value)):
        read = kind_of(int).parse(form)
        assert (read, type(read)) == (value, int)


@given(FLOAT32)
def test_float(value):
    for form in (value, repr(value), np.float32(value), np.float64(value)):
        read = kind_of(float).parse(form)
        assert (read, type(read)) == (value, float)


@given(st.floats(allow_nan=False))
def test_double(value):
    for form in (value, repr(value), np.float64(value)):
        assert kind_of(Double).parse(form) == value


def test_floats_are_kept_as_float32():
    assert kind_of(float).parse(0.1) == float(np.float32(0.1)) != 0.1
    assert kind_of(Double).parse(0.1) == 0.1


@given(st.lists(INT32, max_size=6))
def test_shape(dims):
    want = tuple(dims)
    for form in (want, dims, str(want), str(dims), np.array(dims, "int64"), [np.int32(d) for d in dims]):
        assert kind_of(Shape).parse(form) == want


@given(INT32)
def test_an_int_is_a_shape_of_one(value):
    assert kind_of(Shape).parse(value) == kind_of(Shape).parse(str(value)) == (value,)


@given(st.lists(FLOAT32, max_size=5))
def test_tuple_of_floats(values):
    for form in (tuple(values), values, np.array(values, "float32")):
        assert kind_of(Floats).parse(form) == tuple(values)
    assert kind_of(Floats).parse("(0.5, 1)") == (0.5, 1.0)
    assert kind_of(Floats).parse(0.5) == (0.5,)
    assert kind_of(Floats).parse(0.5) == (0.5,)


@pytest.mark.parametrize("form", [True, 1, "True", "true", "1", np.bool_(True), np.int64(1)])
def test_true(form):
    assert kind_of(bool).parse(form) is True


@pytest.mark.parametrize("form", [False, 0, "False", "false", "0", np.bool_(False)])
def test_false(form):
    assert kind_of(bool).parse(form) is False


@pytest.mark.parametrize("annotation", [int | None, float | None, Shape | None, bool | None, Literal[None, "a"]])
def test_none(annotation):
    assert kind_of(annotation).parse(None) is None
    assert kind_of(annotation).parse("None") is None


@pytest.mark.parametrize("form", [np.float32, np.dtype("float32"), "float32", np.array([1], "float32").dtype])
def test_dtypes(form):
    assert kind_of(Literal["float32", "int8"]).parse(form) == "float32"


@pytest.mark.parametrize(
    ("annotation", "bad"),
    [
        *((int, bad) for bad in (1.5, "1.5", "x", None, "None", [1], 2**31, "", "__import__('os')", "1" * 5000, b"1")),
        *((Size, bad) for bad in (-1, "-1", 2**31)),
        *((Long, bad) for bad in (2**63, 0.5)),
        *((float, bad) for bad in ("x", None, 1e39, "1e39", [1.0], 1j, "")),
        *((Double, bad) for bad in ("x", None, 1j, (1,))),
        *((bool, bad) for bad in (2, "yes", None, 0.5, "2")),
        *((Shape, bad) for bad in (1.5, (1.5,), "x", "(1, x)", None, {1: 2}, "(" * 9999)),
        *((Floats, bad) for bad in ("x", ("a",), None)),
        *((Literal["a", "b"], bad) for bad in ("c", None, 1, "None", ["a"])),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_is_refused(annotation, bad):
    with pytest.raises(ValueError):  # noqa: PT011  the caller adds operator and argument to the words
        kind_of(annotation).parse(bad)
