"""Evil files of weights."""

from __future__ import annotations

import json
import os
import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy

from evil.registry import Trap, attack, sparse
from small_run import CLASSIFIER, variant


def weights(name: str, says: str) -> Any:
    def register(write: Callable[[Path], None]) -> Any:
        def build(folder: Path) -> None:
            write(folder / "evil.safetensors")
            given = {"networks.classifier.weights": {"file": "evil.safetensors"}}
            (folder / "evil.toml").write_text(variant(CLASSIFIER, given))

        return attack(name, "run evil.toml", says, "run weights.toml --out warm")(build)

    return register


def header(entries: dict[str, Any]) -> bytes:
    content = json.dumps(entries).encode()
    return struct.pack("<Q", len(content)) + content


@weights("weights with a header of 300,000 tensors", "at most")
def _(path: Path) -> None:
    entry = {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}
    path.write_bytes(header({str(number): entry for number in range(300_000)}))


@weights("weights with a header of 2 GB", "at most")
def _(path: Path) -> None:
    sparse(path, 2 * 10**9 + 8, struct.pack("<Q", 2 * 10**9))


@weights("weights of a gigabyte in one tensor", "do not fit")
def _(path: Path) -> None:
    entry = {"dtype": "F32", "shape": [10**9 // 4], "data_offsets": [0, 10**9]}
    begin = header({"w": entry})
    sparse(path, len(begin) + 10**9, begin)


@weights("weights with overlapping tensors", "evil.safetensors")
def _(path: Path) -> None:
    entry = {"dtype": "F32", "shape": [1000], "data_offsets": [0, 4000]}
    path.write_bytes(header({"a": entry, "b": entry}) + bytes(4000))


@weights("weights that are not numbers", "not finite")
def _(path: Path) -> None:
    tensors = safetensors.numpy.load_file(path.with_name("weights.safetensors"))
    name = next(iter(tensors))
    tensors[name] = np.full_like(tensors[name], np.nan)
    safetensors.numpy.save_file(tensors, path)


@weights("a pickle named .safetensors", "evil.safetensors")
def _(path: Path) -> None:
    path.write_bytes(pickle.dumps(Trap()))


@weights("an archive of torch named .safetensors", "evil.safetensors")
def _(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(Trap()))


@weights("a pipe as weights", "there is no file")
def _(path: Path) -> None:
    os.mkfifo(path)
