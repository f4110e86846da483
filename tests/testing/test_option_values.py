"""Values made up for options, and the alternatives that annotations list."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from ganforge.errors import PluginError
from ganforge.options.schema import Option, schema_of
from ganforge.plugins import Nested
from ganforge.plugins.registry import Registry
from ganforge.testing.subject import alternatives, made_up

Positive = Annotated[int, Field(ge=1)]


def option(annotation: Any, default: Any = ...) -> Option:
    """Return an option of this annotation."""

    def component(*, value: annotation, given: annotation = default) -> None:  # type: ignore[valid-type]
        """A component."""

    component.__annotations__ = {"value": annotation, "given": annotation}
    if default is ...:
        component.__kwdefaults__ = None
    return schema_of(component, "it").options[default is not ...]


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (int, 1),
        (Annotated[int, Field(ge=8, multiple_of=16)], 16),
        (Annotated[float, Field(gt=0, lt=1)], 0.5),
        (float, 1),
        (bool, False),
        (str, "example"),
        (Path, "example"),
        (Literal["train", "test"], "train"),
        (Literal["a"] | Positive, "a"),
        (list[Positive], [1]),
        (tuple[float, float], [1, 2]),
        (list[str], ["example"]),
        (dict[str, int], {}),
        (Annotated[Callable[..., Any], Nested("encoder")], "digits/deep-cnn"),
        (Annotated[list[Callable[..., Any]], Nested("encoder")], ["digits/deep-cnn"]),
    ],
)
def test_a_value_that_fits_is_made_up(annotation: Any, value: Any):
    assert made_up(option(annotation), Registry()) == value


@pytest.mark.parametrize(
    "annotation", [Annotated[int, Field(ge=10_000)], Annotated[Callable[..., Any], Nested("nothing-of-this-kind")]]
)
def test_where_nothing_fits_one_has_to_give_something(annotation: Any):
    with pytest.raises(PluginError, match=r"nothing can be made up for the option 'value'.*\n  fix: give one"):
        made_up(option(annotation), Registry())


@pytest.mark.parametrize(
    ("annotation", "default", "others"),
    [
        (Literal["a", "b", "c"], "b", ["a", "c"]),
        (Literal["a", "b"] | None, "a", ["b"]),
        (bool, True, [False]),
        (Annotated[bool, Field()] | None, None, [False, True]),
        (Literal[0, 1, True], 1, [0, True]),
        (Positive, 1, []),
        (list[Literal["a", "b"]], ["a"], []),
    ],
)
def test_alternatives_are_what_an_annotation_spells_out(annotation: Any, default: Any, others: list[Any]):
    found = alternatives(option(annotation, default))
    assert [(type(value), value) for value in found] == [(type(value), value) for value in others]
