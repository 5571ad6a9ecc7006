"""Record what real MXNet's mx.recordio writes and reads, and have it read what mxnd wrote.

    python compat/record_recordio.py                    under real MXNet: write golden/recordio/ (images: with OpenCV)
    python compat/record_recordio.py --write FOLDER     under mxnd: write files of random records
    python compat/record_recordio.py --verify FOLDER    under real MXNet: read those; 1 when it reads anything else

golden/recordio/ holds record and index files as MXNet wrote them, and ``manifest.json``:

    files     by name: the records in hex; with an index also their keys
    damaged   by name: the bytes in hex, how many records MXNet reads, and how it ends ("end" or "error")
    headers   [flag, label, id, id2], the record that ``pack`` makes of it with b"xy" behind, what ``unpack`` returns
    images    by name: pixels, format, quality; the record of ``pack_img``; by iscolor the pixels of ``unpack_img``.
              Pixels are [shape, hex]. "cv2" is the version of OpenCV.
"""

import argparse
import importlib.util
import itertools
import json
import random
import struct
import sys
import tempfile
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent / "golden" / "recordio"
MAGIC = struct.pack("<I", 0xCED7230A)


def payloads():
    """Name of a file -> its records."""
    pieces = [b"", b"a", b"abc", b"abcd", MAGIC]
    magic = [b"".join(chosen) for chosen in itertools.product(pieces, repeat=3) if MAGIC in chosen]
    return {
        "sizes": [bytes(range(n)) for n in range(13)] + [b"", bytes(1000)],
        "magic": [*magic, MAGIC * 5, MAGIC[:3], MAGIC[1:] + MAGIC, MAGIC[:2] + MAGIC],
        "none": [],
    }


def words(length, part):
    return MAGIC + struct.pack("<I", part << 29 | length)


def damaged():
    """Name -> bytes: files cut anywhere, and headers that make no sense."""
    sound = words(3, 0) + b"abc\0" + words(4, 1) + b"wxyz" + words(0, 2) + words(1, 3) + b"x\0\0\0" + words(0, 0)
    cases = {f"cut at {n}": sound[:n] for n in range(len(sound) + 1)}
    after = words(4, 0) + b"next"
    cases |= {f"part {part} alone": words(4, part) + b"abcd" + after for part in range(8)}
    cases |= {f"part {part} after the first": words(4, 1) + b"abcd" + words(4, part) + b"wxyz" for part in range(8)}
    cases |= {
        "no magic": b"no record at all",
        "magic one off": words(4, 0) + b"abcd" + bytes([MAGIC[0] ^ 1]) + words(4, 0)[1:] + b"abcd",
        "padding not zero": words(1, 0) + b"abcd" + after,
        "length beyond the end": words((1 << 29) - 1, 0) + b"abcd",
    }
    return cases


def read_all(mx, path):
    """The records of a file, and how it ended."""
    reader, found = mx.recordio.MXRecordIO(str(path), "r"), []
    try:
        while True:
            record = reader.read()
            if record is None:
                return found, "end"
            found.append(record)
    except mx.MXNetError:
        return found, "error"


def write_files(mx):
    files = {}
    for name, records in payloads().items():
        writer = mx.recordio.MXRecordIO(str(HERE / f"{name}.rec"), "w")
        for record in records:
            writer.write(record)
        writer.close()
        assert read_all(mx, HERE / f"{name}.rec") == (records, "end")
        files[name] = {"records": [record.hex() for record in records]}
    for name, key_type, keys in (("numbered", int, [7, 3, 10**12]), ("named", str, ["cat", "a dog", "ένα"])):
        paths = [str(HERE / f"{name}.idx"), str(HERE / f"{name}.rec"), "w"]
        writer = mx.recordio.MXIndexedRecordIO(*paths, key_type=key_type)
        records = [b"record " + str(key).encode() + MAGIC * i for i, key in enumerate(keys)]
        tells = []
        for key, record in zip(keys, records):
            tells.append(writer.tell())
            writer.write_idx(key, record)
        writer.close()
        files[name] = {"records": [record.hex() for record in records], "keys": keys, "tells": tells}
    return files


def ask_damaged(mx):
    answers = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, raw in damaged().items():
            path = Path(folder) / "damaged.rec"
            path.write_bytes(raw)
            found, end = read_all(mx, path)
            answers[name] = {"hex": raw.hex(), "read": len(found), "ended": end}
    return answers


def ask_headers(mx):
    labels = [4, 1.5, True, -0.0, 1e40, 0.1, float("inf"), [1, 2, 3], [[1.5, 2], [3, 4]], [0.1], []]
    headers = [[7, label, 2574, 0] for label in labels] + [[0, 1, 2**64 - 1, 2**64 - 1]]
    answers = []
    for header in headers:
        record = mx.recordio.pack(mx.recordio.IRHeader(*header), b"xy")
        back, rest = mx.recordio.unpack(record)
        assert rest == b"xy"
        answers.append({"header": header, "record": record.hex(), "back": [np.asarray(v).tolist() for v in back]})
    return answers


def described(pixels):
    return [list(pixels.shape), pixels.tobytes().hex()]


def ask_images(mx):
    rows, columns = np.mgrid[:9, :12]
    slope = np.stack([rows * 25, columns * 20, (rows + columns) * 12], -1).astype(np.uint8)
    noise = np.random.RandomState(0).randint(0, 256, slope.shape).astype(np.uint8)
    colour, alpha = np.concatenate([slope, noise]), np.concatenate([columns, rows]).astype(np.uint8) * 20
    kinds = {"grey": colour[..., 1], "colour": colour, "alpha": np.dstack([colour, alpha])}
    cases = [(kind, img_fmt, 95) for kind in kinds for img_fmt in (".jpg", ".png", ".bmp")]
    cases += [("colour", ".JPEG", 20), ("colour", ".jpg", 0), ("colour", ".jpg", 101), ("colour", ".png", 0)]
    answers = {}
    for kind, img_fmt, quality in cases:
        pixels = np.ascontiguousarray(kinds[kind])
        record = mx.recordio.pack_img((0, 3, 5, 0), pixels, quality=quality, img_fmt=img_fmt)
        back = {iscolor: described(mx.recordio.unpack_img(record, iscolor)[1]) for iscolor in (-1, 0, 1)}
        entry = {"img": described(pixels), "img_fmt": img_fmt, "quality": quality, "record": record.hex(), "back": back}
        answers[f"{kind} {img_fmt} {quality}"] = entry
    return answers


def record():
    import mxnet as mx

    HERE.mkdir(parents=True, exist_ok=True)
    path = HERE / "manifest.json"
    parts = json.loads(path.read_text("utf-8")) if path.exists() else {}
    parts |= {"mxnet": mx.__version__, "files": write_files(mx), "damaged": ask_damaged(mx), "headers": ask_headers(mx)}
    if importlib.util.find_spec("cv2"):
        parts |= {"cv2": importlib.import_module("cv2").__version__, "images": ask_images(mx)}
    path.write_text("{" + ",\n".join(f"{json.dumps(k)}: {lines(v)}" for k, v in sorted(parts.items())) + "}\n", "utf-8")


def lines(part):
    """JSON with an entry a line."""
    if isinstance(part, dict):
        return "{\n" + ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in part.items()) + "\n}"
    return "[\n" + ",\n".join(map(json.dumps, part)) + "\n]" if isinstance(part, list) else json.dumps(part)


def write(folder, count=200):
    import mxnd as mx

    draw = random.Random(0)
    pieces = [MAGIC, MAGIC[:2], b"", b"x", b"wxyz", b"\0"]
    for n in range(count):
        records = [b"".join(draw.choices(pieces, k=draw.randrange(40))) for _ in range(draw.randrange(6))]
        with mx.recordio.MXIndexedRecordIO(folder / f"{n}.idx", folder / f"{n}.rec", "w") as writer:
            for i, record in enumerate(records):
                writer.write_idx(i, record)
        (folder / f"{n}.json").write_text(json.dumps([record.hex() for record in records]))


def verify(folder):
    import mxnet as mx

    wrong = checked = 0
    for path in sorted(folder.glob("*.json")):
        records = [bytes.fromhex(text) for text in json.loads(path.read_text())]
        reader = mx.recordio.MXIndexedRecordIO(str(path.with_suffix(".idx")), str(path.with_suffix(".rec")), "r")
        by_key = [reader.read_idx(key) for key in reversed(reader.keys)][::-1]
        if read_all(mx, path.with_suffix(".rec")) != (records, "end") or by_key != records:
            wrong += 1
            print(f"{path.stem}: MXNet reads something else")
        checked += len(records)
    print(f"{checked} records, {wrong} files read differently")
    return 1 if wrong or not checked else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", metavar="FOLDER", type=Path)
    parser.add_argument("--verify", metavar="FOLDER", type=Path)
    options = parser.parse_args()
    if options.write:
        return write(options.write)
    return verify(options.verify) if options.verify else record()


if __name__ == "__main__":
    sys.exit(main())
