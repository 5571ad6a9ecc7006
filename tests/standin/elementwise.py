"""``cupy.ElementwiseKernel`` by g++."""

from __future__ import annotations

from typing import Any

import numpy as np

from .parameters import Call, broadcast, checked_arguments, decided_types, kernel_name, outputs_of, parse
from .state import computes

_TEXT = """namespace device {{
{typedefs}
{preamble}
static inline void standin_all(void **_args) {{
  CIndexer _ind(_args[{count}]);
  gridDim = dim3((_ind.size() + 127) / 128);
  blockDim = dim3(128);
  {declared}
  for (ptrdiff_t standin_thread = 0; standin_thread < _ind.size(); ++standin_thread) {{
    threadIdx.x = standin_thread % 128;
    blockIdx.x = standin_thread / 128;
    [&] {{
      {loop_prep};
      for (ptrdiff_t i = standin_thread; i < standin_thread + 1; ++i) {{
        _ind.set(i);
        {loads}
#line 1 "{name}"
        {operation};
      }}
      {after_loop};
    }}();
  }}
}}
}}
extern "C" const char *standin_run(void **_args, int _flushes) {{
  return device::standin::guarded(_flushes, [&] {{ device::standin_all(_args); }});
}}
"""


class ElementwiseKernel:
    """CuPy's: ``operation`` for each element of the arrays, brought to one shape."""

    def __init__(
        self, in_params: str, out_params: str, operation: str, name: str = "kernel", reduce_dims: bool = True,
        preamble: str = "", no_return: bool = False, return_tuple: bool = False, *, options: tuple[str, ...] = (),
        loop_prep: str = "", after_loop: str = "",
    ) -> None:  # fmt: skip
        self.name = self.__name__ = kernel_name(name)
        self.in_params, self.out_params = parse(in_params, True), parse(out_params, False)
        self.params = self.in_params + self.out_params
        if any(p.name in ("i", "_ind") for p in self.params):
            raise ValueError("Can not use 'i' as a parameter name")
        self.nin, self.nout, self.nargs = len(self.in_params), len(self.out_params), len(self.params)
        self.no_return, self.return_tuple = no_return, return_tuple
        self._texts = {"operation": operation, "preamble": preamble, "loop_prep": loop_prep, "after_loop": after_loop}
        self._given = {
            "in_params": in_params, "out_params": out_params, "name": name, "reduce_dims": reduce_dims,
            "options": options, **self._texts,
        }  # fmt: skip
        self._seen: set[Any] = set()

    def __call__(self, *args: Any, size: int = -1, block_size: int = 128, stream: Any = None) -> Any:
        if len(args) not in (self.nin, self.nargs):
            raise TypeError(
                f"Wrong number of arguments for {self.name!r}. It must be either {self.nin} or {self.nargs} "
                f"(with outputs), but given {len(args)}."
            )
        args = checked_arguments(args)
        given = args[self.nin :]
        spread, shape = broadcast(args, self.params, size != -1)
        letters = decided_types(self.in_params, self.out_params, args[: self.nin], given)
        shape = (int(size),) if size != -1 else shape
        outputs = outputs_of(given, self.out_params, letters, shape, size != -1)
        if 0 not in shape:
            self._launch([*spread[: self.nin], *outputs], letters, shape)
        if self.no_return:
            return None
        return outputs[0] if self.nout == 1 and not self.return_tuple else tuple(outputs)

    def _launch(self, args: list[Any], letters: dict[str, np.dtype], shape: tuple[int, ...]) -> None:
        call = Call("ElementwiseKernel", self._given, self.params, args, letters)
        call.written_down(self.name, self._seen)
        if not computes():
            for output in args[self.nin :]:
                output._a[...] = 0
            return
        text = _TEXT.format(
            typedefs=call.typedefs, declared="\n  ".join(call.declared), count=self.nargs, name=self.name,
            loads=" ".join(f"{load}[_ind.get()];" for load in call.loads.values()), **self._texts,
        )  # fmt: skip
        call.run(text, shape)
