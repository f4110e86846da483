"""A user's mistake gives one message on stderr, no traceback, and the exit code of its kind."""

from __future__ import annotations

import pytest

BAD = """\
[recipe]
name = "bad"
[train]
steps = 0
[method]
use = "dnt"
"""


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GANFORGE_RUNS", raising=False)
    (tmp_path / "bad.toml").write_text(BAD)
    (tmp_path / "torn.toml").write_text("[recipe\n")


@pytest.mark.parametrize(
    ("command", "code", "message"),
    [
        ("run quikstart", 2, "error: there is no recipe 'quikstart'\n  fix: did you mean 'quickstart'?\n"),
        ("check quikstart", 2, "error: there is no recipe 'quikstart'\n  fix: did you mean 'quickstart'?\n"),
        ("copy quikstart", 2, "error: there is no recipe 'quikstart'\n  fix: did you mean 'quickstart'?\n"),
        ("show quikstart --resolved", 2, "error: there is no recipe 'quikstart'\n  fix: did you mean 'quickstart'?\n"),
        ("show quikstart.toml", 2, "error: there is no recipe 'quikstart.toml'\n  fix: did you mean 'quickstart'?\n"),
        (
            "show idntity",
            2,
            "error: there is no component and no recipe 'idntity'\n  fix: did you mean 'dtn/",
        ),
        ("show quikstart", 2, "error: there is no component and no recipe 'quikstart'\n  fix: did you mean 'quicksta"),
        ("list lss", 2, "error: nothing matches 'lss'\n  fix: did you mean 'loss'?\n"),
        ("list dtn/idntity", 2, "error: nothing matches 'dtn/idntity'\n  fix: did you mean 'dtn/identity'?\n"),
        ("list loss -p quux", 2, "error: there is no plugin 'quux'\n  fix: installed: "),
        ("list -p quux", 2, "error: there is no plugin 'quux'\n  fix: installed: "),
        (
            "run bad.toml",
            2,
            "error: bad.toml:4: train.steps must be greater than or equal to 1, not 0\n  fix: numb",
        ),
        ("run bad.toml", 2, "\nerror: bad.toml:6: there is no method 'dnt'\n  fix: did you mean 'dtn/dtn'?\n"),
        ("run torn.toml", 2, "error: torn.toml:1: not TOML: "),
        (
            "run quickstart --set train.steps=x",
            2,
            "error: --set train.steps=x: train.steps must be an integer, not",
        ),
        ("run quickstart --set train.step", 2, "is not of the form key=value\n  fix: --set train.steps=2000\n"),
        ("run quickstart --set trian.steps=1", 2, "error: --set trian.steps=1: there is no section [trian]"),
        ("show quickstart --set train.steps=0", 2, "error: --set train.steps=0: train.steps must be greater"),
        ("run quickstart --device warp", 2, "error: there is no device 'warp'\n  fix: auto, cpu, cuda or cuda:N\n"),
        ("download digits/svnh", 2, "there is no dataset 'digits/svnh'\n  fix: did you mean 'digits/svhn'?\n"),
        ("download dtn/dtn", 2, "'dtn/dtn' is of the kind method; what is wanted is of the kind dataset\n  fix: "),
        ("download svhn --set splt=x", 2, "'digits/svhn' has no option 'splt'\n  fix: did you mean 'split'?\n"),
        ("download npz", 2, "'basics/npz' needs the option 'path'"),
        (
            "resume nothing",
            1,
            "error: 'nothing' is neither a run nor in runs\n  fix: train one first: ganforge run",
        ),
        ("evaluate nothing", 1, "error: 'nothing' is neither a run nor in runs\n"),
        ("transfer nothing images", 1, "error: 'nothing' is neither a run nor in runs\n"),
        ("frobnicate", 2, "No such command 'frobnicate'"),
        ("show", 2, "Missing argument"),
        ("run quickstart --threads 0", 2, "--threads"),
    ],
)
def test_a_mistake_is_told_on_stderr_alone(ganforge, command, code, message):
    result = ganforge(*command.split())
    assert (result.code, result.out) == (code, "")
    assert message in result.err


def test_a_component_that_cannot_be_imported_is_told_with_its_distribution(ganforge, site):
    site.install("acme", None, '"loss", "mine", "nothing_of_that_name:function", "A loss."')
    result = ganforge("show", "acme/mine")
    assert result.code == 2
    assert "error: the loss 'acme/mine' of ganforge-acme 1.0 cannot be imported: ModuleNotFoundError" in result.err
    assert "fix: reinstall ganforge-acme" in result.err


def test_a_place_that_cannot_be_written_to_is_told_by_name(ganforge, tmp_path):
    (tmp_path / "file").write_text("")
    result = ganforge("copy", "quickstart", tmp_path / "file" / "folder")
    assert result.code == 1
    assert result.err.startswith("error: ")
    assert str(tmp_path / "file") in result.err
    assert "Traceback" not in result.err


def test_a_bug_keeps_its_traceback(monkeypatch, ganforge):
    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr("ganforge.plugins.registry.load_plugins", broken)
    with pytest.raises(ZeroDivisionError):
        ganforge("list")
