"""MXNet's ``.params`` files, the format of ``mx.nd.save`` and ``mx.nd.load``, as bytes and NumPy arrays.

Everything is little endian and nothing is padded::

    file    uint64 0x112 | uint64 reserved | uint64 count | array ... | uint64 count of names | name ...
    name    uint64 length | UTF-8
    array   V2, V3   uint32 magic | int32 stype | [shape of the stored data] | shape | device | int32 type flag
                     | [int32 type flag | shape] for each index array | data | [index data ...]
            V1       uint32 magic | shape | device | int32 type flag | data
            legacy   uint32 ndim | uint32 dimension ... | device | int32 type flag | data
    shape   int32 ndim | int64 dimension ...
    device  int32 type | int32 id

Brackets mark what only sparse arrays have: one index array (the rows) in row_sparse, two (indptr, indices) in csr.
V3 is V2 saved under ``np_shape``, dense only. Source: files written and read by MXNet 1.3.1, 1.6.0 and 1.9.1; what
they hold and what each version says to malformed ones stands in ``compat/golden/params``.

Where reading goes its own way:

- Shape ``()`` in V2 is a scalar. MXNet 1.6.0 and 1.9.1 write it so, yet read it as an array without a value, which
  no version writes in V2, and then fail at the scalar's data.
- ndim 0 in V1 and legacy is an array without a value, and nothing follows it; it is read as None. MXNet 1.3.1
  does the same; 1.6.0 and 1.9.1 take the bytes that follow for a scalar's.
- Type flags 8 to 11 (int16, uint16, uint32, uint64) are named by MXNet 1.9.1, which can neither read nor write
  them; they are read here, never written.
- The whole of a name counts; MXNet's Python stops at a NUL.
- An array of more than 32 dimensions, and sparse arrays whose parts contradict each other, are refused at once.

As in MXNet the reserved word, the device and any bytes behind the last name are ignored.
"""

from __future__ import annotations

import contextlib
import errno
import io
import math
import os
import secrets
import stat
import struct
from collections.abc import Sequence
from typing import NamedTuple, NoReturn, TypeAlias

import numpy as np

from mxnd.core.dtypes import BFLOAT16, DTYPES
from mxnd.core.errors import ArgumentError, ArgumentTypeError, MXNetError

_LIST_MAGIC = 0x112
_V1, _V2, _V3 = 0xF993FAC8, 0xF993FAC9, 0xF993FACA
_CPU = (1, 0)
_MAX_NDIM = 32  # what every NumPy can hold
_MAX_BYTES = np.iinfo(np.intp).max  # what NumPy can address, counted as if every 0 in the shape were 1

_CODES = ["f4", "f8", "f2", "u1", "i4", "i1", "i8", "b1", "i2", "u2", "u4", "u8"]
_DTYPES = dict(enumerate([*map(np.dtype, _CODES), BFLOAT16]))  # the type flags
_FLAGS = {dtype: flag for flag, dtype in _DTYPES.items() if dtype in DTYPES.values()}

_STYPES = [("default", 0), ("row_sparse", 1), ("csr", 2)]  # name, count of index arrays; the place is the number


class ParamsFormatError(MXNetError, ValueError):
    """The bytes are not a ``.params`` file; the message has what was expected, what came, and the byte offset."""


class ParamsFileError(OSError, MXNetError):
    """The file cannot be opened, read or written; ``errno`` and ``filename`` say why and which."""


class ParamsFileNotFoundError(ParamsFileError, FileNotFoundError):
    """There is no such file or folder."""


class SparseArray(NamedTuple):
    """A sparse array as it is stored.

    stype: ``"row_sparse"`` or ``"csr"``.
    shape: The shape of the whole array.
    data: The stored values, (k, *shape[1:]) for row_sparse, (k,) for csr.
    aux: The index arrays: (rows (k,),) for row_sparse; (indptr (shape[0] + 1,), indices (k,)) for csr, where an
        array that never got a value may have indptr (0,).
    """

    stype: str
    shape: tuple[int, ...]
    data: np.ndarray
    aux: tuple[np.ndarray, ...]


Array: TypeAlias = "np.ndarray | SparseArray"
StrPath: TypeAlias = "str | os.PathLike[str]"


def dumps(arrays: Sequence[Array], names: Sequence[str] = (), *, np_shape: bool = False) -> bytes:
    """The bytes MXNet 1.9.1 saves for these arrays, on ``cpu(0)``.

    arrays: Dense arrays of any layout and byte order, and sparse ones. dtypes: float16, float32, float64, int8,
        int32, int64, uint8, bool, and bfloat16 as ``np.dtype([("bfloat16", np.uint16)])``.
    names: One for each array, or none at all.
    np_shape: Write V3, as MXNet does under ``np_shape``: dense arrays only. MXNet reads it back under ``np_shape``
        only, and only there can it read an array of shape ``()``.

    Raises ArgumentError or ArgumentTypeError for what the format cannot hold.
    """
    return b"".join(map(_raw, _pieces(arrays, names, np_shape)))


def write(path: StrPath, arrays: Sequence[Array], names: Sequence[str] = (), *, np_shape: bool = False) -> None:
    """Save to a file: it holds either all of the new content or, after an error, what it held before.

    path: ``file://`` in front is allowed. An existing file keeps its permissions; a symbolic link stays one; a pipe
        or device is written to as it is.

    The other arguments, and errors about them, are those of ``dumps``. Raises ParamsFileError where the system
    refuses. No more than one array is copied at a time, and only one that is not C-contiguous and little endian.
    """
    pieces = _pieces(arrays, names, np_shape)
    local = _local(path)
    try:
        _write(os.path.realpath(local), pieces)
    except OSError as error:
        raise _file_error(error, local) from error


def _write(target: str, pieces: list[bytes | np.ndarray]) -> None:
    old = os.stat(target) if os.path.exists(target) else None
    if old and not stat.S_ISREG(old.st_mode):
        with open(target, "wb") as stream:
            stream.writelines(map(_raw, pieces))
        return
    if old and not os.access(target, os.W_OK):  # replacing a file asks nothing of the file itself
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), target)
    temporary = os.path.join(os.path.dirname(target), f".{secrets.token_hex(8)}.params.tmp")
    stream = open(temporary, "xb")  # noqa: SIM115  closed by the with below; what it made is ours to remove
    try:
        with stream:
            if old:
                with contextlib.suppress(OSError, AttributeError):  # needs privileges, and a system that has owners
                    os.chown(temporary, old.st_uid, old.st_gid)
                os.chmod(temporary, stat.S_IMODE(old.st_mode))
            stream.writelines(map(_raw, pieces))
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise


def _raw(piece: bytes | np.ndarray) -> bytes | memoryview:
    """An array's elements as the file has them; a view where memory already looks like that. Bytes pass."""
    if isinstance(piece, bytes):
        return piece
    stored = np.ascontiguousarray(piece, piece.dtype.newbyteorder("<"))
    return stored.reshape(-1).view(np.uint8).data


def _pieces(arrays: Sequence[Array], names: Sequence[str], np_shape: bool) -> list[bytes | np.ndarray]:
    """All that makes up the file, in order, checked; arrays are still the caller's own."""
    if isinstance(arrays, (np.ndarray, SparseArray)) or isinstance(names, (str, bytes)):
        raise ArgumentTypeError("arrays and names must be lists, got a single one")
    if names and len(names) != len(arrays):
        raise ArgumentError(f"expected {len(arrays)} names, one for each array, or none; got {len(names)}")
    pieces: list[bytes | np.ndarray] = [struct.pack("<QQQ", _LIST_MAGIC, 0, len(arrays))]
    for index, array in enumerate(arrays):
        pieces += _array_pieces(array, f"array {index}" + (f" ({names[index]!r})" if names else ""), np_shape)
    return [*pieces, struct.pack("<Q", len(names)), *map(_name_piece, names)]


def _array_pieces(array: Array, what: str, np_shape: bool) -> list[bytes | np.ndarray]:
    if not isinstance(array, SparseArray):
        flag = _flag(array, what)
        header = struct.pack("<Ii", _V3 if np_shape else _V2, 0)
        return [header + _shape_bytes(array.shape, what) + struct.pack("<iii", *_CPU, flag), array]
    if np_shape:
        raise ArgumentError(f"{what} is {array.stype}; under np_shape MXNet saves dense arrays only")
    flag, *aux_flags = [_flag(part, what) for part in (array.data, *array.aux)]
    if wrong := contradiction(array):
        raise ArgumentError(f"{what}: {wrong}")
    header = struct.pack("<Ii", _V2, _STYPES.index((array.stype, len(array.aux))))
    header += _shape_bytes(array.data.shape, what) + _shape_bytes(array.shape, what)
    header += struct.pack("<iii", *_CPU, flag)
    for flag, part in zip(aux_flags, array.aux):
        header += struct.pack("<i", flag) + _shape_bytes(part.shape, what)
    return [header, array.data, *array.aux]


def _flag(array: object, what: str) -> int:
    if not isinstance(array, np.ndarray):
        raise ArgumentTypeError(f"{what}: expected a NumPy array or SparseArray, got {type(array).__name__}")
    flag = _FLAGS.get(array.dtype if array.dtype.isnative else array.dtype.newbyteorder("="))
    if flag is None:
        raise ArgumentTypeError(f"{what} has dtype {array.dtype}; MXNet saves {', '.join(DTYPES)}")
    return flag


def _shape_bytes(shape: tuple[int, ...], what: str) -> bytes:
    if len(shape) > _MAX_NDIM:
        raise ArgumentError(f"{what} has {len(shape)} dimensions; at most {_MAX_NDIM} can be read back")
    return struct.pack(f"<i{len(shape)}q", len(shape), *shape)


def _name_piece(name: str) -> bytes:
    if not isinstance(name, str) or "\0" in name:
        raise ArgumentError(f"expected a str without NUL (where MXNet would end it) as a name, got {name!r}")
    try:
        encoded = name.encode()
    except UnicodeEncodeError as error:
        raise ArgumentError(f"name {name!r} cannot be written as UTF-8: {error.reason}") from error
    return struct.pack("<Q", len(encoded)) + encoded


def loads(data: bytes | bytearray | memoryview) -> tuple[list[Array | None], list[str]]:
    """The arrays in these bytes, of any version of the format, and their names.

    Returns writable arrays, each with memory of its own; None stands for an array without a value. There
    are as many names as arrays, or none. The same name may come twice: MXNet keeps the last.

    Raises ParamsFormatError for anything else; no more memory is asked for than the data could fill.
    """
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise ArgumentTypeError(f"expected bytes, got {type(data).__name__}")
    flat = bytes(data)
    return _Reader(io.BytesIO(flat), len(flat), "params data").file()


def read(path: StrPath) -> tuple[list[Array | None], list[str]]:
    """What ``loads`` gives, from a file; data goes straight from the file into the arrays.

    Raises ParamsFileNotFoundError (also a FileNotFoundError), or ParamsFileError for what is not a readable file.
    """
    local = _local(path)
    try:
        if not stat.S_ISREG(os.stat(local).st_mode):  # asked first: opening a pipe waits for its other end
            raise OSError(errno.EINVAL, "Not a regular file")
        with open(local, "rb") as stream:
            return _Reader(stream, os.fstat(stream.fileno()).st_size, local).file()
    except OSError as error:
        raise _file_error(error, local) from error


class _Reader:
    """A stream of known length, read front to back, that checks each claim against the bytes that are left."""

    def __init__(self, stream: io.BufferedIOBase, size: int, source: str) -> None:
        self.stream, self.size, self.source, self.at = stream, size, source, 0

    def file(self) -> tuple[list[Array | None], list[str]]:
        magic, _ = self.take("QQ", "the list magic and a reserved word")
        if magic != _LIST_MAGIC:
            self.fail(0, f"the list magic {_LIST_MAGIC:#x}", f"{magic:#x}")
        count = self.count("arrays", least=4)
        arrays = [self.array(f"array {index}") for index in range(count)]
        named = self.count("names", least=8)
        if named not in (0, count):
            self.fail(self.at - 8, f"{count} names, one for each array, or none", str(named))
        return arrays, [self.name(f"name {index}") for index in range(named)]

    def fail(self, at: int, expected: str, got: str) -> NoReturn:
        raise ParamsFormatError(f"{self.source}: at byte {at} expected {expected}, got {got}")

    def need(self, nbytes: int, what: str) -> None:
        if nbytes > self.size - self.at:
            self.fail(self.at, f"{nbytes} bytes ({what})", f"only {self.size - self.at} to the end")

    def fill(self, buffer: bytearray | memoryview, what: str) -> None:
        got = self.stream.readinto(buffer)
        if got != len(buffer):
            self.fail(self.at, f"{len(buffer)} bytes ({what})", f"{got}: the file shrank while it was read")
        self.at += got

    def chunk(self, nbytes: int, what: str) -> bytearray:
        self.need(nbytes, what)
        buffer = bytearray(nbytes)
        self.fill(buffer, what)
        return buffer

    def take(self, layout: str, what: str) -> tuple[int, ...]:
        return struct.unpack("<" + layout, self.chunk(struct.calcsize("<" + layout), what))

    def count(self, what: str, least: int) -> int:
        """A count of things that take at least so many bytes each."""
        (count,) = self.take("Q", f"the count of {what}")
        if count * least > self.size - self.at:
            self.fail(self.at - 8, f"a count of {what} that {self.size - self.at} bytes can hold", str(count))
        return count

    def name(self, what: str) -> str:
        (length,) = self.take("Q", f"length of {what}")
        encoded = self.chunk(length, what)
        try:
            return encoded.decode()
        except UnicodeDecodeError as error:
            start = self.at - length + error.start
            self.fail(start, f"UTF-8 ({what})", f"{encoded[error.start]:#x} ({error.reason})")

    def array(self, what: str) -> Array | None:
        (magic,) = self.take("I", f"magic of {what}")
        if magic in (_V2, _V3):
            return self.stored(what, dense_only=magic == _V3)
        if magic == _V1:
            shape = self.shape(what)
        elif magic <= _MAX_NDIM:
            shape = self.take(f"{magic}I", f"shape of {what}")
        else:
            known = f"{_V1:#x}, {_V2:#x}, {_V3:#x}, or a count of dimensions up to {_MAX_NDIM}"
            self.fail(self.at - 4, f"{what}: {known}", f"{magic:#x}")
        return self.elements(shape, self.dtype(what, "iii"), what) if shape else None

    def stored(self, what: str, dense_only: bool) -> Array:
        """What follows the magic of V2 and V3."""
        start = self.at
        (number,) = self.take("i", f"stype of {what}")
        allowed = _STYPES[:1] if dense_only else _STYPES
        if not 0 <= number < len(allowed):
            known = ", ".join(f"{place} ({name})" for place, (name, _) in enumerate(allowed))
            self.fail(start, f"{what}: stype {known}", str(number))
        stype, indexes = _STYPES[number]
        data_shape = self.shape(f"stored data of {what}") if indexes else ()
        shape = self.shape(what)
        dtype = self.dtype(what, "iii")
        if not indexes:
            return self.elements(shape, dtype, what)
        part = f"index data of {what}"
        parts = [(self.dtype(part), self.shape(part)) for _ in range(indexes)]
        data = self.elements(data_shape, dtype, what)
        aux = tuple(self.elements(aux_shape, aux_dtype, part) for aux_dtype, aux_shape in parts)
        sparse = SparseArray(stype, shape, data, aux)
        if wrong := contradiction(sparse):
            self.fail(start, f"{what}: a well-formed {stype} array", wrong)
        return sparse

    def shape(self, what: str) -> tuple[int, ...]:
        (ndim,) = self.take("i", f"ndim of {what}")
        if not 0 <= ndim <= _MAX_NDIM:
            self.fail(self.at - 4, f"{what}: ndim from 0 to {_MAX_NDIM}", str(ndim))
        shape = self.take(f"{ndim}q", f"shape of {what}")
        if any(size < 0 for size in shape):
            self.fail(self.at - 8 * ndim, f"{what}: dimensions of 0 or more", str(shape))
        return shape

    def dtype(self, what: str, layout: str = "i") -> np.dtype:
        """The type flag; ``layout`` "iii" where the device, which says nothing here, is in front of it."""
        *_, flag = self.take(layout, f"type flag of {what}")
        if flag not in _DTYPES:
            self.fail(self.at - 4, f"{what}: a type flag from 0 to {max(_DTYPES)}", str(flag))
        return _DTYPES[flag]

    def elements(self, shape: tuple[int, ...], dtype: np.dtype, what: str) -> np.ndarray:
        nbytes = math.prod(shape) * dtype.itemsize
        self.need(nbytes, f"data of {what}, shape {shape}")
        if math.prod(size or 1 for size in shape) * dtype.itemsize > _MAX_BYTES:
            self.fail(self.at, f"{what}: a shape within {_MAX_BYTES} bytes", str(shape))
        array = np.empty(shape, dtype.newbyteorder("<"))
        raw = array.reshape(-1).view(np.uint8)
        self.fill(raw.data, f"data of {what}")
        if dtype == np.bool_:
            np.minimum(raw, 1, out=raw)  # any byte but 0 is true in MXNet; NumPy relies on 1
        return array


def contradiction(array: SparseArray) -> str | None:
    """What keeps the parts of a sparse array from belonging together, if anything does."""
    stype, shape, data, aux = array
    if (stype, len(aux)) not in _STYPES[1:]:
        return f"stype {stype!r} with {len(aux)} index arrays"
    if not shape or min(shape) < 0 or (stype == "csr" and len(shape) != 2):
        return f"shape {shape} for {stype}"
    if any(part.dtype.kind not in "iu" for part in aux):
        return f"index dtypes {[str(part.dtype) for part in aux]}, not integers"
    indptr, indices, stored = aux[0], aux[-1], data.shape[:1]
    rest, bound = (shape[1:], shape[0]) if stype == "row_sparse" else ((), shape[1])
    if not stored or data.shape[1:] != rest or indices.shape != stored:
        return f"data {data.shape} with indices {indices.shape} in shape {shape}"
    if stored[0] and (indices.min() < 0 or indices.max() >= bound):
        return f"indices from {indices.min()} to {indices.max()} where {bound} are possible"
    if stype == "row_sparse" or (indptr.shape == (0,) and stored == (0,)):
        return None
    ends = indptr.shape == (shape[0] + 1,) and (indptr[0], indptr[-1]) == (0, stored[0])
    if ends and (indptr[1:] >= indptr[:-1]).all():
        return None
    return f"an indptr {indptr.shape} that does not rise from 0 to {stored[0]} over {shape[0]} rows"


def _local(path: StrPath) -> str:
    try:
        local = os.fsdecode(path).removeprefix("file://")
    except TypeError as error:
        raise ArgumentTypeError(f"expected a path, str or os.PathLike, got {type(path).__name__}") from error
    if "\0" in local:
        raise ArgumentError(f"path {local!r} holds a NUL")
    return local


def _file_error(error: OSError, path: str) -> ParamsFileError:
    kind = ParamsFileNotFoundError if isinstance(error, FileNotFoundError) else ParamsFileError
    return kind(error.errno, error.strerror or str(error), path)
