"""Shipped recipes: found by name, and with those that they build on."""

from __future__ import annotations

from pathlib import Path

import pytest

from ganforge.errors import UsageError
from ganforge.plugins.registry import Registry
from ganforge.recipe.library import companions, find_recipe, shipped_recipes

HOOK = """
    from ganforge.plugins import hookimpl
    @hookimpl
    def ganforge_recipes(): return {folder!r}
"""


@pytest.fixture
def registry() -> Registry:
    return Registry()


def test_the_quickstart_is_shipped_with_a_description(registry):
    recipes = {recipe.name: recipe for recipe in shipped_recipes(registry)}
    assert recipes["quickstart"].description
    assert all(recipe.path.is_file() for recipe in recipes.values())


def test_a_recipe_goes_by_its_path_and_by_its_name(registry, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    named = find_recipe("quickstart", registry)
    assert named.name == "quickstart.toml"
    assert [find_recipe(text, registry) for text in ("quickstart.toml", "recipes/quickstart.toml")] == [named, named]
    (tmp_path / "quickstart").write_text("")
    assert find_recipe("quickstart", registry) == Path("quickstart")


@pytest.mark.parametrize(
    ("text", "fix"),
    [("quikstart", "did you mean 'quickstart'?"), ("qqqqqq", "`ganforge recipes`"), ("", "`ganforge recipes`")],
)
def test_a_recipe_that_is_not_there(registry, text, fix):
    with pytest.raises(UsageError) as caught:
        find_recipe(text, registry)
    assert fix in (caught.value.fix or "")


def test_a_plugins_recipes_have_its_name_in_front(site, tmp_path):
    for name in ("acme", "other"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "shared.toml").write_text("[recipe]\n")
        (folder / f"only_{name}.toml").write_bytes(b'\xef\xbb\xbf[recipe]\ndescription = "words"\n')
        (folder / "quickstart.toml").write_text("not toml")
        site.install(name, {f"{name}_plugin": HOOK.format(folder=str(folder))})
    registry = Registry()
    recipes = {recipe.name: recipe for recipe in shipped_recipes(registry)}
    assert recipes["acme/only_acme"].description == "words"
    assert recipes["acme/quickstart"].description == "(cannot be read)"
    assert (
        find_recipe("only_acme", registry)
        == find_recipe("acme/only_acme", registry)
        == tmp_path / "acme" / "only_acme.toml"
    )
    assert find_recipe("quickstart", registry).parent not in (tmp_path / "acme", tmp_path / "other")
    with pytest.raises(UsageError, match="ambiguous: 'acme/shared' and 'other/shared'"):
        find_recipe("shared", registry)


def test_companions_are_followed_and_found_once(tmp_path):
    def write(name: str, *children: str) -> None:
        weights = "".join(f'[networks.n{i}]\nweights = {{ recipe = "{child}" }}\n' for i, child in enumerate(children))
        judges = "".join(f'[judges.j{i}]\nrecipe = "{child}"\n' for i, child in enumerate(children))
        (tmp_path / name).write_text(weights + judges)

    (tmp_path / "sub").mkdir()
    write("a.toml", "b.toml", "sub/c.toml", "missing.toml", str(tmp_path / "b.toml"))
    write("b.toml", "a.toml")
    write("sub/c.toml", "../b.toml", "d.toml")
    (tmp_path / "sub" / "d.toml").write_text("not toml")
    found = [path.relative_to(tmp_path).as_posix() for path in companions(tmp_path / "a.toml")]
    assert found == ["b.toml", "sub/c.toml", "sub/d.toml"]


@pytest.mark.parametrize(
    "text", ["networks = 3", "[networks]\nx = 3", "[networks.x]\nweights = 3", "[judges.x]\nrecipe = 3"]
)
def test_a_recipe_with_mistakes_has_no_companions(tmp_path, text):
    (tmp_path / "a.toml").write_text(text)
    assert companions(tmp_path / "a.toml") == []
