"""The JSON Schema finds the mistakes that `ganforge check` finds, within the limits of JSON Schema."""

from __future__ import annotations

import copy
import tomllib
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from ganforge.editor.schema import schema
from ganforge.errors import GanforgeError, RecipeError
from ganforge.plugins.registry import Registry
from ganforge.recipe.check import check_document
from ganforge.recipe.document import Document, parse_document
from ganforge.recipe.library import shipped_recipes
from ganforge.study.check import load_study

REGISTRY = Registry()
SHIPPED = {one.name: one for one in shipped_recipes(REGISTRY)}
RECIPES = {name: one.path for name, one in SHIPPED.items() if not one.is_study}
QUICKSTART = RECIPES["quickstart"]


def plain(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def refused(data: dict[str, Any], path: Path = QUICKSTART) -> bool:
    """Return True if the core refuses a recipe."""
    try:
        check_document(parse_document(tomlkit.dumps(data), path), REGISTRY)
    except GanforgeError:
        return True
    return False


def edited(assignments: dict[str, Any], path: Path = QUICKSTART) -> dict[str, Any]:
    """Return a recipe with some keys changed; `None` removes one."""
    data = plain(path)
    for name, value in assignments.items():
        *around, last = name.split("/")
        table = data
        for part in around:
            table = table.setdefault(part, {})
        if value is None:
            del table[last]
        else:
            table[last] = value
    return data


def test_it_is_a_schema_of_draft_7(built):
    Draft7Validator.check_schema(built)


@pytest.mark.parametrize("name", SHIPPED)
def test_everything_that_is_shipped_is_without_mistakes(name, complaints):
    assert complaints(plain(SHIPPED[name].path)) == []


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_is_without_mistakes_as_it_is_written_beside_a_run(name, complaints, tmp_path):
    recipe = check_document(Document(RECIPES[name], plain(RECIPES[name])), REGISTRY)
    recipe.write(tmp_path)
    for file in tmp_path.rglob("*.toml"):
        assert complaints(plain(file)) == [], file.name


@pytest.mark.parametrize(
    ("assignments", "said"),
    [
        ({"train/stps": 3}, "train: Additional properties are not allowed ('stps' was unexpected)"),
        ({"train/steps": "3"}, "train.steps: '3' is not of type 'integer'"),
        ({"train/steps": 0}, "train.steps: 0 is less than the minimum of 1"),
        ({"train/steps": None}, "train: 'steps' is a required property"),
        ({"train/precision": "fp8"}, "train.precision: 'fp8' is not one of"),
        ({"recipe/name": "no spaces"}, "recipe.name: 'no spaces' does not match"),
        ({"method": None}, ": 'method' is a required property"),
        ({"method/use": "dtn/dnt"}, "method.use: 'dtn/dnt' is not one of"),
        ({"method/use": "basics/adam"}, "method.use: 'basics/adam' is not one of"),
        ({"losse": {}}, "losse: {} should not be valid under"),
        ({"losses/constancy/wieght": 3}, "losses.constancy: Additional properties are not allowed ('wieght'"),
        ({"losses/constancy/label_smoothing": 0.1}, "losses.constancy: Additional properties are not allowed"),
        ({"losses/constancy/use": None}, "losses.constancy: 'use' is a required property"),
        ({"losses/constancy/distance": "cosin"}, "losses.constancy.distance: 'cosin' is not valid under any"),
        ({"losses/constancy/distance": {"temperature": 2.0}}, "losses.constancy.distance: 'use' is a required"),
        (
            {"losses/constancy/distance": {"use": "basics/mse", "temperature": 2.0}},
            "losses.constancy.distance: Additional properties are not allowed ('temperature' was unexpected)",
        ),
        ({"losses/constancy/schedule": "basics/ramp"}, "losses.constancy.schedule: 'basics/ramp' is not valid"),
        ({"losses/constancy/schedule": {"use": "ramp"}}, "losses.constancy.schedule: 'length' is a required"),
        ({"losses/a b": {"use": "dtn/identity"}}, "losses: 'a b' does not match"),
        ({"data/source/augment": ["basics/nose"]}, "data.source.augment.0: 'basics/nose' is not valid under any"),
        ({"data/source/channels": True}, "data.source.channels: True is not one of [1, 3]"),
        ({"data/source/difficulty": 2}, "data.source.difficulty: 2 is greater than the maximum of 1"),
        ({"data/sources": {"use": "digits/svhn"}}, "data: 'sources' does not match any of the regexes"),
        ({"data/source": None}, "data: 'source' is a required property"),
        ({"data/test-x": {"use": "dtn/identity"}}, "data.test-x.use: 'dtn/identity' is not one of"),
        ({"networks/generator/use": "digits/strided-cnn"}, "networks.generator.use: 'digits/strided-cnn' is not one"),
        ({"networks/generators": {}}, "networks: Additional properties are not allowed ('generators' was"),
        ({"networks/generator/weights": {}}, "networks.generator.weights: {} is not valid under any"),
        ({"optimizers/generator/momentum": 0.5}, "optimizers.generator: Additional properties are not allowed"),
        ({"optimizers/generator": {"momentum": 0.5}}, "optimizers.generator: Additional properties are not allowed"),
        ({"phases/g": {"update": "generator", "hysteresis": [1.0]}}, "phases.g.hysteresis: [1.0] is too short"),
        ({"metrics/m": {"use": "basics/frechet-distance", "images": 1}}, "metrics.m.images: 1 is less than"),
        ({"judges/residual/recipe": 3}, "judges.residual.recipe: 3 is not of type 'string'"),
        ({"judges/residual/width": 3}, "judges.residual: Additional properties are not allowed ('width' was"),
        ({"judges/x": {"use": "digits/strided-cnn", "width": 0}}, "judges.x.width: 0 is less than"),
        ({"judges/x": {"use": "digits/strided-cnn", "wdth": 3}}, "judges.x: Additional properties are not allowed"),
    ],
)
def test_a_mistake_is_found_where_it_is(assignments, said, complaints):
    data = edited(assignments)
    found = complaints(data)
    assert any(text.startswith(said) for text in found), found
    assert refused(data)


def test_a_mistake_in_an_option_that_all_components_have_alike_is_said_once(complaints):
    assert complaints(edited({"optimizers/generator/lr": -1})) == [
        "optimizers.generator.lr: -1 is less than or equal to the minimum of 0"
    ]


@pytest.mark.parametrize(
    "assignments",
    [
        {"losses/constancy/use": "f-constancy"},
        {"losses/constancy/distance": {"use": "combined", "mse": 1, "cosine": 2.5}},
        {"losses/constancy/schedule": {"use": "ramp", "length": 10}},
        {"data/source/augment": ["noise", {"use": "basics/affine", "scale": [0.5, 2]}]},
        {"data/source/normalize": {"mean": [0.5], "std": [0.5]}},
        {"data/test-target": {"use": "digits/svhn", "split": ["train", "extra"]}},
        {"networks/generator/weights": {"file": "x.safetensors", "rename": {"a.": "b."}}},
        {"judges/x": {"use": "strided-cnn", "width": 8, "weights": {"file": "x.safetensors"}, "normalize": "unit"}},
        {"optimizers/generator": {"lr": 1e-3}},
        {"optimizers/generator": {"use": "sgd", "lr": 1e-3, "momentum": 0.9, "schedule": "cosine"}},
        {"phases/d": {"update": "discriminator"}, "phases/g": {"update": "generator", "hysteresis": [0.1, 1]}},
    ],
)
def test_what_may_be_written_in_several_ways_may_be_so(assignments, complaints):
    data = edited(assignments)
    assert complaints(data) == []
    assert not refused(data)


# -- in every way --------------------------------------------------------------------------------------------------


def leaves(value: Any, key: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the places of all values that are no tables."""
    if isinstance(value, dict):
        return [leaf for name, part in value.items() for leaf in leaves(part, (*key, name))]
    return [key]


def around(data: dict[str, Any], key: tuple[Any, ...]) -> dict[str, Any]:
    for part in key[:-1]:
        data = data[part]
    return data


PLACES = [(name, key) for name, path in RECIPES.items() for key in leaves(plain(path))]
letters = st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=12)


@settings(max_examples=150)
@given(place=st.sampled_from(PLACES), other=letters)
def test_a_key_that_does_not_exist_is_refused_by_both(place, other, complaints):
    name, key = place
    data = plain(RECIPES[name])
    table = around(data, key)
    # A letter in front makes a name that no table knows.
    table[f"q{other}"] = table.pop(key[-1])
    assert complaints(data)
    assert refused(data, RECIPES[name])


def wrong(value: Any) -> st.SearchStrategy[Any]:
    """Values of types that no key takes in place of this one."""
    if isinstance(value, bool):
        return st.sampled_from(["true", 1, [True], {"x": True}])
    if isinstance(value, int | float):
        return st.sampled_from([f"{value}", False, [[value]], {"x": value}])
    if isinstance(value, str):
        return st.sampled_from([3, 0.5, True, [[value]], {"x": value}])
    return st.sampled_from([3, 0.5, True, [[[value]]]])


@settings(max_examples=150)
@given(place=st.sampled_from(PLACES), data=st.data())
def test_a_value_of_another_type_is_refused_by_both(place, data, complaints):
    name, key = place
    recipe = plain(RECIPES[name])
    table = around(recipe, key)
    table[key[-1]] = data.draw(wrong(table[key[-1]]))
    assert complaints(recipe)
    assert refused(recipe, RECIPES[name])


NAMES = sorted({text for entry in REGISTRY.entries() for text in (entry.name, entry.component.name)})
anything = st.recursive(
    st.sampled_from([0, 1, -1, 0.5, 2.0, 32, True, "", "generator", "encoder", "x.toml", "quickstart_judge.toml"])
    | st.sampled_from(NAMES),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["use", "weight", "x"]), inner),
    max_leaves=3,
)


@settings(max_examples=300)
@given(place=st.sampled_from(PLACES), data=st.data())
def test_what_the_core_takes_is_never_marked(place, data, complaints):
    name, key = place
    recipe = plain(RECIPES[name])
    other = data.draw(st.sampled_from(leaves(recipe)))
    for one in (key, other):
        table = around(recipe, one)
        before = copy.deepcopy(table)
        change = data.draw(st.sampled_from(["replace", "replace", "remove", "add"]))
        if change == "replace":
            table[one[-1]] = data.draw(anything)
        elif change == "remove":
            table.pop(one[-1], None)
        else:
            table[data.draw(st.sampled_from(["use", "weight", "seed", "limit", "ema", "count"]))] = data.draw(anything)
        # A change that the core refuses tells nothing: take it back, so that the other is seen alone.
        if refused(recipe, RECIPES[name]):
            table.clear()
            table.update(before)
    assert refused(recipe, RECIPES[name]) or complaints(recipe) == []


# -- studies -------------------------------------------------------------------------------------------------------

TABLE1 = SHIPPED["table1"].path


@pytest.mark.parametrize(
    ("assignments", "said"),
    [
        ({"study/bas": "x.toml"}, "study: Additional properties are not allowed ('bas' was unexpected)"),
        ({"study/base": None}, "study: 'base' is a required property"),
        ({"study/seeds": []}, "study.seeds: [] "),
        ({"study/set/train.steps": "many"}, "study.set.train.steps: 'many' is not of type 'integer'"),
        ({"study/set/steps": 3}, "study.set: 'steps' does not match"),
        ({"study/set/recipe.seed": 3}, "study.set: 'recipe.seed' does not match"),
        ({"variants/best/titel": "x"}, "variants.best: Additional properties are not allowed ('titel' was"),
        ({"variants/a b": {}}, "variants: 'a b' does not match"),
        ({"train": {"steps": 3}}, "train: {'steps': 3} should not be valid under"),
        ({"search/method": "grit"}, "search.method: 'grit' is not one of"),
    ],
)
def test_a_mistake_in_a_study_is_found_where_it_is(assignments, said, complaints, tmp_path):
    data = edited(assignments, TABLE1)
    found = complaints(data)
    assert any(text.startswith(said) for text in found), found
    file = tmp_path / "study.toml"
    file.write_text(tomlkit.dumps({**data, "study": {"base": str(TABLE1.parent / "x.toml"), **data["study"]}}))
    with pytest.raises(RecipeError):
        load_study(file, REGISTRY)


# -- whatever is installed -----------------------------------------------------------------------------------------

ODD = '''
"""Losses with options of all sorts."""
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Callable, Literal
from pydantic import BaseModel, Field
from ganforge.plugins import Nested

class Shape(BaseModel):
    width: int
    height: int | None = None

class Opaque:
    pass

def odd(images, *, maybe: int | None = None, pair: tuple[int, float] = (1, 2.0), many: tuple[str, ...] = (),
        mode: Literal["a", None] = None, shape: Shape = Shape(width=1), opaque: Opaque | None = None,
        path: Path = Path("x"), table: dict[str, float] = {}, anything: Any = 3,
        inner: Annotated[Callable[..., Any], Nested("loss", default="identity")],
        several: Annotated[list[Callable[..., Any]], Nested("distance")] = ()) -> Any:
    """A loss."""
'''


def test_options_of_all_sorts_can_be_said(site):
    site.install("acme", {"acme_odd": ODD}, '"loss", "odd", "acme_odd:odd", "A loss."')
    found, problems = schema(Registry())
    assert problems == []
    Draft7Validator.check_schema(found)
    validator = Draft7Validator({**found["definitions"]["losses"], "definitions": found["definitions"]})

    def mistakes(**options: Any) -> int:
        return len(list(validator.iter_errors({"use": "acme/odd", **options})))

    assert mistakes() == 0
    assert mistakes(maybe=3, pair=[1, 2], many=["a", "b"], mode="a", shape={"width": 3}, path="y") == 0
    assert mistakes(table={"a": 1}, anything=[1, {}], several=["mse", {"use": "cosine"}], opaque="?") == 0
    assert mistakes(inner={"use": "odd", "inner": {"use": "acme/odd", "maybe": 1}}) == 0
    assert mistakes(maybe="3") == mistakes(pair=[1]) == mistakes(many=[1]) == mistakes(mode="b") == 1
    assert mistakes(shape={"height": 1}) == mistakes(table={"a": "b"}) == mistakes(several=["identity"]) == 1
    assert mistakes(inner={"use": "odd", "inner": {"use": "acme/odd", "maybe": "1"}}) == 1


def test_a_bare_name_is_offered_where_it_means_that_component(site):
    listed = '"distance", "mse", "acme_x:f", "One."', '"distance", "near", "acme_x:f", "Another."'
    source = "def f(value, reference):\n    '''One.'''\n"
    site.install("acme", {"acme_x": source}, *listed)
    site.install("other", {"other_x": source}, '"distance", "near", "other_x:f", "Another."')
    found, _ = schema(Registry())
    names = found["definitions"]["distance"]["properties"]["use"]["enum"]
    assert {"acme/mse", "basics/mse", "mse", "acme/near", "other/near"} <= set(names)
    assert "near" not in names
    branches = found["definitions"]["losses"]
    assert branches["properties"]["use"]["enum"].count("identity") == 1


def test_a_component_that_cannot_be_imported_is_left_out_and_named(site):
    site.install("acme", {"acme_x": "import no_such_module"}, '"loss", "lost", "acme_x:f", "A loss."')
    found, problems = schema(Registry())
    assert "acme/lost" not in found["definitions"]["losses"]["properties"]["use"]["enum"]
    assert len(problems) == 1
    assert "acme/lost" in problems[0]


def test_it_can_be_built_where_nothing_is_installed():
    found, problems = schema(Registry([]))
    Draft7Validator.check_schema(found)
    assert problems == []
    assert list(Draft7Validator(found).iter_errors({"recipe": {"name": "x"}, "train": {"steps": 1}, "method": {}}))


SECTION_OF = {"dataset": "data", "loss": "losses", "metric": "metrics", "optimizer": "optimizers"}


@pytest.mark.parametrize("entry", REGISTRY.entries(), ids=lambda entry: f"{entry.kind}-{entry.name}")
def test_a_component_with_its_defaults_spelt_out_lacks_only_what_has_none(entry, built):
    definitions = built["definitions"]
    names = [SECTION_OF.get(entry.kind, entry.kind), f"networks-{entry.kind}"]
    whole = built["properties"]["method"] if entry.kind == "method" else None
    table = whole or next(definitions[name] for name in names if name in definitions)
    defaults = {option.name: option.plain_default for option in entry.schema.options}
    given = {name: value for name, value in defaults.items() if value is not None}
    found = Draft7Validator({**table, "definitions": definitions}).iter_errors({"use": entry.name, **given})
    assert [error.message for error in found if error.validator != "required"] == []
