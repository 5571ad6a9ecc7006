"""Factors, inverses, determinants, triangular products and equations."""

from collections.abc import Iterator

from . import Case, Values, array, case, normal

DEFINITE = [[4.0, 1.0, 0.5], [1.0, 3.0, 0.25], [0.5, 0.25, 2.0]]
OTHER = [[2.0, -1.0, 0.0], [-1.0, 2.0, -1.0], [0.0, -1.0, 2.0]]
SKEWED = [[4.0, 9.0, 8.0], [1.0, 3.0, 7.0], [0.5, 0.25, 2.0]]
GENERAL = [[2.0, 1.0, 0.5], [-1.0, 3.0, 0.25], [0.5, 1.5, -2.0]]
SINGULAR = [[1.0, 2.0], [2.0, 4.0]]
LOWER = [[2.0, 0.0, 0.0], [0.5, 1.5, 0.0], [-1.0, 0.25, 3.0]]
ONE_ARGUMENT = ("potrf", "potri", "gelqf", "syevd", "inverse", "det", "slogdet")


def cases() -> Iterator[Case]:
    for name in ONE_ARGUMENT:
        yield from one(f"_linalg_{name}")
    yield case("linalg_det", array(GENERAL))
    yield case("linalg_inverse", array([SINGULAR, [[1.0, 0.0], [0.0, 1.0]]]))
    yield case("linalg_det", array([SINGULAR, [[1.0, 2.0], [0.0, 3.0]]]))
    yield case("linalg_slogdet", array([SINGULAR, [[1.0, 2.0], [0.0, -3.0]]]))
    yield case("linalg_potrf", array([[1.0, 2.0], [2.0, 1.0]]))
    yield case("_linalg_syevd", array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 2.0]]))
    yield case("_linalg_syevd", array([[1.0, 0.0], [0.0, 1.0]], "float64"))
    yield case("linalg_gelqf", normal((2, 4)))
    yield case("linalg_gelqf", normal((2, 3, 2, 3)))
    yield case("linalg_gelqf", normal((3, 2)))
    for name in ("linalg_trmm", "linalg_trsm"):
        yield from sided(name)


def one(op: str) -> Iterator[Case]:
    for matrix in (DEFINITE, SKEWED, GENERAL if op not in ("_linalg_potrf", "_linalg_syevd") else OTHER, [[2.0]]):
        yield case(op, A=array(matrix))
    yield case(op, A=array([DEFINITE, OTHER]))
    yield case(op, A=array([[DEFINITE, OTHER]]))
    yield case(op, A=array(DEFINITE, "float64"))
    yield case(op, A=array(DEFINITE, "float16"))
    yield case(op, A=array(DEFINITE, "int32"))
    yield case(op, A=array(DEFINITE[:2]) if op != "_linalg_gelqf" else array(DEFINITE, "float64"))
    yield case(op, A=array([1.0, 2.0]))


def sided(op: str) -> Iterator[Case]:
    def call(a: Values, b: Values, **options: object) -> Case:
        return case(op, A=a, B=b, **options)

    for transpose in (False, True):
        for lower in (False, True):
            triangle = [list(row) for row in zip(*LOWER)] if not lower else LOWER
            yield call(array(triangle), normal((3, 2)), transpose=transpose, lower=lower)
            yield call(array(triangle), normal((2, 3)), transpose=transpose, lower=lower, rightside=True, alpha=2.0)
    yield call(array(DEFINITE), normal((3, 2)))
    yield call(array([LOWER, OTHER]), normal((2, 3, 2)), alpha=-0.5)
    yield call(array([LOWER, OTHER]), normal((2, 2, 3)), rightside="True", transpose=True)
    yield call(array(LOWER, "float64"), normal((3, 2), "float64"))
    yield call(array(LOWER), normal((3, 2), "float64"))
    yield call(array([[0.0, 0.0], [1.0, 2.0]]), normal((2, 2)))
    yield call(array(LOWER), normal((2, 3)))
    yield call(array(LOWER), normal((1, 3, 2)))
    yield call(normal((2, 3)), normal((3, 2)))
    yield call(array(LOWER), normal((3,)))
