"""Options from signatures: how strictly recipes are checked against them, and how they read."""

from __future__ import annotations

import enum
import math
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import pytest
from pydantic import Field

from ganforge.errors import PluginError
from ganforge.options.schema import schema_of
from ganforge.plugins import Nested

if TYPE_CHECKING:
    from nowhere import Tensor


class Mode(enum.Enum):
    FAST = "fast"


def component(
    images: Tensor,
    /,
    labels: Tensor,
    *,
    whole: int = 1,
    real: Annotated[float, Field(gt=0)] = 2,
    flag: bool = False,
    text: str = "x",
    choice: Literal["a", "b"] = "a",
    pair: tuple[float, float] = (0.5, 0.999),
    many: list[Annotated[int, Field(ge=0)]] = [],  # noqa: B006
    path: Path = Path("here"),
    maybe: Annotated[int, Field(ge=1)] | None = None,
    size: int | tuple[int, int] = 3,
    mode: Mode = Mode.FAST,
    table: dict[str, float] = {},  # noqa: B006
    needed: int,
    distance: Annotated[Callable[..., Any], Nested("distance", default="basics/mse")],
    views: Annotated[Sequence[Callable[..., Any]], Nested("augmentation")] = (),
) -> None:
    """Do nothing.

    At some length.

    Args:
        images: what it works on.
        labels: what they show.
        whole: a whole
            number.
        real: a real number.
    """


SCHEMA = schema_of(component, "acme/nothing")
OPTIONS = {option.name: option for option in SCHEMA.options}


def test_a_signature_and_its_docstring_are_the_schema():
    assert SCHEMA.positional == ("images", "labels")
    assert SCHEMA.summary == "Do nothing."
    assert SCHEMA.description == "At some length."
    assert OPTIONS["whole"].doc == "a whole number."
    assert OPTIONS["flag"].doc == ""
    assert [name for name, option in OPTIONS.items() if option.required] == ["needed"]
    assert OPTIONS["distance"].nested == "distance"
    assert OPTIONS["views"].many


@pytest.mark.parametrize(
    ("name", "given", "taken"),
    [
        ("whole", 3, 3),
        ("real", 3, 3.0),
        ("real", 1e-300, 1e-300),
        ("flag", True, True),
        ("text", "", ""),
        ("choice", "b", "b"),
        ("pair", [1, 2.5], (1.0, 2.5)),
        ("many", [], []),
        ("path", "a/b", Path("a/b")),
        ("maybe", 1, 1),
        ("size", [1, 2], (1, 2)),
        ("mode", "fast", Mode.FAST),
        ("table", {"x": 1}, {"x": 1.0}),
        ("distance", "cosine", "cosine"),
        ("distance", {"use": "cosine"}, {"use": "cosine"}),
        ("views", ["blur", {"use": "noise"}], ["blur", {"use": "noise"}]),
    ],
)
def test_what_fits_is_taken_as_the_annotated_type(name, given, taken):
    values, wrong = SCHEMA.validate({name: given})
    assert not wrong
    assert values == {name: taken}
    assert type(values[name]) is type(taken)


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("whole", "3", 'must be an integer, not "3"'),
        ("whole", 3.0, "must be an integer, not 3.0"),
        ("whole", True, "must be an integer, not true"),
        ("real", "1", 'must be a number, not "1"'),
        ("real", True, "must be a number, not true"),
        ("real", 0, "must be greater than 0, not 0"),
        ("real", math.inf, "must be a finite number, not Infinity"),
        ("real", math.nan, "must be a finite number, not NaN"),
        ("flag", 1, "must be true or false, not 1"),
        ("text", 1, "must be a string, not 1"),
        ("choice", "c", "must be 'a' or 'b', not \"c\""),
        ("pair", [1], "too few values"),
        ("pair", [1, 2, 3], "at most 2 items"),
        ("pair", "ab", "must be a list"),
        ("maybe", 0, "must be greater than or equal to 1, not 0"),
        ("size", "x", 'must be an integer or a list, not "x"'),
        ("mode", "slow", "must be 'fast', not \"slow\""),
        ("table", [], "must be a table, not []"),
        ("distance", 3, "must be a string or a table, not 3"),
        ("views", "blur", 'must be a list, not "blur"'),
        ("text", "\udcff", "invalid JSON"),
    ],
)
def test_what_does_not_fit_is_refused_in_the_words_of_a_recipe(name, given, message):
    values, wrong = SCHEMA.validate({name: given})
    assert values == {}
    [(path, said)] = wrong
    assert path == (name,)
    assert message in said


def test_a_mistake_inside_a_list_or_table_is_found_by_its_path():
    _, wrong = SCHEMA.validate({"many": [0, -1], "table": {"x": "y"}})
    assert wrong == [
        (("many", "1"), "must be greater than or equal to 0, not -1"),
        (("table", "x"), 'must be a number, not "y"'),
    ]


def test_what_fits_is_kept_beside_what_does_not():
    values, wrong = SCHEMA.validate({"whole": 3, "flag": 3, "no option": 3})
    assert values == {"whole": 3}
    assert [path for path, _ in wrong] == [("flag",)]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("whole", "int"),
        ("real", "float > 0"),
        ("flag", "bool"),
        ("choice", '"a" | "b"'),
        ("pair", "tuple[float, float]"),
        ("many", "list[int >= 0]"),
        ("path", "Path"),
        ("maybe", "int >= 1 | none"),
        ("size", "int | tuple[int, int]"),
        ("table", "dict[str, float]"),
        ("distance", "distance"),
        ("views", "list of augmentations"),
    ],
)
def test_types_are_shown_with_their_bounds(name, shown):
    assert OPTIONS[name].type_name == shown


@pytest.mark.parametrize(
    ("annotation", "shown"),
    [
        (Annotated[float, Field(ge=0, lt=1)], "float >= 0 and < 1"),
        (Annotated[list[int], Field(min_length=1, max_length=3)], "list[int] length >= 1 and length <= 3"),
        (Annotated[int, Field(ge=0), Field(multiple_of=8)], "int >= 0 and multiple of 8"),
        (tuple[int, ...], "tuple[int, ...]"),
        (Literal[1, 3], "1 | 3"),
    ],
)
def test_other_types_are_shown_with_their_bounds(annotation, shown):
    def function(*, x) -> None: ...

    function.__annotations__["x"] = annotation
    assert schema_of(function, "acme/x").options[0].type_name == shown


@pytest.mark.parametrize(
    ("name", "plain"),
    [("real", 2.0), ("pair", [0.5, 0.999]), ("path", "here"), ("mode", "fast"), ("maybe", None), ("needed", None)],
)
def test_a_default_is_what_it_would_be_if_a_recipe_wrote_it_out(name, plain):
    assert OPTIONS[name].plain_default == plain
    assert type(OPTIONS[name].plain_default) is type(plain)


def test_a_nested_component_has_the_default_of_its_mark():
    assert OPTIONS["distance"].plain_default == "basics/mse"
    assert OPTIONS["views"].plain_default == []


def missing(*, x) -> None:
    """No annotation."""


def absent(*, x: Tensor) -> None:
    """Take an annotation for the type checker alone."""


def unbounded(*, x: float = math.inf) -> None:
    """Have a default that no recipe can write."""


def object_(*, x: object = sys) -> None:
    """Have a default that TOML does not have."""


def impossible(*, x: Annotated[str, Field(ge=1)] = "") -> None:
    """Have a bound that strings do not have."""


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (missing, "option 'x' of 'acme/x' has no type annotation"),
        (absent, "annotation of option 'x' of 'acme/x' cannot be evaluated"),
        (unbounded, "no recipe can write the option 'x' of 'acme/x', or its default"),
        (object_, "no recipe can write the option 'x' of 'acme/x', or its default"),
        (impossible, "no recipe can write the option 'x' of 'acme/x', or its default"),
        (3, "the signature or the docstring of 'acme/x' cannot be read"),
    ],
)
def test_an_option_that_cannot_be_one_is_the_plugins_mistake(function, message):
    with pytest.raises(PluginError) as caught:
        schema_of(function, "acme/x")
    assert message in caught.value.message
    assert caught.value.fix


class Base:
    def __init__(self, *args: object, **kwargs: object) -> None:
        pass


def test_a_class_has_the_options_of_its_constructor():
    class Network(Base):
        """A network."""

        def __init__(self, *, width: int = 8) -> None:
            super().__init__()

    assert [option.name for option in schema_of(Network, "acme/x").options] == ["width"]
    assert schema_of(Base, "acme/x").options == ()
    assert schema_of(Base, "acme/x").positional == ()
