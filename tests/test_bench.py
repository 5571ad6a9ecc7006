"""The benchmark: every case computes, and the arithmetic of its report is right."""

from __future__ import annotations

import json
import math
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest

import mxnd as mx
from compat.bench import cpu, gpu, gpu_report, report
from compat.bench.case import Input
from compat.bench.catalogue import catalogue
from compat.bench.gpu_cases import gpu_catalogue
from compat.bench.worker import with_mx

SMALL = catalogue(shrink=1000)
FULL = catalogue()


@pytest.mark.parametrize("case", SMALL, ids=lambda case: case.name)
def test_case_runs_for_mxnd(case):
    digest = with_mx(mx, case).digest()
    assert all(math.isfinite(each) and each > 0 for each in digest)
    gradients = sum(each.differentiable for each in case.inputs) if case.mode == "backward" else 0
    assert len(digest) == 1 + gradients


def test_small_cases_are_the_cases():
    assert [(c.name, c.family, c.mode) for c in SMALL] == [(c.name, c.family, c.mode) for c in FULL]
    assert len({case.name for case in FULL}) == len(FULL) >= 70


@pytest.mark.parametrize("kind", ["normal", "weight", "positive", "fixed", "index", "mask"])
def test_inputs_come_from_their_seed_alone(kind):
    one = Input((3, 40), kind, 7)
    assert one.value(1).dtype == np.float32
    assert (one.value(1) == one.value(1)).all()
    assert (one.value(1) != one.value(2)).any()


def measured(name: str, family: str, **seconds: float) -> dict:
    return {"name": name, "family": family, "seconds": seconds, "skipped": {}, "differs": {}}


CASES = [
    measured("a", "one", mxnd=1.0, mxnet=4.0, torch=0.5),
    measured("b", "one", mxnd=4.0, mxnet=1.0),
    measured("c", "two", mxnd=8.0, mxnet=1.0, torch=1.0),
    measured("d", "two", mxnet=1.0, torch=1.0),
]


def test_ratios_and_geometric_means():
    assert [report.ratio(case, "mxnet") for case in CASES] == [0.25, 4.0, 8.0, None]
    assert [report.ratio(case, "torch") for case in CASES] == [2.0, None, 8.0, None]
    found = report.means(CASES)
    assert found["one"] == {"mxnet": pytest.approx(1.0), "torch": pytest.approx(2.0)}
    assert found["two"] == {"mxnet": pytest.approx(8.0), "torch": pytest.approx(8.0)}
    assert found["overall"] == {"mxnet": pytest.approx(2.0), "torch": pytest.approx(4.0)}
    assert found["mean of families"] == {"mxnet": pytest.approx(8**0.5), "torch": pytest.approx(4.0)}
    assert report.geomean([None]) is None
    assert report.worst(CASES, "mxnet", 2) == [(8.0, "c"), (4.0, "b")]


def test_report_shows_every_case_and_what_is_missing():
    cases = [dict(CASES[0], skipped={"torch": "no such operator"}, differs={"mxnet": 0.25})]
    run = {"processor": "P", "threads": 2, "rounds": 3, "versions": {"mxnd": {"version": "1"}}, "cases": cases}
    text, table = report.text(run), report.markdown(run)
    assert "skipped: a: torch: no such operator" in text
    assert "other numbers than mxnd: a: mxnet: by 25 %" in text
    assert "| a | 1e+03 ms | 4e+03 ms | 500 ms | 0.25 | 2.00 |" in table


def test_tables_replace_what_follows_the_mark(tmp_path):
    page, new = tmp_path / "page.md", tmp_path / "new.md"
    page.write_text(f"Text\n\n{cpu.MARK}\n\nold\n")
    cpu.write_markdown(page, "table\n")
    cpu.write_markdown(new, "table\n")
    assert page.read_text() == f"Text\n\n{cpu.MARK}\n\ntable\n"
    assert new.read_text() == "table\n"
    assert (cpu.ROOT / "docs" / "speed.md").read_text().count(cpu.MARK) == 1


def test_numbers_that_differ_are_noticed():
    case = next(case for case in FULL if case.same)
    digests = {"mxnd": [1.0, 2.0], "mxnet": [1.0, 2.1], "torch": [1.0, 2.0]}
    assert cpu.distance(case, digests, "mxnet") == pytest.approx(0.1 / 2.1)
    assert cpu.distance(case, digests, "torch") == 0
    assert cpu.distance(case._replace(same=False), digests, "mxnet") == 0


def test_a_run_without_the_other_libraries(tmp_path):
    file, nowhere = tmp_path / "run.json", str(tmp_path / "python")
    command = [sys.executable, cpu.__file__, "--only", "small sum 10", "--quick", "--passes", "2", "--json", str(file)]
    done = subprocess.run(
        [*command, "--mxnet", nowhere, "--torch", nowhere], capture_output=True, text=True, check=True
    )
    assert f"without mxnet: {nowhere}" in done.stdout
    assert f"without torch: {nowhere}" in done.stdout
    run = json.loads(file.read_text())
    assert [case["name"] for case in run["cases"]] == ["small sum 10"]
    assert run["cases"][0]["seconds"]["mxnd"] > 0
    assert len(run["cases"][0]["samples"]["mxnd"]) == run["rounds"] == 6


def test_runs_are_joined_with_all_samples(tmp_path):
    files = [str(tmp_path / name) for name in "ab"]
    one, *others = (case.name for case in FULL[:3])
    for file, name, times, skipped in zip(files, others, ([1.0, 9.0], [2.0]), ({}, {"torch": "no"})):
        both = {"family": "f", "samples": {"mxnd": times, "torch": times}, "skipped": skipped, "differs": {}}
        cases = [{"name": name, **both}, {"name": one, **both}]
        pathlib.Path(file).write_text(json.dumps({"rounds": len(times), "cases": cases}))
    run = cpu.joined(files)
    assert run["rounds"] == 3
    assert [case["name"] for case in run["cases"]] == [one, *others]
    assert run["cases"][0]["seconds"] == {"mxnd": 2.0}
    assert run["cases"][0]["samples"]["mxnd"] == [1.0, 9.0, 2.0]
    assert run["cases"][1]["seconds"] == {"mxnd": 5.0, "torch": 5.0}


def test_a_pattern_without_cases_names_the_families():
    done = subprocess.run([sys.executable, cpu.__file__, "--only", "nothing"], capture_output=True, text=True)
    assert done.returncode == 1
    assert "pointwise, gradients, broadcasting" in done.stderr


# On a GPU

ON_GPU = gpu_catalogue()
FIRST = {case.case.family: case.name for case in reversed(ON_GPU)}  # of each family
BACKWARD = {case.case.family: case.name for case in reversed(ON_GPU) if case.case.mode == "backward"}


def test_small_gpu_cases_are_the_cases():
    small = gpu_catalogue(gpu.SMALL)
    assert [case.name for case in small] == [case.name for case in ON_GPU]
    assert len({case.name for case in ON_GPU}) == len(ON_GPU) >= 100
    assert max(math.prod(i.shape) for case in small for i in case.case.inputs) < 3_000_000
    assert next(case for case in ON_GPU if case.name == "x * y half backward").moved == 5 * 2**30
    assert next(case for case in ON_GPU if case.name == "dot 8192").flops == 2 * 8192**3


@pytest.mark.gpu
@pytest.mark.parametrize("name", sorted({*FIRST.values(), *BACKWARD.values()}))
def test_gpu_case_runs_for_mxnd(cuda, name):
    (case,) = (case for case in gpu_catalogue(gpu.SMALL) if case.name == name)
    found = gpu.Benchmark(None, "", rounds=1, seconds=0).measure(case)
    assert not found["skipped"]
    assert not found["differs"]
    assert set(found["seconds"]) - {"mxnd without cuDNN"} == {"mxnd"} | ({"cupy"} if case.cupy else set())
    assert found["seconds"]["mxnd"] > 0


@pytest.mark.gpu
def test_large_inputs_repeat_what_was_drawn(cuda, monkeypatch):
    monkeypatch.setattr(gpu, "DRAWN", 40)
    for each, part in ((Input((130,)), (40,)), (Input((9, 7), "weight"), (5, 7)), (Input((2, 50)), (40,))):
        x = gpu.mx_array(each, 3, mx.gpu(0), "float32").asnumpy()
        assert x.shape == each.shape
        assert (x == np.resize(each._replace(shape=part).value(3), each.shape)).all()


def test_gpu_numbers_that_differ_are_noticed():
    case = next(case for case in ON_GPU if case.name == "dot 8192")
    results = {"mxnd": [np.array([3.0, 4.0])], "torch": [np.array([3.0, 4.01])], "other": [np.array([3.0, np.nan])]}
    assert gpu.distance(case, results, "mxnd") == 0
    assert gpu.distance(case, results, "torch") == pytest.approx(0.01 / np.hypot(3, 4.01) / 1e-4)
    assert gpu.distance(case, results, "other") == math.inf
    assert gpu.distance(case, {**results, "torch": [np.zeros(3)]}, "torch") == math.inf
    assert gpu.distance(case._replace(case=case.case._replace(same=False)), results, "torch") == 0


def test_gpu_report_tells_what_is_reached():
    moving = {**measured("a", "one", mxnd=1.0, torch=2.0), "moved": 6e9, "flops": 0, "compared": ["torch"]}
    working = {**measured("b", "one", mxnd=2.0), "moved": 0, "flops": 3e12, "compared": [], "skipped": {"torch": "no"}}
    assert [gpu_report.reaches(moving, library, 8e9) for library in ("mxnd", "torch", "cupy")] == ["75 %", "38 %", "-"]
    assert gpu_report.reaches(working, "mxnd", 8e9) == "1.5 TF/s"
    run = {"device": "D", "CUDA": {"runtime": 1, "driver": 2}, "date": "today", "rounds": 3, "small": True, "copy": 8e9,
           "python": "3", "versions": {}, "cases": [moving, working]}  # fmt: skip
    assert gpu_report.means(run["cases"]) == {"one": 0.5, "overall": 0.5}
    assert "mxnd ran 2 of 2 cases; 1 were compared, 1 of them agree" in gpu_report.text(run)
    assert "| a | 1e+03 ms | 2e+03 ms | 0.50 | 75 % | 38 % |" in gpu_report.markdown(run)
    assert "tiny arrays: a trial of the script, no measurement" in gpu_report.markdown(run)
    assert gpu_report.verdict(moving).split() == ["a", "as", "PyTorch"]
    assert gpu_report.verdict({**moving, "differs": {"torch": 3.0}}).endswith("300 % of what is allowed from PyTorch")


def test_without_a_gpu_nothing_is_measured():
    none = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run([sys.executable, gpu.__file__, "--small"], capture_output=True, text=True, env=none)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("nothing is measured: ")
    assert done.stderr.count("\n") == 1
