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

_QUANTIZED = "a layer of 8-bit inference; the plain layer does the same in float32"
_SPARSE = "it works on sparse (CSR) arrays"
_FILES = "it reads or changes images of files through OpenCV; use Pillow, and mx.nd.image"
_FLOW = "the symbolic half of mx.nd.contrib.foreach, while_loop and cond, which are there"
_INSIDE = "a part of MXNet's own machinery that programs do not call"

_MISSING = (
    ("_contrib_quantized_", "act batch_norm concat conv elemwise_add elemwise_mul embedding flatten", _QUANTIZED),
    ("_contrib_quantized_", "fully_connected pooling rnn", _QUANTIZED),
    ("_contrib_", "quantize_asym", "it prepares the input of quantized_rnn"),
    ("_contrib_dgl_", "adjacency csr_neighbor_non_uniform_sample csr_neighbor_uniform_sample", _SPARSE),
    ("_contrib_dgl_", "graph_compact subgraph", _SPARSE),
    ("_contrib_", "hawkesll", "nobody has asked for point processes"),
    ("_", "cvcopyMakeBorder cvimdecode cvimread cvimresize imdecode", _FILES),
    ("_", "cond foreach while_loop", _FLOW),
    ("_", "CachedOp CachedOpThreadSafe CrossDeviceCopy CustomFunction NDArray Native NoGradient", _INSIDE),
    ("_sg_mkldnn_", "conv fully_connected selfatt_qk selfatt_valatt", _INSIDE),
)
OPERATORS = {start + name: reason for start, names, reason in _MISSING for name in names.split()}
"""The operators of MXNet 1.9.1's registry that are missing, and why; gradients of operators are not counted."""


class NotYet(types.ModuleType):
    """A missing module, class or function. Looking inside it gives more of the same; using it raises NotYetError."""

    __path__: list[str] = []
    __all__: list[str] = []

    def __init__(self, name: str, why: str = "") -> None:
        super().__init__(name, f"Not there yet{why and ': ' + why}.")
        self._why = why

    def _use(self, *args: Any, **kwargs: Any) -> NoReturn:
        name = self.__name__
        why = self._why and f": {self._why}"
        raise NotYetError(f"{name.replace('mxnd', 'mx', 1)} is part of MXNet 1.x that mxnd does not have yet{why}")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return NotYet(f"{self.__name__}.{name}")

    def __repr__(self) -> str:
        return f"<not yet: {self.__name__}>"

    __call__ = __getitem__ = __iter__ = __len__ = __enter__ = __mro_entries__ = __instancecheck__ = _use
