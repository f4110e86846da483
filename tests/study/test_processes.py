"""Slots for runs: a GPU each, or a share of the CPU's threads."""

import multiprocessing

import pytest
import torch

from ganforge.errors import UsageError
from ganforge.study.processes import Slot, slots


@pytest.fixture
def gpus(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def visible(found):
    assert {slot.device for slot in found} == {"cuda"}
    return [slot.environment["CUDA_VISIBLE_DEVICES"] for slot in found]


def test_each_gpu_takes_a_run_and_more_runs_share_them(gpus):
    assert visible(slots(None, "auto", None)) == ["0", "1"]
    assert visible(slots(1, "cuda", None)) == ["0"]
    assert visible(slots(3, "auto", None)) == ["0", "1", "0"]


def test_gpus_that_the_user_has_chosen_stay_chosen(gpus, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "5,7")
    assert visible(slots(None, "auto", None)) == ["5", "7"]


def test_one_gpu_that_is_named_takes_all_runs(gpus):
    assert slots(2, "cuda:1", None) == [Slot("cuda:1")] * 2


def test_runs_on_the_cpu_share_its_threads(monkeypatch):
    monkeypatch.setattr(torch, "get_num_threads", lambda: 8)
    assert slots(None, "cpu", None) == [Slot("cpu")]
    assert slots(3, "cpu", None) == [Slot("cpu", 2)] * 3
    assert slots(20, "cpu", None) == [Slot("cpu", 1)] * 20
    assert slots(2, "cpu", 3) == [Slot("cpu", 3)] * 2


def test_a_device_that_is_not_there_is_refused():
    with pytest.raises(UsageError):
        slots(1, "abacus", None)


def test_what_workers_start_from_has_not_touched_the_gpu(bench):
    bench.run(bench.write().read_text(), "study.seeds=[0]", only=["best"])
    code = "import os, torch; os._exit(torch.cuda.is_initialized() or torch.cuda._is_in_bad_fork())"
    process = multiprocessing.get_context("forkserver").Process(target=exec, args=(code,))
    process.start()
    process.join()
    assert process.exitcode == 0
