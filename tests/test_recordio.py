"""mx.recordio: files as MXNet writes and reads them (compat/record_recordio.py recorded it), and damaged ones told."""

from __future__ import annotations

import json
import multiprocessing
import os
import pickle
import struct
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mxnd as mx
from mxnd.recordio import IRHeader, MXIndexedRecordIO, MXRecordIO, pack, pack_img, unpack, unpack_img

GOLDEN = Path(__file__).parent.parent / "compat" / "golden" / "recordio"
MANIFEST = json.loads((GOLDEN / "manifest.json").read_text(encoding="utf-8"))
MAGIC = struct.pack("<I", 0xCED7230A)
KEY_TYPES = {"numbered": int, "named": str}


def read_all(path):
    with MXRecordIO(path, "r") as reader:
        return list(iter(reader.read, None))


def write_all(path, records):
    with MXRecordIO(path, "w") as writer:
        for record in records:
            writer.write(record)
    return path


@pytest.fixture
def three(tmp_path):
    """The paths of an index and a file with three records."""
    paths = tmp_path / "three.idx", tmp_path / "three.rec"
    with MXIndexedRecordIO(*paths, "w") as writer:
        for key in (5, 3, 8):
            writer.write_idx(key, b"record %d" % key)
    return paths


# MXNet's files


@pytest.mark.parametrize("name", MANIFEST["files"])
def test_reads_what_mxnet_wrote(name):
    assert [record.hex() for record in read_all(GOLDEN / f"{name}.rec")] == MANIFEST["files"][name]["records"]


@pytest.mark.parametrize("name", MANIFEST["files"])
def test_writes_the_bytes_mxnet_wrote(name, tmp_path):
    records = [bytes.fromhex(text) for text in MANIFEST["files"][name]["records"]]
    path = write_all(tmp_path / "a.rec", records)
    assert path.read_bytes() == (GOLDEN / f"{name}.rec").read_bytes()


@pytest.mark.parametrize("name", KEY_TYPES)
def test_index_as_mxnet_has_it(name, tmp_path):
    golden = MANIFEST["files"][name]
    records = dict(zip(golden["keys"], map(bytes.fromhex, golden["records"])))
    reader = MXIndexedRecordIO(GOLDEN / f"{name}.idx", GOLDEN / f"{name}.rec", "r", KEY_TYPES[name])
    assert reader.keys == golden["keys"]
    assert reader.idx == dict(zip(golden["keys"], golden["tells"]))
    for key in reversed(golden["keys"]):
        assert reader.read_idx(key) == records[key]
    reader.close()
    writer = MXIndexedRecordIO(tmp_path / "a.idx", tmp_path / "a.rec", "w", KEY_TYPES[name])
    for key, tell in zip(golden["keys"], golden["tells"]):
        assert writer.tell() == tell
        writer.write_idx(key, records[key])
    writer.close()
    for end in ("idx", "rec"):
        assert (tmp_path / f"a.{end}").read_bytes() == (GOLDEN / f"{name}.{end}").read_bytes()


# What MXNet takes for the end of the file, or for a record, in a damaged one.
MXNET_MISSES = {"cut at 24", "cut at 32", "part 3 alone", "part 1 alone", "part 2 alone"} | {
    f"part {part} {where}" for part in (4, 5, 6, 7) for where in ("alone", "after the first")
} | {f"part {part} after the first" for part in (0, 1, 2)}  # fmt: skip


@pytest.mark.parametrize("name", MANIFEST["damaged"])
def test_damaged_files(name, tmp_path):
    golden = MANIFEST["damaged"][name]
    path = tmp_path / "damaged.rec"
    path.write_bytes(bytes.fromhex(golden["hex"]))
    reader, found, ends = MXRecordIO(path, "r"), [], []
    for _ in range(2):  # after an error, reading again says the same
        try:
            found.extend(iter(reader.read, None))
            ends.append("end")
        except mx.MXNetError as error:
            ends.append(str(error))
    assert ends[0] == ends[1]
    end = "error" if f"{path} is damaged in the record at byte " in ends[0] else ends[0]
    reader.close()
    if name in MXNET_MISSES:
        assert (end, len(found) <= golden["read"]) == ("error", True)
    else:
        assert (len(found), end) == (golden["read"], golden["ended"])


def test_where_the_damage_is(tmp_path):
    path = write_all(tmp_path / "a.rec", [b"abc", b"wxyz" + MAGIC + b"x", b"last"])
    sound = path.read_bytes()

    def message(data):
        path.write_bytes(data)
        with pytest.raises(mx.MXNetError) as error:
            read_all(path)
        return str(error.value).partition(" in the record ")[2]

    assert message(sound[:30]) == "at byte 12: the file ends at byte 30, in the header of a part"
    assert message(sound[:24]) == "at byte 12: the file ends at byte 24, in the header of a part"
    assert message(sound[:33]) == "at byte 12: the file ends at byte 33, where 36 was expected"
    assert message(sound[:36] + b"0000" + sound[40:]) == (
        "at byte 36: byte 36 should begin with the magic number 0xced7230a, not 0x30303030"
    )
    assert message(sound[:31] + b"\x80" + sound[32:]) == (
        "at byte 12: the part at byte 24 is marked 4; expected 2 or 3, a later part"
    )
    assert message(sound[24:]) == (
        "at byte 0: the part at byte 0 is marked 3; expected 0, a whole record, or 1, its first part"
    )


# Round trips

PIECES = st.sampled_from([MAGIC, MAGIC[:1], MAGIC[1:], b"x", b"wxyz", bytes(4)])
RECORDS = st.lists(st.one_of(st.binary(max_size=40), st.lists(PIECES, max_size=12).map(b"".join)), max_size=6)


@settings(deadline=None, max_examples=40)
@given(records=RECORDS)
def test_round_trip_and_every_cut(records, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "round.rec"
    ends = [0]
    with MXRecordIO(path, "w") as writer:
        for record in records:
            writer.write(record)
            ends.append(path.stat().st_size)
    assert read_all(path) == records
    assert all(end % 4 == 0 for end in ends)
    reader = MXRecordIO(path, "r")
    for cut in reversed(range(ends[-1])):
        os.truncate(path, cut)
        reader.reset()
        for record in records[: sum(end <= cut for end in ends[1:])]:
            assert reader.read() == record
        if cut in ends:
            assert reader.read() is None
        else:
            with pytest.raises(mx.MXNetError, match=rf"at byte {max(e for e in ends if e < cut)}: .*byte {cut}\b"):
                reader.read()
    reader.close()


def test_bytes_like_records(tmp_path):
    path = write_all(tmp_path / "a.rec", [bytearray(b"ab"), memoryview(b"cde")])
    assert read_all(path) == [b"ab", b"cde"]


def test_large_record(tmp_path):
    record = np.random.default_rng(0).bytes(5_000_001)
    assert read_all(write_all(tmp_path / "a.rec", [record, b"next"])) == [record, b"next"]


# Using them


def test_end_reset_and_reading_on(three):
    reader = MXIndexedRecordIO(*three, "r")
    assert [reader.read() for _ in range(5)] == [b"record 5", b"record 3", b"record 8", None, None]
    assert reader.read_idx(3) == b"record 3"  # MXNet answers None once it has met the end
    assert reader.read() == b"record 8"
    reader.seek(5)
    assert reader.read() == b"record 5"
    reader.reset()
    assert reader.read() == b"record 5"
    reader.close()
    reader.close()
    assert reader.read_idx(8) == b"record 8"  # seeking opens a closed file, as in MXNet
    reader.close()


def test_a_writer_that_is_reset_begins_anew(three):
    with MXIndexedRecordIO(*three, "w") as writer:
        writer.write_idx(1, b"gone")
        writer.reset()
        assert (writer.tell(), writer.keys, writer.idx) == (0, [], {})
        writer.write_idx(2, b"here")
        assert writer.idx == {2: 0}
    assert read_all(three[1]) == [b"here"]
    assert three[0].read_text() == "2\t0\n"


def test_what_is_written_is_there_at_once(tmp_path):
    writer = MXIndexedRecordIO(tmp_path / "a.idx", tmp_path / "a.rec", "w")
    writer.write_idx(1, b"first")
    reader = MXIndexedRecordIO(tmp_path / "a.idx", tmp_path / "a.rec", "r")
    assert reader.read_idx(1) == b"first"
    reader.close()
    writer.close()


def test_file_url(three):
    assert read_all(f"file://{three[1]}")[0] == b"record 5"


def test_a_copy_by_pickle_starts_at_the_first_record(three):
    with MXIndexedRecordIO(*three, "r") as reader:
        reader.seek(8)
        copy = pickle.loads(pickle.dumps(reader))
        assert (copy.is_open, copy.keys, copy.read()) == (True, [5, 3, 8], b"record 5")
        assert reader.read() == b"record 8"
        copy.close()
        assert not pickle.loads(pickle.dumps(copy)).is_open


def test_an_open_writer_is_not_pickled(tmp_path):
    with MXRecordIO(tmp_path / "a.rec", "w") as writer:
        writer.write(b"kept")
        with pytest.raises(mx.MXNetError, match="open for writing cannot be pickled"):
            pickle.dumps(writer)
    copy = pickle.loads(pickle.dumps(writer))
    assert (copy.is_open, read_all(tmp_path / "a.rec")) == (False, [b"kept"])


def in_child(queue, action, record):
    try:
        queue.put(action(record))
    except mx.MXNetError as error:
        queue.put(str(error))


def ask_child(action, record):
    context = multiprocessing.get_context("fork")
    queue = context.SimpleQueue()
    child = context.Process(target=in_child, args=(queue, action, record))
    child.start()
    answer = queue.get()
    child.join(30)
    assert child.exitcode == 0
    return answer


@pytest.mark.skipif(not hasattr(os, "fork") or sys.platform == "darwin", reason="processes are not forked here")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # other tests may have started threads
def test_forked_processes(three):
    reader = MXIndexedRecordIO(*three, "r")
    assert reader.read() == b"record 5"
    assert "opened by another process" in ask_child(lambda r: r.read(), reader)
    assert ask_child(lambda r: [r.read_idx(8), r.read()], reader) == [b"record 8", None]
    assert ask_child(lambda r: [r.reset(), r.read()], reader) == [None, b"record 5"]
    assert reader.read() == b"record 3"  # the children moved nothing here
    reader.close()
    with MXIndexedRecordIO(*three, "w") as writer:
        writer.write_idx(1, b"once")
        assert "opened by another process" in ask_child(lambda w: w.write(b"no"), writer)
        assert ask_child(lambda w: w.close(), writer) is None
        writer.write_idx(2, b"more")
    assert read_all(three[1]) == [b"once", b"more"]
    assert three[0].read_text() == "1\t0\n2\t12\n"


def test_misuse_is_told(three, tmp_path):
    with MXIndexedRecordIO(*three, "r") as reader:
        for use in (lambda: reader.write(b"x"), lambda: reader.write_idx(1, b"x"), reader.tell):
            with pytest.raises(mx.MXNetError, match="is open for reading and cannot be written to"):
                use()
        with pytest.raises(KeyError, match=r"three.idx has no key 9 among its 3$"):
            reader.read_idx(9)
    with pytest.raises(mx.MXNetError, match=r"is closed; reset\(\) opens it again"):
        reader.read()
    with MXIndexedRecordIO(*three, "w") as writer:
        for use in (writer.read, lambda: writer.seek(1)):
            with pytest.raises(mx.MXNetError, match="is open for writing and cannot be read from"):
                use()
        with pytest.raises(TypeError, match="a record is bytes, not str; encode it first"):
            writer.write("text")
        with pytest.raises(TypeError, match="a record is bytes, not int"):
            writer.write(3)
    with pytest.raises(ValueError, match="Invalid flag 'rb'"):
        MXRecordIO(tmp_path / "a.rec", "rb")
    with pytest.raises(ValueError, match="only local files"):
        MXRecordIO("s3://bucket/a.rec", "r")
    for path, flag in ((tmp_path / "none.rec", "r"), (tmp_path, "r"), (tmp_path / "none" / "a.rec", "w")):
        with pytest.raises(mx.MXNetError, match="cannot open the record file"):
            MXRecordIO(path, flag)
    with pytest.raises(FileNotFoundError):
        MXIndexedRecordIO(tmp_path / "none.idx", three[1], "r")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("5\t0\n\n", r"line 2: expected a key, a tab and a position, not ''"),
        ("5 0\n", r"line 1: .*, not '5 0'"),
        ("five\t0\n", r"line 1: "),
    ],
)
def test_an_index_that_is_none(three, text, message):
    three[0].write_text(text)
    with pytest.raises(mx.MXNetError, match=message):
        MXIndexedRecordIO(*three, "r")


def test_an_index_of_another_file(three):
    three[0].write_text("0\t4096\n1\t-4\n2\t4\n")
    with MXIndexedRecordIO(*three, "r") as reader:
        for key in (0, 1):
            with pytest.raises(mx.MXNetError, match=r"key . is at byte (4096|-4) by the index; the file has 48 bytes"):
                reader.read_idx(key)
        with pytest.raises(mx.MXNetError, match="byte 4 should begin with the magic number"):
            reader.read_idx(2)


def test_a_record_has_a_largest_size(tmp_path):
    with MXRecordIO(tmp_path / "a.rec", "w") as writer, pytest.raises(ValueError, match="less than 536870912 bytes"):
        writer.write(bytes(1 << 29))


# Headers


@pytest.mark.parametrize("golden", MANIFEST["headers"], ids=lambda golden: str(golden["header"]))
def test_headers(golden):
    record = pack(IRHeader(*golden["header"]), b"xy")
    assert record.hex() == golden["record"]
    header, rest = unpack(record)
    assert [np.asarray(value).tolist() for value in header] == golden["back"]
    assert rest == b"xy"


def test_labels_are_float32_and_a_header_is_a_named_tuple():
    header, _ = unpack(pack((0, mx.nd.array([1, 2]), np.int64(7), 0), b""))
    assert header.label.dtype == np.float32
    assert (header.label.tolist(), header.flag, header.id) == ([1, 2], 2, 7)
    header, _ = unpack(pack((0, np.float64(2), 7, 0), b""))
    assert repr(header) == "HEADER(flag=0, label=2.0, id=7, id2=0)"
    assert pickle.loads(pickle.dumps(header)) == header


@pytest.mark.parametrize(
    "header",
    [(0, "a", 1, 0), (0, None, 1, 0), (0, 1, -1, 0), (0, 1, 2.0, 0), (0, 1, 0, 2**64), (0, 1, 2), (0, 1j, 1, 0)],
)
def test_bad_headers(header):
    with pytest.raises(mx.MXNetError, match="^pack: "):
        pack(header, b"")


def test_records_too_short_for_a_header():
    record = pack((0, [1, 2, 3], 0, 0), b"")
    for cut in range(len(record)):
        with pytest.raises(mx.MXNetError, match=rf"take.? \d+ bytes, the record has {cut}$"):
            unpack(record[:cut])
    with pytest.raises(TypeError, match="bytes, not str"):
        pack((0, 1, 2, 0), "text")


# Images


def pixels(described):
    shape, text = described
    return np.frombuffer(bytes.fromhex(text), np.uint8).reshape(shape)


@pytest.mark.parametrize("name", MANIFEST["images"])
def test_images_as_with_opencv(name):
    pytest.importorskip("PIL")
    golden = MANIFEST["images"][name]
    record = bytes.fromhex(golden["record"])
    mine = pack_img((0, 3, 5, 0), pixels(golden["img"]), golden["quality"], golden["img_fmt"])
    for iscolor, wanted in golden["back"].items():
        for source in (record, mine):
            header, found = unpack_img(source, int(iscolor))
            assert header == (0, 3.0, 5, 0)
            assert (found.shape, found.dtype) == (pixels(wanted).shape, np.uint8)
            grey_of_colour = iscolor == "0" and "grey" not in name and "j" not in golden["img_fmt"].lower()
            assert abs(found.astype(int) - pixels(wanted)).max() <= (1 if grey_of_colour else 0)


def test_images_turned_and_transparent():
    Image = pytest.importorskip("PIL.Image")
    import io

    file, exif = io.BytesIO(), Image.Exif()
    exif[0x112] = 6  # to be shown turned by a quarter
    Image.new("RGB", (4, 2), (255, 0, 0)).save(file, "JPEG", exif=exif)
    record = pack((0, 1, 2, 0), file.getvalue())
    assert [unpack_img(record, mode)[1].shape for mode in (-1, 0, 1)] == [(2, 4, 3), (4, 2), (4, 2, 3)]
    blue, green, red = unpack_img(record)[1][0, 0].astype(int)
    assert red > 250
    assert max(blue, green) < 5
    file = io.BytesIO()
    Image.new("P", (4, 2), 0).save(file, "PNG", transparency=0)
    assert [unpack_img(pack((0, 1, 2, 0), file.getvalue()), mode)[1].shape for mode in (-1, 0, 1)] == [
        (2, 4, 4),
        (2, 4),
        (2, 4, 3),
    ]


def test_images_that_are_none():
    pytest.importorskip("PIL")
    good = np.zeros((4, 5, 3), np.uint8)
    record = pack_img((0, 1, 2, 0), good)
    for data in (b"", b"junk", record[24:-20]):
        with pytest.raises(mx.MXNetError, match=rf"not an image that can be read: {len(data)} bytes"):
            unpack_img(pack((0, 1, 2, 0), data))
    with pytest.raises(ValueError, match=r"iscolor=2 is not one of -1 \(as stored\), 0 \(grey\), 1 \(colour\)"):
        unpack_img(record, 2)
    for img, img_fmt, message in (
        (good, "jpg", "img_fmt='jpg' is not one of .jpg, .jpeg, .png, .bmp"),
        (good.astype("f4"), ".jpg", "img is float32; an image is uint8"),
        (good[..., :2], ".jpg", r"img has shape \(4, 5, 2\)"),
        (good[:0], ".jpg", r"img has shape \(0, 5, 3\)"),
    ):
        with pytest.raises(mx.MXNetError, match=message):
            pack_img((0, 1, 2, 0), img, img_fmt=img_fmt)


def test_images_without_pillow(monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(mx.MXNetError, match=r"images need Pillow: pip install 'mxnd\[image\]'"):
        unpack_img(pack((0, 1, 2, 0), b"anything"))


def test_a_legacy_program_finds_it():
    mx.install_as_mxnet()
    from mxnet import recordio

    assert recordio is mx.recordio
