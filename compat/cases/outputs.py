"""Loss layers: outputs that bring their own gradient."""

from collections.abc import Iterator

from . import FLOATS, Case, array, case, ints, normal, ones, positive, specials, unit

INF, NAN = float("inf"), float("nan")
REGRESSIONS = ("LinearRegressionOutput", "MAERegressionOutput", "LogisticRegressionOutput")


def cases() -> Iterator[Case]:
    yield from softmax_output()
    for op in REGRESSIONS:
        yield from regression(op)
    yield from svm()
    yield from make_loss()


def softmax_output() -> Iterator[Case]:
    given = {"diff": ("data",)}
    flat = {"data": normal((3, 4)), "label": array([0.0, 3, 1])}
    deep = {"data": normal((2, 3, 2)), "label": array([[0.0, 2], [1, 1]]), "multi_output": True}
    last = {"data": normal((2, 2, 3)), "label": array([[0.0, 2], [1, 1]]), "preserve_shape": True}
    options = (
        {}, {"grad_scale": 0.5}, {"grad_scale": "2"}, {"use_ignore": True, "ignore_label": 1}, {"ignore_label": 1},
        {"use_ignore": True}, {"normalization": "batch"}, {"normalization": "valid"}, {"normalization": "null"},
        {"normalization": "valid", "use_ignore": True, "ignore_label": 1}, {"out_grad": True}, {"smooth_alpha": 0.1},
        {"normalization": "batch", "use_ignore": True, "ignore_label": 1.0, "grad_scale": 3.0}, {"out_grad": True,
        "grad_scale": 2.0},
        {"smooth_alpha": 0.3, "use_ignore": True, "ignore_label": 1, "normalization": "valid"},
    )  # fmt: skip
    for more in options:
        yield case("SoftmaxOutput", **flat, **more, **given)
        yield case("SoftmaxOutput", **deep, **more, **given)
        yield case("SoftmaxOutput", **last, **more, **given)
    yield case("SoftmaxOutput", **flat)
    yield case("Softmax", **flat, **given)
    yield case("Softmax", **deep, **given)
    op = "SoftmaxOutput"
    yield case(op, data=normal((3, 4)), label=array([[0, 0, 1, 0], [0.5, 0.5, 0, 0], [0, 0, 0, 1]]), **given)
    yield case(op, data=normal((3, 4)), label=unit((3, 4)), grad_scale=2.0, **given)
    yield case(op, data=normal((2, 3, 2)), label=array([0.0, 2]), **given)
    yield case(op, data=normal((1, 3, 2, 2)), label=array([[[0.0, 2], [1, 0]]]), multi_output=True, **given)
    yield case(op, data=normal((1, 3, 2, 2)), label=array([[0.0, 2, 1, 0]]), multi_output=True, **given)
    yield case(op, data=normal((1, 2, 1, 1, 2)), label=array([[[[0.0, 1]]]]), multi_output=True, **given)
    yield case(op, data=normal((4,)), label=array([1.0]), **given)
    for dtype in ("float16", "float64"):
        yield case(op, data=normal((2, 3), dtype), label=array([0, 2], dtype), **given)
        yield case(op, data=normal((2, 3), dtype), label=array([0, 2], dtype), normalization="valid", **given)
    yield case(op, data=specials((2, 5)), label=array([0.0, 3]), **given)
    yield case(op, data=array([[1000.0, 0], [-1000, 0]]), label=array([0.0, 0]), **given)
    yield case(op, data=normal((2, 3)), label=array([0.7, 1.9]), **given)
    yield case(op, data=normal((2, 3)), label=array([0.0, 2]), train=False, **given)
    yield case(op, data=normal((2, 3)), label=array([0.0, 2]), diff=())
    yield case(op, data=normal((2, 3)), label=array([0, 2], "int32"), **given)
    yield case(op, data=normal((2, 3)), label=array([0.0, 2, 1]), **given)
    yield case(op, data=normal((2, 3)), label=array([0.0, 2]), normalization="mean")
    yield case(op, data=normal((2, 3)), label=array([0.0, 2]), smooth_alpha=2.0)
    yield case(op, data=normal((2, 3)), label=array([0.0, 2]), smooth_alpha=-0.1)
    yield case(op, data=normal((2, 3)))
    yield case(op, data=ints((2, 3), "int32"), label=array([0, 2], "int32"))


def regression(op: str) -> Iterator[Case]:
    given = {"diff": ("data",)}
    for shape, label in (((4,), (4,)), ((3, 1), (3,)), ((3, 1), (3, 1)), ((2, 3), (2, 3)), ((2, 1, 3), (2, 1, 3)),
                         ((1, 2, 1, 2, 2), (1, 2, 1, 2, 2)), ((2, 3), (6,)), ((3,), (3, 1))):  # fmt: skip
        yield case(op, data=normal(shape), label=normal(label), **given)
    for scale in (0.5, 2, "3.0", 0, -1.0):
        yield case(op, data=normal((2, 3)), label=normal((2, 3)), grad_scale=scale, **given)
    for dtype in FLOATS:
        yield case(op, data=specials((2, 5), dtype), label=positive((2, 5), dtype), **given)
        yield case(op, data=normal((2, 3), dtype), label=normal((2, 3), dtype), **given)
    yield case(op, data=array([1.0, 2, 3]), label=array([1.0, 2.5, 2]), **given)
    yield case(op, data=normal((2, 3)), label=normal((2, 3)))
    yield case(op, data=normal((2, 3)), label=normal((2, 3)), train=False, **given)
    yield case(op, data=normal((2, 3)), label=normal((2, 2)), **given)
    yield case(op, data=normal((2, 3)), label=normal((2, 3), "float64"), **given)
    yield case(op, data=normal((2, 3)), label=ints((2, 3), "int32"), **given)
    yield case(op, data=normal((2, 3)))
    yield case(op, data=normal((2, 3)), label=normal((2, 3)), grad_scale="big")
    yield case(op, data=ints((3,), "int32"), label=ints((3,), "int32"))


def svm() -> Iterator[Case]:
    given = {"diff": ("data",)}
    both = {"data": normal((3, 4)), "label": array([0.0, 3, 1])}
    for more in (
        {}, {"margin": 0.5}, {"margin": 2}, {"regularization_coefficient": 0.25}, {"margin": "0", "use_linear": True},
        {"regularization_coefficient": 3.0, "use_linear": True, "margin": 1.5}, {"use_linear": True},
        {"use_linear": "False"},
    ):  # fmt: skip
        yield case("SVMOutput", **both, **more, **given)
    for dtype in FLOATS:
        yield case("SVMOutput", data=normal((2, 3), dtype), label=array([0, 2], dtype), **given)
        yield case("SVMOutput", data=specials((2, 5), dtype), label=array([0, 2], dtype), use_linear=True, **given)
    yield case("SVMOutput", data=normal((2, 3, 2)), label=array([0.0, 2]), **given)
    yield case("SVMOutput", data=normal((2, 3)), label=array([0.0, 1, 2]), **given)
    yield case("SVMOutput", data=normal((2, 3)))


def make_loss() -> Iterator[Case]:
    for more in (
        {}, {"grad_scale": 0.5}, {"grad_scale": -2}, {"normalization": "batch"}, {"normalization": "valid"},
        {"normalization": "valid", "valid_thresh": 0.5}, {"normalization": "valid", "valid_thresh": 100.0},
        {"normalization": "batch", "grad_scale": 3.0}, {"normalization": "null", "valid_thresh": 1},
    ):  # fmt: skip
        yield case("MakeLoss", data=normal((2, 3)), **more)
    for op in ("MakeLoss", "make_loss"):
        for dtype in FLOATS:
            yield case(op, data=specials((10,), dtype))
        for shape in ((3,), (2, 1, 3), (1, 2, 1, 2, 1)):
            yield case(op, data=normal(shape))
        yield case(op, data=ints((3,), "int32"))
        yield case(op)
    yield case("MakeLoss", data=ones((2, 2)), normalization="mean")
