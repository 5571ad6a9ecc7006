"""``mx.random`` and ``mx.nd.random``: seeds and samplers."""

from __future__ import annotations

from .context import Context, as_context
from .core.params import parse_long


def seed(seed_state: int, ctx: Context | str = "all") -> None:
    """Start the random streams again.

    seed_state: Any int; its low 32 bits count. ctx: The context whose stream is meant; ``"all"`` means every one.
    """
    number = parse_long(seed_state)
    if ctx == "all":
        Context.seed_all(number)
    else:
        as_context(ctx).F.random.seed(number)
