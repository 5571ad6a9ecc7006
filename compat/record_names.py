"""Record the public names of every module of real MXNet: facts/public_names-1.9.1.json.

    python compat/record_names.py          under real MXNet

A row for each module that can be imported, by its name without ``mxnet.``: its names, a blank between them. ``a=b.c``
is a module, found as ``a`` there, whose own row is ``b.c``. Left out: names with an underscore in front (but for those
of the ``_internal`` modules), what comes from other packages, and test or installation modules.
"""

import contextlib
import importlib
import json
import pkgutil
import sys
import types
import warnings
from pathlib import Path

import mxnet as mx

TARGET = Path(__file__).parent / "facts" / f"public_names-{mx.__version__}.json"
SKIP = ("setup", "libmxnet", "gen_", "_ffi", "_cy3", "_ctypes", "_op_translations", "_register", "_api_internal")
SKIP += ("_constants", "_symbol")


def import_all():
    """Import what ``import mxnet`` leaves out; some of it needs packages that are not there."""
    warnings.simplefilter("ignore")
    for found in pkgutil.walk_packages(mx.__path__, "mxnet.", onerror=lambda name: None):
        if not any(part.startswith(SKIP) for part in found.name.split(".")):
            with contextlib.suppress(ImportError, AttributeError):
                importlib.import_module(found.name)


def own(name, thing, module):
    """Whether a name of a module is MXNet's: not borrowed from another package."""
    if name.startswith(("__", "_np", *SKIP)):
        return False
    if name.startswith("_") and name != "_internal" and not module.endswith("._internal"):
        return False
    home = thing.__name__ if isinstance(thing, types.ModuleType) else getattr(thing, "__module__", None)
    return not isinstance(home, str) or is_mxnet(home)


def is_mxnet(module):
    return module.partition(".")[0] in ("mxnet", "ndarray", "symbol")  # the last two: where operators say they are from


def short(module):
    return module.partition(".")[2]


def row(module):
    words = []
    for name, thing in sorted(vars(module).items()):
        if own(name, thing, module.__name__):
            words.append(f"{name}={short(thing.__name__)}" if isinstance(thing, types.ModuleType) else name)
    return " ".join(words)


def reachable():
    """The modules to list: public ones, and those that public names lead to."""
    modules, todo = {}, ["mxnet"]
    todo += [n for n in sys.modules if is_mxnet(n) and not any(p.startswith(("_", *SKIP)) for p in n.split("."))]
    while todo:
        name = todo.pop()
        module = sys.modules.get(name)
        if name not in modules and isinstance(module, types.ModuleType):
            modules[name] = row(module)
            todo += [f"mxnet.{word.partition('=')[2]}" for word in modules[name].split() if "=" in word]
    return {short(name): names for name, names in sorted(modules.items()) if names}


if __name__ == "__main__":
    import_all()
    rows = [f"{json.dumps(name)}: {json.dumps(names)}" for name, names in reachable().items()]
    TARGET.write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")
    print(f"{len(rows)} modules, {TARGET.stat().st_size} bytes")
