"""``cupy.ReductionKernel`` by g++: threads of a block each reduce a part, and those results are reduced in pairs."""

from __future__ import annotations

from typing import Any

import numpy as np

from .array import ndarray
from .parameters import Call, broadcast, checked_arguments, decided_types, kernel_name, outputs_of, parse
from .state import computes

_TEXT = """namespace device {{
{typedefs}typedef {index_type} IndexT;
{preamble}
#define REDUCE(a, b) ({reduce_expr})
#define POST_MAP(a) ({post_map_expr})
typedef {reduce_type} _type_reduce;
static void standin_all(void **_args) {{
  enum {{ LANES = 32 }};
  CIndexer _in_ind(_args[{count}]), _out_ind(_args[{count} + 1]);
  {declared}
  for (ptrdiff_t _i = 0; _i < _out_ind.size(); ++_i) {{
    _type_reduce _sdata[LANES];
    for (int _lane = 0; _lane < LANES; ++_lane) {{
      _type_reduce _s = _type_reduce({identity});
      IndexT _J = _lane;
      const ptrdiff_t _step = LANES * _out_ind.size();
      for (ptrdiff_t _j = _i + _lane * _out_ind.size(); _j < _in_ind.size(); _j += _step, _J += LANES) {{
        _in_ind.set(_j);
        {loads_in}
#line 1 "{name}"
        _type_reduce _a = static_cast<_type_reduce>({map_expr});
        _s = REDUCE(_s, _a);
      }}
      _sdata[_lane] = _s;
    }}
    for (int _half = LANES / 2; _half; _half /= 2)
      for (int _lane = 0; _lane < _half; ++_lane) {{
        _type_reduce _a = _sdata[_lane], _b = _sdata[_lane + _half];
        _sdata[_lane] = REDUCE(_a, _b);
      }}
    _type_reduce _s = _sdata[0];
    _out_ind.set(_i);
    {loads_out}
    POST_MAP(_s);
  }}
}}
}}
extern "C" const char *standin_run(void **_args, int _flushes) {{
  return device::standin::guarded(_flushes, [&] {{ device::standin_all(_args); }});
}}
"""


class ReductionKernel:
    """CuPy's: ``map_expr`` of elements, ``reduce_expr`` of ``a`` and ``b`` along axes, ``post_map_expr`` of ``a``."""

    def __init__(
        self, in_params: str, out_params: str, map_expr: str, reduce_expr: str, post_map_expr: str, identity: Any,
        name: str = "reduce_kernel", reduce_type: str | None = None, reduce_dims: bool = True, preamble: str = "",
        options: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        self.name = self.__name__ = kernel_name(name)
        self.in_params, self.out_params = parse(in_params, True), parse(out_params, False)
        self.params = self.in_params + self.out_params
        self.nin, self.nout, self.nargs = len(self.in_params), len(self.out_params), len(self.params)
        self.identity = "" if identity is None else str(identity)
        self._texts = {
            "map_expr": map_expr, "reduce_expr": reduce_expr, "post_map_expr": post_map_expr, "preamble": preamble,
            "reduce_type": reduce_type or self.out_params[0].ctype,
        }  # fmt: skip
        self._given = {
            "in_params": in_params, "out_params": out_params, "identity": identity, "name": name,
            "reduce_dims": reduce_dims, "options": options, **self._texts, "reduce_type": reduce_type,
        }  # fmt: skip
        self._seen: set[Any] = set()

    def __call__(
        self, *args: Any, out: Any = None, axis: Any = None, keepdims: bool = False, stream: Any = None
    ) -> ndarray:
        if len(args) not in (self.nin, self.nargs):
            raise TypeError(f"Wrong number of arguments for {self.name}")
        if out is not None:
            if self.nout != 1:
                raise NotImplementedError("'out' with several outputs")
            if len(args) != self.nin:
                raise ValueError("cannot specify 'out' as both a positional and keyword argument")
            args = (*args, out)
        args = checked_arguments(args)
        given = args[self.nin :]
        letters = decided_types(self.in_params, self.out_params, args[: self.nin], given)
        inputs, shape = broadcast(args[: self.nin], self.in_params, False)
        over, kept = _axes(axis, len(shape))
        sorting = len(inputs) == 1 and len(kept) <= 1 and not inputs[0].flags.c_contiguous
        if sorting:
            over = tuple(sorted(over, key=lambda k: -abs(inputs[0].strides[k])))
        out_shape = tuple(1 if k in over else n for k, n in enumerate(shape) if keepdims or k in kept)
        outputs = outputs_of(given, self.out_params, letters, out_shape, False)
        if outputs[0].size and not self.identity and 0 in shape:
            raise ValueError(f"zero-size array to reduction operation {self.name} which has no identity")
        if outputs[0].size:
            self._launch(inputs, outputs, letters, shape, over + kept, out_shape)
        return outputs[0]

    def _launch(
        self, inputs: list[Any], outputs: list[Any], letters: Any, shape: Any, order: Any, out_shape: Any
    ) -> None:
        if order != tuple(range(len(shape))):
            if any(p.raw for p in self.in_params):
                raise NotImplementedError("Illegal conditions")
            inputs = [a.transpose(order) if isinstance(a, np.ndarray) else a for a in inputs]
        call = Call("ReductionKernel", self._given, self.params, [*inputs, *outputs], letters)
        call.written_down(self.name, self._seen)
        if not computes():
            for output in outputs:
                output._a[...] = 0
            return
        into = [call.loads[p.name].replace("&", "", 1) for p in self.in_params if p.name in call.loads]
        outof = [call.loads[p.name] for p in self.out_params if p.name in call.loads]
        text = _TEXT.format(
            typedefs=call.typedefs, declared="\n  ".join(call.declared), count=self.nargs, name=self.name,
            identity=self.identity, index_type="int" if np.prod(shape) < 2**31 else "long long",
            loads_in=" ".join(f"{load}[_in_ind.get()];" for load in into),
            loads_out=" ".join(f"{load}[_out_ind.get()];" for load in outof),
            **self._texts,
        )  # fmt: skip
        call.run(text, tuple(shape[k] for k in order), out_shape)


def _axes(axis: Any, ndim: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The axes reduced over, in order, and the others."""
    given = range(ndim) if axis is None else axis if isinstance(axis, (tuple, list)) else (axis,)
    if any(not -ndim <= k < ndim for k in given):
        raise np.exceptions.AxisError(f"axis {axis} of {ndim} axes")
    over = tuple(sorted(k % ndim for k in given))
    if len(set(over)) != len(over):
        raise ValueError("duplicate value in 'axis'")
    return over, tuple(k for k in range(ndim) if k not in over)
