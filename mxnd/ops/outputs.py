"""Output layers: a prediction that brings the gradient of its own loss. Head gradients are ignored unless asked for."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from ..core.errors import ArgumentError
from ..core.formula import Rule
from ..core.op import declare, op, registry
from ..core.params import Array
from .softmax import one_hot

Dims = tuple[int, ...]


class Loss(NamedTuple):
    """How the gradient of SoftmaxOutput is made of probabilities and labels."""

    scale: float
    smooth: float  # what the named class gives to the others
    ignored: int  # the label that does not count in "valid"
    masked: bool  # and has no gradient
    normalization: str
    headed: bool  # multiplied by the head gradient


def _probabilities(F: Any, data: Any, view: Dims) -> Any:
    return F.reshape(F.softmax(F.reshape(data, view), 1), data.shape)


def _softmax_gradient(F: Any, ct: Any, y: Any, label: Any, view: Dims, loss: Loss) -> tuple[Any, Any]:
    if label.shape == y.shape:
        grad = (y - label) * loss.scale
    else:
        grad = F.reshape(_class_gradient(F, F.reshape(y, view), label, view, loss), y.shape)
    return grad * ct if loss.headed else grad, F.zeros(label.shape, label.dtype)


def _class_gradient(F: Any, p: Any, label: Any, view: Dims, loss: Loss) -> Any:
    rows, classes, rest = view
    wanted = one_hot(F, label, view, p.dtype)
    if loss.smooth:
        other = loss.smooth / max(classes - 1, 1)
        wanted = wanted * (1.0 - loss.smooth - other) + other
    grad = p - wanted
    if loss.masked:
        grad = F.where(F.reshape(F.trunc(label) == loss.ignored, (rows, 1, rest)), 0.0, grad)
    if loss.normalization == "valid":
        count = F.sum(F.cast(F.trunc(label) != loss.ignored, "float32"))
        return grad * F.cast(loss.scale / F.maximum(count, 1.0), p.dtype)
    scale = loss.scale / rest / (rows if loss.normalization == "batch" else 1)
    return grad if scale == 1.0 else grad * scale


SOFTMAX_OUTPUT = Rule(lambda F, data, label, view, loss: _probabilities(F, data, view), _softmax_gradient)


@op(
    aliases=("Softmax",),
    dtypes="float",
    derivative=False,
    samples=[
        dict(data=(2, 3), label=[0, 2]),
        dict(data=(2, 3, 2), label=[[0, 2], [1, 1]], multi_output=True, normalization="valid"),
        dict(data=(2, 2, 3), label=[[0, 2], [1, 1]], preserve_shape=True, use_ignore=True, ignore_label=1.0),
        dict(data=(2, 3), label=(2, 3), out_grad=True),
        dict(data=(2, 3), label=[0, 2], smooth_alpha=0.1, normalization="batch"),
    ],
)
def SoftmaxOutput(
    F,
    data: Array,
    label: Array,
    grad_scale: float = 1.0,
    ignore_label: float = -1.0,
    multi_output: bool = False,
    use_ignore: bool = False,
    preserve_shape: bool = False,
    normalization: Literal["batch", "null", "valid"] = "null",
    out_grad: bool = False,
    smooth_alpha: float = 0.0,
):
    """Softmax whose gradient is that of the cross entropy: probability minus 1 at the class that the label names.

    Softmax runs over axis 1 (``multi_output``), the last axis (``preserve_shape``), or all axes but the first. A label
    in the shape of the data holds probabilities; the gradient then is ``grad_scale`` times the difference.

    data: Scores, of 2 axes or more; floating.
    label: Class numbers, in the shape of ``data`` without the axis of the classes (the axes after it may be joined, for
      ``multi_output``), or wanted probabilities in the shape of ``data``. A number that is no class matches none. Its
      gradient is zero.
    grad_scale: What the gradient is multiplied by.
    ignore_label: The label that does not count in ``normalization="valid"`` and, with ``use_ignore``, has no gradient.
    multi_output: Whether axis 1 holds the classes; the gradient is then divided by the number of places behind it.
    use_ignore: Whether rows with ``ignore_label`` have no gradient.
    preserve_shape: Whether the last axis holds the classes.
    normalization: What the gradient is divided by: the number of labels (``batch``), that of labels other than
      ``ignore_label``, at least 1 (``valid``), or nothing more (``null``).
    out_grad: Whether the gradient is multiplied by the head gradient instead of ignoring it.
    smooth_alpha: How much of the wanted probability goes from the named class to the others, in equal parts, from 0 to
      1. ``multi_output`` ignores it.
    """
    if not 0 <= smooth_alpha <= 1:
        raise ArgumentError(f"smooth_alpha={smooth_alpha} must be from 0 to 1")
    if not math.isfinite(ignore_label):
        raise ArgumentError(f"ignore_label={ignore_label} is no label")
    view = _view(data.shape, label.shape, multi_output, preserve_shape)
    smooth = 0.0 if multi_output else smooth_alpha
    loss = Loss(grad_scale, smooth, int(ignore_label), use_ignore, normalization, out_grad)
    return SOFTMAX_OUTPUT(F, data, label, view, loss)


def _view(shape: Dims, label: Dims, multi_output: bool, preserve_shape: bool) -> Dims:
    """The data as (rows, classes, rest); ArgumentError when the label does not fit."""
    if len(shape) < 2:
        raise ArgumentError(f"data has {len(shape)} axis; it takes 2 or more, instances and classes")
    first, second, *others = shape
    rest = 1
    for size in others:
        rest *= size
    if multi_output:
        view, fitting = (first, second, rest), ((first, *others), (first, rest), (first, 1, *others))
    elif preserve_shape:
        view, fitting = (first * second * rest // shape[-1], shape[-1], 1), (shape[:-1],)
    else:
        view, fitting = (first, second * rest, 1), ((first,),) if len(shape) == 2 else ()
    if label not in (shape, *fitting):
        takes = " or ".join(map(str, dict.fromkeys((*fitting, shape))))
        hint = "" if fitting else "; class numbers for more than 2 axes need multi_output or preserve_shape"
        raise ArgumentError(f"label has shape {label}; for data of shape {shape} it takes {takes}{hint}")
    return view


def regression(
    name: str, summary: str, gradient: str, value: Callable[[Any, Any], Any], slope: Callable[[Any, Any, Any], Any]
) -> None:
    """An output layer that compares with a label by element; ``slope(F, y, label)`` is the derivative of the loss."""

    def pull(F: Any, ct: Any, y: Any, label: Any, scale: float) -> tuple[Any, Any]:
        grad = slope(F, y, F.reshape(label, y.shape)) * (scale / (label.size // label.shape[0]))
        return grad, F.zeros(label.shape, label.dtype)

    rule = Rule(lambda F, data, label, scale: value(F, data), pull)

    def body(F, data: Array, label: Array, grad_scale: float = 1.0):
        if label.shape[:1] != data.shape[:1] or label.size != data.size:
            raise ArgumentError(
                f"label has shape {label.shape}; it takes {data.shape}, axes behind the first may be joined"
            )
        return rule(F, data, label, grad_scale)

    doc = f"""{summary}

    The gradient is {gradient}, divided by the number of elements of an instance; head gradients are ignored.

    data: The prediction; floating. Axis 0 holds the instances.
    label: What was wanted: as many instances with as many elements. Its gradient is zero.
    grad_scale: What the gradient is multiplied by."""
    samples = ({"data": (2, 3), "label": (2, 3)}, {"data": (3, 1), "label": (3,), "grad_scale": 0.5})
    registry.add(declare(body, name, doc, dtypes="float", derivative=False, samples=samples))


regression("LinearRegressionOutput", "The input, with the gradient of half its squared distance from a label.",
           "data - label", lambda F, x: F.copy(x), lambda F, y, label: y - label)  # fmt: skip
regression("MAERegressionOutput", "The input, with the gradient of its absolute distance from a label.",
           "1 where data is above label and -1 elsewhere", lambda F, x: F.copy(x),
           lambda F, y, label: F.cast(y > label, y.dtype) * 2.0 - 1.0)  # fmt: skip
regression("LogisticRegressionOutput", "The logistic curve, with the gradient of its cross entropy against a label.",
           "sigmoid(data) - label", lambda F, x: F.sigmoid(x), lambda F, y, label: y - label)  # fmt: skip


def _svm_gradient(
    F: Any, ct: Any, data: Any, label: Any, margin: float, weight: float, linear: bool
) -> tuple[Any, Any]:
    hot = F.reshape(one_hot(F, label, (label.size, data.shape[-1], 1), data.dtype), data.shape)
    side = 1.0 - 2.0 * hot
    missing = side * data + margin
    grad = F.where(missing > 0, weight * (side if linear else 2.0 * side * missing), 0.0)
    return grad, F.zeros(label.shape, label.dtype)


SVM_OUTPUT = Rule(lambda F, data, label, margin, weight, linear: F.copy(data), _svm_gradient)


@op(
    dtypes="float",
    derivative=False,
    samples=[dict(data=(2, 3), label=[0, 2]), dict(data=(2, 3), label=[0, 2], use_linear=True)],
)
def SVMOutput(
    F,
    data: Array,
    label: Array,
    margin: float = 1.0,
    regularization_coefficient: float = 1.0,
    use_linear: bool = False,
):
    """The input, with the gradient of a support vector machine of one class against the rest.

    The score of the class that the label names should be above ``margin``, all others below ``-margin``. What is
    missing counts squared, or as it is.

    data: Scores, of 2 axes or more, the last one for the classes; floating.
    label: Class numbers, in the shape of ``data`` without its last axis. Its gradient is zero.
    margin: How far from 0 the scores should be.
    regularization_coefficient: What the gradient is multiplied by.
    use_linear: Whether what is missing counts as it is instead of squared.
    """
    if data.ndim < 2 or label.shape != data.shape[:-1]:
        raise ArgumentError(f"label has shape {label.shape}; for data of shape {data.shape} it takes {data.shape[:-1]}")
    return SVM_OUTPUT(F, data, label, margin, regularization_coefficient, use_linear)
