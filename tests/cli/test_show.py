"""`ganforge show`: the page of every component, and recipes as they are or with every default filled in."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from ganforge.cli.show import describe, snippet
from ganforge.options.marks import FACTS
from ganforge.plugins.registry import Registry
from ganforge.recipe.check import read_recipe
from ganforge.recipe.library import find_recipe

REGISTRY = Registry()


def used(value: Any) -> dict[str, Any] | str:
    """Return the innermost table that names a component, or the name alone."""
    if isinstance(value, list):
        return used(value[0])
    if isinstance(value, dict) and "use" not in value:
        return used(next(iter(value.values())))
    return value


@pytest.mark.parametrize("entry", REGISTRY.entries(), ids=lambda entry: f"{entry.kind}-{entry.name}")
def test_every_component_has_a_page_and_a_snippet_that_a_recipe_can_use(entry):
    page = describe(entry)
    assert page.startswith(f"{entry.name}   {entry.kind}   {entry.origin}\n  {entry.summary}\n")
    for option in entry.schema.options:
        assert f"    {option.name}: {option.type_name}   (" in page
        assert option.doc in page
    lines = snippet(entry)
    assert all(f"  {line}" in page for line in lines)
    table = used(tomllib.loads("\n".join(lines)))
    table = {"use": table} if isinstance(table, str) else table
    assert table.pop("use") == entry.name
    values, wrong = entry.schema.validate(table)
    assert not wrong
    assert set(values) == set(table)
    left = {option.name for option in entry.schema.options if option.required and option.name not in FACTS}
    assert {line.split()[1] for line in lines if line.startswith("#")} == left


def test_static_shows_what_the_plugin_says_and_imports_nothing(ganforge, site):
    site.install("acme", {"acme_loss": "1 / 0"}, '"loss", "mine", "acme_loss:function", "A loss of mine."')
    result = ganforge("show", "--static", "acme/mine")
    assert (result.code, result.err) == (0, "")
    assert result.out == "acme/mine   loss   ganforge-acme 1.0\n  A loss of mine.\n  acme_loss:function\n"


def test_a_method_shows_its_roles_data_and_quantities(ganforge):
    page = ganforge("show", "methods/dtn").out
    assert "    encoder: encoder, fixed   f: reads images of both domains; fixed\n" in page
    assert "    teacher: encoder, fixed, optional   " in page
    assert "    source: s: the images to transfer\n" in page
    assert "    source_labels   [N]   labels\n" in page
    assert "    transferred_source   [N, C, H, W], in the target's range   G(s) = g(f(s)).\n" in page


def test_a_loss_shows_what_each_term_works_on_and_updates(ganforge):
    page = ganforge("show", "dtn/ternary-adversarial").out
    assert "    g_target(target_verdict)   updates generator   -log D3(G(t)).\n" in page
    assert "  watches: accuracy_source, accuracy_target, accuracy_real\n" in page
    assert "  works on: transferred_source\n" in ganforge("show", "total-variation").out


def test_a_metric_shows_what_its_values_mean(ganforge):
    assert "  gives: distance, lower is better\n" in ganforge("show", "frechet-distance").out
    page = ganforge("show", "class-shares").out
    assert "  gives: classes, count, higher is better\n" in page
    assert "  gives: class-*, share\n" in page


def test_a_name_of_several_kinds_shows_all_of_them(ganforge):
    page = ganforge("show", "cosine").out
    assert "basics/cosine   distance   " in page
    assert "\n\nbasics/cosine   scheduler   " in page


def test_odd_defaults_can_be_written_into_a_recipe(ganforge, site):
    source = """
        from pathlib import Path
        from typing import Literal
        def function(x, *, table: dict[str, float] = {"a b": 1}, path: Path = Path("a"), none: int | None = None,
                     text: str = 'a "b"', small: float = 1e-8, choice: Literal[1, None] = None, needed: int):
            "A loss."
    """
    site.install("acme", {"acme_loss": source}, '"loss", "m.1", "acme_loss:function", "A loss."')
    page = ganforge("show", "acme/m.1").out
    assert "    none: int | none   (default: none)\n" in page
    assert "    choice: 1 | none   (default: none)\n" in page
    assert "    needed: int   (required)\n" in page
    lines = snippet(Registry().get("loss", "acme/m.1"))
    assert tomllib.loads("\n".join(lines)) == {
        "losses": {"m-1": {"use": "acme/m.1", "table": {"a b": 1.0}, "path": "a", "text": 'a "b"', "small": 1e-8}}
    }


@pytest.mark.parametrize("name", ["quickstart", "quickstart.toml", "recipes/quickstart.toml"])
def test_a_recipe_is_shown_as_it_is(ganforge, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    assert ganforge("show", name).out == find_recipe("quickstart", REGISTRY).read_text(encoding="utf-8")


def test_a_resolved_recipe_is_the_same_recipe(ganforge, tmp_path):
    original = find_recipe("quickstart", REGISTRY)
    result = ganforge("show", "quickstart", "--resolved")
    assert (result.code, result.err) == (0, "")
    for child in original.parent.glob("quickstart_*.toml"):
        (tmp_path / child.name).write_bytes(child.read_bytes())
    (tmp_path / "quickstart.toml").write_text(result.out, encoding="utf-8")
    assert read_recipe(tmp_path / "quickstart.toml", REGISTRY).hash == read_recipe(original, REGISTRY).hash
    assert tomllib.loads(ganforge("show", "quickstart", "--set", "train.steps=7").out)["train"]["steps"] == 7


def test_a_component_that_prints_at_import_does_not_spoil_a_resolved_recipe(ganforge, site, tmp_path):
    source = "print('hello')\ndef function(transferred_source): 'A loss.'"
    site.install("acme", {"acme_loss": source}, '"loss", "mine", "acme_loss:function", "A loss."')
    result = ganforge("show", "quickstart", "--set", "losses.mine.use=acme/mine")
    assert tomllib.loads(result.out)["losses"]["mine"]["use"] == "acme/mine"
    assert result.err == "hello\n"


@pytest.mark.parametrize("name", ["acme/mine", "losses/acme/mine"])
def test_a_component_of_a_broken_plugin_says_why_that_is_broken(ganforge, site, name):
    site.install("acme", {"acme_plugin": "1 / 0"})
    result = ganforge("show", name)
    assert (result.code, result.out) == (2, "")
    assert result.err == (
        "error: the plugin 'acme' of ganforge-acme 1.0 cannot be loaded: ZeroDivisionError: division by zero\n"
        "  fix: reinstall ganforge-acme, or report this to its author\n"
    )
