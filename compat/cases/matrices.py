"""Products, diagonals and triangles of nd.linalg; instance, group and local response normalisation; masks."""

from collections.abc import Iterator

from . import Case, array, case, ints, normal, ones, positive, unit

WIDE = ("float32", "float64")
FLOATS = ("float16", *WIDE)


def cases() -> Iterator[Case]:
    yield from products()
    yield from diagonals()
    yield from triangles()
    yield from normalisation()
    yield from masks()


def products() -> Iterator[Case]:
    for dtype in WIDE:
        yield case("linalg_gemm2", A=normal((2, 3), dtype), B=normal((3, 4), dtype), alpha=0.5)
        yield case("linalg_gemm", A=normal((2, 3), dtype), B=normal((3, 2), dtype), C=normal((2, 2), dtype), beta=2.0)
        yield case("linalg_syrk", A=normal((2, 3), dtype), alpha=2.0)
    for a, b, options in (
        ((3, 2), (3, 4), {"transpose_a": True}),
        ((2, 3), (4, 3), {"transpose_b": "True"}),
        ((3, 2), (4, 3), {"transpose_a": True, "transpose_b": True, "alpha": -1.5}),
        ((2, 2, 3), (2, 3, 2), {}),
        ((2, 1, 2, 3), (2, 1, 3, 2), {"alpha": 2}),
        ((2, 3, 2), (2, 3, 4), {"axis": 0}),
        ((2, 3, 2), (2, 3, 4), {"axis": -3}),
        ((2, 3), (2, 3), {}),
        ((3,), (3,), {}),
        ((2, 2, 3), (3, 3, 2), {}),
    ):
        yield case("linalg_gemm2", A=normal(a), B=normal(b), **options)
    for shape, more in (((2, 2), {}), ((2, 2), {"transpose_a": True, "alpha": 0.5, "beta": 0.0}), ((2, 3), {})):
        yield case("linalg_gemm", A=normal((2, 2)), B=normal((2, 2)), C=normal(shape), **more)
    yield case("linalg_gemm", A=normal((2, 2, 3)), B=normal((2, 3, 2)), C=normal((2, 2, 2)))
    yield case("linalg_gemm", A=normal((2, 2, 3)), B=normal((2, 2, 3)), C=normal((2, 2, 2)), axis=1, transpose_b=True)
    for shape in ((3, 2), (2, 2, 3), (1, 2, 2, 3)):
        for transpose in (False, True):
            yield case("linalg_syrk", A=normal(shape), transpose=transpose)
    yield case("linalg_syrk", A=normal((3,)))
    for shape in ((2, 2), (2, 3, 3), (2, 1, 2, 2)):
        yield case("linalg_sumlogdiag", A=positive(shape))
    yield case("linalg_sumlogdiag", A=positive((3, 3), "float64"))
    yield case("linalg_sumlogdiag", A=array([[1.0, 2.0], [3.0, -1.0]]))
    yield case("linalg_sumlogdiag", A=positive((2, 3)))


def diagonals() -> Iterator[Case]:
    for offset in (0, 1, -1, 2, "1"):
        yield case("linalg_extractdiag", A=normal((3, 3)), offset=offset)
        yield case("linalg_extractdiag", A=normal((2, 3, 3), "float64"), offset=offset)
        yield case("linalg_makediag", A=normal((3,)), offset=offset)
        yield case("linalg_makediag", A=normal((2, 2)), offset=offset)
    yield case("linalg_extractdiag", A=normal((3, 3)), offset=3)
    yield case("linalg_extractdiag", A=normal((3,)))
    yield case("linalg_makediag", A=normal((2, 1, 2), "float64"))


def triangles() -> Iterator[Case]:
    for lower in (True, False):
        for offset in (0, 1, -1):
            yield case("linalg_extracttrian", A=normal((3, 3)), offset=offset, lower=lower)
            yield case("linalg_maketrian", A=normal((6,)), offset=offset, lower=lower)
        yield case("linalg_extracttrian", A=normal((2, 3, 3), "float64"), lower=lower)
        yield case("linalg_maketrian", A=normal((2, 3), "float64"), lower=lower)
    yield case("linalg_maketrian", A=normal((4,)))
    yield case("linalg_extracttrian", A=normal((3,)))


def normalisation() -> Iterator[Case]:
    for dtype in FLOATS:
        for shape in ((2, 3, 4), (2, 2, 2, 2)):
            channels = (shape[1],)
            yield case(
                "InstanceNorm", data=normal(shape, dtype), gamma=normal(channels, dtype), beta=unit(channels, dtype)
            )
    yield case("InstanceNorm", data=normal((2, 3, 2)), gamma=ones((3,)), beta=unit((3,)), eps=0.5)
    yield case("InstanceNorm", data=normal((1, 2, 2, 1, 2)), gamma=ones((2,)), beta=unit((2,)), eps="0.1")
    yield case("InstanceNorm", data=normal((2, 3, 2)), gamma=ones((2,)), beta=ones((2,)))
    for groups in (1, 2, 4):
        for shape in ((2, 4, 3), (1, 4, 2, 2)):
            gamma, beta = normal((groups,)), unit((groups,))
            yield case("GroupNorm", data=normal(shape), gamma=gamma, beta=beta, num_groups=groups)
            yield case("GroupNorm", data=normal(shape), gamma=gamma, beta=beta, num_groups=groups, eps=0.5)
    yield case("GroupNorm", data=normal((2, 4, 3)), gamma=normal((4,)), beta=unit((4,)), num_groups=2)
    yield case("GroupNorm", data=normal((2, 4, 3)), gamma=normal((4,)), beta=unit((4,)), num_groups=3)
    for dtype in ("float16", "float64"):
        gamma, beta = normal((2,), dtype), unit((2,), dtype)
        yield case("GroupNorm", data=normal((2, 4, 3), dtype), gamma=gamma, beta=beta, num_groups=2)
        yield case(
            "GroupNorm", data=normal((2, 4, 3)), gamma=ones((2,)), beta=ones((2,)), num_groups=2, output_mean_var=True
        )
    for options in ({"nsize": 3}, {"nsize": 5, "alpha": 0.5, "beta": 0.6, "knorm": 1.5}, {"nsize": 1, "knorm": 1}):
        for shape in ((2, 3, 2, 2), (1, 6, 1, 2)):
            yield case("LRN", data=normal(shape), **options)
    yield case("LRN", data=normal((1, 4, 2, 2), "float64"), nsize=3)
    yield case("LRN", data=normal((1, 4, 2, 2)), nsize=2)
    yield case("LRN", data=normal((1, 4, 2, 2)))


def masks() -> Iterator[Case]:
    for index in ([0.0, 1.0, 1.0], [1.0, 0.0, 0.0], [2.0, -1.0, 0.0]):
        for dtype in ("float32", "float64", "int32"):
            yield case("_contrib_boolean_mask", data=ints((3, 2), dtype), index=array(index))
        yield case("_contrib_boolean_mask", data=normal((3,)), index=array(index, "int32"))
    yield case("_contrib_boolean_mask", data=normal((3, 2)), index=array([1.0, 0.0]))
    yield case("_rnn_param_concat", normal((2,)), normal((3,)), dim=0, num_args=2)
    yield case("_rnn_param_concat", normal((4,)), dim=0, num_args=1)
