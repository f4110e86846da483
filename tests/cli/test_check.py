"""`ganforge check`: a recipe, and all that it builds on, without running anything."""

from __future__ import annotations

import pytest

from ganforge.plugins.registry import Registry
from ganforge.recipe.library import companions, find_recipe


@pytest.fixture
def copied(tmp_path):
    """Copy the quickstart, to be damaged."""
    source = find_recipe("quickstart", Registry())
    for path in (source, *companions(source)):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def damage(path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


def test_a_recipe_without_mistakes_says_what_it_minimises(ganforge):
    result = ganforge("check", "quickstart", "quickstart_encoder")
    assert (result.code, result.err) == (0, "")
    first, second = result.out.splitlines()
    assert first.startswith("quickstart: no mistakes; minimises adversarial.d_source, ")
    assert second.startswith("quickstart_encoder: no mistakes; minimises classification; recipe ")


def test_an_override_counts(ganforge):
    result = ganforge("check", "quickstart", "--set", "losses.identity.weight=0")
    assert result.code == 0
    assert ", identity" not in result.out


def test_the_mistakes_of_several_recipes_come_at_once(ganforge, copied):
    damage(copied / "quickstart.toml", "[method]", "[metod]\n[method]")
    damage(copied / "quickstart_encoder.toml", "[method]", "[metod]\n[method]")
    result = ganforge("check", copied / "quickstart.toml", copied / "quickstart_judge.toml")
    assert result.code == 2
    assert "quickstart_judge.toml: no mistakes" in result.out
    assert [line.split(":")[1].strip() for line in result.err.splitlines() if line.startswith("error")] == [
        str(copied / "quickstart.toml"),
        str(copied / "quickstart_encoder.toml"),
    ]


def test_what_a_recipe_builds_on_is_worked_out_too(ganforge, copied):
    phases = '[phases.classifier]\nupdate = "classifier"\nterms = ["clasification"]\n[method]'
    damage(copied / "quickstart_encoder.toml", "[method]", phases)
    result = ganforge("check", copied / "quickstart.toml")
    assert result.code == 2
    assert f"error: {copied / 'quickstart_encoder.toml'}:" in result.err
    assert "there is no loss term 'clasification'\n  fix: did you mean 'classification'?" in result.err


def test_a_run_finds_the_same_mistakes_before_it_starts(ganforge, copied):
    damage(copied / "quickstart_judge.toml", "[method]", '[phases.x]\nupdate = "classifer"\n[method]')
    result = ganforge("run", copied / "quickstart.toml", "--runs", copied / "runs")
    assert result.code == 2
    assert "there is no network 'classifer'" in result.err
    assert not (copied / "runs").exists()


def test_a_file_of_weights_must_be_there(ganforge, copied):
    damage(copied / "quickstart.toml", '{ recipe = "quickstart_encoder.toml" }', '{ file = "x.safetensors" }')
    result = ganforge("check", copied / "quickstart.toml")
    assert result.code == 2
    assert f"there is no file '{copied / 'x.safetensors'}'\n  fix: paths are relative to " in result.err
    (copied / "x.safetensors").write_bytes(b"")
    assert ganforge("check", copied / "quickstart.toml").code == 0


def test_a_package_with_weights_must_be_installed(ganforge, copied):
    damage(copied / "quickstart.toml", '{ recipe = "quickstart_encoder.toml" }', '{ file = "no_such:x.safetensors" }')
    result = ganforge("check", copied / "quickstart.toml")
    assert result.code == 2
    assert "there is no file 'no_such:x.safetensors'\n  fix: install the package 'no_such'" in result.err
