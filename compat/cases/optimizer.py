"""One step of an optimizer: a new weight, and state changed in place. ``out="weight"`` is how optimizers call them."""

from collections.abc import Iterator

from . import Case, array, case, normal, positive, specials, zeros

SIGNED = {"weight": normal, "grad": normal}
STATES = {
    "sgd_update": {},
    "sgd_mom_update": {"mom": normal},
    "nag_mom_update": {"mom": normal},
    "adam_update": {"mean": normal, "var": positive},
    "ftml_update": {"d": positive, "v": positive, "z": normal},
    "ftrl_update": {"z": normal, "n": positive},
    "rmsprop_update": {"n": positive},
    "rmspropalex_update": {"n": positive, "g": normal, "delta": normal},
    "signsgd_update": {},
    "signum_update": {"mom": normal},
}
OWN = {
    "sgd_mom_update": ({"momentum": 0.9}, {"momentum": -0.5, "wd": 0.1}),
    "nag_mom_update": ({"momentum": 0.9}, {"momentum": 0.5, "wd": 0.1, "clip_gradient": 0.3}),
    "adam_update": ({"beta1": 0.5, "beta2": 0.8, "epsilon": 0.1}, {"wd": 0.1, "beta1": 0.0}, {"lazy_update": False}),
    "ftml_update": ({"t": 5}, {"beta1": 0.3, "beta2": 0.7, "epsilon": 0.1}, {"clip_grad": 0.2, "wd": 0.1}),
    "ftrl_update": ({"lamda1": 0.5, "beta": 0.3}, {"lamda1": 10.0}, {"wd": 0.2, "clip_gradient": 0.2}),
    "rmsprop_update": ({"gamma1": 0.5, "epsilon": 0.1}, {"clip_weights": 0.3}, {"wd": 0.2, "clip_weights": 0.1}),
    "rmspropalex_update": ({"gamma1": 0.5, "gamma2": 0.3, "epsilon": 4.0}, {"clip_weights": 0.3}, {"epsilon": 9.0}),
    "signum_update": ({"momentum": 0.9}, {"momentum": 0.9, "wd": 0.1}, {"momentum": 0.5, "wd_lh": 0.2}),
    "sgd_update": ({"lazy_update": False},),
}
COMMON = (
    {}, {"wd": 0.25}, {"rescale_grad": 0.5}, {"clip_gradient": 0.5}, {"clip_gradient": 0.0}, {"clip_gradient": -1.0},
    {"wd": 0.1, "rescale_grad": 2.0, "clip_gradient": 0.75},
)  # fmt: skip


def cases() -> Iterator[Case]:
    for op, states in STATES.items():
        yield from steps(op, {**SIGNED, **states})
    yield from mixed()
    yield from many()
    yield from lamb()


def steps(op: str, kinds: dict) -> Iterator[Case]:
    extra = {"t": 2} if op == "ftml_update" else {}
    arrays = {k: kind((2, 3)) for k, kind in kinds.items()}
    for options in (*COMMON, *OWN.get(op, ())):
        if "clip_gradient" in options and op == "ftml_update":
            options = {("clip_grad" if k == "clip_gradient" else k): v for k, v in options.items()}
        yield case(op, **arrays, lr=0.1, **{**extra, **options}, out="weight", diff=())
    yield case(op, **arrays, lr="0.05", **extra, diff=())
    yield case(op, **arrays, lr=0, **extra, out="weight", diff=())
    for dtype in ("float16", "float64"):
        same = {k: kind((4,), dtype) for k, kind in kinds.items()}
        yield case(op, **same, lr=0.1, wd=0.01, **extra, out="weight", diff=())
    five = {k: kind((1, 2, 1, 2, 2)) for k, kind in kinds.items()}
    yield case(op, **five, lr=0.1, **extra, out="weight", diff=())
    start = {k: kind((4,)) if k in SIGNED else zeros((4,)) for k, kind in kinds.items()}
    yield case(op, **start, lr=0.1, **extra, out="weight", diff=())
    yield case(op, **{**start, "grad": array([0.0, -0.0, 1e-20, 1e20])}, lr=0.1, **extra, out="weight", diff=())
    special = {k: kind((10,)) for k, kind in kinds.items()} | {"grad": specials((10,))}
    yield (
        case(op, **special, lr=0.1, clip_gradient=1.0, out="weight", diff=())
        if not extra
        else case(op, **special, lr=0.1, clip_grad=1.0, **extra, out="weight", diff=())
    )
    yield case(op, **arrays, **extra)
    yield case(op, **{**arrays, "grad": normal((3, 2))}, lr=0.1, **extra)
    yield case(op, **{**arrays, "grad": normal((2, 3), "float64")}, lr=0.1, **extra)
    yield case(op, weight=normal((2, 3)), lr=0.1, **extra)
    yield case(op, **arrays, lr=0.1, learning_rate=1, **extra)


def mixed() -> Iterator[Case]:
    """mp_*: float16 weights beside a float32 copy."""
    half = {"weight": normal((4,), "float16"), "grad": normal((4,), "float16")}
    for more in ({}, {"wd": 0.1}, {"rescale_grad": 0.5, "clip_gradient": 0.25}):
        yield case("mp_sgd_update", **half, weight32=normal((4,)), lr=0.1, out="weight", diff=(), **more)
        for op in ("mp_sgd_mom_update", "mp_nag_mom_update"):
            state = {"mom": normal((4,)), "weight32": normal((4,))}
            yield case(op, **half, **state, lr=0.1, momentum=0.9, out="weight", diff=(), **more)
    yield case("mp_sgd_update", **half, weight32=normal((4,), "float16"), lr=0.1, diff=())
    whole = {"weight": normal((4,)), "grad": normal((4,))}
    yield case("mp_sgd_update", **whole, weight32=normal((4,)), lr=0.1, out="weight", diff=())


def many() -> Iterator[Case]:
    """multi_*: several weights in one call, arrays interleaved weight by weight."""
    a, b = (2, 2), (3,)
    lrs = {"lrs": (0.1, 0.2), "wds": (0.0, 0.1), "num_weights": 2, "diff": ()}
    for more in ({}, {"rescale_grad": 0.5, "clip_gradient": 0.25}):
        two = [normal(a), normal(a), normal(b), normal(b)]
        yield case("multi_sgd_update", *two, **lrs, **more, out=(0, 2))
        three = [normal(a), normal(a), normal(a), normal(b), normal(b), normal(b)]
        yield case("multi_sgd_mom_update", *three, momentum=0.9, **lrs, **more, out=(0, 3))
        half = [
            normal(a, "float16"),
            normal(a, "float16"),
            normal(a),
            normal(b, "float16"),
            normal(b, "float16"),
            normal(b),
        ]
        yield case("multi_mp_sgd_update", *half, **lrs, **more, out=(0, 3))
        most = [normal(a, "float16"), normal(a, "float16"), normal(a), normal(a)]
        most += [normal(b, "float16"), normal(b, "float16"), normal(b), normal(b)]
        yield case("multi_mp_sgd_mom_update", *most, momentum=0.9, **lrs, **more, out=(0, 4))
        loaded = [*two, array([0.1, 0.2]), array([0.0, 0.1])]
        yield case("preloaded_multi_sgd_update", *loaded, num_weights=2, out=(0, 2), diff=(), **more)
        loaded = [*half, array([0.1, 0.2]), array([0.0, 0.1])]
        yield case("preloaded_multi_mp_sgd_update", *loaded, num_weights=2, out=(0, 3), diff=(), **more)
        loaded = [*most, array([0.1, 0.2]), array([0.0, 0.1])]
        yield case(
            "preloaded_multi_mp_sgd_mom_update", *loaded, momentum=0.9, num_weights=2, out=(0, 4), diff=(), **more
        )
        loaded = [*three, array([0.1, 0.2]), array([0.0, 0.1])]
        yield case("preloaded_multi_sgd_mom_update", *loaded, momentum=0.9, num_weights=2, out=(0, 3), diff=(), **more)
    yield case("multi_sgd_update", normal(a), normal(a), lrs=(0.1,), wds=(0.0,), num_weights=1, diff=())
    yield case("multi_sgd_update", normal(a), normal(a), lrs=(0.1, 0.2), wds=(0.0,), num_weights=1, diff=())
    yield case("multi_sgd_update", normal(a), normal(a), num_weights=1, diff=())
    sums = {"lrs": array([0.1, 0.2, 0.3]), "weights_sum_sq": array([4.0, 0, 9])}
    sums |= {"grads_sum_sq": array([1.0, 1, 0]), "wds": array([0.01, 0, 0.1])}
    yield case("multi_lars", **sums, eta=0.001, eps=1e-8, diff=())
    yield case("multi_lars", **sums, eta=0.5, eps=1.0, rescale_grad=0.5, diff=())


def lamb() -> Iterator[Case]:
    state = {"weight": normal((4,)), "grad": normal((4,)), "mean": normal((4,)), "var": positive((4,))}
    for more in (
        {},
        {"bias_correction": False},
        {"rescale_grad": 0.5, "clip_gradient": 0.2, "beta1": 0.5, "epsilon": 0.1},
    ):
        yield case("lamb_update_phase1", **state, t=2, wd=0.1, diff=(), **more)
    half = {**state, "weight": normal((4,), "float16"), "grad": normal((4,), "float16"), "weight32": normal((4,))}
    yield case("mp_lamb_update_phase1", **half, t=2, wd=0.1, diff=())
    sizes = {"weight": normal((4,)), "g": normal((4,)), "r2": array([2.0])}
    half = {"weight": normal((4,), "float16"), "g": normal((4,)), "r1": array([3.0]), "r2": array([2.0])}
    yield case("mp_lamb_update_phase2", **half, weight32=normal((4,)), lr=0.1, out="weight", diff=())
    for r1 in (3.0, 0.0):
        for more in ({}, {"lower_bound": 1.0, "upper_bound": 2.0}, {"lower_bound": 4.0}):
            yield case("lamb_update_phase2", **sizes, r1=array([r1]), lr=0.1, out="weight", diff=(), **more)
