"""Looking up and scattering by index: take, pick, gather_nd, scatter_nd, one_hot, Embedding, where ..."""

from collections.abc import Iterator

from . import FLOATS, INTS, NUMBERS, Case, array, case, distinct, ints, normal, ones, specials, zeros

NAN = float("nan")


def cases() -> Iterator[Case]:
    yield from take()
    yield from pick()
    yield from nd()
    yield from encoded()
    yield from flat()
    yield from where()


def index(data, dtype: str = "float32"):
    return array(data, dtype)


def take() -> Iterator[Case]:
    table = normal((4, 3))
    for mode in ("clip", "wrap", "raise"):
        given = {"mode": mode, "diff": ("a",)}
        for axis in (0, 1, -1):
            yield case("take", a=table, indices=index([2, 0, 1]), axis=axis, **given)
        yield case("take", a=table, indices=index([[0, 1], [1, 3]]), **given)
        yield case("take", a=table, indices=index([3, -1, 5, -7, 4]), **given)
        yield case("take", a=table, indices=index([3, -1, 5, -7, 4], "int32"), **given)
        yield case("take", a=normal((2, 3, 2)), indices=index([[2, 0], [4, -2]], "int32"), axis=1, **given)
    for dtype in NUMBERS:
        yield case("take", a=table, indices=index([1, 3, 1], dtype), diff=("a",))
        yield case("take", a=normal((3, 2), dtype), indices=index([2, 2, 0]), diff=("a",) if dtype in FLOATS else ())
    yield case("take", a=normal((5,)), indices=index([4, 0, 4]), diff=("a",))
    yield case("take", a=normal((2, 1, 3, 1, 2)), indices=index([[[1]], [[0]]]), axis=2, diff=("a",))
    yield case("take", a=table, indices=index([0.9, 1.5, -0.5, 2.999]), diff=("a",))
    yield case("take", a=table, indices=index([1]), axis=2)
    yield case("take", a=table, indices=index([1]), axis=-3)
    yield case("take", a=table, indices=index([1]), mode="wrapped")
    yield case("take", a=table)
    yield case("take", a=normal((3,)), indices=index([1, 2]))
    yield case("batch_take", a=normal((3, 4)), indices=index([0, 3, 1], "int32"), diff=("a",))
    yield case("batch_take", a=normal((3, 4), "float64"), indices=index([0, 9, -1], "int32"), diff=("a",))
    yield case("batch_take", a=normal((3, 4)), indices=index([0, 3, 1]), diff=("a",))
    yield case("batch_take", a=ints((2, 2), "int32"), indices=index([1, 0], "int32"))
    yield case("batch_take", a=normal((3, 4)), indices=index([0, 3], "int32"), diff=("a",))


def pick() -> Iterator[Case]:
    data, given = normal((3, 4)), {"diff": ("data",)}
    for mode in ("clip", "wrap"):
        for keepdims in (False, True):
            yield case("pick", data=data, index=index([1, 5, -2]), axis=1, mode=mode, keepdims=keepdims, **given)
        yield case("pick", data=data, index=index([0, 2, 4, -1]), axis=0, mode=mode, **given)
        yield case("pick", data=normal((2, 3, 2)), index=index([[0, 2], [3, -1]]), axis=1, mode=mode, **given)
    yield case("pick", data=data, index=index([1, 3, 0]), **given)
    yield case("pick", data=data, index=index([[1], [3], [0]]), axis=1, **given)
    yield case("pick", data=data, index=index([[1], [3], [0]]), axis=1, keepdims=True, **given)
    yield case("pick", data=normal((5,)), index=index([3]), axis=0, **given)
    yield case("pick", data=data, index=index([1, 3, 0]), axis=None, **given)
    yield case("pick", data=data, index=index([5]), axis=None, **given)
    yield case("pick", data=data, index=index([0.9, 1.5, -0.5]), **given)
    for dtype in NUMBERS:
        yield case("pick", data=data, index=index([1, 3, 0], dtype), **given)
        yield case("pick", data=normal((2, 3), dtype), index=index([1, 2]), diff=("data",) if dtype in FLOATS else ())
    yield case("pick", data=data, index=index([1, 3, 0, 1]), axis=1)
    yield case("pick", data=data, index=index([1, 3]), axis=2)
    yield case("pick", data=data, index=index([1, 3, 0]), mode="raise")
    yield case("choose_element_0index", data=data, index=index([1, 3, 0]), axis=1, **given)
    yield case("fill_element_0index", lhs=zeros((3, 4)), mhs=array([1.0, 2, 3]), rhs=index([0, 3, 1]), diff=())
    yield case("fill_element_0index", lhs=zeros((3, 4)), mhs=array([1.0, 2, 3]), rhs=index([0, 3]), diff=())


def nd() -> Iterator[Case]:
    given = {"diff": ("data",)}
    yield case("gather_nd", data=normal((3, 4)), indices=index([[0, 2, 1], [3, 0, 1]]), **given)
    yield case("gather_nd", data=normal((3, 4)), indices=index([[0, 2]]), **given)
    yield case("gather_nd", data=normal((2, 3, 2)), indices=index([[[0, 1], [1, 0]], [[2, 0], [1, 1]]]), **given)
    yield case("gather_nd", data=normal((3,)), indices=index([[2, 2, 0]]), **given)
    yield case("gather_nd", data=normal((3, 4)), indices=index([[-1, 0], [-4, 1]]), **given)
    yield case("gather_nd", data=normal((3, 4)), indices=index([[0, 3], [0, 0]]), **given)
    yield case("gather_nd", data=normal((3, 4)), indices=index([[0, 1], [0, 4]], "int32"), **given)
    yield case("gather_nd", data=normal((3, 4)), indices=index([[0], [0], [0]]), **given)
    for dtype in NUMBERS:
        yield case("gather_nd", data=normal((3, 2)), indices=index([[0, 2], [1, 1]], dtype), **given)
        diff = ("data",) if dtype in FLOATS else ()
        yield case("gather_nd", data=normal((3, 2), dtype), indices=index([[0, 2], [1, 1]]), diff=diff)
        yield case("scatter_nd", data=normal((2,), dtype), indices=index([[0, 2], [1, 1]]), shape=(3, 2), diff=diff)
    yield case("scatter_nd", data=normal((3,)), indices=index([[0, 2, 1], [3, 0, 1]]), shape=(3, 4), **given)
    yield case("scatter_nd", data=normal((2, 4)), indices=index([[2, 0]]), shape=(3, 4), **given)
    yield case("scatter_nd", data=normal((2, 2)), indices=index([[[0, 1], [1, 0]]]), shape=(4,), **given)
    yield case("scatter_nd", data=normal((2,)), indices=index([[2, 0]], "int64"), shape="(3,)", **given)
    yield case("scatter_nd", data=normal((3,)), indices=index([[2, 0]]), shape=(3,))
    yield case("scatter_nd", data=normal((2,)), indices=index([[2, 0]]))
    scatter = {"indices": index([[0, 2]]), "shape": (3,)}
    yield case("_scatter_set_nd", lhs=ones((3,)), rhs=array([5.0, 6]), out="lhs", diff=(), **scatter)


def encoded() -> Iterator[Case]:
    for options in (
        {"depth": 3}, {"depth": 3, "on_value": 2.5, "off_value": -1}, {"depth": 1}, {"depth": "4", "on_value": "8"},
        {"depth": 0}, {"depth": -1}, {}, {"depth": 3, "dtype": "uint16"}, {"depth": 2.5},
    ):  # fmt: skip
        yield case("one_hot", indices=index([1, 0, 2, 3, -1]), diff=(), **options)
    yield case("one_hot", indices=index([[1, 0], [2, 1]]), depth=3, diff=())
    yield case("one_hot", indices=index([[[1], [0]]]), depth=2, diff=())
    yield case("one_hot", indices=index([0.9, 1.5, -0.5]), depth=2, diff=())
    for dtype in NUMBERS:
        yield case("one_hot", indices=index([1, 0], dtype), depth=2, diff=())
        yield case("one_hot", indices=index([1, 0]), depth=2, on_value=3.7, dtype=dtype, diff=())
    yield case("_onehot_encode", lhs=index([1, 0, 2]), rhs=zeros((3, 3)), out="rhs", diff=())
    yield case("onehot_encode", index([1, 0, 2]), zeros((3, 3)), diff=())
    sizes, given = {"input_dim": 4, "output_dim": 3}, {"diff": ("weight",)}
    weight = normal((4, 3))
    for rows in ([1, 3, 0], [[1, 3], [1, 1]], [5, -1, 2], [0.9, 1.5, 2.2], [[[2]], [[0]]]):
        yield case("Embedding", data=index(rows), weight=weight, **sizes, **given)
    for dtype in NUMBERS:
        yield case("Embedding", data=index([1, 3, 1], dtype), weight=weight, **sizes, **given)
    for dtype in FLOATS + INTS:
        diff = ("weight",) if dtype in FLOATS else ()
        yield case("Embedding", data=index([1, 3, 1]), weight=normal((4, 3), dtype), dtype=dtype, diff=diff, **sizes)
    yield case("Embedding", data=index([1, 3]), weight=weight, sparse_grad=False, **sizes, **given)
    yield case("Embedding", data=index([1, 3]), weight=weight, input_dim="4", output_dim="3", **given)
    yield case("Embedding", data=index([1, 3]), weight=normal((5, 3)), **sizes)
    yield case("Embedding", data=index([1, 3]), weight=normal((4, 3), "float64"), **sizes)
    yield case("Embedding", data=index([1, 3]), weight=weight, input_dim=4)
    yield case("Embedding", data=index([1, 3]), **sizes)
    yield case("Embedding", data=index([1, 3]), weight=weight, input_dim=0, output_dim=3)


def flat() -> Iterator[Case]:
    for dtype in ("float32", "float64", "int32", "int64"):
        yield case("ravel_multi_index", data=index([[0, 1, 2], [3, 0, 1]], dtype), shape=(3, 4), diff=())
        yield case("unravel_index", data=index([3, 4, 11], dtype), shape=(3, 4), diff=())
    yield case("ravel_multi_index", data=index([[0, 1], [1, 0], [1, 2]]), shape=(2, 2, 3), diff=())
    yield case("ravel_multi_index", data=index([[5, 1], [3, -1]]), shape=(3, 4), diff=())
    yield case("ravel_multi_index", data=index([[5, 1], [3, 2]]), shape=(-1, 4), diff=())
    yield case("unravel_index", data=index([[3, 4], [11, 0]]), shape=(2, 2, 3), diff=())
    yield case("unravel_index", data=index([3, 25]), shape=(-1, 4), diff=())
    yield case("unravel_index", data=index([13, -1]), shape=(3, 4), diff=())
    yield case("unravel_index", data=index([3]), shape="(3, 4)", diff=())
    yield case("unravel_index", data=index([3]), diff=())
    yield case("_ravel_multi_index", data=index([[1], [2]]), shape=(3, 4), diff=())
    yield case("_unravel_index", data=index([6]), shape=(3, 4), diff=())
    yield case("ravel_multi_index", data=index([[1], [1]]), shape=(2, 2, 2), diff=())


def where() -> Iterator[Case]:
    given = {"diff": ("x", "y")}
    x, y = normal((2, 3)), normal((2, 3))
    yield case("where", condition=array([[1.0, 0, 2], [-1, 0.5, 0]]), x=x, y=y, **given)
    yield case("where", condition=array([1.0, 0]), x=x, y=y, **given)
    yield case("where", condition=specials((10,)), x=ones((10,)), y=zeros((10,)), **given)
    yield case("where", condition=array([1.0, 0]), x=array([NAN, NAN]), y=array([1.0, 2]), **given)
    for dtype in NUMBERS:
        yield case("where", condition=array([[1, 0, 1], [0, 0, 1]], dtype), x=x, y=y, **given)
        diff = ("x", "y") if dtype in FLOATS else ()
        yield case("where", condition=array([1.0, 0, 1]), x=distinct((3,), dtype), y=ints((3,), dtype), diff=diff)
    yield case("where", condition=ones((2, 1, 1, 2, 1)), x=normal((2, 1, 1, 2, 1)), y=normal((2, 1, 1, 2, 1)), **given)
    yield case("where", condition=ones((3,)), x=x, y=y)
    yield case("where", condition=ones((2, 3)), x=x, y=normal((1, 3)))
    yield case("where", condition=ones((2, 1)), x=x, y=y)
    yield case("where", condition=ones((2, 3)), x=x, y=normal((2, 3), "float64"))
    yield case("where", condition=ones((2, 3)), x=x)
