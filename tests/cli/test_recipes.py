"""`ganforge recipes` and `ganforge copy`."""

from __future__ import annotations

from pathlib import Path

import pytest

from ganforge.plugins.registry import Registry
from ganforge.recipe.check import read_recipe
from ganforge.recipe.library import find_recipe, shipped_recipes

REGISTRY = Registry()
QUICKSTART = find_recipe("quickstart", REGISTRY)


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("GANFORGE_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_all_recipes_are_listed_with_their_descriptions(ganforge):
    lines = ganforge("recipes").out.splitlines()
    assert [line.split()[0] for line in lines] == [recipe.name for recipe in shipped_recipes(REGISTRY)]
    assert all(len(line.split(maxsplit=1)) == 2 for line in lines)


def test_a_copy_brings_its_companions_and_runs_as_the_original(ganforge, tmp_path):
    target = tmp_path / "mine"
    result = ganforge("copy", "quickstart", target)
    assert (result.code, result.err) == (0, "")
    assert sorted(result.out.splitlines()) == sorted(str(target / name) for name in files(target))
    assert set(files(target)) >= {"quickstart.toml", "quickstart_encoder.toml", "quickstart_judge.toml"}
    assert read_recipe(target / "quickstart.toml", REGISTRY).hash == read_recipe(QUICKSTART, REGISTRY).hash


def test_a_copy_may_have_another_name(ganforge, tmp_path):
    ganforge("copy", "quickstart", tmp_path / "sub" / "mine.toml")
    assert "quickstart.toml" not in files(tmp_path / "sub")
    assert read_recipe(tmp_path / "sub" / "mine.toml", REGISTRY).hash == read_recipe(QUICKSTART, REGISTRY).hash


def test_a_copy_goes_to_the_current_folder_by_default(ganforge, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ganforge("copy", "quickstart")
    assert "quickstart.toml" in files(tmp_path)


def test_nothing_is_overwritten_and_nothing_is_half_copied(ganforge, tmp_path):
    (tmp_path / "quickstart_encoder.toml").write_text("mine")
    result = ganforge("copy", "quickstart", tmp_path)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(f"error: {tmp_path / 'quickstart_encoder.toml'} would be overwritten\n  fix: ")
    assert files(tmp_path) == ["quickstart_encoder.toml"]
    assert (tmp_path / "quickstart_encoder.toml").read_text() == "mine"


def test_a_companion_that_is_there_already_is_shared(ganforge, tmp_path):
    assert ganforge("copy", "quickstart", tmp_path / "one.toml").code == 0
    assert ganforge("copy", "quickstart", tmp_path / "two.toml").code == 0
    (tmp_path / "one.toml").write_text("changed")
    assert ganforge("copy", "quickstart", tmp_path / "one.toml").code == 2
    assert (tmp_path / "one.toml").read_text() == "changed"


def test_recipes_of_several_folders_keep_their_places(ganforge, tmp_path):
    source = tmp_path / "source"
    (source / "deep").mkdir(parents=True)
    (source / "deep" / "main.toml").write_text('[networks.x]\nweights = { recipe = "../below.toml" }\n')
    (source / "below.toml").write_text("")
    assert ganforge("copy", source / "deep" / "main.toml", tmp_path / "target").code == 0
    assert files(tmp_path / "target") == ["below.toml", "deep/main.toml"]
    result = ganforge("copy", source / "deep" / "main.toml", tmp_path / "file" / "main.toml")
    assert result.code == 2
    assert "builds on recipes in other folders\n  fix: copy to a folder, not to a file" in result.err
    assert not (tmp_path / "below.toml").exists()


@pytest.mark.parametrize("target", ["../elsewhere", "../elsewhere/mine.toml"])
def test_a_target_may_lie_above(ganforge, tmp_path, monkeypatch, target):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert ganforge("copy", "quickstart", target).code == 0
    assert "quickstart_encoder.toml" in files(tmp_path / "elsewhere")
