"""What the running thread is doing: recording for autograd or not, training or predicting."""

from __future__ import annotations

import threading


class _State(threading.local):
    recording = False
    training = False


state = _State()
