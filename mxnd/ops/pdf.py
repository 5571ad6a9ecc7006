"""Probability densities and their logarithms: one row per distribution."""

from __future__ import annotations

from collections.abc import Callable
from math import log, pi
from typing import Any

from ..core.errors import ArgumentError
from ..core.formula import formula
from ..core.params import Array, required
from .identity import BESIDE
from .random import add, one_shape

HALF_LOG_2_PI = 0.5 * log(2 * pi)
FIXED = formula(lambda F, x: x, lambda F, ct: (F.zeros(ct.shape, ct.dtype),))
"""Whole numbers: a density that is meant at them alone has, as in MXNet, gradient 0."""


def density(name: str, summary: str, value: Callable[..., Any], whole: bool = False, **parameters: Any) -> None:
    """``_random_pdf_NAME``. ``value`` gives the log-density; ``parameters`` are name to (meaning, example).

    The distribution is one over rows (``dirichlet``) when its example is a row.
    """
    names = tuple(parameters)
    row = int(isinstance(parameters[names[0]][1][0], list))

    def body(F, sample, first, is_log, *rest):
        one_shape(names, (first, *rest))
        end, inner = first.ndim - row, (1,) * (sample.ndim - first.ndim)
        outer, inside = first.shape[:end], first.shape[end:]
        if sample.shape[:end] != outer or sample.shape[sample.ndim - row :] != inside:
            raise ArgumentError(f"sample's shape must begin with {outer}{f' and end with {inside}' if row else ''}")
        if sample.dtype == "float16":
            sample, first, *rest = (F.cast(array, "float32") for array in (sample, first, *rest))
        given = [F.reshape(array, (*outer, *inner, *inside)) for array in (first, *rest)]
        logarithm = value(F, FIXED(F, sample) if whole else sample, *given)
        if not logarithm.shape:
            logarithm = F.reshape(logarithm, (1,))
        return logarithm if is_log else F.exp(logarithm)

    inputs = {parameter: (Array, required, text) for parameter, (text, _) in parameters.items()}
    arguments = {
        "sample": (Array, required, "Where to evaluate. Its shape begins with that of the parameters."),
        names[0]: inputs.pop(names[0]),
        "is_log": (bool, False, "Return the logarithm of the density."),
    }
    points = [[[0.2, 0.3, 0.5], [0.6, 0.3, 0.1]]] if row else [[0.5, 1.5, 2.0], [2.5, 0.75, 3.0]]
    sample = {parameter: example for parameter, (_, example) in parameters.items()} | {"sample": points}
    options = {"aliases": (f"random_pdf_{name}",), "dtypes": "float", "derivative": not whole}
    add(
        body, f"_random_pdf_{name}", summary, arguments | inputs, **options, samples=(sample, sample | {"is_log": True})
    )


def _negative_binomial(F: Any, x: Any, k: Any, p: Any) -> Any:
    ways = F.gammaln(x + k) - F.gammaln(x + 1) - F.gammaln(k)
    return ways + k * F.log(p) + x * F.log(1 - p)


def _normal(F: Any, x: Any, mu: Any, sigma: Any) -> Any:
    return -0.5 * F.square((x - mu) / sigma) - F.log(sigma) - HALF_LOG_2_PI


def _dirichlet(F: Any, x: Any, alpha: Any) -> Any:
    return (
        F.sum((alpha - 1) * F.log(x), -1)
        + F.gammaln(F.sum(alpha, -1))
        - F.sum(F.gammaln(alpha), -1)
    )  # fmt: skip


density(
    "uniform",
    "Density of the uniform distribution over [low, high]; a sample outside of it is not noticed.",
    lambda F, x, low, high: BESIDE(F, F.broadcast_to(-F.log(high - low), x.shape), x),
    low=("The lower bounds.", [0.0, 0.5]),
    high=("The upper bounds.", [3.0, 4.0]),
)
density(
    "normal",
    "Density of the normal distribution.",
    _normal,
    mu=("The means.", [0.0, 2.5]),
    sigma=("The standard deviations.", [1.0, 0.5]),
)
density(
    "gamma",
    "Density of the gamma distribution.",
    lambda F, x, alpha, beta: alpha * F.log(beta) + (alpha - 1) * F.log(x) - beta * x - F.gammaln(alpha),
    alpha=("The shape parameters.", [0.5, 2.5]),
    beta=("The rates: here the mean is alpha / beta.", [1.0, 0.5]),
)
density(
    "exponential",
    "Density of the exponential distribution.",
    lambda F, x, lam: F.log(lam) - lam * x,
    lam=("The rates.", [0.5, 2.5]),
)
density(
    "poisson",
    "Probability of a number under the Poisson distribution.",
    lambda F, x, lam: x * F.log(lam) - lam - F.gammaln(x + 1),
    whole=True,
    lam=("The means.", [0.5, 2.5]),
)
density(
    "negative_binomial",
    "Probability of so many failures before the k-th success.",
    _negative_binomial,
    whole=True,
    k=("The numbers of successes.", [1.0, 4.0]),
    p=("The probabilities of a success.", [0.5, 0.25]),
)
density(
    "generalized_negative_binomial",
    "Probability of a number under the negative binomial distribution given by its mean and dispersion.",
    lambda F, x, mu, alpha: _negative_binomial(F, x, 1 / alpha, 1 / (1 + mu * alpha)),
    whole=True,
    mu=("The means.", [0.5, 2.5]),
    alpha=("The dispersions.", [0.5, 1.5]),
)
density(
    "dirichlet",
    "Density of the Dirichlet distribution, whose samples are rows that sum to 1.",
    _dirichlet,
    alpha=("The concentrations, one row for each distribution.", [[1.5, 2.0, 3.0]]),
)
