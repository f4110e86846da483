"""Shell completion of names, keys and values, without heavy imports."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable

import pytest

from ganforge.cli.completion import KEY, VARIABLE
from ganforge.editor.schema_cache import build
from ganforge.plugins.registry import Registry

COMMANDS = ["run qu", "show dtn/", "resume ", "list ", "run quickstart --set losses.", "study table1 --only "]
SCRIPT = f"""
import contextlib, io, os, sys
from ganforge.cli import main
sys.argv = ["ganforge"]
os.environ["{VARIABLE}"] = "complete_zsh"
for words in {COMMANDS!r}:
    os.environ["_TYPER_COMPLETE_ARGS"] = f"ganforge {{words}}"
    out = io.StringIO()
    try:
        with contextlib.redirect_stdout(out):
            main()
    except SystemExit:
        pass
    assert "_arguments" in out.getvalue(), words
    heavy = [name for name in ("torch", "torchvision", "matplotlib", "scipy", "numpy") if name in sys.modules]
    assert not heavy, (words, heavy)
print("done")
"""


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Make a cache with the schema of the installed components."""
    folder = tmp_path_factory.mktemp("cache")
    build(Registry(), folder)
    return str(folder)


@pytest.fixture
def complete(ganforge, monkeypatch, cache) -> Callable[..., list[str]]:
    """Ask as bash does: the words of a command line, the last of which is to be completed."""
    monkeypatch.setenv("GANFORGE_CACHE", cache)

    def ask(*words: str) -> list[str]:
        monkeypatch.setenv(KEY, "")
        monkeypatch.delenv(KEY)
        monkeypatch.setenv(VARIABLE, "complete_bash")
        monkeypatch.setenv("COMP_WORDS", "\n".join(["ganforge", *words]))
        monkeypatch.setenv("COMP_CWORD", str(len(words)))
        monkeypatch.setattr(sys, "argv", ["ganforge"])
        result = ganforge()
        assert result.err == ""
        return result.out.split()

    return ask


def test_verbs_and_options(complete):
    assert complete("re") == ["resume", "report", "recipes"]
    assert complete("run", "--de") == ["--device"]
    assert complete("run", "--device", "c") == ["cpu", "cuda"]
    assert complete("study", "table1", "--tracker", "") == ["tensorboard", "none"]


def test_recipes_and_studies(complete):
    assert complete("run", "quickstart_j") == ["quickstart_judge", "quickstart_judge_strided"]
    assert "table1" not in complete("run", "")
    assert complete("study", "table") == ["table1"]
    assert {"table1", "quickstart"} <= set(complete("copy", ""))
    assert {"best", "no-constancy"} <= set(complete("study", "table1", "--only", ""))


def test_components_and_kinds(complete):
    assert complete("show", "dtn/f") == ["dtn/f-constancy"]
    assert "digits/svhn" in complete("download", "")
    assert not [name for name in complete("download", "") if name.startswith("dtn/")]
    assert complete("list", "dis") == ["discriminator", "distance"]
    assert complete("list", "--plugin", "dt") == ["dtn"]
    assert complete("evaluate", "x", "--metrics", "accuracy,dtn/enc") == [
        "accuracy,dtn/encoder-accuracy",
        "accuracy,dtn/encoder-agreement",
    ]
    assert complete("evaluate", "x", "--batch-norm", "re") == ["recalibrated"]


@pytest.mark.parametrize("verb", ["resume", "transfer", "evaluate", "report", "compare"])
def test_runs(verb, complete, tmp_path, monkeypatch):
    for name in ("mine-1", "mine-2", "no-run"):
        (tmp_path / name).mkdir()
        if name != "no-run":
            (tmp_path / name / "run.json").write_text(json.dumps({"status": "finished"}))
    assert complete(verb, "--runs", str(tmp_path), "mi") == ["mine-1", "mine-2"]
    monkeypatch.setenv("GANFORGE_RUNS", str(tmp_path))
    assert complete(verb, "") == ["mine-1", "mine-2"]


def test_keys_with_the_options_of_the_components_that_are_used(complete):
    found = complete("run", "quickstart", "--set", "losses.constancy.")
    assert {"losses.constancy.weight=", "losses.constancy.distance=", "losses.constancy.reader="} <= set(found)
    assert "losses.constancy.label_smoothing=" not in found
    assert "networks.generator.width=" in complete("study", "table1", "--set", "networks.generator.")
    assert complete("check", "quickstart", "--set", "train.s") == [
        "train.steps=",
        "train.sample_every=",
        "train.select=",
    ]


def test_the_key_that_is_left_comes_with_what_it_may_be_or_is(complete):
    assert complete("run", "quickstart", "--set", "train.steps") == ["train.steps=400"]
    assert complete("run", "quickstart", "--set", "train.kee") == ["train.keep=2"]
    assert complete("run", "quickstart", "--set", "train.determ") == [
        "train.deterministic=true",
        "train.deterministic=false",
    ]


def test_values_where_bash_has_split_the_word(complete):
    assert complete("run", "quickstart", "--set", "losses.constancy.distance", "=", "cos") == ["cosine"]
    assert "cosine" in complete("run", "quickstart", "--set", "losses.constancy.distance", "=")
    before = ("--set", "train.steps", "=", "3")
    assert complete("run", "quickstart", *before, "--set", "train.precision", "=", "b") == ["bf16"]


def test_values_where_the_shell_leaves_the_word_whole(ganforge, monkeypatch, cache):
    monkeypatch.setenv("GANFORGE_CACHE", cache)
    monkeypatch.setenv(VARIABLE, "complete_fish")
    monkeypatch.setenv("_TYPER_COMPLETE_FISH_ACTION", "get-args")
    monkeypatch.setenv("_TYPER_COMPLETE_ARGS", "ganforge run quickstart --set train.precision=f")
    assert ganforge().out.splitlines() == ["train.precision=fp32", "train.precision=fp64"]


def test_keys_of_a_run_that_goes_on(complete, tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "run.json").write_text("{}")
    (folder / "recipe.toml").write_text("[train]\nsteps = 77\n")
    assert complete("resume", "mine", "--runs", str(tmp_path), "--set", "train.steps") == ["train.steps=77"]


def test_without_a_schema_the_keys_that_are_there(complete, tmp_path, monkeypatch):
    monkeypatch.setenv("GANFORGE_CACHE", str(tmp_path))
    found = complete("run", "quickstart", "--set", "losses.constancy.")
    assert "losses.constancy.distance=" in found
    assert "losses.constancy.reader=" not in found


@pytest.mark.parametrize("words", [("run", "no-such-recipe", "--set", "x"), ("resume", "--runs", "/dev/null", "x")])
def test_what_goes_wrong_is_not_told(complete, words):
    assert complete(*words) == []


def test_completing_imports_nothing_heavy(cache, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "run.json").write_text(json.dumps({"status": "finished"}))
    environment = os.environ | {"GANFORGE_CACHE": cache, "GANFORGE_RUNS": str(tmp_path)}
    command = [sys.executable, "-c", SCRIPT]
    result = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert result.stdout == "done\n", result.stderr


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_the_script_for_bash_is_a_script_for_bash(ganforge, monkeypatch):
    monkeypatch.setenv(VARIABLE, "source_bash")
    monkeypatch.setattr(sys, "argv", ["ganforge"])
    script = ganforge().out
    assert "complete -o default -F" in script
    assert subprocess.run(["bash", "-n"], input=script, text=True, check=False).returncode == 0
