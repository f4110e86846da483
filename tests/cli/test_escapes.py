"""Escape sequences in names of files, arrays, keys and tensors, which must not reach the terminal."""

from __future__ import annotations

import socket
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from PIL import Image

from ganforge.data.download import download
from ganforge.data.images import DataFile
from ganforge.errors import DataError
from ganforge.runs import kept
from ganforge.runs.directory import RunDirectory
from small_run import CLASSIFIER, Result, variant, write_images

EVIL = "\x1b]0;owned\x07\x9b31m\u202e"
SPOOF = "a\nerror: all is lost\n"


def clean(result: Result) -> str:
    text = result.out + result.err
    assert text.replace("\n", "").isprintable()
    assert "\nerror: all is lost" not in text
    return text


def recipe(folder: Path, **changes: Any) -> Path:
    path = folder / "recipe.toml"
    path.write_text(variant(CLASSIFIER, changes))
    return path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    write_images(tmp_path, "street", 40, 3)
    return tmp_path


@pytest.mark.parametrize("skip", [False, True])
def test_of_image_files(ganforge: Any, data: Path, skip: bool) -> None:
    (data / "photos" / "a").mkdir(parents=True)
    for name in ("good.png", "other.png", "third.png"):
        Image.new("RGB", (16, 16)).save(data / "photos" / "a" / name)
    (data / "photos" / "a" / f"{EVIL}{SPOOF}.png").write_bytes(b"no image")
    table = {"use": "basics/image-folder", "path": "photos", "classes_from": "folders", "validation": 1}
    if skip:
        table["on_bad"] = "skip"
    path = recipe(data, **{"data.images": table})
    shown = clean(ganforge("run", path, "--data", data, "--cache", data / "cache", "--out", data / "out"))
    assert r"\x1b]0;owned\x07\x9b31m\u202e" in shown


def test_of_arrays(ganforge: Any, data: Path) -> None:
    np.savez(data / "street.npz", **{f"{EVIL}{SPOOF}": np.zeros(3), "y" * 60_000: np.zeros(3)})
    shown = clean(ganforge("run", recipe(data), "--data", data, "--cache", data / "cache"))
    assert r"\x1b]0;owned\x07" in shown
    assert len(shown) < 3000


def test_of_tensors(ganforge: Any, data: Path) -> None:
    places = ("--data", data, "--cache", data / "cache", "--out")
    assert ganforge("run", recipe(data), *places, data / "first").code == 0
    tensors = safetensors.numpy.load_file(data / "first" / "weights" / "classifier.safetensors")
    tensors |= {f"{EVIL}{SPOOF}{number}": np.zeros(1, np.float32) for number in range(4)} | {"x" * 10**6: np.zeros(1)}
    (data / "w.safetensors").write_bytes(safetensors.numpy.save(tensors))
    path = recipe(data, **{"networks.classifier.weights": {"file": "w.safetensors"}})
    shown = clean(ganforge("run", path, *places, data / "second"))
    assert r"\x1b]0;owned\x07" in shown
    assert len(shown) < 5000


@pytest.mark.parametrize("verb", ["check", "run", "show"])
def test_of_keys(ganforge: Any, data: Path, verb: str) -> None:
    path = recipe(data, **{f"data.{EVIL}{SPOOF}": {"use": f"basics/{EVIL}"}, EVIL: 1})
    arguments = ["--resolved"] if verb == "show" else []
    result = ganforge(verb, path, *arguments)
    assert result.code
    assert "owned" in clean(result)


def test_of_a_recipe_that_is_shown(ganforge: Any, data: Path) -> None:
    path = recipe(data)
    path.write_text(f"{path.read_text()}# {EVIL}")
    assert r"\x1b]0;owned\x07" in clean(ganforge("show", path))


def test_of_runs_that_are_compared(ganforge: Any, data: Path) -> None:
    for name in ("one", "two"):
        assert ganforge("run", recipe(data), "--data", data, "--cache", data / "cache", "--out", data / name).code == 0
        metrics = data / name / "metrics.json"
        metrics.write_text(metrics.read_text().replace('"validation"', '"\\u001b[2J"'))
        with (data / name / "recipe.toml").open("a") as file:
            file.write(f'\n[metrics."\\u001b{name}"]\nuse = "basics/accuracy"\n')
        run = RunDirectory(data / name)
        kept.add(run, [run.metrics, run.recipe])  # as a stranger would
    assert r"\x1b[2J" in clean(ganforge("compare", data / "one", data / "two"))
    (data / "one" / "samples").mkdir(exist_ok=True)
    (data / "one" / "samples" / f"{EVIL}{SPOOF}").write_text("")
    clean(ganforge("resume", data / "one"))


def test_of_servers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1 << 16)
                connection.sendall(f"HTTP/1.1 500 {EVIL}{'z' * 9000}\r\n\r\n".encode("latin-1", "replace"))

        thread = threading.Thread(target=answer)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/x"
        with pytest.raises(DataError) as refused:
            download([DataFile(tmp_path / "x", url, "0" * 32)])
        thread.join()
    assert str(refused.value).replace("\n", "").isprintable()
    assert r"\x1b]0;owned" in refused.value.message
    assert len(str(refused.value)) < 3000
