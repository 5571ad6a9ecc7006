"""Connectionist temporal classification."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from ..core.errors import ArgumentError
from ..core.formula import Rule
from ..core.op import op
from ..core.params import Array
from .triangular import wide

NEVER = -1e30
"""The logarithm of a probability of 0: finite, so that differences of two are numbers."""


@dataclass
class Paths:
    """How labels are spelled along the steps: blank, label, blank, label ... blank. Raw arrays, B sequences."""

    places: Any  # (B, P) the class of each place
    skips: Any  # (B, P) whether a path may come from two places before: a label that is not the same as the last
    ends: Any  # (B, P) whether a path may end here
    steps: Any  # (B,) how many steps there are
    possible: Any  # (B,) whether there are enough of them


def _shifted(F: Any, x: Any, by: int) -> Any:
    """x moved along the places; nothing comes in at the end it moves away from."""
    rows, places = x.shape
    edge = F.full((rows, min(abs(by), places)), NEVER, x.dtype)
    if by > 0:
        return F.concat(1, edge, F.index(x, (slice(None), slice(0, max(places - by, 0)))))
    return F.concat(1, F.index(x, (slice(None), slice(min(-by, places), places))), edge)


def _log_sum(F: Any, *terms: Any) -> Any:
    """log(exp(a) + exp(b) + ...). The largest is taken out as a constant; the derivative is the same."""
    largest = F.asarray(terms[0])
    for term in terms[1:]:
        largest = F.maximum(largest, F.asarray(term))
    total: Any = 0.0
    for term in terms:
        total = total + F.exp(term - largest)
    return largest + F.log(total)


def _forward(F: Any, scores: Any, paths: Paths) -> list[Any]:
    """For each step and place, the logarithm of the probability of all paths up to there."""
    count = paths.places.shape[1]
    reached = F.where(F.arange(count) < 2, F.index(scores, 0), NEVER)
    found = [reached]
    for t in range(1, scores.shape[0]):
        jumped = F.where(paths.skips, _shifted(F, reached, 2), NEVER)
        new = _log_sum(F, reached, _shifted(F, reached, 1), jumped) + F.index(scores, t)
        reached = F.where(F.reshape(t < paths.steps, (-1, 1)), new, reached)
        found.append(reached)
    return found


def _backward(F: Any, scores: Any, paths: Paths) -> list[Any]:
    """For each step and place, the logarithm of the probability of all paths that go on from there."""
    start = F.where(paths.ends, 0.0, F.full(paths.ends.shape, NEVER, scores.dtype))
    left = start
    found = [left]
    for t in reversed(range(scores.shape[0] - 1)):
        ahead = left + F.index(scores, t + 1)
        jumped = _shifted(F, F.where(paths.skips, ahead, NEVER), -2)
        new = _log_sum(F, ahead, _shifted(F, ahead, -1), jumped)
        left = F.where(F.reshape(t < paths.steps - 1, (-1, 1)), new, start)
        found.append(left)
    return found[::-1]


def _loss(F: Any, scores: Any, paths: Paths) -> Any:
    last = F.where(paths.ends, _forward(F, scores, paths)[-1], NEVER)
    largest = F.max(F.asarray(last), 1, True)
    total = F.log(F.sum(F.exp(last - largest), 1)) + F.reshape(largest, (-1,))
    return F.where(paths.possible, -total, 0.0)


def _loss_pull(F: Any, ct: Any, scores: Any, y: Any, paths: Paths) -> tuple[Any]:
    """Minus the probability of being at a place, among the paths that spell the labels."""
    count = scores.shape[1:]
    both = [F.reshape(a + b, (1, *count)) for a, b in zip(_forward(F, scores, paths), _backward(F, scores, paths))]
    there = F.exp(F.concat(0, *both) + F.reshape(y, (1, -1, 1)))
    used = (F.reshape(F.arange(scores.shape[0]), (-1, 1)) < paths.steps) & paths.possible
    return (F.where(F.reshape(used, (*used.shape, 1)), there * F.reshape(-ct, (1, -1, 1)), 0.0),)


PATHS = Rule(_loss, _loss_pull)
"""Minus the logarithm of the probability of all paths, from the logarithm of that of each place at each step."""


def _lengths(F: Any, name: str, given: Any, batch: int, most: int) -> Any:
    found = F.cast(F.asarray(given), "int64")
    if found.shape != (batch,) or F.any((found < 0) | (found > most)):
        raise ArgumentError(f"{name} must hold a number from 0 to {most} for each of {batch} sequences")
    return found


def _spelled(F: Any, label: Any, lengths: Any, steps: Any, classes: int, blank: int) -> Paths:
    batch, longest = label.shape
    column = F.arange(longest)
    known = column < F.reshape(lengths, (-1, 1))
    if F.any(known & ((label < 0) | (label >= classes) | (label == blank))):
        raise ArgumentError(f"label must hold classes from 0 to {classes - 1} other than {blank}, the blank")
    label = F.where(known, label, blank)
    places = F.replace(F.full((batch, 2 * longest + 1), blank, "int64"), (slice(None), slice(1, None, 2)), label)
    same = label == F.concat(1, F.full((batch, 1), -1, "int64"), F.index(label, (slice(None), slice(0, longest - 1))))
    odd = F.zeros(places.shape, "bool")
    skips = F.replace(odd, (slice(None), slice(1, None, 2)), F.logical_not(same) & known)
    place, end = F.arange(places.shape[1]), F.reshape(2 * lengths, (-1, 1))
    ends = (place == end) | (place == end - 1)
    needed = lengths + F.sum(F.cast(same & known, "int64"), 1)
    return Paths(places, skips, ends, steps, (needed <= steps) & (steps > 0))


@op(
    aliases=("ctc_loss", "_contrib_CTCLoss", "_contrib_ctc_loss"),
    dtypes="float",
    free=("label", "data_lengths", "label_lengths"),
    samples=[
        dict(data=(4, 2, 3), label=[[1, 2], [2, 0]]),
        dict(data=(4, 2, 3), label=[[1, 1], [0, -1]], blank_label="last"),
        dict(data=(4, 2, 3), label=[[1, 2], [1, 1]], data_lengths=[2, 4], label_lengths=[1, 2], use_data_lengths=True,
             use_label_lengths=True),
    ],
)  # fmt: skip
def CTCLoss(
    F,
    data: Array,
    label: Array,
    data_lengths: Array | None = None,
    label_lengths: Array | None = None,
    use_data_lengths: bool = False,
    use_label_lengths: bool = False,
    blank_label: Literal["first", "last"] = "first",
):
    """Connectionist temporal classification (Graves et al., 2006): the loss of labels that are not aligned with steps.

    Minus the logarithm of the probability that the steps, with repetitions joined and blanks left out, spell the
    labels; of shape (batch,). Where there are too few steps to do so, the loss and its gradient are 0, as in MXNet.

    data: Scores before softmax, of shape (steps, batch, classes).
    label: Class numbers, of shape (batch, longest label), at most as many as steps. Without ``label_lengths`` a label
      ends at the first 0 (``blank_label="first"``) or -1 (``"last"``).
    data_lengths: The number of steps of each sequence, of shape (batch,), with ``use_data_lengths``.
    label_lengths: The number of classes in each label, of shape (batch,), with ``use_label_lengths``.
    use_data_lengths: Whether sequences end at their own length.
    use_label_lengths: Whether labels end at their own length.
    blank_label: Which class is the blank: 0 (``first``) or the last one (``last``).
    """
    if use_label_lengths and not use_data_lengths and label_lengths is None:  # by position it comes third
        data_lengths, label_lengths = None, data_lengths
    for name, given, used in (
        ("data_lengths", data_lengths, use_data_lengths),
        ("label_lengths", label_lengths, use_label_lengths),
    ):
        if used != (given is not None):
            raise ArgumentError(f"use_{name}={used}, but {name} is {'missing' if used else 'given'}")
    if data.ndim != 3 or 0 in data.shape or label.ndim != 2 or 0 in label.shape or label.shape[0] != data.shape[1]:
        raise ArgumentError("data must be (steps, batch, classes) and label (batch, longest label)")
    if label.shape[1] > data.shape[0]:
        raise ArgumentError(f"labels of {label.shape[1]} classes are longer than {data.shape[0]} steps")
    steps, batch, classes = data.shape
    blank, padding = (0, 0) if blank_label == "first" else (classes - 1, -1)
    numbers = F.cast(F.asarray(label), "int64")
    if use_label_lengths:
        lengths = _lengths(F, "label_lengths", label_lengths, batch, label.shape[1])
    else:
        lengths = F.sum(F.cast(F.cumsum(F.cast(numbers == padding, "int64"), 1) == 0, "int64"), 1)
    ends = F.full((batch,), steps, "int64")
    if use_data_lengths:
        ends = _lengths(F, "data_lengths", data_lengths, batch, steps)
    paths = _spelled(F, numbers, lengths, ends, classes, blank)
    logarithms = F.log_softmax(wide(F, data), 2)
    row = F.reshape(F.arange(batch), (-1, 1))
    scores = F.index(logarithms, (F.reshape(F.arange(steps), (-1, 1, 1)), row, paths.places))
    return PATHS(F, scores, paths)
