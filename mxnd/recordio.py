"""``mx.recordio``: files of records, byte for byte as MXNet writes them, and the header of image records.

A record is its magic number, a word with length (29 bits) and part (3 bits), the bytes, and zeros up to a multiple of
four. Where the bytes themselves hold the magic number at a multiple of four, the record is split there into parts and
the number left out. Source of the format: the bytes MXNet 1.9.1 writes (``compat/record_recordio.py``).
"""

from __future__ import annotations

import io
import numbers
import os
import struct
from collections.abc import Callable
from types import TracebackType
from typing import Any, NamedTuple

import numpy as np

from .backend import images
from .core.errors import ArgumentError, ArgumentTypeError, MXNetError, did_you_mean

__all__ = ["IRHeader", "MXIndexedRecordIO", "MXRecordIO", "pack", "pack_img", "unpack", "unpack_img"]

MAGIC = struct.pack("<I", 0xCED7230A)
LIMIT = 1 << 29  # bytes of one record
WHOLE, FIRST, MIDDLE, LAST = range(4)  # which part of a record stands here
HEAD = struct.Struct("<II")


class UnknownKeyError(MXNetError, KeyError):
    """A key that the index does not have."""

    __str__ = Exception.__str__  # KeyError would quote the message


def encode(payload: bytes) -> bytes:
    """A record as it stands in the file."""
    pieces: list[bytes] = []
    start = 0
    found = payload.find(MAGIC)
    while found >= 0:
        if found % 4 == 0:
            pieces += [MAGIC, struct.pack("<I", (MIDDLE if start else FIRST) << 29 | found - start)]
            pieces.append(payload[start:found])
            start = found + 4
        found = payload.find(MAGIC, found + 1)
    pieces += [MAGIC, struct.pack("<I", (LAST if start else WHOLE) << 29 | len(payload) - start)]
    return b"".join([*pieces, payload[start:], bytes(-len(payload) % 4)])


class MXRecordIO:
    """Records one after the other.

    uri: The path of the file; ``file://`` may stand before it. flag: ``"w"`` begins an empty file, ``"r"`` reads.

    May stand in a ``with`` statement. A reader can be pickled: its copy opens the file anew, at the first record. So
    can a closed writer; an open one cannot, as opening its copy would empty the file. A process that inherited the
    object from the one that opened it may not use it before ``reset()``.
    """

    def __init__(self, uri: str | os.PathLike[str], flag: str) -> None:
        self.uri = os.fspath(uri)
        self.flag = flag
        self.pid: int | None = None
        self.is_open = False
        self.open()

    def open(self) -> None:
        """Open the file, once more if need be. MXNetError when that is not possible."""
        if self.flag not in ("r", "w"):
            raise ArgumentError(f"Invalid flag {self.flag!r}: 'r' reads a record file, 'w' writes one")
        path = self.uri.removeprefix("file://")
        if "://" in path:
            raise ArgumentError(f"{self.uri}: only local files can be opened; copy it here first")
        self.writable = self.flag == "w"
        try:  # a writer has no buffer: a process forked from this one must not write it a second time
            self._file: Any = open(path, "wb", buffering=0) if self.writable else open(path, "rb")  # noqa: SIM115
        except OSError as error:
            raise MXNetError(f"cannot open the record file {self.uri!r}: {error.strerror}") from None
        self.pid = os.getpid()
        self.is_open = True

    def close(self) -> None:
        """Close the file; nothing happens when it is closed."""
        if self.is_open:
            self._file.close()
            self.is_open = False
            self.pid = None

    def reset(self) -> None:
        """Back to the first record. A writer's file becomes empty."""
        self.close()
        self.open()

    def __del__(self) -> None:
        if getattr(self, "is_open", False):
            self.close()

    def __enter__(self) -> MXRecordIO:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __getstate__(self) -> dict[str, Any]:
        if self.is_open and self.writable:
            raise MXNetError(f"{self.uri}: a record file open for writing cannot be pickled; close() it first")
        return {name: value for name, value in vars(self).items() if name != "_file"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, is_open=False, pid=None)
        if state["is_open"]:
            self.open()

    def _check_pid(self, allow_reset: bool = False) -> None:
        """In another process, or closed: open anew, or raise."""
        if self.pid != os.getpid():
            if allow_reset:
                self.reset()
            elif self.is_open:
                raise MXNetError(f"{self.uri} was opened by another process; call reset() in this one first")
            else:
                raise MXNetError(f"{self.uri} is closed; reset() opens it again")

    def _must(self, write: bool) -> None:
        if self.writable != write:
            opened, other = ("writing", "read from") if self.writable else ("reading", "written to")
            raise MXNetError(f"{self.uri} is open for {opened} and cannot be {other}")

    def write(self, buf: bytes | bytearray | memoryview) -> None:
        """Append a record of less than 2**29 bytes."""
        self._must(write=True)
        self._check_pid()
        if not isinstance(buf, (bytes, bytearray, memoryview)):
            hint = "; encode it first" if isinstance(buf, str) else ""
            raise ArgumentTypeError(f"a record is bytes, not {type(buf).__name__}{hint}")
        payload = buf if isinstance(buf, bytes) else bytes(buf)
        if len(payload) >= LIMIT:
            raise ArgumentError(f"a record has less than {LIMIT} bytes, this one {len(payload)}")
        rest = memoryview(encode(payload))
        while rest:
            rest = rest[self._file.write(rest) :]

    def read(self) -> bytes | None:
        """The next record; None at the end. MXNetError when the file is damaged, with the byte where it is."""
        self._must(write=False)
        self._check_pid()
        start = at = self._file.tell()
        parts: list[bytes] = []
        while True:
            head = self._file.read(8)
            if not head and not parts:
                return None
            if len(head) < 8:
                raise self._damaged(start, f"the file ends at byte {at + len(head)}, in the header of a part")
            magic, word = HEAD.unpack(head)
            if head[:4] != MAGIC:
                raise self._damaged(
                    start, f"byte {at} should begin with the magic number 0xced7230a, not {magic:#010x}"
                )
            part, length = word >> 29, word & LIMIT - 1
            if part not in ((MIDDLE, LAST) if parts else (WHOLE, FIRST)):
                expected = "2 or 3, a later part" if parts else "0, a whole record, or 1, its first part"
                raise self._damaged(start, f"the part at byte {at} is marked {part}; expected {expected}")
            whole = length + -length % 4
            data = self._file.read(whole)
            if len(data) < whole:
                end = at + 8 + len(data)
                raise self._damaged(start, f"the file ends at byte {end}, where {at + 8 + whole} was expected")
            parts.append(data[:length])
            if part in (WHOLE, LAST):
                return parts[0] if part == WHOLE else MAGIC.join(parts)
            at += 8 + whole

    def _damaged(self, start: int, what: str) -> MXNetError:
        self._file.seek(start)  # reading again says the same
        return MXNetError(f"{self.uri} is damaged in the record at byte {start}: {what}")


class MXIndexedRecordIO(MXRecordIO):
    """Records with keys, and a second file that tells where each begins: a line ``KEY<tab>BYTE`` for each.

    idx_path: The path of the index. key_type: Makes a key of a text. Others as for ``MXRecordIO``.
    idx: The dict from keys to positions; keys: The keys in the file's order.

    ``seek`` and ``read_idx`` work in a process that inherited the object: they open the file anew.
    """

    def __init__(
        self,
        idx_path: str | os.PathLike[str],
        uri: str | os.PathLike[str],
        flag: str,
        key_type: Callable[..., Any] = int,
    ) -> None:
        self.idx_path = os.fspath(idx_path)
        self.key_type = key_type
        self.idx: dict[Any, int] = {}
        self.keys: list[Any] = []
        self.fidx: io.TextIOWrapper | None = None
        super().__init__(uri, flag)

    def open(self) -> None:
        """Open both files. FileNotFoundError when there is no index to read."""
        super().open()
        self.idx, self.keys, self.fidx = {}, [], None
        try:
            if self.writable:  # line by line: the index keeps step with the records
                self.fidx = open(self.idx_path, "w", buffering=1, encoding="utf-8", newline="\n")  # noqa: SIM115
            else:
                self._read_index()
        except BaseException:
            self.close()
            raise

    def _read_index(self) -> None:
        with open(self.idx_path, encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                words = line.strip().split("\t")
                try:
                    key, position = self.key_type(words[0]), int(words[1])
                except (IndexError, TypeError, ValueError):
                    raise ArgumentError(
                        f"{self.idx_path}, line {number}: expected a key, a tab and a position, not {line.rstrip()!r}"
                    ) from None
                self.idx[key] = position
                self.keys.append(key)

    def close(self) -> None:
        """Close both files; nothing happens when they are closed."""
        super().close()
        if self.fidx is not None:
            self.fidx.close()
            self.fidx = None

    def seek(self, idx: Any) -> None:
        """Go to the record with this key, which ``read()`` returns next. Opens the file again when it is closed."""
        self._must(write=False)
        self._check_pid(allow_reset=True)
        if idx not in self.idx:
            near = did_you_mean(idx, self.idx) if isinstance(idx, str) else ""
            raise UnknownKeyError(f"{self.idx_path} has no key {idx!r} among its {len(self.idx)}{near}")
        position, size = self.idx[idx], os.fstat(self._file.fileno()).st_size
        if not 0 <= position < size:
            raise MXNetError(f"{self.uri}: key {idx!r} is at byte {position} by the index; the file has {size} bytes")
        self._file.seek(position)

    def tell(self) -> int:
        """Where the next record will begin, in bytes; for writers."""
        self._must(write=True)
        self._check_pid()
        position: int = self._file.tell()
        return position

    def read_idx(self, idx: Any) -> bytes | None:
        """The record with this key."""
        self.seek(idx)
        return self.read()

    def write_idx(self, idx: Any, buf: bytes | bytearray | memoryview) -> None:
        """Append a record under a key."""
        key, position = self.key_type(idx), self.tell()
        self.write(buf)
        assert self.fidx is not None
        self.fidx.write(f"{key}\t{position}\n")
        self.idx[key] = position
        self.keys.append(key)


# The header of image records


class HEADER(NamedTuple):
    """What stands before an image: the number of labels (0 for a single one), the label or labels, and two ids."""

    flag: int
    label: Any
    id: int
    id2: int


IRHeader = HEADER
_IR_FORMAT = "<IfQQ"
_IR_SIZE = struct.calcsize(_IR_FORMAT)


def pack(header: IRHeader | tuple[Any, ...], s: bytes | bytearray) -> bytes:
    """Header and bytes as one record.

    header: ``flag`` is ignored: it becomes 0 for one number as label, else the number of labels, which are kept flat
        and as float32. id, id2: ints from 0 to 2**64 - 1. s: The bytes of the image.
    """
    if not isinstance(s, (bytes, bytearray, memoryview)):
        raise ArgumentTypeError(f"pack: what follows the header is bytes, not {type(s).__name__}")
    if len(header) != 4:
        raise ArgumentError(f"pack: a header is (flag, label, id, id2), not {len(header)} values")
    _, label, *ids = header
    labels = b""
    try:
        if label is None:
            raise TypeError("None is no number")
        flag = 0
        with np.errstate(over="ignore"):
            if not isinstance(label, numbers.Number):
                many = np.asarray(label.asnumpy() if hasattr(label, "asnumpy") else label, dtype="<f4")
                flag, label, labels = many.size, 0, many.tobytes()
            return struct.pack(_IR_FORMAT, flag, float(np.float32(label)), *ids) + labels + s
    except (struct.error, TypeError, ValueError, OverflowError) as error:
        raise ArgumentError(
            f"pack: label={label!r}, id={ids[0]!r}, id2={ids[1]!r} make no header ({error}); "
            "a label is a number or an array of numbers, an id an int from 0 to 2**64 - 1"
        ) from None


def unpack(s: bytes) -> tuple[IRHeader, bytes]:
    """A record as its header and the bytes behind it; several labels come as a read-only float32 array (K,)."""
    if len(s) < _IR_SIZE:
        raise ArgumentError(f"unpack: a header takes {_IR_SIZE} bytes, the record has {len(s)}")
    header = IRHeader(*struct.unpack_from(_IR_FORMAT, s))
    end = _IR_SIZE + 4 * header.flag
    if header.flag:
        if len(s) < end:
            raise ArgumentError(f"unpack: header and {header.flag} labels take {end} bytes, the record has {len(s)}")
        header = header._replace(label=np.frombuffer(s, "<f4", header.flag, _IR_SIZE))
    return header, s[end:]


def pack_img(header: IRHeader | tuple[Any, ...], img: Any, quality: int = 95, img_fmt: str = ".jpg") -> bytes:
    """Header and picture as one record.

    img: uint8 of shape (H, W), (H, W, 1), (H, W, 3) in BGR or (H, W, 4) in BGRA; JPEG leaves the alpha channel out.
    quality: 0 to 100 for JPEG; for PNG how hard to compress, 0 to 9. img_fmt: ``.jpg``, ``.jpeg``, ``.png``, ``.bmp``.
    Needs Pillow (``pip install 'mxnd[image]'``).
    """
    return pack(header, images.encode(img.asnumpy() if hasattr(img, "asnumpy") else img, img_fmt, quality))


def unpack_img(s: bytes, iscolor: int = -1) -> tuple[IRHeader, np.ndarray[Any, Any]]:
    """A record as its header and the picture, uint8: (H, W) for grey ones, (H, W, 3) in BGR, (H, W, 4) in BGRA.

    iscolor: -1 as stored, 0 grey, 1 colour. Unlike OpenCV, which returns None, MXNetError when there is no picture
    behind the header, or only part of one. Needs Pillow (``pip install 'mxnd[image]'``).
    """
    header, rest = unpack(s)
    return header, images.decode(rest, iscolor)
