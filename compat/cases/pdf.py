"""random_pdf_*: densities of the distributions, their logarithms, and the gradients of both."""

from collections.abc import Iterator

from . import FLOATS, Case, array, case, ones, positive

REAL = [[0.5, 1.0, 3.25, 0.125], [2.0, 0.75, 1.5, 6.0]]
WHOLE = [[0, 1, 3, 12], [5, 0, 2, 40]]
ROWS = [[[0.25, 0.25, 0.5], [0.125, 0.75, 0.125]], [[0.5, 0.375, 0.125], [0.0625, 0.9375, 0.5]]]
FAMILY = {
    "uniform": (REAL, {"low": [-0.5, 0.0], "high": [4.0, 7.5]}),
    "normal": (REAL, {"mu": [-0.5, 1.25], "sigma": [0.75, 2.0]}),
    "gamma": (REAL, {"alpha": [0.5, 3.0], "beta": [2.0, 0.75]}),
    "exponential": (REAL, {"lam": [0.5, 3.0]}),
    "poisson": (WHOLE, {"lam": [0.5, 6.0]}),
    "negative_binomial": (WHOLE, {"k": [1.0, 4.5], "p": [0.25, 0.75]}),
    "generalized_negative_binomial": (WHOLE, {"mu": [0.5, 6.0], "alpha": [0.25, 1.5]}),
    "dirichlet": (ROWS, {"alpha": [[0.5, 1.0, 2.0], [3.0, 1.5, 1.0]]}),
}


def cases() -> Iterator[Case]:
    for name, (sample, parameters) in FAMILY.items():
        op, given = f"random_pdf_{name}", {key: array(value) for key, value in parameters.items()}
        for is_log in (False, True):
            for dtype in FLOATS:
                typed = {key: array(value, dtype) for key, value in parameters.items()}
                yield case(op, sample=array(sample, dtype), **typed, is_log=is_log)
            one = {key: array(value[:1]) for key, value in parameters.items()}
            yield case(op, sample=array(sample[:1]), **one, is_log=is_log)
            deep = [[[row, row] for row in sample[0][:2]], [[row] * 2 for row in sample[1][:2]]]
            yield case(op, sample=array(deep), **given, is_log=is_log)
            yield case(op, sample=array([row[0] for row in sample]), **given, is_log=is_log)
        yield case(op, sample=array(sample), **given, diff=tuple(parameters))
        yield case(op, sample=array(sample), **given, diff=("sample",), train=False)
        yield case(op, sample=array(sample, "int32"), **{k: array(v, "int32") for k, v in parameters.items()})
        yield case(op, sample=array(sample), **{key: array(value[:1]) for key, value in parameters.items()})
        yield case(op, sample=array(sample), **given, is_log="maybe")
        yield case(op, sample=array(sample))
        for is_log in (False, True):
            edge = [[0.0, 1, 0]] * 2 if name == "dirichlet" else [0.0, 0]
            yield case(op, sample=array([edge] * 2), **given, is_log=is_log)
    for is_log in (False, True):
        for x in ([[-1.0]], [[0.0]], [[2.5]], [[1000.0]]):
            for name in ("gamma", "exponential", "poisson", "negative_binomial", "generalized_negative_binomial"):
                one = {key: array(value[:1]) for key, value in FAMILY[name][1].items()}
                yield case(f"random_pdf_{name}", sample=array(x), **one, is_log=is_log)
        yield case("random_pdf_uniform", sample=array([[-3.0, 9]]), low=array([0.0]), high=array([2.0]), is_log=is_log)
        yield case("random_pdf_normal", sample=array([[1.0, 2]]), mu=array([1.0]), sigma=array([-2.0]), is_log=is_log)
        alpha = array([1.0, 2, 0.5])
        yield case("random_pdf_dirichlet", sample=array(ROWS[0]), alpha=alpha, is_log=is_log)
        yield case("random_pdf_dirichlet", sample=array(ROWS[0][0]), alpha=alpha, is_log=is_log)
        yield case("random_pdf_dirichlet", sample=positive((2, 3, 2, 3)), alpha=ones((2, 3)), is_log=is_log)
    yield case("random_pdf_normal", sample=ones((3,)), mu=ones((3, 2)), sigma=ones((3, 2)))
    yield case("random_pdf_normal", sample=ones((3,)), mu=ones((3,)), sigma=ones((2,)))
    yield case("random_pdf_dirichlet", sample=ones((2, 3)), alpha=ones((2, 4)))
    yield case("random_pdf_poisson", sample=array([[0.0, 1]]), lam=array([0.0]))
    yield case("random_pdf_negative_binomial", sample=array([[0.0, 1]]), k=array([2.0]), p=array([1.0]))
    yield case("random_pdf_normal", array([[1.0, 2]]), array([0.0]), array([1.0]), is_log=True)
