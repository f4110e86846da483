"""Damage to every file of runs, of what they build on, of a study and of the cache: cut short, or one bit changed.

Each verb then gives what it gave before, or refuses with one message, or leaves out what is damaged and says so; never
another number or picture. What can be made again comes back to the bit, and what cannot is refused until it is put
back.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from ganforge.data import cache
from ganforge.runs import journal, sealed, strict_json
from ganforge.runs.directory import RunDirectory
from ganforge.training.step import Stepper
from small_run import CLASSIFIER, TRANSFER, Result, ganforge, variant, write_images

__all__ = ["ganforge"]

STRIKES = 100
"""Number of truncations, and of changed bits."""
SAID = re.compile("damaged|repaired|warn|left out|missing|not measured|failed|at [0-9]+ moments? of|^\N{EN DASH}$")
"""A word of what says that a result is not whole."""
BEST_LOST = "takes its place"
CHANGING = re.compile(r"\d+:\d\d|[\d.]+ GiB|\d{4}-\d\d-\d\dT[\d:+]+|[\d.]+ MB|\d+(\.\d+)? s\b|^\d{9}$")
"""Times and memory, which differ between runs."""
Call = Callable[..., Result]

STUDY = """
[study]
name = "small"
base = "transfer.toml"
seeds = [0]
metric = "transfer-accuracy"
also = ["encoder-accuracy"]
batch_norm = ["running", "batch"]
[variants.best]
title = "this one"
reference = { paper = 90.66 }
[variants.no-constancy]
title = "without f-constancy"
set = { "losses.constancy.weight" = 0 }
"""


@dataclass
class Site:
    """A folder of recipes, data, runs, a study and a cache, and its content as it was."""

    root: Path
    ganforge: Call
    files: dict[Path, tuple[bytes, int]] = field(default_factory=dict)

    def keep(self) -> None:
        """Remember the content of all files."""
        found = [path for path in self.root.rglob("*") if path.is_file()]
        self.files = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in found}

    def restore(self) -> None:
        """Put back the content of all files, with their times."""
        for path in sorted(self.root.rglob("*"), reverse=True):
            if path.is_file() and path not in self.files:
                path.unlink()
        for path, (content, time) in self.files.items():
            if not path.exists() or (path.stat().st_size, path.stat().st_mtime_ns) != (len(content), time):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
                os.utime(path, ns=(time, time))

    def call(self, verb: str, *words: object) -> Result:
        """Call a verb as a process of its own would."""
        cache._verified.clear()
        options = {"runs": self.root / "runs", "data": self.root, "cache": self.root / "cache", "device": "cpu"}
        taken = {"report": 1, "compare": 1, "transfer": 1, "evaluate": 4, "resume": 4, "study": 4, "run": 4}[verb]
        chosen = [word for name, value in list(options.items())[:taken] for word in (f"--{name}", value)]
        return self.ganforge(verb, *words, *chosen)


@pytest.fixture
def site(tmp_path: Path, ganforge: Call, monkeypatch: pytest.MonkeyPatch) -> Site:
    torch.set_num_threads(1)
    monkeypatch.setattr(os, "fsync", os.fstat)
    for name, count, channels in (("street", 60, 3), ("writing", 40, 1), ("test", 30, 3)):
        write_images(tmp_path, name, count, channels, seed=count)
    for name, seed, data, network in (("encoder", 1, "street", "strided-cnn"), ("judge", 2, "writing", "pooled-cnn")):
        changes = {
            "recipe": {"name": name, "seed": seed},
            "data.images.path": f"{data}.npz",
            "networks.classifier.use": f"digits/{network}",
        }
        (tmp_path / f"{name}.toml").write_text(variant(CLASSIFIER, changes))
    (tmp_path / "solo.toml").write_text(TRANSFER)
    (tmp_path / "transfer.toml").write_text(variant(TRANSFER, {"recipe.seed": None, "train.steps": 4}))
    (tmp_path / "study.toml").write_text(STUDY)
    photos = tmp_path / "photos"
    photos.mkdir()
    for number, pixels in enumerate(np.random.default_rng(0).integers(0, 256, (3, 16, 16, 3), np.uint8)):
        Image.fromarray(pixels).save(photos / f"{number}.png")
    made = Site(tmp_path, ganforge)
    assert made.call("run", tmp_path / "solo.toml", "--out", tmp_path / "runs" / "solo").code == 0
    perform = Stepper.step

    def step(stepper: Stepper, number: int, watch: bool = False) -> None:
        perform(stepper, number, watch)
        if number == 6:
            signal.raise_signal(signal.SIGTERM)

    with monkeypatch.context() as patch:
        patch.setattr(Stepper, "step", step)
        assert made.call("run", tmp_path / "solo.toml", "--out", tmp_path / "runs" / "stopped").code == 143
    assert made.call("study", tmp_path / "study.toml").code == 0
    made.keep()
    return made


@dataclass(frozen=True)
class Strike:
    """Damage to a file: cut short at a byte, or one bit changed."""

    path: Path
    kind: str
    place: int

    def __str__(self) -> str:
        unit = "byte" if self.kind == "cut" else "bit"
        return f"{self.path.parent.name}/{self.path.name} {self.kind} at {unit} {self.place}"

    def do(self) -> None:
        """Damage the file."""
        if self.kind == "cut":
            os.truncate(self.path, self.place)
            return
        content = bytearray(self.path.read_bytes())
        content[self.place // 8] ^= 1 << self.place % 8
        self.path.write_bytes(content)


def strikes(site: Site) -> Iterator[Strike]:
    """Yield the strikes: every file once, then bytes at random."""
    chooser = random.Random(0)
    own = (site.root / "runs", site.root / "cache")
    files = [path for path, (content, _) in site.files.items() if content and path.is_relative_to(own[0])]
    files += [path for path, (content, _) in site.files.items() if content and path.is_relative_to(own[1])]
    files.sort()
    chooser.shuffle(files)
    sizes = [len(site.files[path][0]) for path in files]
    files += chooser.choices(files, sizes, k=max(0, 2 * STRIKES - len(files)))
    for number, path in enumerate(files):
        size = len(site.files[path][0])
        yield (
            Strike(path, "cut", chooser.randrange(size))
            if number % 2
            else Strike(path, "changed", chooser.randrange(8 * size))
        )


def pieces(page: str) -> list[str]:
    """Return the texts, pictures and points of a page."""
    found = [CHANGING.sub("", piece.strip()) for piece in re.split(r"<[^>]*>", page)]
    found += [CHANGING.sub("", text) for text in re.findall(r' (?:src|alt|title|style|data-[a-z]+)="([^"]+)"', page)]
    for text in re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', page, re.DOTALL):
        found.remove(CHANGING.sub("", text.strip()))
        found += leaves(strict_json.loads(text.encode()))
    return [piece for piece in found if piece]


def leaves(value: Any, name: str = "") -> Iterator[str]:
    """Yield the numbers and texts in JSON, points as one, with the names of what holds them."""
    if isinstance(value, dict) and value.keys() >= {"steps", "values"}:
        for point in zip(value["steps"], value["values"], strict=True):
            yield f"{name} {value.get('name')}: {point}"
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, f"{name} {value.get('name', '')} {key}")
    elif isinstance(value, list) and not all(isinstance(inner, int | float | None) for inner in value):
        for inner in value:
            yield from leaves(inner, name)
    else:
        yield f"{name}: {value}"


def difference(before: Sequence[str], after: Sequence[str]) -> str:
    """Return what a result has beyond the one before damage, empty if it says that it is not whole."""
    if any(BEST_LOST in text for text in after):
        return ""  # of another step, and says so
    added, removed = Counter(after) - Counter(before), Counter(before) - Counter(after)
    wild = [text for text in added if not SAID.search(text)]
    if wild or (removed and not added):
        return f"added {wild[:5]}, removed {list(removed)[:5]}"
    return ""


def read_page(path: Path) -> list[str]:
    return pieces(path.read_text(encoding="utf-8", errors="replace"))


@dataclass
class Verb:
    """A verb, and what it gives, as texts."""

    words: Sequence[object]
    read: Callable[[Result], list[str]]


def verbs(site: Site) -> dict[str, Verb]:
    runs, page, out = site.root / "runs", site.root / "page.html", site.root / "out"

    def lines(result: Result) -> list[str]:
        return [CHANGING.sub("", line) for line in result.out.splitlines() if re.search("[│┃]", line)]

    def pixels(_: Result) -> list[str]:
        return [f"{path.name} {np.asarray(Image.open(path)).tobytes().hex()}" for path in sorted(out.iterdir())]

    def outcome(run: RunDirectory) -> list[str]:
        metrics = strict_json.loads(run.metrics.read_bytes())
        kept = [f"{path.name} {path.read_bytes().hex()}" for path in sorted(run.weights.iterdir())]
        kept += [f"{key}: {value}" for key, value in metrics.items() if key not in ("seconds", "memory")]
        kept += [str(sorted(record.items())) for record in journal.read_journal(run.journal)]
        return kept + read_page(run.report)

    def study(_: Result) -> list[str]:
        table = sealed.loads((runs / "study-small" / "table.json").read_bytes())
        for row in table["rows"]:
            del row["seconds"], row["memory"]
        return [*leaves(table), *read_page(runs / "study-small" / "report.html")]

    named = sorted(path.parent.name for path in site.files if path.name == "run.json")
    children = [name for name in named if name.startswith(("encoder", "judge"))]
    rows = [name for name in named if name.startswith("transfer")]
    found = {
        **{f"report {name}": Verb(("report", name, "-o", page), lambda _: read_page(page)) for name in named},
        "report study": Verb(("report", "small", "-o", page), lambda _: read_page(page)),
        "compare": Verb(("compare", "solo", "stopped", *rows), lines),
        "evaluate": Verb(("evaluate", "solo"), lines),
        "transfer": Verb(("transfer", "solo", site.root / "photos", "-o", out), pixels),
        "study": Verb(("study", site.root / "study.toml"), study),
    }
    for name in named:
        found[f"resume {name}"] = Verb(("resume", runs / name), lambda _, name=name: outcome(RunDirectory(runs / name)))
    assert len(children) == len(rows) == 2
    return found


def concerned(site: Site, path: Path, names: Sequence[str]) -> list[str]:
    """Return the verbs that read a file, those that change nothing first."""
    room = path.relative_to(site.root).parts[:2]
    run = room[1]
    if room[0] == "cache":
        chosen = ["evaluate", "study", "resume stopped"]
    elif run == "solo":
        chosen = ["report solo", "compare", "evaluate", "transfer", "resume solo"]
    elif run == "stopped":
        chosen = ["report stopped", "compare", "resume stopped"]
    elif run == "study-small":
        chosen = ["report study", "study"]
    elif run.startswith("transfer"):
        chosen = [f"report {run}", "report study", "compare", "study", f"resume {run}"]
    else:
        chosen = [
            f"report {run}",
            "report solo",
            "report study",
            "evaluate",
            "study",
            f"resume {run}",
            "resume stopped",
        ]
    assert set(chosen) <= set(names)
    return chosen


@pytest.mark.promise(
    "Damage to any file of a run, a study or the cache is mended, left out with a word or refused; no number changes.",
    about="runs",
)
@pytest.mark.campaign
def test_no_damage_is_silently_wrong_or_final(site: Site, record_figures: Callable[..., None]) -> None:
    known = verbs(site)
    before: dict[str, list[str]] = {}

    def note(name: str, key: str) -> None:
        result = site.call(*known[name].words)
        assert result.code == 0, (name, result)
        before[key] = known[name].read(result)
        site.restore()

    for name in known:
        note(name, name)
    for row in (site.root / "runs").glob("transfer-*"):
        # Its page without a run: what a page must show of the others when this one is damaged.
        shutil.rmtree(row)
        note("report study", f"report study without {row.name}")
    counts: Counter[str] = Counter()
    faults: list[str] = []
    for strike in strikes(site):
        counts[strike.kind] += 1
        for name in concerned(site, strike.path, list(known)):
            strike.do()
            result = site.call(*known[name].words)
            counts["calls"] += 1
            if result.code:
                counts["refused"] += 1
                errors = re.findall("^error: ", result.err, re.MULTILINE)
                if len(errors) != 1 or "fix:" not in result.err or not names(strike, result.out + result.err):
                    faults.append(f"{strike}: {name}: poor message: {result.out} {result.err}")
                content, time = site.files[strike.path]
                strike.path.write_bytes(content)
                os.utime(strike.path, ns=(time, time))
                again = site.call(*known[name].words)
                if again.code or known[name].read(again) != before[name]:
                    faults.append(f"{strike}: {name}: lost, though put back: {again.err}")
            else:
                after = known[name].read(result)
                counts["same" if after == before[name] else "said"] += 1
                run = strike.path.relative_to(site.root).parts[1]
                lacking = before.get(f"{name} without {run}")
                wrong = difference(before[name], after)
                if wrong and (lacking is None or difference(lacking, after)):
                    faults.append(f"{strike}: {name}: silently wrong: {wrong}\n{result.err}")
            site.restore()
    if path := os.environ.get("GANFORGE_FAULTS"):
        Path(path).write_text("\n\n".join(faults))
    record_figures(**counts, wrong=len(faults))
    assert not faults, "\n".join(faults)


def names(strike: Strike, message: str) -> bool:
    """Return True if a message names the file or, of a checkpoint or an entry of the cache, its folder."""
    return strike.path.name in message or (strike.path.parent.name in message)
