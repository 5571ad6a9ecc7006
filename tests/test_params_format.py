"""``.params`` files against what MXNet 1.3.1, 1.6.0 and 1.9.1 wrote and read (compat/record_params.py), and against
files that nobody should have written."""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import resource
import stat
import struct
import threading
import tracemalloc
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mxnd.array import params_format
from mxnd.array.params_format import ParamsFileError, ParamsFormatError, SparseArray, dumps, loads, read, write
from mxnd.core.errors import ArgumentError, ArgumentTypeError, MXNetError

GOLDEN = Path(__file__).parents[1] / "compat" / "golden" / "params"
MANIFEST = json.loads((GOLDEN / "manifest.json").read_text("utf-8"))
FILES, MADE = MANIFEST["files"], MANIFEST["made"]
BFLOAT16 = np.dtype([("bfloat16", np.uint16)])


def held(described):
    """An array as the manifest describes it."""
    shape = tuple(described["shape"])
    if described["stype"] != "default":
        aux = tuple(held(part) for part in described["aux"])
        return SparseArray(described["stype"], shape, held(described["data"]), aux)
    dtype = BFLOAT16 if described["dtype"] == "bfloat16" else np.dtype(described["dtype"])
    return np.frombuffer(bytes.fromhex(described["hex"]), dtype).reshape(shape)


def plain(array):
    """Everything that tells two arrays apart, bit by bit."""
    if isinstance(array, SparseArray):
        return array.stype, array.shape, plain(array.data), [plain(part) for part in array.aux]
    return None if array is None else (array.dtype.newbyteorder("="), array.shape, array.tobytes())


def told(entry):
    return [plain(held(array)) for array in entry["arrays"]], entry["names"]


def found(loaded):
    arrays, names = loaded
    return [plain(array) for array in arrays], names


@contextlib.contextmanager
def memory_below(limit):
    tracemalloc.start()
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < limit


@pytest.mark.parametrize("name", FILES)
def test_reads_what_mxnet_wrote(name):
    data = (GOLDEN / name).read_bytes()
    assert found(loads(data)) == found(read(GOLDEN / name)) == told(FILES[name])


@pytest.mark.parametrize("name", FILES)
def test_writes_the_bytes_mxnet_wrote(name, tmp_path):
    entry = FILES[name]
    arrays = [held(array) for array in entry["arrays"]]
    data = (GOLDEN / name).read_bytes()
    assert dumps(arrays, entry["names"], np_shape=entry["np_shape"]) == data
    write(tmp_path / "x.params", arrays, entry["names"], np_shape=entry["np_shape"])
    assert (tmp_path / "x.params").read_bytes() == data


LAST, PAIR = np.array([1, 2, 3], "f4"), bytes(range(1, 17))
# Where we differ from MXNet 1.9.1 on purpose: the arrays and names read instead, or None for an error.
OURS = {
    "flag 8": ([np.frombuffer(PAIR[:4], "i2"), LAST], []),
    "flag 9": ([np.frombuffer(PAIR[:4], "u2"), LAST], []),
    "flag 10": ([np.frombuffer(PAIR[:8], "u4"), LAST], []),
    "flag 11": ([np.frombuffer(PAIR, "u8"), LAST], []),
    "legacy without value": ([None, LAST], []),
    "v1 without value": ([None, LAST], []),
    "name with NUL": ([LAST[:2]], ["a\0b"]),
    "2**120 elements": None,  # the count overflows to 0 in MXNet
    "0 by 2**120 elements": None,
    "csr column out of bounds": None,  # MXNet reads these and leaves them to check_format()
    "csr falling indptr": None,
    "csr short indptr": None,
}


@pytest.mark.parametrize("name", sorted(MADE.keys() - OURS.keys()))
def test_answers_as_mxnet_does(name):
    data = bytes.fromhex(MADE[name]["hex"])
    answers = MADE[name]["answers"]
    if "error" in answers["1.9.1"]:
        assert all("error" in answer for answer in answers.values())
        with pytest.raises(ParamsFormatError, match=r"at byte \d+ expected .*, got "):
            loads(data)
        return
    arrays, names = found(loads(data))
    for answer in answers.values():
        if "error" not in answer:  # an older version may lack the type
            expected, labels = told(answer)
            assert (dict(zip(names, arrays)), list(dict.fromkeys(names))) == (dict(zip(labels, expected)), labels)
            assert names or arrays == expected


@pytest.mark.parametrize("name", OURS)
def test_answers_our_own_way(name):
    data, mxnet = bytes.fromhex(MADE[name]["hex"]), MADE[name]["answers"]["1.9.1"]
    if OURS[name] is None:
        assert "error" not in mxnet
        with pytest.raises(ParamsFormatError, match=r"at byte \d+ expected .*, got "):
            loads(data)
    else:
        assert found(loads(data)) == found(OURS[name])
        assert "error" in mxnet or found(OURS[name]) != told(mxnet)


anything = st.sampled_from(["f4", "f8", "f2", "u1", "i4", "i1", "i8", "?"]).flatmap(
    lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=4))
)
text = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(
    st.lists(st.tuples(text, anything), max_size=4), *[st.booleans()] * 2, st.sampled_from("<>"), st.sampled_from("CF")
)
def test_round_trip(pairs, named, np_shape, byteorder, order):
    names = [name for name, _ in pairs] if named else []
    expected = [plain(array) for _, array in pairs], names
    given_ = [array.astype(array.dtype.newbyteorder(byteorder), order=order) for _, array in pairs]
    assert found(loads(dumps(given_, names, np_shape=np_shape))) == expected


@pytest.mark.parametrize(
    "array",
    [
        np.arange(24.0).reshape(2, 3, 4)[:, ::-2, 1:],
        np.arange(24, dtype=">i4").reshape(4, 6).T,
        np.broadcast_to(np.float16(3), (2, 3)),
        np.arange(6, dtype=">u2").view([("bfloat16", ">u2")])[::2],
        np.frombuffer(b"\0" + np.arange(3.0).tobytes(), np.uint8)[1:].view("f8"),
    ],
    ids=["strided", "big-endian", "broadcast", "bfloat16", "unaligned"],
)
def test_layout_does_not_matter(array):
    ordinary = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("=")))
    assert dumps([array]) == dumps([ordinary])
    assert plain(loads(dumps([array]))[0][0]) == plain(ordinary)


def test_loaded_arrays_are_our_own():
    source = bytearray(dumps([np.ones(3, "f4"), np.ones((2, 2), "?")]))
    first, second = loads(memoryview(source))[0]
    source[:] = bytes(len(source))
    assert first.flags.owndata
    assert first.flags.writeable
    assert second.flags.aligned
    first[:] = 5
    assert second.all()
    assert plain(loads(memoryview(b"".join(bytes([b, 0]) for b in dumps([first])))[::2])[0][0]) == plain(first)


@pytest.mark.parametrize("data", [(GOLDEN / "1.9.1" / f"{name}.params").read_bytes() for name in ("types", "sparse")])
def test_cut_at_every_byte(data, tmp_path, monkeypatch):
    for end in range(len(data)):
        with pytest.raises(ParamsFormatError) as caught:
            loads(data[:end])
        says = r"at byte (\d+) expected (?:(\d+) bytes .* only (\d+) to|a count of .*that (\d+) bytes)"
        offset, needed, left, after = (int(n or 0) for n in re.search(says, str(caught.value)).groups())
        assert offset + left == end < offset + needed if needed else offset + 8 + after == end
    path = tmp_path / "cut.params"
    path.write_bytes(data[:-1])
    with pytest.raises(ParamsFormatError, match=re.escape(str(path))):
        read(path)
    real = os.fstat  # a file that shrinks after its size was asked for
    monkeypatch.setattr(os, "fstat", lambda number: SimpleNamespace(st_size=real(number).st_size + 1))
    with pytest.raises(ParamsFormatError, match="the file shrank while it was read"):
        read(path)


@pytest.mark.parametrize(
    ("name", "says"),
    {
        "list magic": "at byte 0 expected the list magic 0x112, got 0x113",
        "2**60 arrays": "at byte 16 expected a count of arrays that 48 bytes can hold, got 1152921504606846976",
        "2**60 names": "at byte 64 expected a count of names that 0 bytes can hold, got 1152921504606846976",
        "2**31 dimensions": "0xf993faca, or a count of dimensions up to 32, got 0x80000000",
        "2**60 elements": r"at byte 56 expected 4611686018427387904 bytes \(data of array 0, .* got only 8 to the end",
        "2**120 elements": "at byte 64 expected 5316911983139663491615228241121378304 bytes",
        "name of 2**60": r"at byte 80 expected 1152921504606846976 bytes \(name 0\), got only 0 to the end",
        "0 by 2**120 elements": "array 0: a shape within 9223372036854775807 bytes",
        "33 dimensions": "at byte 32 expected array 0: ndim from 0 to 32, got 33",
        "dimension -1": r"at byte 36 expected array 0: dimensions of 0 or more, got \(-1,\)",
        "flag 13": "at byte 52 expected array 0: a type flag from 0 to 12, got 13",
        "stype 3": r"at byte 28 expected array 0: stype 0 \(default\), 1 \(row_sparse\), 2 \(csr\), got 3",
        "v3 sparse": r"at byte 28 expected array 0: stype 0 \(default\), got 1",
        "csr column out of bounds": "array 0: a well-formed csr array, got indices from 0 to 4 where 4 are possible",
        "csr falling indptr": r"got an indptr \(4,\) that does not rise from 0 to 3 over 3 rows",
        "name not UTF-8": r"at byte 81 expected UTF-8 \(name 0\), got 0xff",
        "too many names": "at byte 64 expected 1 names, one for each array, or none, got 2",
    }.items(),
)
def test_says_what_is_wrong_and_where_at_no_cost(name, says):
    data = bytes.fromhex(MADE[name]["hex"])
    with memory_below(100_000), pytest.raises(ParamsFormatError, match=says):
        loads(data)


def test_mutated_files_load_or_say_why():
    seeds = [(GOLDEN / name).read_bytes() for name in FILES if name.startswith("1.9.1")]
    seeds += [bytes.fromhex(MADE[name]["hex"]) for name in ("legacy", "v1", "csr", "all versions")]
    words = [struct.pack("<q", value) for value in (-1, 0, 1, 2, 33, 2**31 - 1, 2**31, 2**32, 2**62, -(2**63))]
    words += [struct.pack("<I", magic) for magic in (0xF993FAC8, 0xF993FAC9, 0xF993FACA)]
    dice, outcomes = random.Random(20), []
    for _ in range(600):
        data = bytearray(dice.choice(seeds))
        for _ in range(dice.randint(1, 3)):
            at = dice.randrange(len(data))
            word = dice.choice([*words, dice.randbytes(1), dice.randbytes(4)])[: dice.choice([1, 4, 8])]
            data[at : at + len(word) * dice.randint(0, 1)] = word  # replaced or inserted
        with memory_below(500_000):
            try:
                arrays, names = loads(data)
            except ParamsFormatError as error:
                assert re.search(r"at byte \d+ expected", str(error))  # noqa: PT017  most, not all, must fail
                outcomes.append("refused")
            else:
                assert len(names) in (0, len(arrays))
                outcomes.append("loaded")
    assert min(outcomes.count("refused"), outcomes.count("loaded")) > 50


def test_random_bytes_are_refused():
    dice = random.Random(4)
    for _ in range(200):
        with memory_below(500_000), pytest.raises(ParamsFormatError):
            loads(struct.pack("<QQQ", 0x112, 0, dice.randint(1, 9)) + dice.randbytes(dice.randint(0, 300)))


@pytest.mark.parametrize(
    ("arrays", "names", "kind", "says"),
    [
        ([np.ones(2, "i2")], [], ArgumentTypeError, "array 0 has dtype int16; MXNet saves float32"),
        ([np.ones(2), np.array(["a"])], ["x", "y"], ArgumentTypeError, r"array 1 \('y'\) has dtype <U1"),
        ([[1.0, 2.0]], [], ArgumentTypeError, "expected a NumPy array or SparseArray, got list"),
        ([None], [], ArgumentTypeError, "got NoneType"),
        (np.ones((2, 2)), [], ArgumentTypeError, "must be lists"),
        ([np.ones(2), np.ones(2)], "ab", ArgumentTypeError, "must be lists"),
        ([np.ones(2), np.ones(2)], ["a"], ArgumentError, "expected 2 names, one for each array, or none; got 1"),
        ([np.ones(2)], ["a\0b"], ArgumentError, "NUL"),
        ([np.ones(2)], [7], ArgumentError, "got 7"),
        ([np.ones(2)], ["\ud800"], ArgumentError, "UTF-8"),
        ([SparseArray("row_sparse", (5, 2), np.ones((1, 2)), (np.array([5]),))], [], ArgumentError, "from 5 to 5"),
        ([SparseArray("row_sparse", (5, 2), np.ones((1, 2)), (np.array([-1]),))], [], ArgumentError, "from -1 to -1"),
        ([SparseArray("csr", (-1, 2), np.ones(0), (np.array([0])[1:],) * 2)], [], ArgumentError, r"shape \(-1, 2\)"),
        ([SparseArray("row_sparse", (5, 2), np.ones((1, 3)), (np.array([0]),))], [], ArgumentError, r"data \(1, 3\)"),
        ([SparseArray("csr", (5,), np.ones(1), (np.array([0, 1]), np.array([0])))], [], ArgumentError, r"shape \(5,\)"),
        ([SparseArray("csr", (1, 5), np.ones(1), (np.array([0.0, 1]), np.array([0])))], [], ArgumentError, "integers"),
        ([SparseArray("coo", (5, 2), np.ones(1), ())], [], ArgumentError, "'coo' with 0 index arrays"),
    ],
)
def test_what_the_format_cannot_hold(arrays, names, kind, says, tmp_path):
    with pytest.raises(kind, match=says):
        dumps(arrays, names)
    with pytest.raises(kind, match=says):
        write(tmp_path / "x", arrays, names)
    assert not list(tmp_path.iterdir())


OLD, NEW = dumps([np.zeros(3)]), [np.arange(20_000.0), np.ones(5)]


def test_a_full_disk_leaves_the_old_file(tmp_path):
    path = tmp_path / "x.params"
    path.write_bytes(OLD)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
    try:
        with pytest.raises(ParamsFileError, match=r"File too large.*x\.params"):
            write(path, NEW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes() == OLD
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(("owner", "step"), [(os, "fsync"), (os, "replace"), (params_format, "_raw")])
@pytest.mark.parametrize("existing", [True, False])
def test_an_interrupted_write_leaves_no_trace(tmp_path, monkeypatch, owner, step, existing):
    path = tmp_path / "x.params"
    if existing:
        path.write_bytes(OLD)
    monkeypatch.setattr(owner, step, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        write(path, NEW)
    assert [(file, file.read_bytes()) for file in tmp_path.iterdir()] == ([(path, OLD)] if existing else [])


def test_permissions_and_links_are_kept(tmp_path):
    path, link = tmp_path / "x.params", tmp_path / "link"
    mask = os.umask(0o027)
    write(path, NEW)
    os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    path.chmod(0o604)
    link.symlink_to("x.params")
    write(link, NEW[1:])
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o604
    assert found(read(path)) == found((NEW[1:], []))


def test_a_read_only_file_stays(tmp_path, monkeypatch):
    path = tmp_path / "x.params"
    path.write_bytes(OLD)
    monkeypatch.setattr(os, "access", lambda *_: False)  # what 0o444 does, root or not
    with pytest.raises(ParamsFileError, match="Permission denied"):
        write(path, NEW)
    assert path.read_bytes() == OLD


def test_only_regular_files_are_replaced_or_read(tmp_path):
    path, got = tmp_path / "pipe", []
    os.mkfifo(path)
    reader = threading.Thread(target=lambda: got.append(path.read_bytes()), daemon=True)
    reader.start()
    write(path, NEW)
    reader.join(10)
    assert got == [dumps(NEW)]
    assert stat.S_ISFIFO(path.stat().st_mode)
    with pytest.raises(ParamsFileError, match="Not a regular file"):
        read(os.devnull)


def test_paths(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for path in (tmp_path / "a", str(tmp_path / "b"), f"file://{tmp_path}/c", "d", os.fsencode("e")):
        write(path, NEW, ["p", "q"])
        assert found(read(path)) == found((NEW, ["p", "q"]))
    assert sorted(os.listdir()) == ["a", "b", "c", "d", "e"]


@pytest.mark.parametrize("call", [read, lambda path: write(path, NEW)], ids=["read", "write"])
def test_unusable_paths(call, tmp_path):
    missing = tmp_path / "no" / "x.params"
    for kind in (MXNetError, FileNotFoundError):
        with pytest.raises(kind, match=rf"No such file or directory: .*{re.escape(str(missing))}"):
            call(missing)
    for kind in (MXNetError, OSError):
        with pytest.raises(kind, match=re.escape(str(tmp_path))):
            call(tmp_path)
    with pytest.raises(ArgumentTypeError, match="got int"):
        call(3)
    with pytest.raises(ArgumentError, match="NUL"):
        call("a\0b")


def test_files_pass_through_little_memory(tmp_path):
    size = 8_000_000
    arrays, path = [np.zeros(size // 4, np.uint8) for _ in range(4)], tmp_path / "x.params"
    with memory_below(size // 10):
        write(path, arrays)
    arrays[1] = np.zeros((size // 8, 4), np.uint8)[:, ::2]
    with memory_below(size // 4 * 1.1):
        write(path, arrays)
    with memory_below(size * 1.1):
        read(path)
    data = path.read_bytes()
    with memory_below(size * 1.1):
        loads(data)


def test_what_neither_call_takes(monkeypatch):
    with pytest.raises(ArgumentTypeError, match="expected bytes, got str"):
        loads("x")
    sparse = held(FILES["1.9.1/sparse.params"]["arrays"][0])
    with pytest.raises(ArgumentError, match="array 0 is row_sparse; under np_shape"):
        dumps([sparse], np_shape=True)
    monkeypatch.setattr(params_format, "_MAX_NDIM", 1)  # NumPy 1 has no array beyond the true bound
    with pytest.raises(ArgumentError, match="array 0 has 2 dimensions"):
        dumps([np.ones((2, 2))])
