"""What MXNet 1.x has and mxnd does not have yet: it imports, and says so when it is used."""

from __future__ import annotations

import types
from typing import Any, NoReturn

from .core.errors import NotYetError

MODULES = (
    *("attribute", "callback", "contrib", "engine", "executor", "executor_manager", "gluon", "image", "img"),
    *("init", "initializer", "io", "kv", "kvstore", "lr_scheduler", "metric", "mod", "model", "module", "mon"),
    *("monitor", "name", "np", "npx", "numpy", "numpy_extension", "onnx", "optimizer", "profiler"),
    *("registry", "rnn", "rtc", "runtime", "sym", "symbol", "test_utils", "torch", "util"),
    *("visualization", "viz"),
)
"""The modules of MXNet 1.9.1 that are still missing, under ``mx``."""


class NotYet(types.ModuleType):
    """A missing module, class or function. Looking inside it gives more of the same; using it raises NotYetError."""

    __path__: list[str] = []
    __all__: list[str] = []

    def __init__(self, name: str) -> None:
        super().__init__(name, "Not there yet.")

    def _use(self, *args: Any, **kwargs: Any) -> NoReturn:
        name = self.__name__
        raise NotYetError(f"{name.replace('mxnd', 'mx', 1)} is part of MXNet 1.x that mxnd does not have yet")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return NotYet(f"{self.__name__}.{name}")

    def __repr__(self) -> str:
        return f"<not yet: {self.__name__}>"

    __call__ = __getitem__ = __iter__ = __len__ = __enter__ = __mro_entries__ = __instancecheck__ = _use
