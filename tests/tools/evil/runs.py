"""Evil runs that somebody sent."""

from __future__ import annotations

import json
import os
import pickle
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

from evil.images import FITS, png, saved
from evil.registry import SECRET, Trap, attack, received, sparse
from evil.weights import header
from ganforge.runs.directory import RunDirectory


def run(name: str, evil: str, says: str, is_left_out: bool = False) -> Any:
    def register(change: Callable[[Path], None]) -> Any:
        def build(folder: Path) -> None:
            path = received(folder)
            RunDirectory(path).update_record({"kept": {}})  # no sum of a stranger's protects anything
            change(path)

        return attack(f"a run with {name}", evil, says, is_left_out=is_left_out)(build)

    return register


def replace_by_link(path: Path, target: Path) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to(target)


for verb in ("report evil", "evaluate evil", "transfer evil photos", "resume evil", "compare transfer evil"):
    # A comparison tells of it in its table.
    @run(f"its recipe a link to /etc/passwd, in {verb.split()[0]}", verb, "symbolic link", verb.startswith("compare"))
    def _(path: Path) -> None:
        (path.parents[1] / "passwd").write_text(SECRET)
        replace_by_link(path / "recipe.toml", path.parents[1] / "passwd")

    @run(f"a run.json of 500 MB, in {verb.split()[0]}", verb, "run.json")
    def _(path: Path) -> None:
        sparse(path / "run.json", 500_000_000, (path / "run.json").read_bytes().rstrip()[:-1])


for verb in ("report evil", "resume evil"):

    @run(f"sums of files elsewhere, in {verb.split()[0]}", verb, "symbolic link")
    def _(path: Path) -> None:
        RunDirectory(path).update_record({"kept": {"../../../../../../../etc/hostname": "0" * 64}})


@run("weights of a gigabyte in one tensor", "transfer evil photos", "do not fit")
def _(path: Path) -> None:
    begin = header({"w": {"dtype": "F32", "shape": [10**9 // 4], "data_offsets": [0, 10**9]}})
    sparse(path / "weights" / "generator.safetensors", len(begin) + 10**9, begin)


@run("samples of 13,300 x 13,300 pixels", "report evil", "report.html", is_left_out=True)
def _(path: Path) -> None:
    for step in range(50):
        (path / "samples" / f"step-{step:08d}.png").write_bytes(png(13_300, 13_300))


@run("samples that are an EPS and a FITS", "report evil", "report.html", is_left_out=True)
def _(path: Path) -> None:
    (path / "samples" / "step-00000001.png").write_bytes(saved("EPS"))
    (path / "samples" / "step-00000002.png").write_bytes(FITS)


@run("a journal of 400 MB", "report evil", "report.html", is_left_out=True)
def _(path: Path) -> None:
    line = json.dumps({"event": "losses", "step": 1, **{f"loss-{n}": 0.5 for n in range(20)}}).encode() + b"\n"
    with (path / "journal.jsonl").open("ab") as file:
        for _ in range(400):
            file.write(line * (1_000_000 // len(line)))


@run("a journal of a single line of 2 GB", "report evil", "report.html", is_left_out=True)
def _(path: Path) -> None:
    sparse(path / "journal.jsonl", 2 * 10**9)


@run("readings of 100,000 arrays", "report evil", "tensors")
def _(path: Path) -> None:
    entry = {"dtype": "U8", "shape": [0], "data_offsets": [0, 0]}
    (path / "readings.safetensors").write_bytes(header({str(number): entry for number in range(100_000)}))


for verb in ("report evil", "compare transfer evil"):

    @run(f"metrics 100,000 deep, in {verb.split()[0]}", verb, "metrics.json")
    def _(path: Path) -> None:
        (path / "metrics.json").write_text('{"a":' + "[" * 100_000 + "]" * 100_000 + "}")


@run("a report that is a link to a file of yours", "report evil", "report.html", is_left_out=True)
def _(path: Path) -> None:
    (path.parents[1] / "passwd").write_text(SECRET)
    replace_by_link(path / "report.html", path.parents[1] / "passwd")


@run("a lock that is a pipe", "resume evil --steps 12", "step 12", is_left_out=True)
def _(path: Path) -> None:
    (path / "run.lock").unlink(missing_ok=True)
    os.mkfifo(path / "run.lock")


for file, says in (("run.lock", "cannot be locked"), ("journal.jsonl", "symbolic link")):

    @run(f"its {file} a link to a file of yours", "resume evil --steps 12", says)
    def _(path: Path, file: str = file) -> None:
        (path.parents[1] / "passwd").write_text(SECRET)
        replace_by_link(path / file, path.parents[1] / "passwd")


@run("a checkpoint with a header of 2 GB", "resume evil --steps 12", "evil")
def _(path: Path) -> None:
    for checkpoint in (path / "checkpoints").iterdir():
        for file in [checkpoint] if checkpoint.is_file() else checkpoint.iterdir():
            sparse(file, 2 * 10**9 + 8, struct.pack("<Q", 2 * 10**9))


for verb in ("evaluate evil", "transfer evil photos"):

    @run(f"weights with a header of 2 GB, in {verb.split()[0]}", verb, "generator.safetensors")
    def _(path: Path) -> None:
        sparse(path / "weights" / "generator.safetensors", 2 * 10**9 + 8, struct.pack("<Q", 2 * 10**9))

    @run(f"weights that are a pickle, in {verb.split()[0]}", verb, "generator.safetensors")
    def _(path: Path) -> None:
        (path / "weights" / "generator.safetensors").write_bytes(pickle.dumps(Trap()))
