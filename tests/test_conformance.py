"""Declared operators are MXNet 1.9.1's: names, aliases, arguments, order, types, defaults, allowed values, R names."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
import pytest
from op_samples import listed, make_inputs, split_sample

import mxnd as mx
from compat import conformance
from mxnd.core.op import declare, registry
from mxnd.core.params import Array

OPS = registry.unique()
R_NAMES = sorted((r, name) for r, name in conformance.r_names().items() if name in registry)
HAND_WRITTEN_IN_R = ("array", "load", "ones", "save", "zeros")


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
def test_agrees_with_the_registry(op):
    found = conformance.findings(op)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("row", conformance.EXCEPTIONS, ids=lambda row: f"{row.operator}: {row.finding}")
def test_exceptions_are_in_use(row):
    assert row.reason.endswith(".")
    assert any(text.startswith(row.finding) for text in conformance.all_findings(registry[row.operator]))


# The R documentation


@pytest.mark.parametrize(("r_name", "name"), R_NAMES, ids=[r for r, _ in R_NAMES])
def test_r_name_is_reachable(r_name, name):
    """As one attribute with dots it is the Python function; as a chain of attributes it does the same."""
    short = r_name.removeprefix("mx.nd.")
    function = getattr(mx.nd, name)
    assert function.__mxnd_op__ is registry[name]
    assert getattr(mx.nd, short) is function
    chained = functools.reduce(getattr, short.split("."), mx.nd)
    op = registry[name]
    params = split_sample(op, op.samples[0])[1]
    results = []
    for called, given in ((function, params), (chained, {key.replace("_", "."): v for key, v in params.items()})):
        arrays = [None if x is None else mx.nd.array(x) for x in make_inputs(op, op.samples[0], "float32")]
        named = {} if op.variadic else {a.name.replace("_", "."): x for a, x in zip(op.inputs, arrays) if x is not None}
        mx.random.seed(3)
        results.append([r.asnumpy() for r in listed(called(*(arrays if op.variadic else ()), **named, **given))])
    for plain, in_r in zip(*results, strict=True):
        np.testing.assert_array_equal(plain, in_r)


@pytest.mark.parametrize("name", HAND_WRITTEN_IN_R)
def test_functions_written_by_hand_in_r(name):
    assert f"mx.nd.{name}" in conformance.r_names()
    assert callable(getattr(mx.nd, name))


# LeakyReLU, the page the project began with: the registry of 1.3.1

LEAKY_RELU = {  # what its rows say of type and default
    "data": "NDArray-or-Symbol",
    "gamma": "NDArray-or-Symbol",
    "act.type": "{'elu', 'leaky', 'prelu', 'rrelu', 'selu'},optional, default='leaky'",
    "slope": "float, optional, default=0.25",
    "lower.bound": "float, optional, default=0.125",
    "upper.bound": "float, optional, default=0.334",
}


def test_leaky_relu_is_that_of_1_3_1_and_its_page():
    facts = conformance.registry("1.3.1")["LeakyReLU"]["args"]
    assert {name.replace("_", "."): words for name, words in facts} == LEAKY_RELU
    op = registry["LeakyReLU"]
    (later,) = conformance.argument_findings(op, "1.3.1")
    assert later.startswith("argument act_type"), "gelu came with 1.4: the only difference"
    assert set(op.argument("act_type").kind.choices) == {"elu", "gelu", "leaky", "prelu", "rrelu", "selu"}


ALPHA, SCALE = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946
X = np.array([[-2.0, -0.5, 0.0], [1e-3, 0.5, 3.0]])


@pytest.mark.parametrize(
    ("params", "want"),
    [
        ({}, np.where(X > 0, X, 0.25 * X)),
        ({"act_type": "leaky", "slope": 0.1}, np.where(X > 0, X, 0.1 * X)),
        ({"act_type": "elu", "slope": 0.5}, np.where(X > 0, X, 0.5 * (np.exp(X) - 1))),
        ({"act_type": "selu"}, SCALE * np.where(X > 0, X, ALPHA * (np.exp(X) - 1))),
        ({"act_type": "rrelu"}, np.where(X > 0, X, (0.125 + 0.334) / 2 * X)),
        ({"act_type": "prelu", "gamma": [0.3]}, np.where(X > 0, X, 0.3 * X)),
        ({"act_type": "prelu", "gamma": [0.1, 0.2, 0.3]}, np.where(X > 0, X, np.array([0.1, 0.2, 0.3]) * X)),
    ],
    ids=lambda value: value.get("act_type", "default") if isinstance(value, dict) else "",
)
def test_formulas_of_the_page(params, want):
    if "gamma" in params:
        params = params | {"gamma": mx.nd.array(params["gamma"], dtype="float64")}
    got = mx.nd.LeakyReLU(mx.nd.array(X, dtype="float64"), **params).asnumpy()
    np.testing.assert_allclose(got, want, rtol=1e-7, atol=1e-12)  # parameters are float32 in MXNet


# The comparison itself: a mistake in a declaration is found


def changed(op_name, argument, **fields):
    """An operator with another argument."""
    op = registry[op_name]
    arguments = tuple(dataclasses.replace(a, **fields) if a.name == argument else a for a in op.arguments)
    return dataclasses.replace(op, arguments=arguments)


def test_a_wrong_declaration_is_found():
    leaky = registry["LeakyReLU"]
    kinds = {a.name: a.kind for a in leaky.arguments}
    mistakes = {
        "argument upper_bound is": changed("LeakyReLU", "upper_bound", default=0.3340001),
        "argument act_type is": changed("LeakyReLU", "act_type", default="elu"),
        "argument slope is": changed("LeakyReLU", "slope", kind=registry["_plus_scalar"].argument("scalar").kind),
        "argument lower_bound is": changed("LeakyReLU", "lower_bound", kind=kinds["act_type"], default="leaky"),
        "arguments are data, gamma, act_type, slop,": changed("LeakyReLU", "slope", name="slop"),
        "alias ElementWiseSum is missing": dataclasses.replace(registry["add_n"], aliases=()),
        "alias Relu is not MXNet's": dataclasses.replace(registry["relu"], aliases=("Relu",)),
        "MXNet 1.9.1 has no operator LeakyRelu": dataclasses.replace(leaky, name="LeakyRelu"),
        "arguments are gamma, data;": dataclasses.replace(leaky, arguments=(leaky.arguments[1], *leaky.arguments[:1])),
    }
    for start, op in mistakes.items():
        assert any(text.startswith(start) for text in conformance.findings(op)), start
    assert conformance.findings(leaky) == []


def test_a_required_parameter_is_not_an_optional_one():
    def clip(F, data: Array, a_min: float = 0.0, a_max: float = 1.0):
        return F.clip(data, a_min, a_max)

    assert [text[:15] for text in conformance.findings(declare(clip))] == ["argument a_min ", "argument a_max "]


def test_python_takes_inputs_first():
    op = registry["_sample_normal"]
    assert [a.name for a in op.arguments] == ["mu", "shape", "dtype", "sigma"]
    results = []
    for arguments, named in (
        ([mx.nd.zeros(2), mx.nd.ones(2)], {}),
        ([], {"sigma": mx.nd.ones(2), "mu": mx.nd.zeros(2)}),
    ):
        mx.random.seed(0)
        results.append(mx.nd.sample_normal(*arguments, **named).asnumpy())
    np.testing.assert_array_equal(*results)
