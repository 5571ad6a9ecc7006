"""SequenceMask, SequenceLast, SequenceReverse: sequences of different length in one array."""

from collections.abc import Iterator

from . import FLOATS, INTS, Case, array, case, normal

OPS = ("SequenceMask", "SequenceLast", "SequenceReverse")
NAN = float("nan")


def cases() -> Iterator[Case]:
    for op in OPS:
        yield from sequence(op)
    lengths = {"sequence_length": array([1.0, 3]), "use_sequence_length": True, "diff": ("data",)}
    for value in (-1, 2.5, "0.5", NAN, 1e30):
        yield case("SequenceMask", data=normal((3, 2)), value=value, **lengths)
    yield case("SequenceMask", data=normal((3, 2)), value="x", **lengths)


def sequence(op: str) -> Iterator[Case]:
    given = {"use_sequence_length": True, "diff": ("data",)}
    for shape in ((3, 2), (3, 2, 2), (3, 2, 1, 2), (3, 2, 1, 2, 1)):
        yield case(op, data=normal(shape), sequence_length=array([1.0, 3]), **given)
    yield case(op, data=normal((2, 3)), sequence_length=array([1.0, 3]), axis=1, **given)
    yield case(op, data=normal((2, 3, 2)), sequence_length=array([2.0, 1]), axis=1, **given)
    for dtype in FLOATS + INTS:
        yield case(op, data=normal((3, 2)), sequence_length=array([2, 3], dtype), **given)
        diff = ("data",) if dtype in FLOATS else ()
        lengths = array([2.0, 1])
        yield case(op, data=normal((3, 2), dtype), sequence_length=lengths, use_sequence_length=True, diff=diff)
    yield case(op, data=normal((3, 2)))
    yield case(op, data=normal((3, 2, 2)), use_sequence_length=False, axis=0)
    yield case(op, data=normal((2, 3, 2)), axis=1)
    yield case(op, data=normal((3, 2)), diff=())
    yield case(op, data=normal((2, 3, 2)), axis=1, diff=())
    yield case(op, data=normal((4,)))
    yield case(op, data=normal((3, 2)), sequence_length=array([1.0, 3]))
    yield case(op, data=normal((3, 2)), use_sequence_length=True)
    yield case(op, data=normal((3, 2)), sequence_length=array([1.0, 3, 2]), **given)
    yield case(op, data=normal((2, 3, 2)), axis=2)
    yield case(op, data=normal((2, 3, 2)), axis=-1)
    if op != "SequenceLast":  # reads before the array
        yield case(op, data=normal((3, 2)), sequence_length=array([0.0, 2]), **given)
