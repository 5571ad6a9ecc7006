"""``python tests/cuda_kernels.py WHAT FILE``: write down the kernels that WHAT builds on the stand-in.

WHAT is a dtype, in which every operator's samples are run, or "words": the tests of the words, which reach the kernels
for large arrays too. In a process of its own, since mxnd builds each kernel once.
"""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))


def run_operators(dtype: str) -> None:
    """Every operator on its samples, on a GPU of paper."""
    import standin
    from op_samples import all_samples
    from test_cuda_operators import answers, fits

    import mxnd as mx

    with standin.installed():
        for op, _, sample in all_samples():
            if fits(sample, dtype):
                answers(op, sample, dtype, mx.gpu(0))


def run_words() -> None:
    """The tests of the words."""
    import pytest

    files = {str(path) for path in HERE.glob("test_cuda_*.py")}
    files -= {str(HERE / f"test_cuda_{name}.py") for name in ("operators", "goldens")}
    if pytest.main(["-q", "-p", "no:cacheprovider", "-p", "no:xdist", *sorted(files)]):
        sys.exit("the tests of the words fail")


def main(what: str, path: str) -> None:
    import standin

    standin.log = []
    if what == "words":
        run_words()
    else:
        run_operators(what)
    Path(path).write_bytes(pickle.dumps([tuple(record) for record in standin.log]))


if __name__ == "__main__":
    main(*sys.argv[1:])
