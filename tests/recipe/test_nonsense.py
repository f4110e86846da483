"""Nothing that can be written into a recipe brings more than a message: shipped recipes, damaged in every way."""

from __future__ import annotations

import contextlib
import copy
import tomllib
from pathlib import Path
from typing import Any

import tomlkit
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ganforge.errors import GanforgeError
from ganforge.plugins.registry import Registry
from ganforge.quantities.planner import make_plan
from ganforge.recipe.check import check_document
from ganforge.recipe.document import parse_document
from ganforge.recipe.library import shipped_recipes

REGISTRY = Registry()
TEXTS = {recipe.path: recipe.path.read_text(encoding="utf-8") for recipe in shipped_recipes(REGISTRY)}
RECIPES = {path: text for path, text in TEXTS.items() if "study" not in tomllib.loads(text)}
NAMES = sorted({part for entry in REGISTRY.entries() for part in (entry.name, entry.component.name)})

ROLES = ["generator", "discriminator", "encoder", "classifier", "adversarial", "adversarial.d_real", "identity"]

keys = st.sampled_from(
    ["use", "weight", "weights", "recipe", "update", "terms", "file", "x", "", "a.b", "é\n", "schedule"]
)
nonsense = st.recursive(
    st.sampled_from([0, 1, -1, 1.5, float("inf"), float("nan"), True, "", "\0", "../x", "/", "quickstart.toml", [], {}])
    | st.sampled_from(NAMES),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(keys, inner, max_size=2),
    max_leaves=3,
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every table or list inside, with each of its keys or positions."""
    found: list[tuple[Any, Any]] = []
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in list(parts):
        found += [(value, key), *places(part)]
    return found


def varied(value: Any) -> st.SearchStrategy[Any]:
    """Other values of the same type, which are more likely to make sense."""
    if isinstance(value, bool | dict | list):
        return st.just(value) if isinstance(value, dict | list) else st.booleans()
    if isinstance(value, int):
        return st.integers(-1, 5) | st.sampled_from([16, 32, 2**62])
    if isinstance(value, float):
        return st.floats(-1, 2)
    return st.sampled_from([*NAMES, *ROLES])


@st.composite
def damaged(draw: st.DrawFn) -> tuple[Path, str]:
    path = draw(st.sampled_from(sorted(RECIPES)))
    data = copy.deepcopy(tomllib.loads(RECIPES[path]))
    for _ in range(draw(st.integers(1, 3))):
        around, key = draw(st.sampled_from(places(data) or [(data, "x")]))
        action = draw(st.sampled_from(["delete", "rename", "replace", "vary", "vary", "vary", "add", "move"]))
        if action == "vary":
            around[key] = draw(varied(around[key]))
        elif action == "replace" or isinstance(around, list):
            around[key] = draw(nonsense)
        elif action == "add":
            around[draw(keys)] = draw(nonsense)
        elif action == "move":
            other, _ = draw(st.sampled_from(places(data)))
            if isinstance(other, dict):
                other[draw(keys)] = copy.deepcopy(around.get(key))
        elif key in around:
            value = around.pop(key)
            if action == "rename":
                around[draw(keys | st.sampled_from(sorted(data) or ["x"]))] = value
    return path, tomlkit.dumps(_without_none(data))


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_none(part) for key, part in value.items() if part is not None}
    return [_without_none(part) for part in value] if isinstance(value, list) else value


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(damaged())
def test_a_damaged_recipe_is_taken_or_refused_with_a_message(recipe):
    path, text = recipe
    taken = None
    with contextlib.suppress(GanforgeError):
        taken = make_plan(check_document(parse_document(text, path), REGISTRY)).recipe
    # What is taken is taken again as it is written out.
    assert taken is None or check_document(parse_document(taken.dumps(), path), REGISTRY).hash == taken.hash


@settings(max_examples=200)
@given(st.sampled_from(sorted(RECIPES)), st.data())
def test_a_recipe_with_lines_lost_or_garbled_is_taken_or_refused_with_a_message(path, data):
    lines = RECIPES[path].split("\n")
    for _ in range(data.draw(st.integers(1, 4))):
        index = data.draw(st.integers(0, len(lines) - 1))
        lines[index] = data.draw(st.sampled_from(["", "[", "x", "= 1", '"""', "[[train]]", "[x]"])) or lines[index - 1]
    with contextlib.suppress(GanforgeError):
        make_plan(check_document(parse_document("\n".join(lines), path), REGISTRY))


@settings(max_examples=100)
@given(st.data())
def test_an_override_is_taken_or_refused_with_a_message(data):
    path = next(path for path in RECIPES if path.name == "quickstart.toml")
    key, value = data.draw(
        st.sampled_from(leaves(check_document(parse_document(RECIPES[path], path), REGISTRY).resolved()))
    )
    changed = data.draw(varied(value) | nonsense)
    text = changed if isinstance(changed, str) else tomlkit.dumps({"x": changed}).partition("=")[2]
    with contextlib.suppress(GanforgeError):
        make_plan(check_document(parse_document(RECIPES[path], path).override([f"{key}={text}"]), REGISTRY))


def leaves(table: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """Yield the dotted key of every value in a table and its tables."""
    found: list[tuple[str, Any]] = []
    for key, value in table.items():
        found += leaves(value, f"{prefix}{key}.") if isinstance(value, dict) else [(f"{prefix}{key}", value)]
    return found
