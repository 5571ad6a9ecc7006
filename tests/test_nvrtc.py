"""Kernels compile for the GPUs they are meant for, with NVIDIA's compiler and CuPy's own headers and text; no GPU."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import nvrtc
import pytest
import standin
from standin import Compiled

from mxnd.backend.cuda.fused import Fused

pytestmark = pytest.mark.skipif(bool(nvrtc.missing()), reason=nvrtc.missing() or "it can run")

HALF, SINGLE, NUMBER = ("float16", 1, True), ("float32", 1, True), ("float64", None, True)
RAW = 'extern "C" __global__ void mxnd_raw(const float *x, float *y) { y[threadIdx.x] = expf(x[threadIdx.x]); }'
LARGE = """extern "C" __global__ void mxnd_large() {
    __shared__ float x[65536]; x[0] = 0; x[threadIdx.x] += x[threadIdx.x + 1]; }"""


def elementwise(name: str, body: str, *args: Any, inputs: str = "T x", outputs: str = "T y", **more: Any) -> Compiled:
    given = {"in_params": inputs, "out_params": outputs, "operation": body, "name": name, **more}
    return Compiled("ElementwiseKernel", given, args or (SINGLE,), name)


def reduction(name: str, inputs: str, outputs: str, each: str, *args: Any, **more: Any) -> Compiled:
    given = {"in_params": inputs, "out_params": outputs, "map_expr": each, "reduce_expr": "a + b", "identity": "0",
             "post_map_expr": f"{outputs.split()[1]} = a", "name": name, **more}  # fmt: skip
    return Compiled("ReductionKernel", given, args, name)


def raw(name: str, code: str) -> Compiled:
    return Compiled("RawKernel", {"code": code, "name": name}, (), name)


def sloped(*args: Any) -> Compiled:
    return elementwise("mxnd_leaky", "y = x > (T)0 ? x : (T)(slope * x)", *args, inputs="T x, T slope")


TWICE = "#define TWO 2\n__device__ float mxnd_twice(float x) { return TWO * x; }"
RIGHT = [
    sloped(HALF, NUMBER),
    sloped(("float64", 3, False), NUMBER, ("float64", 3, True)),
    elementwise("mxnd_take", "y[i] = x[k[i]]", ("float16", 2, False), ("int64", 1, True), HALF,
                inputs="raw T x, raw int64 k", outputs="raw T y"),
    elementwise("mxnd_preamble", "y = mxnd_twice(x)", SINGLE, preamble=TWICE),
    elementwise("mxnd_no_axes", "y = x", ("int8", 0, True), ("int8", 0, True)),
    reduction("mxnd_sum", "T in_x", "T out_y", "(float)in_x", ("float16", 3, True), reduce_type="float"),
    reduction("mxnd_variance", "T x, T m", "T y", "(x - m) * (x - m)", ("float32", 2, True), ("float32", 2, False)),
    raw("mxnd_raw", RAW),
]  # fmt: skip
WRONG = {
    "mxnd_undefined": (elementwise("mxnd_undefined", "y = x + missing_name"), "missing_name"),
    "mxnd_mixed_arms": (elementwise("mxnd_mixed_arms", "y = x > (T)0 ? x : 0.5f * x", HALF), "0.5f * x"),
    "mxnd_half_unnamed": (elementwise("mxnd_half_unnamed", "y = (float)float16(x)"), "float16"),
    "mxnd_two_types": (elementwise("mxnd_two_types", "y = x", HALF, SINGLE), "Type is mismatched"),
    "mxnd_x_in_exp": (reduction("mxnd_x_in_exp", "float32 x", "float32 y", "exp(x)", SINGLE), "ein0p"),
    "mxnd_raw": (raw("mxnd_raw", RAW.replace("expf(x", "expf(z")), '"z"'),
    "mxnd_large": (raw("mxnd_large", LARGE), "too much shared data"),
}


def test_right_kernels_compile():
    assert nvrtc.compile_all(RIGHT) == []


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_kernel_is_named_and_its_line_shown(name):
    """Beside right ones, which are none the worse for it."""
    record, words = WRONG[name]
    failures = nvrtc.compile_all([RIGHT[0], record, elementwise("mxnd_right", "y = x")], ["90"])
    assert failures
    assert all(name in each and words in each for each in failures)


def test_each_capability_is_compiled_for():
    bad = elementwise("mxnd_cut", "y = x +")
    assert [each.partition(":")[0] for each in nvrtc.compile_all([bad])] == ["mxnd_cut for sm_80", "mxnd_cut for sm_90"]
    new = raw("mxnd_raw", "#if __CUDA_ARCH__ < 900\n#error older\n#endif\n" + RAW)
    (failure,) = nvrtc.compile_all([new])
    assert "mxnd_raw for sm_80" in failure


def test_reductions_of_one_array_are_compiled_in_all_forms():
    assert len(nvrtc.programs(RIGHT[5])) == 4
    assert len(nvrtc.programs(RIGHT[6])) == 1


def test_a_kernel_beside_others_has_what_it_includes_itself_and_nothing_more():
    """The half kernels' header is not there for the one that lacks it."""
    failures = nvrtc.compile_all([RIGHT[0], WRONG["mxnd_half_unnamed"][0], RIGHT[3], RIGHT[3]._replace(name="again")])
    assert {each.split()[0] for each in failures} == {"mxnd_half_unnamed"}


def test_what_the_stand_in_logs_is_compiled(monkeypatch):
    monkeypatch.setattr("standin.log", [])
    with standin.installed() as cupy, standin.computing(False):
        x = cupy.zeros((3, 4), "float16")
        cupy.ElementwiseKernel("T x, T slope", "T y", "y = x * slope", "mxnd_logged")(x.T, 0.5)
        cupy.ReductionKernel("T in_x", "T out_y", "in_x", "a + b", "out_y = missing", "0", "mxnd_summed")(x, axis=1)
        cupy.RawKernel(RAW, "mxnd_raw")((1,), (4,), (cupy.zeros(4, "float32"), cupy.zeros(4, "float32")))
    assert [record.name for record in standin.log] == ["mxnd_logged", "mxnd_summed", "mxnd_raw"]
    failures = nvrtc.compile_all(standin.log, ["90"])
    assert {each.split()[0] for each in failures} == {"mxnd_summed"}
    assert all('"missing"' in each for each in failures)


@pytest.mark.parametrize("what", ["words", "float16", "float32", "float64", "int8", "uint8", "int32", "int64", "bool"])
def test_every_kernel_compiles(what, tmp_path):
    file = tmp_path / "kernels"
    command = [sys.executable, str(Path(__file__).parent / "cuda_kernels.py"), what, str(file)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    records = [Compiled(*record) for record in pickle.loads(file.read_bytes())]
    assert len(records) > 20
    assert nvrtc.compile_all(records) == []


@pytest.mark.parametrize(("dtype", "load"), [("float16", "v4.u32"), ("float32", "v4.f32"), ("float64", "v2.f64")])
def test_contiguous_arrays_are_moved_16_bytes_at_a_time(dtype, load):
    code = ((("greater", (-1, ("constant", 0)), np.dtype(bool)), ("multiply", (-1, ("number", 0)), np.dtype(dtype)),
             ("where", (0, -1, 1), np.dtype(dtype))), (2,))  # fmt: skip
    flat = Fused(code, [np.dtype(dtype)], [float], [np.dtype(dtype)]).flat
    (program,) = nvrtc.programs(raw(flat.name, flat.text()))
    found = nvrtc.assembly(program)
    assert f"ld.global.{load}" in found
    assert f"st.global.{load}" in found
    assert ".local" not in found
