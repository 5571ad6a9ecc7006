"""Results that are larger than the caches, written past them.

An ordinary store first reads the line of memory it goes to, which is a third of what moves when an array is made of
another one. These do not; what they write is in no cache afterwards, where a large result would not stay anyway.
"""

from __future__ import annotations

import functools
import pathlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .axes import collapse

SIZE = pathlib.Path("/sys/devices/system/cpu/cpu0/cache/index3/size")
USUAL = 1 << 25  # bytes of the last cache where the system does not say
STRIP = 1 << 7  # elements that are computed, and then written, together: reads go on while writes are under way
LONG = 1 << 8  # elements of a row, from which it is worth its first and last strip
WIDTH, LINE = 32, 64  # bytes of one store, and of a line of memory


@functools.cache
def least() -> int:
    """Bytes of arrays and results together from which it is faster."""
    text = SIZE.read_text().strip() if SIZE.exists() else ""
    return 3 * (int(text[:-1]) << 10 if text.endswith("K") else USUAL) // 2


def pays(arrays: Sequence[Any], outs: Sequence[Any]) -> bool:
    """Should results of arrays go past the caches? Not where they take the place of an array, which is in these."""
    both = [*arrays, *outs]
    if sum([a.nbytes for a in both]) < least() or collapse(outs[0].shape, both)[0][-1] < LONG:
        return False
    return not any(np.may_share_memory(a, out) for a in arrays for out in outs)


def lines(first: str) -> list[str]:
    """The head of a loop over strips, which end where a line of memory does in the ``first`` result: rows r to e and
    columns c to d."""
    return [
        "for r in range(h):",
        "    e = r + uintp(1)",
        f"    before = uintp(address({first}, r, 0) % {LINE} // {first}.itemsize)",
        f"    for b in range(uintp(0), w + before, uintp({STRIP})):",
        f"        c, d = max(b, before) - before, min(b + uintp({STRIP}) - before, w)",
    ]


@functools.cache
def stores() -> dict[str, Callable[..., Any]]:
    """What a compiled loop calls: ``address(array, i, j)``; ``stream(to, source, count)``, which copies bytes past the
    caches; and ``fence``, after which other threads see them.

    They take addresses, since the count of an array's references changes by an atomic operation, which would wait for
    all that is still to be written.
    """
    from llvmlite import ir
    from numba.core import cgutils, types
    from numba.extending import intrinsic, register_jitable

    @intrinsic  # type: ignore[untyped-decorator]
    def address(_: Any, array: Any, i: Any, j: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            struct = context.make_array(array)(context, builder, args[0])
            place = cgutils.get_item_pointer(context, builder, array, struct, args[1:], wraparound=False)
            return builder.ptrtoint(place, ir.IntType(types.intp.bitwidth))

        return types.intp(array, types.uintp, types.uintp), generate

    def copy(width: int, past_caches: bool) -> Any:
        """A copy of ``width`` bytes to an address that is a multiple of it."""

        @intrinsic  # type: ignore[untyped-decorator]
        def copy(_: Any, to: Any, source: Any) -> Any:
            def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
                pointer = ir.VectorType(ir.IntType(8), width).as_pointer()
                value = builder.load(builder.inttoptr(args[1], pointer), align=1)
                written = builder.store(value, builder.inttoptr(args[0], pointer), align=width)
                if past_caches:
                    written.set_metadata("nontemporal", builder.module.add_metadata([ir.Constant(ir.IntType(32), 1)]))
                return context.get_dummy_value()

            return types.void(types.intp, types.intp), generate

        return copy

    @intrinsic  # type: ignore[untyped-decorator]
    def fence(_: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            builder.fence("seq_cst")
            return context.get_dummy_value()

        return types.void(), generate

    one, wide = copy(1, False), copy(WIDTH, True)

    @register_jitable  # type: ignore[untyped-decorator]
    def stream(to: int, source: int, count: int) -> None:
        first = min(count, -to % WIDTH)
        last = first + (count - first) // WIDTH * WIDTH
        for k in range(first):
            one(to + k, source + k)
        for k in range(first, last, WIDTH):
            wide(to + k, source + k)
        for k in range(last, count):
            one(to + k, source + k)

    return {"address": address, "stream": stream, "fence": fence}
