"""Where runs go and what they run on, as a user says or else the environment."""

from pathlib import Path

import pytest
import torch

from ganforge.engine.place import choose_device, resolve_place
from ganforge.errors import UsageError
from ganforge.plugins.registry import Registry


@pytest.fixture
def registry():
    return Registry([])


def test_folders_come_from_the_user_first(registry, tmp_path, monkeypatch):
    for name in ("DATA", "RUNS", "CACHE"):
        monkeypatch.setenv(f"GANFORGE_{name}", "/elsewhere")
    place = resolve_place(registry, data=tmp_path / "a", runs=tmp_path / "b", cache=tmp_path / "c")
    assert (place.data_root, place.runs, place.cache) == (tmp_path / "a", tmp_path / "b", tmp_path / "c")


def test_folders_come_from_the_environment_next(registry, tmp_path, monkeypatch):
    for name in ("DATA", "RUNS", "CACHE"):
        monkeypatch.setenv(f"GANFORGE_{name}", str(tmp_path / name))
    place = resolve_place(registry)
    assert (place.data_root, place.runs, place.cache) == tuple(tmp_path / name for name in ("DATA", "RUNS", "CACHE"))


def test_folders_are_where_most_would_look_otherwise(registry, tmp_path, monkeypatch):
    for name in ("GANFORGE_DATA", "GANFORGE_RUNS", "GANFORGE_CACHE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    place = resolve_place(registry)
    assert (place.data_root, place.runs, place.cache) == (tmp_path / "data", Path("runs"), tmp_path / "ganforge")


def test_threads_are_set(registry):
    before = torch.get_num_threads()
    try:
        resolve_place(registry, threads=before + 1)
        assert torch.get_num_threads() == before + 1
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("threads", [0, -1])
def test_less_than_one_thread_is_refused(registry, threads):
    with pytest.raises(UsageError, match=f"{threads} threads"):
        resolve_place(registry, threads=threads)


def test_the_cpu_is_always_there():
    assert choose_device("cpu") == torch.device("cpu")


def test_auto_takes_a_gpu_where_there_is_one(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert choose_device("auto").type == "cuda"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert choose_device("auto").type == "cpu"


@pytest.mark.parametrize("name", ["gpu", "cuda:x", "", "meta", "mps", "cpu:", "7"])
def test_a_device_that_does_not_exist_is_refused(name):
    with pytest.raises(UsageError, match="no device"):
        choose_device(name)


def test_a_gpu_that_this_machine_lacks_is_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    assert choose_device("cuda:0") == torch.device("cuda:0")
    with pytest.raises(UsageError, match="on this machine"):
        choose_device("cuda:1")
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    with pytest.raises(UsageError, match="on this machine"):
        choose_device("cuda")
