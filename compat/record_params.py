"""Have real MXNet write and read ``.params`` files; its answers go to golden/params. Runs on 1.3.1, 1.6.0 and 1.9.1.

    python compat/record_params.py          write VERSION/*.params and this version's part of manifest.json
    python compat/record_params.py --verify FILE [--np-shape]   print what MXNet finds in a file, with checksums

manifest.json, ``files``: what MXNet held in memory when it wrote each file, and whether it reads the file back.
``made``: bytes put together by hand (old versions of the format, malformed files) and what each version answers.
An array's ``hex`` is its elements in C order, little endian; a sparse one has ``data`` and ``aux`` instead.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import re
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import mxnet as mx
import numpy as np

HERE = Path(__file__).parent / "golden" / "params"
VERSION = mx.__version__
V1, V2, V3 = 0xF993FAC8, 0xF993FAC9, 0xF993FACA
BFLOAT16 = np.dtype([("bfloat16", np.uint16)])
TYPES = ["float32", "float64", "float16", "uint8", "int32", "int8", "int64"]
TYPES += ["bool"] * (VERSION >= "1.6") + ["bfloat16"] * (VERSION >= "1.9")


def semantics(np_shape):
    return mx.util.np_shape(True) if np_shape else contextlib.nullcontext()


# ---- what MXNet holds


def describe(array):
    if array.stype == "default":
        values = array.asnumpy()
        if values.dtype == np.bool_:
            values = np.array(values.tolist(), np.bool_)  # the file may have bytes other than 0 and 1
        kind = values.dtype.names[0] if values.dtype.names else values.dtype.name
        return {"stype": "default", "shape": list(array.shape), "dtype": kind, "hex": values.tobytes().hex()}
    aux = [array.indices] if array.stype == "row_sparse" else [array.indptr, array.indices]
    parts = {"data": describe(array.data), "aux": [describe(part) for part in aux]}
    return {"stype": array.stype, "shape": list(array.shape), **parts}


def contents(data):
    """names and descriptions of a list or dict of arrays, as ``mx.nd.load`` returns."""
    names, arrays = (list(data), data.values()) if isinstance(data, dict) else ([], data)
    return {"names": names, "arrays": [describe(array) for array in arrays]}


def answer(path, np_shape):
    with semantics(np_shape):
        try:
            return contents(mx.nd.load(str(path)))
        except Exception as error:  # whatever MXNet says is the answer
            lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [""]
            told = [
                line for line in lines if not line.startswith(("Traceback", "File ", "Stack trace", "[bt]"))
            ] or lines
            text = re.sub(r"^\[[\d:]+\] \S+: |^MXNetError: ", "", told[0])
            return {"error": f"{type(error).__name__}: {text[:160]}"}


def checksums(described):
    if "hex" in described:
        raw = bytes.fromhex(described["hex"])
        kept = {key: value for key, value in described.items() if key != "hex"}
        return {**kept, "sha256": hashlib.sha256(raw).hexdigest()}
    return {**described, "data": checksums(described["data"]), "aux": [checksums(part) for part in described["aux"]]}


# ---- files MXNet writes


def ramp(shape, dtype="float32"):
    """Distinct values, with the extremes of the type up front."""
    if dtype == "bfloat16":
        return mx.nd.array(ramp(shape).asnumpy(), dtype="float32").astype(BFLOAT16)
    values = (np.arange(np.prod(shape)) - 3).astype(dtype)
    kind = np.dtype(dtype)
    if kind.kind == "f":
        special = [np.nan, np.inf, -np.inf, -0.0, np.finfo(kind).tiny / 4, np.finfo(kind).max]
    elif kind.kind == "b":
        special = [True, False]
    else:
        special = [np.iinfo(kind).min, np.iinfo(kind).max]
    values[: len(special)] = np.array(special[: values.size], kind)
    return mx.nd.array(values.reshape(shape), dtype=kind)


def samples():
    """Name of a file -> what ``mx.nd.save`` gets."""
    sparse = mx.nd.sparse
    rows = sparse.row_sparse_array((np.arange(12, dtype="f4").reshape(2, 2, 3), [1, 3]), shape=(5, 2, 3))
    cells = sparse.csr_matrix((np.array([1, 2, 3], "f4"), [0, 2, 1], [0, 2, 2, 3]), shape=(3, 4), dtype="float16")
    new = sparse._new_alloc_handle("csr", (3, 4), mx.cpu(), True, np.float32, [np.int64, np.int64])
    none = {"no rows": sparse.zeros("row_sparse", (5, 2)), "no cells": sparse.zeros("csr", (3, 4))}
    dense, empty = ramp((2, 3)), mx.nd.array(np.zeros((2, 0)))
    cases = {
        "types": {dtype: ramp((2, 4), dtype) for dtype in TYPES},
        "shapes": [*map(ramp, [(1,), (7,), (3, 1, 2), (1, 2, 1, 2, 3)]), empty],
        "names": {name: ramp((1,)) for name in ["", "arg:fc1_weight", "ένα/δύο", "a b\n.c", "x" * 300]},
        "empty": [],
        "sparse": {"row_sparse": rows, "csr": cells, **none, "new csr": sparse.CSRNDArray(new), "dense": dense},
        "view": {"row": dense[1], "transposed": dense.T},
    }
    if VERSION >= "1.6":
        cases["scalar"] = [mx.nd.array(np.array(3.5)), dense]
        with mx.util.np_shape(True):
            cases["np_shape"] = {"()": mx.nd.array(np.array(3.5)), "(0,)": mx.nd.zeros((0,)), "(2, 3)": dense}
    return cases


def write_files():
    entries = {}
    (HERE / VERSION).mkdir(parents=True, exist_ok=True)
    for name, data in samples().items():
        path, np_shape = HERE / VERSION / f"{name}.params", name == "np_shape"
        with semantics(np_shape):
            held = contents(data)
            mx.nd.save(str(path), data)
        back = answer(path, np_shape)
        if "error" not in back and back != held:
            raise AssertionError(f"{path.name}: MXNet reads {back} where it wrote {held}")
        entries[f"{VERSION}/{path.name}"] = {"np_shape": np_shape, **held, "read_back": back.get("error", "same")}
    path = HERE / VERSION / "checkpoint.params"
    fc = mx.sym.BatchNorm(mx.sym.FullyConnected(mx.sym.Variable("data"), num_hidden=2, name="fc"), name="bn")
    arg = {"fc_weight": ramp((2, 3)), "fc_bias": ramp((2,)), "bn_gamma": ramp((2,)), "bn_beta": ramp((2,))}
    aux = {"bn_moving_mean": ramp((2,)), "bn_moving_var": ramp((2,))}
    with tempfile.TemporaryDirectory() as folder:
        mx.model.save_checkpoint(f"{folder}/net", 0, fc, arg, aux)
        path.write_bytes(Path(f"{folder}/net-0000.params").read_bytes())
    held = contents({**{f"arg:{k}": v for k, v in arg.items()}, **{f"aux:{k}": v for k, v in aux.items()}})
    if answer(path, False) != held:
        raise AssertionError("checkpoint: MXNet does not read back what it wrote")
    entries[f"{VERSION}/{path.name}"] = {"np_shape": False, **held, "read_back": "same"}
    return entries


# ---- bytes made by hand


def pack(layout, *values):
    return struct.pack("<" + layout, *values)


def shape64(shape):
    return pack(f"i{len(shape)}q", len(shape), *shape)


def shape32(shape):
    return pack(f"I{len(shape)}I", len(shape), *shape)


def body(shape, flag=0, device=(1, 0), raw=None):
    values = np.arange(1, 1 + np.prod(shape), dtype="<f4").tobytes() if raw is None else raw
    return pack("iii", *device, flag) + values


def legacy(shape, **more):
    return shape32(shape) + body(shape, **more)


def v1(shape, **more):
    return pack("I", V1) + shape64(shape) + body(shape, **more)


def v2(shape, stype=0, magic=V2, **more):
    return pack("Ii", magic, stype) + shape64(shape) + body(shape, **more)


def csr(indptr, indices, columns=4):
    shapes = shape64((len(indices),)) + shape64((len(indptr) - 1, columns)) + pack("iii", 1, 0, 0)
    types = pack("i", 6) + shape64((len(indptr),)) + pack("i", 6) + shape64((len(indices),))
    return (
        pack("Ii", V2, 2)
        + shapes
        + types
        + b"\0" * 4 * len(indices)
        + pack(f"{len(indptr + indices)}q", *indptr, *indices)
    )


def file(*arrays, names=(), magic=0x112, reserved=0, count=None, named=None):
    head = pack("QQQ", magic, reserved, len(arrays) if count is None else count)
    tail = pack("Q", len(names) if named is None else named) + b"".join(pack("Q", len(name)) + name for name in names)
    return head + b"".join(arrays) + tail


def made():
    one, last = v2((2,)), v2((3,))
    sizes = enumerate([4, 8, 2, 1, 4, 1, 8, 1, 2, 2, 4, 8, 2])
    cases = {f"flag {flag}": file(v2((2,), flag=flag, raw=bytes(range(1, 1 + 2 * size))), last) for flag, size in sizes}
    cases |= {f"flag {flag}": file(v2((2,), flag=flag), last) for flag in (-1, 13)}
    cases |= {f"stype {stype}": file(v2((2,), stype=stype), last) for stype in (-1, 3)}
    for kind in (legacy, v1, v2):
        for device in [(2, 3), (9, -3)]:
            cases[f"{kind.__name__} device {device}"] = file(kind((2,), device=device), last)
    cases |= {
        "legacy": file(legacy((2, 3)), legacy((4,)), names=[b"a", b"b"]),
        "legacy list": file(legacy((1, 2, 3, 4))),
        "legacy empty": file(legacy((0,)), last),
        "legacy without value": file(pack("I", 0), last),
        "v1": file(v1((2, 3)), v1((4,)), names=[b"a", b"b"]),
        "v1 empty": file(v1((2, 0)), last),
        "v1 without value": file(pack("I", V1) + shape64(()), last),
        "v2 empty": file(v2((0, 2)), last),
        "v2 without value": file(pack("Ii", V2, 0) + shape64(()), last),
        "v3": file(v2((2,), magic=V3), v2((), magic=V3), v2((0,), magic=V3)),
        "v3 sparse": file(v2((2,), magic=V3, stype=1)),
        "v3 ndim -1": file(pack("Iii", V3, 0, -1), v2((2,), magic=V3)),
        "v3 dimension -1": file(pack("Ii", V3, 0) + shape64((-1,)), v2((2,), magic=V3)),
        "all versions": file(legacy((2,)), v1((3,)), one),
        "csr": file(csr([0, 2, 2, 3], [0, 3, 1]), last),
        "csr column out of bounds": file(csr([0, 2, 2, 3], [0, 4, 1])),
        "csr falling indptr": file(csr([0, 3, 2, 3], [0, 3, 1])),
        "csr short indptr": file(csr([0, 2, 2, 2], [0, 3, 1])),
        "ndim -1": file(pack("Iii", V2, 0, -1), last),
        "dimension -1": file(pack("Ii", V2, 0) + shape64((-1,)) + body((2,)), last),
        "dimensions -1, -2": file(v2((-1, -2)), last),
        "32 dimensions": file(v2((1,) * 32), last),
        "33 dimensions": file(v2((1,) * 33), last),
        "2**31 dimensions": file(pack("I", 2**31), last),
        "2**60 elements": file(v2((2**60,), raw=b"")),
        "2**120 elements": file(v2((2**60, 2**60), raw=b"")),
        "0 by 2**120 elements": file(v2((0, 2**60, 2**60), raw=b""), last),
        "2**60 arrays": file(one, count=2**60),
        "2**60 names": file(one, named=2**60),
        "name of 2**60": file(one, named=1) + pack("Q", 2**60),
        "list magic": file(one, magic=0x113),
        "array magic": file(pack("I", 0xF993FACB) + one[4:]),
        "reserved": file(one, reserved=7),
        "no bytes": b"",
        "text": b"not a params file, but long enough to be one",
        "no names part": file(one)[:-8],
        "cut in data": file(one)[:60],
        "cut in name": file(one, names=[b"abc"])[:-1],
        "behind the end": file(one) + b"more",
        "more arrays than counted": file(one, last, count=1),
        "name twice": file(one, last, names=[b"a", b"a"]),
        "name not UTF-8": file(one, names=[b"a\xff"]),
        "name with NUL": file(one, names=[b"a\0b"]),
        "too many names": file(one, names=[b"a", b"b"]),
        "too few names": file(one, last, names=[b"a"]),
        "names alone": file(names=[b"a"]),
    }
    return cases


def ask(raw, np_shape):
    """A fresh process reads it: some of these kill theirs."""
    with tempfile.NamedTemporaryFile(suffix=".params") as stream:
        stream.write(raw)
        stream.flush()
        command = [sys.executable, __file__, "--verify", stream.name, "--hex"] + ["--np-shape"] * np_shape
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    return json.loads(done.stdout) if done.returncode == 0 else {"error": "the process died"}


def by_line(entries):
    return [f"{json.dumps(key)}: {json.dumps(entries[key], sort_keys=True)}" for key in sorted(entries)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--verify", metavar="FILE")
    parser.add_argument("--np-shape", action="store_true")
    parser.add_argument("--hex", action="store_true", help="with --verify: all data, not checksums")
    options = parser.parse_args()
    if options.verify:
        found = answer(options.verify, options.np_shape)
        if "arrays" in found and not options.hex:
            found["arrays"] = [checksums(array) for array in found["arrays"]]
        print(json.dumps(found, indent=None if options.hex else 1, ensure_ascii=False))
        return
    path = HERE / "manifest.json"
    manifest = json.loads(path.read_text("utf-8")) if path.exists() else {"files": {}, "made": {}}
    manifest["files"] = {k: v for k, v in manifest["files"].items() if not k.startswith(VERSION)} | write_files()
    old, manifest["made"] = manifest["made"], {}
    for name, raw in made().items():
        np_shape = name.startswith("v3")
        entry = {"np_shape": np_shape, "hex": raw.hex(), "answers": {}}
        if name in old and old[name]["hex"] == entry["hex"]:
            entry["answers"] = old[name]["answers"]
        if not np_shape or VERSION >= "1.6":
            entry["answers"][VERSION] = ask(raw, np_shape)
        manifest["made"][name] = entry
    parts = [f'"{part}": {{\n' + ",\n".join(by_line(manifest[part])) + "\n}" for part in ("files", "made")]
    path.write_text("{" + ",\n".join(parts) + "}\n", "utf-8")


if __name__ == "__main__":
    main()
