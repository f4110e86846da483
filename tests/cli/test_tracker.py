"""`--tracker`: who watches, said on the command line or by the environment, and checked before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest
import tomlkit

CLASSIFIER = {
    "recipe": {"name": "digits"},
    "data": {"images": {"use": "digits/synthetic-handwriting", "count": 20, "resize": 32}},
    "networks": {"classifier": {"use": "digits/pooled-cnn", "width": 4}},
    "method": {"use": "basics/classifier"},
    "losses": {"classification": {"use": "basics/classification"}},
    "train": {"steps": 2, "batch_size": 8, "log_every": 1},
}
WATCHER = """
from ganforge.plugins import hookimpl

@hookimpl
def ganforge_run_started(directory):
    (directory.parent / f"{__name__}.txt").write_text(directory.name)
"""
STUDY = {
    "study": {"name": "few", "base": "digits.toml", "seeds": [0], "metric": "accuracy", "sets": ["validation"]},
    "variants": {"one": {"set": {"data.images.validation": 5}}},
}


@pytest.fixture(autouse=True)
def here(site, tmp_path, monkeypatch) -> Path:
    """Make a folder with a recipe, a study and two trackers."""
    site.install("one", {"watcher_one": WATCHER})
    site.install("two", {"watcher_two": WATCHER})
    monkeypatch.setenv("PYTHONPATH", str(site.path))  # a study's runs are processes of their own
    monkeypatch.setenv("GANFORGE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("GANFORGE_TRACKERS", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "digits.toml").write_text(tomlkit.dumps(CLASSIFIER))
    (tmp_path / "few.toml").write_text(tomlkit.dumps(STUDY))
    return tmp_path


def watchers(here: Path) -> list[str]:
    return sorted(path.stem for path in (here / "runs").glob("watcher_*.txt"))


@pytest.mark.parametrize(
    ("options", "environment", "expected"),
    [
        ((), "", []),
        (("--tracker", "one"), "", ["watcher_one"]),
        (("--tracker", "one", "--tracker", "two"), "", ["watcher_one", "watcher_two"]),
        ((), "one,two", ["watcher_one", "watcher_two"]),
        (("--tracker", "two"), "one", ["watcher_two"]),
        (("--tracker", "none"), "one", []),
    ],
)
def test_who_watches_a_run(options, environment, expected, ganforge, here, monkeypatch):
    monkeypatch.setenv("GANFORGE_TRACKERS", environment)
    assert ganforge("run", "digits.toml", "--device", "cpu", *options).code == 0
    assert watchers(here) == expected


def test_who_watches_a_run_that_goes_on(ganforge, here):
    (here / "runs" / "digits").mkdir(parents=True)
    (here / "runs" / "digits" / "run.json").write_text('{"status": "new"}')
    (here / "runs" / "digits" / "recipe.toml").write_text((here / "digits.toml").read_text())
    assert ganforge("resume", "digits", "--device", "cpu", "--tracker", "two").code == 0
    assert watchers(here) == ["watcher_two"]


def test_who_watches_the_runs_of_a_study(ganforge, here):
    result = ganforge("study", "few.toml", "--device", "cpu", "--threads", "1", "--tracker", "two")
    assert result.code == 0, result.out
    assert watchers(here) == ["watcher_two"]


@pytest.mark.parametrize("command", [("run", "digits.toml"), ("study", "few.toml")])
def test_a_tracker_that_is_not_there_stops_before_anything_is_written(command, ganforge, here):
    result = ganforge(*command, "--tracker", "onne")
    assert (result.code, result.err) == (2, "error: there is no tracker 'onne'\n  fix: did you mean 'one'?\n")
    assert not (here / "runs").exists()
