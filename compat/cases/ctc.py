"""CTCLoss: blanks, lengths, repetitions, labels that cannot be spelled."""

from collections.abc import Iterator

from . import Case, array, case, normal, specials

FIRST, LAST = [[1, 2, 0], [3, 3, 0]], [[1, 2, -1], [0, 0, -1]]


def cases() -> Iterator[Case]:
    data = normal((5, 2, 4))
    for op in ("CTCLoss", "ctc_loss", "_contrib_CTCLoss", "_contrib_ctc_loss"):
        yield case(op, data=data, label=array(FIRST), diff=("data",))
    for first in (
        FIRST,
        [[1, 0, 2], [0, 0, 0]],
        [[3, 3, 3], [1, 2, 1]],
        [[1, 0, 0], [2, 0, 0]],
        [[1, 2, 3], [3, 2, 1]],
    ):
        yield case("CTCLoss", data=data, label=array(first), diff=("data",))
        yield case("CTCLoss", data=data, label=array(first, "int32"), diff=("data",), blank_label="first")
    for last in (LAST, [[0, -1, 2], [-1, -1, -1]], [[2, 2, 2], [1, 2, 1]], [[1, -1, -1], [2, -1, -1]]):
        yield case("CTCLoss", data=data, label=array(last), diff=("data",), blank_label="last")
    short, few = array([3.0, 5.0]), array([1.0, 3.0])
    labels = array([[1, 2, 1], [3, 1, 2]])
    last = array([[1, 2, 1], [0, 1, 2]])
    for blank, label in (("first", labels), ("last", last)):
        given = {"data": data, "label": label, "blank_label": blank, "diff": ("data",)}
        yield case("CTCLoss", data_lengths=short, use_data_lengths=True, **given)
        yield case("CTCLoss", label_lengths=few, use_label_lengths=True, **given)
        both = {"data_lengths": short, "label_lengths": few, "use_data_lengths": True, "use_label_lengths": "True"}
        yield case("CTCLoss", **both, **given)
    ints = array([3, 5], "int32")
    yield case("CTCLoss", data=data, label=labels, data_lengths=ints, use_data_lengths=True, diff=("data",))
    yield case("CTCLoss", data, labels, few, use_label_lengths=True, diff=(0,))
    yield case("CTCLoss", data=data, label=labels, data_lengths=array([0.0, 5]), use_data_lengths=True, diff=("data",))
    yield case(
        "CTCLoss", data=data, label=labels, label_lengths=array([0.0, 3]), use_label_lengths=True, diff=("data",)
    )
    yield case("CTCLoss", data=data, label=array([[2, 2, 2], [1, 2, 3]]), data_lengths=array([4.0, 5]),
               use_data_lengths=True, diff=("data",))  # fmt: skip
    yield case("CTCLoss", data=normal((1, 1, 2)), label=array([[1]]), diff=("data",))
    yield case("CTCLoss", data=normal((12, 3, 6)), label=array([[1, 2, 3, 4, 5], [1, 1, 2, 0, 0], [5, 4, 5, 4, 5]]),
               diff=("data",))  # fmt: skip
    yield case("CTCLoss", data=array([[[100.0, -100], [50, 200]], [[-300, 0], [0, 1]]]), label=array([[1], [1]]),
               diff=("data",))  # fmt: skip
    yield case("CTCLoss", data=specials((5, 1, 2)), label=array([[1]]), diff=())
    for dtype in ("float64", "float16"):
        yield case("CTCLoss", data=normal((5, 2, 4), dtype), label=array(FIRST, dtype), diff=("data",))
    yield case("CTCLoss", data=array([[[1]]], "int32"), label=array([[1]]))
    yield case("CTCLoss", data=data, label=labels, data_lengths=short, diff=("data",))
    yield case("CTCLoss", data=data, label=labels, use_data_lengths=True, diff=("data",))
    yield case("CTCLoss", data=data, label=array([[1, 9, 2], [1, 1, 1]]), diff=())
    yield case("CTCLoss", data=normal((2, 2, 4)), label=labels, diff=("data",))
    yield case("CTCLoss", data=data, label=array([1, 2]), diff=("data",))
    yield case("CTCLoss", data=normal((5, 8)), label=labels, diff=("data",))
    yield case("CTCLoss", data=normal((5, 3, 4)), label=labels, diff=("data",))
    yield case("CTCLoss", data=data, label=labels, blank_label="middle", diff=("data",))
