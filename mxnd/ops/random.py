"""Random numbers. A row per distribution makes its operators: of numbers, in the shape of an array, of arrays."""

from __future__ import annotations

from collections.abc import Sequence
from inspect import Parameter, Signature
from math import prod
from typing import Any, Literal

from ..core.errors import ArgumentError
from ..core.op import declare, op, registry
from ..core.params import Array, Long, Shape, required
from .creation import known_shape

Real = Literal[None, "float16", "float32", "float64"]
Whole = Literal[None, "int32", "int64"]
Arguments = dict[str, tuple[Any, Any, str]]
"""By name: type, default (or ``required``), and meaning."""


def add(body: Any, name: str, summary: str, arguments: Arguments, **options: Any) -> None:
    """Declare an operator that draws; its body takes the arguments by position."""
    signature = [Parameter("F", Parameter.POSITIONAL_OR_KEYWORD)] + [
        Parameter(argument, Parameter.POSITIONAL_OR_KEYWORD, annotation=kind, default=default)
        for argument, (kind, default, _) in arguments.items()
    ]
    body.__signature__ = Signature(signature)
    body.__annotations__ = {argument: kind for argument, (kind, *_) in arguments.items()}
    doc = "\n".join([summary, "", *(f"{argument}: {text}" for argument, (*_, text) in arguments.items())])
    registry.add(declare(body, name, doc, **options))


def one_shape(names: Sequence[str], arrays: Sequence[Any]) -> None:
    """ArgumentError unless the arrays of parameters have the same shape."""
    if any(array.shape != arrays[0].shape for array in arrays):
        raise ArgumentError(f"{' and '.join(names)} must have one shape")


def of_numbers(name: str, summary: str, parameters: Arguments, dtype: str, kinds: Any, *aliases: str, **more) -> None:
    """``_random_NAME``: all values from one distribution."""

    def body(F, *given):
        *numbers, shape, _, given_dtype = given
        return getattr(F.random, name)(*numbers, known_shape(shape or ()), given_dtype or dtype)

    arguments = parameters | {
        "shape": (Shape, None, "The shape of the result."),
        "ctx": (str, "", "Where to make it; the current context by default."),
        "dtype": (kinds, None, f"Its element type; {dtype} by default."),
    }
    options = {"aliases": (f"random_{name}", *aliases), "dtype": None, "random": True}
    add(body, f"_random_{name}", summary, arguments, **options, samples=(dict(shape=(2, 3), **more),))


def like_array(name: str, summary: str, parameters: Arguments) -> None:
    """``_random_NAME_like``: as ``_random_NAME``, with the shape and dtype of an array."""

    def body(F, *given):
        *numbers, data = given
        return getattr(F.random, name)(*numbers, data.shape, data.dtype)

    arguments = parameters | {"data": (Array, required, "Lends its shape and its dtype; floating.")}
    summary += " The result has the shape and dtype of the input."
    add(body, f"_random_{name}_like", summary, arguments, dtypes="float", random=True, samples=({"data": (2, 3)},))


def of_arrays(name: str, summary: str, parameters: dict[str, tuple[str, list[float]]]) -> None:
    """``_sample_NAME``: a distribution for each element of the inputs; ``parameters`` are name to meaning, example."""
    names = tuple(parameters)

    def body(F, first, shape, dtype, *rest):
        one_shape(names, (first, *rest))
        drawn = first.shape + (known_shape(shape) if shape else ())
        return getattr(F.random, name)(*map(F.asarray, (first, *rest)), drawn, dtype or "float32")

    inputs = {parameter: (Array, required, text) for parameter, (text, _) in parameters.items()}
    arguments = {
        names[0]: inputs.pop(names[0]),
        "shape": (Shape, (), "The shape of what is drawn for each element of the inputs; it follows theirs."),
        "dtype": (Real, None, "The element type of the result; float32 by default."),
    }
    summary += " Every element of the inputs, which have one shape, stands for a distribution of its own."
    sample = {parameter: example for parameter, (_, example) in parameters.items()} | {"shape": (2,)}
    options = {"aliases": (f"sample_{name}",), "dtype": None, "random": True, "samples": (sample,)}
    add(body, f"_sample_{name}", summary, arguments | inputs, **options)


def distribution(name: str, summary: str, *aliases: str, arrays: tuple[str, ...] = (), **parameters: Any) -> None:
    """All operators of a distribution; ``parameters`` are name to default, meaning, and an example for arrays.

    arrays: Their names in ``_sample_NAME``, where these are others.
    """
    numbers = {key: (type(default), default, text) for key, (default, text, _) in parameters.items()}
    of_numbers(name, summary, numbers, "float32", Real, *aliases)
    like_array(name, summary, numbers)
    of_arrays(name, summary, {key: row[1:] for key, row in zip(arrays or parameters, parameters.values())})


distribution(
    "uniform",
    "Real numbers drawn evenly from [low, high).",
    "uniform",
    low=(0.0, "The lower bound, which can be drawn.", [0.0, 2.5]),
    high=(1.0, "The upper bound, which cannot.", [1.0, 3.5]),
)
distribution(
    "normal",
    "Real numbers drawn from a normal distribution.",
    "normal",
    arrays=("mu", "sigma"),
    loc=(0.0, "The mean.", [0.0, 2.5]),
    scale=(1.0, "The standard deviation, above 0.", [1.0, 0.5]),
)
distribution(
    "gamma",
    "Real numbers drawn from a gamma distribution, whose mean is alpha * beta.",
    alpha=(1.0, "The shape parameter, above 0.", [0.5, 2.5]),
    beta=(1.0, "The scale parameter, above 0.", [1.0, 0.5]),
)
distribution(
    "exponential",
    "Real numbers drawn from an exponential distribution, whose mean is 1 / lam.",
    lam=(1.0, "The rate, above 0.", [0.5, 2.5]),
)
distribution(
    "poisson",
    "Whole numbers, as floats, drawn from a Poisson distribution.",
    lam=(1.0, "The mean, at least 0.", [0.5, 2.5]),
)
distribution(
    "negative_binomial",
    "Whole numbers, as floats: how often trials fail before the k-th success.",
    k=(1, "The number of successes, at least 0.", [1.0, 4.0]),
    p=(1.0, "The probability of a success, above 0 and at most 1.", [0.5, 0.25]),
)
distribution(
    "generalized_negative_binomial",
    "Whole numbers, as floats, with mean mu and variance mu + alpha * mu * mu.",
    mu=(1.0, "The mean, at least 0.", [0.5, 2.5]),
    alpha=(1.0, "The dispersion, at least 0; with 0 it is a Poisson distribution.", [0.5, 0.0]),
)
of_numbers(
    "randint",
    "Whole numbers drawn evenly from [low, high).",
    {
        "low": (Long, required, "The lower bound, which can be drawn."),
        "high": (Long, required, "The upper bound, which cannot."),
    },
    "int32",
    Whole,
    low=-3,
    high=5,
)


@op(
    aliases=("sample_multinomial",),
    dtypes="float",
    dtype=None,
    random=True,
    outputs=lambda get_prob=False, **_: 2 if get_prob else 1,
    samples=[
        dict(data=[[0.25, 0.75], [1.0, 0.0]], shape=(3,)),
        dict(data=[[0.25, 0.75], [0.5, 0.5]], get_prob=True, dtype="float32"),
    ],
)
def _sample_multinomial(
    F,
    data: Array,
    shape: Shape = (),
    get_prob: bool = False,
    dtype: Literal["float16", "float32", "float64", "int32", "uint8"] = "int32",
):
    """Categories, numbered from 0, drawn with the probabilities that stand along the last axis.

    With ``get_prob`` the logarithms of their probabilities are a second result, through which the gradient flows into
    the probabilities. As in MXNet it is not checked that these sum to 1.

    data: Probabilities of the categories along the last axis; floating.
    shape: The shape of what is drawn from each row of probabilities; it takes the place of the last axis.
    get_prob: Return the log-probabilities too.
    dtype: The element type of the categories.
    """
    if data.ndim == 0:
        raise ArgumentError("data must have at least one axis, that of the categories")
    *lead, categories = data.shape
    if dtype == "uint8" and categories > 256:
        raise ArgumentError(f"dtype='uint8' does not hold the numbers of {categories} categories")
    drawn = (*lead, *shape) or (1,)
    rows, count = prod(lead), prod(shape)
    picks = F.random.multinomial(F.asarray(data), count)
    numbers = F.cast(F.reshape(picks, drawn), dtype)
    if not get_prob:
        return numbers
    at = F.minimum(F.reshape(picks, (rows, count)), categories - 1)
    chosen = F.index(F.reshape(data, (rows, categories)), (F.reshape(F.arange(rows), (rows, 1)), at))
    return numbers, F.reshape(F.log(chosen), drawn)


@op(aliases=("shuffle",), dtypes="any", differentiable=False, random=True, samples=[dict(data=(5, 2))])
def _shuffle(F, data: Array):
    """The slices along the first axis in random order.

    data: The input, of any shape with an axis.
    """
    if data.ndim == 0:
        raise ArgumentError("data must have at least one axis")
    return F.take(data, F.random.permutation(data.shape[0], data.ndim), 0)
