"""What the running thread is doing: recording for autograd or not, training or predicting, strict or lenient."""

from __future__ import annotations

import threading
from typing import Any


class _State(threading.local):
    recording = False
    training = False
    strict = False


state = _State()


class Modes:
    """What every F tells the bodies of operators about itself and the running thread."""

    __slots__ = ()

    fuses: Any = False  # Does an expression become one loop or kernel, in which a choice costs as little as anything?

    @property
    def training(self) -> bool:
        """Is a network trained, not used to predict?"""
        return state.training

    @property
    def strict(self) -> bool:
        """Are indices outside their range errors?"""
        return state.strict


class strict:
    """Turn indices outside their range, which MXNet quietly clips or ignores, into errors that name the index.

    ``mxnd.strict()`` switches it on for this thread and ``mxnd.strict(False)`` off; ``with mxnd.strict():`` only for a
    block. It concerns the indices of ``take``, ``pick``, ``Embedding``, ``batch_take`` and their like, and ``one_hot``.
    """

    def __init__(self, on: bool = True) -> None:
        self._before = state.strict
        state.strict = bool(on)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *error: object) -> None:
        state.strict = self._before


LARGE = 1 << 18
"""Elements from which an operator's first input is computed on ``Context.wide``: put off, in blocks and threads."""
