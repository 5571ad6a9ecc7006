"""The way to CuPy, which is imported here and nowhere else, and only when a GPU is asked for."""

from __future__ import annotations

import functools
import importlib
import importlib.util
from collections.abc import Callable
from typing import Any

from ..core.errors import MXNetError

INSTALL = "pip install 'mxnd[cuda12]' or 'mxnd[cuda13]'"


class Library:
    """A module imported when something of it is first used."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        found = getattr(_imported(self._name), name)
        setattr(self, name, found)
        return found


cp: Any = Library("cupy")
cpx: Any = Library("cupyx")
cpx_linalg: Any = Library("cupyx.scipy.linalg")


def _imported(name: str) -> Any:
    if importlib.util.find_spec("cupy") is None:
        raise MXNetError(f"no GPU can be used: CuPy is not installed ({INSTALL})")
    try:
        import cupy  # noqa: F401

        return importlib.import_module(name)
    except Exception as error:
        raise MXNetError(f"no GPU can be used: {name} does not import: {_said(error)} ({INSTALL})") from error


def _said(error: Exception) -> str:
    """The first line of an error's text, or its class."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _found() -> int:
    """The number of CUDA devices; MXNetError, saying why and what to do, when none can be used."""
    runtime = cp.cuda.runtime
    try:
        found = int(runtime.getDeviceCount())
    except runtime.CUDARuntimeError as error:
        raise MXNetError(f"no GPU can be used: {error}; {_too_old()}") from error
    if not found:
        raise MXNetError("no GPU can be used: the driver shows no CUDA device")
    return found


def _too_old() -> str:
    """What to do where the driver refuses."""
    runtime = cp.cuda.runtime
    driver, built = runtime.driverGetVersion(), runtime.runtimeGetVersion()  # 13020 is 13.2; no driver is 0
    if not 0 < driver // 1000 < built // 1000:
        return "nvidia-smi tells whether driver and device are well"
    needs = f"the driver knows CUDA {driver // 1000}.{driver % 1000 // 10}, and CuPy is one for CUDA {built // 1000}"
    older = " in a fresh environment, pip install 'mxnd[cuda12]' (driver 525 or later), or" if driver >= 12000 else ""
    return f"{needs}:{older} a newer driver"


def complete(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function whose error says what to do where a library of CUDA, which CuPy loads when it needs it, is missing."""

    @functools.wraps(function)
    def called(*args: Any, **options: Any) -> Any:
        try:
            return function(*args, **options)
        except Exception as error:
            if isinstance(error, ImportError) or type(error).__name__ == "DynamicLibNotFoundError":
                raise MXNetError(
                    f"a library of CUDA is missing: {_said(error)}; in a fresh environment, {INSTALL}"
                ) from error
            raise

    return called


def lacking() -> str:
    """What keeps CUDA's libraries from being used, in a sentence; empty where they can be."""
    x = cp.eye(2, dtype="float32")
    for use in (lambda: cp.matmul(x, x), lambda: cp.linalg.inv(x), lambda: cp.fft.fft(x)):
        try:
            complete(use)()
        except Exception as error:
            return _said(error)
    return ""


@functools.cache
def probe() -> None:
    """A first small kernel; MXNetError when driver, CuPy and CUDA's libraries do not work together."""
    try:
        add = cp.ElementwiseKernel("float32 x", "float32 y", "y = x + 1", "mxnd_probe")
        right = float(add(cp.ones(1, "float32"))[0]) == 2
    except Exception as error:
        raise MXNetError(
            f"no GPU can be used: a first kernel fails: {_said(error)}; CuPy {cp.__version__} and CUDA's libraries do "
            f"not fit the driver or each other: in a fresh environment, {INSTALL}"
        ) from error
    if not right:
        raise MXNetError("no GPU can be used: a first kernel computes 1 + 1 wrongly")


def count() -> int:
    """How many CUDA devices can be used; 0 without CuPy or a driver."""
    try:
        return _found()
    except MXNetError:
        return 0


def existing(device_id: int) -> None:
    """An error, saying why, unless the device of this number can be used."""
    found = _found()
    if not 0 <= device_id < found:
        raise MXNetError(f"gpu({device_id}) is not there: {found} CUDA device(s) found")
    probe()


def memory_info(device_id: int) -> tuple[int, int]:
    """Free and total bytes of a device."""
    existing(device_id)
    with cp.cuda.Device(device_id):
        free, total = cp.cuda.runtime.memGetInfo()
    return int(free), int(total)


def described(device_id: int) -> str:
    """A device in words: its name, compute capability and memory, and the versions of CUDA."""
    properties = cp.cuda.runtime.getDeviceProperties(device_id)
    name = properties["name"]
    name = name.decode() if isinstance(name, bytes) else name
    _, total = memory_info(device_id)
    return f"{name}, compute capability {properties['major']}.{properties['minor']}, {total / 2**30:.0f} GiB"
