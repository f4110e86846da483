"""Every verb with a dozen hostile plugins installed does what it should, and none of them goes unnamed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import typer
from PIL import Image

from ganforge.cli.app import app

HERE = Path(__file__).parent
VERBS = {
    "list": 0,
    "list losses --json": 0,
    "list --plugin dtn": 0,
    "list --plugin raising": 2,
    "show dtn/dtn": 0,
    "show chatty/brightness": 0,
    "show raising/mine": 2,
    "show tiny.toml --resolved": 0,
    "schema": 0,
    "recipes": 0,
    "copy quickstart mine": 0,
    "check tiny.toml small.toml": 0,
    "check bad.toml": 2,
    "download --help": 0,
    "download digits/synthetic-street": 0,
    "run tiny.toml": 0,
    "run bad.toml": 2,
    "resume runs/tiny": 0,
    "evaluate runs/tiny": 0,
    "transfer runs/tiny picture.png": 0,
    "run noise.toml": 0,
    "sample runs/noise -n 2": 0,
    "report runs/tiny -o page.html": 0,
    "study small.toml": 0,
    "compare runs/tiny runs/tiny --json": 0,
    "plugin new ganforge-fresh": 0,
    "plugin check dtn --only summary --json": 0,
    "plugin check raising": 2,
    "--version": 0,
    "--help": 0,
    "frobnicate": 2,
    "--no-plugin spy --no-plugin raising list --json": 0,
    "--no-plugin spy study small.toml --set study.name=second --set train.steps=3": 0,
}


@pytest.fixture(scope="module")
def place(site_at, tmp_path_factory):
    """Make a folder of recipes, and the environment with the plugins installed."""
    sys.path.insert(0, str(HERE))
    try:
        import hostile
    finally:
        sys.path.remove(str(HERE))
    folder = tmp_path_factory.mktemp("hostile")
    hostile.install(site_at(folder / "site"))
    site_at(folder / "later").install("copied", {"copied_plugin": ""}, version="0.9")
    hostile.write_recipes(folder)
    Image.fromarray(np.zeros((32, 32, 3), np.uint8)).save(folder / "picture.png")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GANFORGE_")}
    environment |= {
        "PYTHONPATH": os.pathsep.join([str(folder / "site"), str(folder / "later")]),
        "GANFORGE_CACHE": str(folder / "cache"),
        "SPY": str(folder / "spied"),
        "COLUMNS": "200",
    }
    return folder, environment, hostile


def execute(place, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    folder, environment, _ = place
    return subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, cwd=folder, env=environment | variables, check=False
    )


@pytest.fixture(scope="module")
def results(place):
    """Results of each verb, all of them called in one process."""
    done = execute(place, str(HERE / "hostile.py"), json.dumps([verb.split() for verb in VERBS]))
    assert done.returncode == 0, done.stderr
    return dict(zip(VERBS, json.loads(done.stdout), strict=True))


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_ends_as_it_should(results, verb):
    result = results[verb]
    assert result["code"] == VERBS[verb], result["err"]
    assert "Traceback" not in result["err"]
    assert "hello from" not in result["out"]


def test_no_verb_is_left_out():
    words = {"doctor", *(word for text in VERBS for word in text.split())}
    application = typer.main.get_command(app)
    assert {name for name in application.commands if name not in words} == set()  # type: ignore[attr-defined]


@pytest.mark.parametrize("verb", [verb for verb in VERBS if "--json" in verb or verb == "schema"])
def test_what_programs_read_is_json_and_nothing_else(results, verb):
    json.loads(results[verb]["out"])


def test_a_recipe_on_a_broken_plugin_says_why_it_is_broken_and_what_to_do(results):
    err = results["check bad.toml"]["err"]
    assert "which cannot be loaded: ZeroDivisionError: division by zero" in err
    assert err.endswith("fix: reinstall ganforge-raising, or report this to its author\n")


def test_what_computes_says_beforehand_which_plugins_are_broken_or_change_torch(results, place):
    *_, hostile = place
    for verb in ("run tiny.toml", "evaluate runs/tiny", "study small.toml"):
        err = results[verb]["err"]
        for name in (*hostile.BROKEN, "twin"):
            assert f"warning: the plugin {name!r} cannot be loaded: " in err
        assert "warning: importing the plugin 'patching' changed " in err
        assert "torch's deterministic mode (restored)" in err


def test_the_workers_of_a_study_go_without_what_the_study_goes_without(results):
    assert results["study small.toml"]["spied"] >= 2
    assert results["--no-plugin spy study small.toml --set study.name=second --set train.steps=3"]["spied"] == 0


def test_list_names_those_that_cannot_be_loaded_with_what_to_do(results, place):
    found = json.loads(results["list losses --json"]["out"])
    names = sorted((one["plugin"], one["distribution"]) for one in found["broken"])
    *_, hostile = place
    strangers = [("twin", "ganforge-twin"), ("twin", "twin-tools"), ("dtn", "stranger")]
    assert names == sorted([*((name, f"ganforge-{name}") for name in hostile.BROKEN), *strangers])
    assert all(one["error"] and one["fix"] for one in found["broken"])


def test_a_shell_completes(place):
    words = {"_GANFORGE_COMPLETE": "complete_bash", "COMP_WORDS": "ganforge\nshow\ndtn/f", "COMP_CWORD": "2"}
    program = "import sys; sys.argv = ['ganforge']; from ganforge.cli import main; main()"
    done = execute(place, "-c", program, **words)
    assert (done.stdout, done.stderr) == ("dtn/f-constancy\n", "")


def test_doctor_names_each_with_reason_and_fix(place):
    done = execute(place, "-m", "ganforge", "doctor", "--json")
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    sections = {section["title"]: section["findings"] for section in json.loads(done.stdout)["sections"]}
    *those, copied = sections["plugins"]
    assert (copied["name"], copied["state"]) == ("ganforge-copied", "warning")
    assert copied["text"].startswith("installed more than once: 1.0 in ")
    found = {one["facts"]["distribution"]: one for one in those}
    reasons = {
        "ganforge-raising": ("ZeroDivisionError: division by zero", "reinstall ganforge-raising"),
        "ganforge-exiting": ("SystemExit: 0", "reinstall ganforge-exiting"),
        "ganforge-lacking": ("No module named 'a_package_that_nobody_has'", "install the package of the module"),
        "ganforge-future": ("it is written for version 999 of the plugin API", "upgrade ganforge"),
        "ganforge-misspelt": ("'ganforge_componnents', which is no hook; did you mean", "report this to the author"),
        "ganforge-unmarked": ("'ganforge_componnents', which is no hook; did you mean", "report this to the author"),
        "ganforge-packaged": ("Odd: not even an Exception (printed 'hello from a package')", "reinstall ganforge-pac"),
        "ganforge-doubled": ("it declares the loss 'mine' twice", "report this to the author of ganforge-doubled"),
        "ganforge-twin": ("claimed by ganforge-twin and twin-tools", "uninstall ganforge-twin"),
        "twin-tools": ("claimed by ganforge-twin and twin-tools", "uninstall twin-tools"),
        "stranger": ("the plugin name 'dtn' belongs to ganforge-dtn", "uninstall stranger"),
    }
    for distribution, (reason, fix) in reasons.items():
        assert found[distribution]["state"] == "error"
        assert reason in found[distribution]["text"]
        assert found[distribution]["fix"].startswith(fix)
    remarks = {
        "ganforge-chatty": ["printed 'hello from chatty and again'"],
        "ganforge-shouting": ["hello from behind", "hello from a process", "hello from below"],
        "ganforge-slow": ["s to import"],
        "ganforge-patching": [
            "imported torch",
            "the working directory (restored)",
            "sys.path (restored)",
            "$GANFORGE_RUNS (restored)",
            "the warning filters (restored)",
            "the handler of SIGTERM (restored)",
            "torch's default dtype (restored)",
            "torch's deterministic mode (restored)",
        ],
    }
    for distribution, texts in remarks.items():
        assert found[distribution]["state"] == "warning"
        assert [text for text in texts if text not in found[distribution]["text"]] == []
        name = distribution.removeprefix("ganforge-")
        assert f"ganforge --no-plugin {name}" in found[distribution]["fix"]
    assert {found[f"ganforge-{name}"]["state"] for name in ("basics", "digits", "dtn", "spy")} == {"ok"}
    [own] = sections["checks by plugins"]
    assert (own["name"], own["text"]) == ("chatty", "its check failed: RuntimeError: no doctor")


def test_a_run_computes_what_it_would_without_them(results, place):
    assert results["run tiny.toml"]["code"] == 0
    wanted = {"GANFORGE_PLUGINS": "basics,digits,dtn,chatty", "GANFORGE_RUNS": "alone"}
    done = execute(place, "-m", "ganforge", "run", "tiny.toml", **wanted)
    assert done.returncode == 0, done.stderr
    files = [f"tiny/weights/{role}.safetensors" for role in ("encoder", "generator", "discriminator")]
    folder = place[0]
    assert [(folder / "runs" / file).read_bytes() for file in files] == [
        (folder / "alone" / file).read_bytes() for file in files
    ]
