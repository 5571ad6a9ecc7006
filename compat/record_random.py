"""Record real MXNet 1.9.1's random numbers into golden/random.npz.

    python compat/record_random.py

The file holds, as ``cases``, a JSON object from a case's name to {"seed", "context", "calls"}; a call is
[method, parameters, shape, dtype], named after the methods of mxnd's ``Generator``. Of call number i of a case,
``NAME.i`` is the result: all of it up to 400 elements, else those at ``at_SIZE``; ``NAME.i.crc`` is the CRC-32 of the
bytes of all elements. A seed of null means that nothing was seeded yet; "context" that ``ctx=`` was given to the seed.
Parameters that are lists stand for float32 arrays, ``{"dtype": [...]}`` for others.
"""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import mxnet as mx
import numpy as np

REALS = ("float32", "float64", "float16")
U, N, I = ({"low": 0, "high": 1}, {"loc": 0, "scale": 1}, {"low": -5, "high": 1000})
ALPHA = {"float64": [0.1, 2.3, 5.7]}


def cases() -> dict[str, dict]:
    """Every case by name; ``unseeded`` must be played first."""
    out: dict[str, dict] = {}

    def case(name: str, *calls: tuple, seed: int | None = 3, context: bool = False) -> None:
        out[name] = {"seed": seed, "context": context, "calls": calls}

    mixed = (
        *(("uniform", U, [3], "float32"), ("normal", N, [3], "float32"), ("uniform", U, [2, 50], "float64")),
        *(
            ("normal", N, [100], "float16"),
            ("gamma", {"alpha": 2, "beta": 1}, [90], "float32"),
            ("shuffle", {}, [20], None),
        ),
        *(("randint", I, [130], "int32"), ("poisson", {"lam": 3}, [90], "float32"), ("uniform", U, [200], "float32")),
        *(("dropout", {"p": 0.5}, [70], "float32"), ("shuffle", {}, [20], None), ("normal", N, [200], "float32")),
    )
    case("unseeded", *mixed, seed=None)
    case("mixed", *mixed)
    case("context", *mixed, seed=5, context=True)
    for seed in (0, 1, -1, -7, 2**31, 2**32 + 1, 123456789):
        case(f"seed {seed}", mixed[0], mixed[5], seed=seed)

    for size in (1, 63, 64, 65, 128, 129, 1000, 65536, 65537, 100000, 1000003):
        case(f"uniform {size}", ("uniform", U, [size], "float32"))
        case(f"normal {size}", ("normal", N, [size], "float32"))
    for dtype in REALS:
        case(f"uniform {dtype}", ("uniform", {"low": -1.3, "high": 2.7}, [100000], dtype))
        case(f"normal {dtype}", ("normal", {"loc": -1.3, "scale": 2.7}, [100000], dtype))
        case(f"exponential {dtype}", ("exponential", {"lam": 1.7}, [100000], dtype))
        case(f"dropout {dtype}", ("dropout", {"p": 0.3}, [100000], dtype))
        for alpha in (0.3, 1, 4.5):
            case(f"gamma {alpha} {dtype}", ("gamma", {"alpha": alpha, "beta": 2.3}, [20000], dtype))
        for lam in (0, 0.7, 11.9, 12, 35.5, 1000):
            case(f"poisson {lam} {dtype}", ("poisson", {"lam": lam}, [20000], dtype))
        case(f"negative_binomial {dtype}", ("negative_binomial", {"k": 3, "p": 0.4}, [20000], dtype))
        for alpha in (0, 0.3):
            wide = {"mu": 20, "alpha": alpha}
            case(f"generalized {alpha} {dtype}", ("generalized_negative_binomial", wide, [20000], dtype))
        for low, high, scale in (([0.1, -2.3, 5.7], [1.2, 2.2, 5.9], [1.5, 0.2, 3]), (ALPHA, ALPHA, ALPHA)):
            kind = f"{'float64' if low is ALPHA else 'float32'} {dtype}"
            case(f"arrays uniform {kind}", ("uniform", {"low": low, "high": high}, [3, 7, 11], dtype))
            case(f"arrays normal {kind}", ("normal", {"loc": low, "scale": scale}, [3, 77], dtype))
            case(f"arrays exponential {kind}", ("exponential", {"lam": scale}, [3, 77], dtype))
            case(f"arrays gamma {kind}", ("gamma", {"alpha": scale, "beta": high}, [3, 77], dtype))
            case(f"arrays poisson {kind}", ("poisson", {"lam": high}, [3, 77], dtype))
    case("arrays int32", ("uniform", {"low": {"int32": [[1, 2]]}, "high": {"int32": [[3, 9]]}}, [1, 2, 40], "float32"))
    case("arrays negative_binomial", ("negative_binomial", {"k": [1, 2, 17], "p": [0.2, 0.4, 0.7]}, [3, 77], "float32"))
    some = {"mu": [1, 2.5, 17], "alpha": [0.2, 0, 0.7]}
    case("arrays generalized", ("generalized_negative_binomial", some, [3, 77], "float32"))

    for low, high in ((0, 10), (-5, 100), (0, 2**31 - 1), (-(2**31), 2**31 - 1), (0, 2**40), (-(2**40), 2**60), (7, 8)):
        for dtype in ("int32", "int64"):
            case(f"randint {low} {high} {dtype}", ("randint", {"low": low, "high": high}, [300], dtype))
    case("randint wraps", ("randint", {"low": -(2**62), "high": 2**62 + 5}, [300], "int64"))
    case("randint large", ("randint", I, [100000], "int64"))
    for size in (2, 5, 499, 500, 3000, 60000):
        case(f"shuffle {size}", ("shuffle", {}, [size], None), ("shuffle", {}, [size], None))
        case(f"shuffle rows {size}", ("shuffle", {}, [size, 2], None), ("shuffle", {}, [size, 1, 1], None))
    for dtype in REALS:
        rows = {dtype: [[0.1, 0.2, 0.3, 0.4], [0.05, 0.55, 0.3, 0.1]]}
        case(f"multinomial {dtype}", ("multinomial", {"probs": rows}, [1000], None))
    many = np.random.default_rng(0).dirichlet(np.ones(7), 40).astype(np.float32).tolist()
    case(
        "multinomial rows", ("multinomial", {"probs": many}, [9], None), ("multinomial", {"probs": many[0]}, [5], None)
    )
    case("multinomial short", ("multinomial", {"probs": [0.1, 0.2, 0.1]}, [50], None))
    return out


def array(value: list | dict) -> mx.nd.NDArray:
    dtype, value = next(iter(value.items())) if isinstance(value, dict) else ("float32", value)
    return mx.nd.array(value, dtype=dtype)


def play(method: str, parameters: dict, shape: list[int], dtype: str | None) -> np.ndarray:
    """The call on real MXNet. Shuffles give the order of the rows, dropout what it keeps (1 or 0)."""
    if method == "shuffle":
        width = int(np.prod(shape[1:]))
        data = mx.nd.arange(shape[0] * width, dtype="int32").reshape(shape)
        return (mx.nd.shuffle(data).asnumpy().reshape(shape[0], -1)[:, 0] // width).astype(np.int32)
    if method == "multinomial":
        return mx.nd.sample_multinomial(array(parameters["probs"]), shape=tuple(shape)).asnumpy()
    if method == "dropout":
        ones = mx.nd.ones(shape, dtype=dtype)
        return (mx.nd.Dropout(ones, p=parameters["p"], mode="always").asnumpy() != 0).astype(np.uint8)
    if not isinstance(next(iter(parameters.values())), list | dict):
        return getattr(mx.nd, f"random_{method}")(**parameters, shape=tuple(shape), dtype=dtype).asnumpy()
    given = [array(value) for value in parameters.values()]
    tail = tuple(shape[given[0].ndim :])
    return getattr(mx.nd, f"sample_{method}")(*given, shape=tail, dtype=dtype).asnumpy()


def kept(size: int) -> np.ndarray:
    """Which elements of a large result go into the file: the beginning, some of the middle, the end."""
    return np.concatenate([np.arange(150), np.arange(size // 2, size // 2 + 50), np.arange(size - 100, size)])


def main() -> None:
    out: dict[str, np.ndarray] = {}
    for name, case in (played := cases()).items():
        if case["seed"] is not None:
            mx.random.seed(case["seed"], **({"ctx": mx.cpu(0)} if case["context"] else {}))
        for i, call in enumerate(case["calls"]):
            result = play(*call)
            out[f"{name}.{i}.crc"] = np.uint32(zlib.crc32(np.ascontiguousarray(result).tobytes()))
            result = result.reshape(-1)
            if result.size > 400:
                at = out[f"at_{result.size}"] = kept(result.size).astype(np.int32)
                result = result[at]
            out[f"{name}.{i}"] = result
    out["cases"] = np.array(json.dumps(played))
    np.savez_compressed(Path(__file__).parent / "golden" / "random.npz", **out)


if __name__ == "__main__":
    main()
