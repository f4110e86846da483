"""Renamed components and options keep working under former names, with one warning; the recipe stays the same."""

from __future__ import annotations

import shutil
import sys
import warnings
from typing import Annotated

import pytest

from ganforge.errors import PluginError, RenamedWarning
from ganforge.options.schema import schema_of
from ganforge.plugins import Formerly
from ganforge.plugins.registry import Registry
from ganforge.recipe.check import read_stored_recipe

PLACE = '"dtn/f-constancy"\ndistance = "mse"'
BEFORE = """
def loss(x, *, eta: float = 1.0, size: int = 3):
    "A loss."
def distance(reference, value, *, power: float = 2.0):
    "A distance."
def schedule(step, steps, *, slope: float = 1.0):
    "A schedule."
"""
AFTER = """
from collections.abc import Callable
from typing import Annotated
from pydantic import Field
from ganforge.plugins import Formerly
def loss(x, *, rate: Annotated[float, Field(gt=0), Formerly("eta", "speed")] = 1.0, size: int = 3):
    "A loss."
def distance(reference, value, *, exponent: Annotated[float, Formerly("power")] = 2.0):
    "A distance."
def schedule(step, steps, *, steepness: Annotated[float, Formerly("slope")] = 1.0):
    "A schedule."
"""


class Acme:
    """A plugin in its versions, one at a time installed."""

    def __init__(self, site) -> None:
        self.site = site
        self.version = 0

    def publish(self, source: str, *components: tuple[str, str, str, str]) -> Registry:
        """Install a version with these (kind, name, function, former names)."""
        self.version += 1
        for folder in self.site.path.glob("ganforge_acme-*.dist-info"):
            shutil.rmtree(folder)
        sys.modules.pop("ganforge_acme_plugin", None)
        module = f"acme_v{self.version}"
        declared = [
            f'"{kind}", "{name}", "{module}:{function}", "One.", formerly={former}'
            for kind, name, function, former in components
        ]
        self.site.install("acme", {module: source}, *declared, version=f"{self.version}.0")
        return Registry()

    def before(self) -> Registry:
        """Install the plugin as it was."""
        return self.publish(
            BEFORE,
            ("loss", "old", "loss", "()"),
            ("distance", "far", "distance", "()"),
            ("scheduler", "ramp", "schedule", "()"),
        )

    def after(self) -> Registry:
        """Install the plugin with new names."""
        return self.publish(
            AFTER,
            ("loss", "new", "loss", "('old', 'middle')"),
            ("distance", "away", "distance", "('far',)"),
            ("scheduler", "line", "schedule", "('ramp',)"),
        )


@pytest.fixture
def acme(site) -> Acme:
    return Acme(site)


OLD = (
    PLACE.replace('"mse"', '{ use = "acme/far", power = 3.0 }')
    + '\nschedule = { use = "acme/ramp", slope = 2.0 }\n[losses.extra]\nuse = "acme/old"\neta = 0.5'
)
NEW = (
    OLD.replace("acme/far", "acme/away")
    .replace("power", "exponent")
    .replace("acme/ramp", "acme/line")
    .replace("slope", "steepness")
    .replace("acme/old", "acme/new")
    .replace("eta", "rate")
)


def told(caught) -> list[str]:
    return [str(one.message) for one in caught if one.category is RenamedWarning]


def test_new_names_change_no_hash_and_old_ones_still_lead_there(kitchen, acme):
    kitchen.registry = acme.before()
    before = kitchen.change(PLACE, OLD)
    kitchen.registry = acme.after()
    with pytest.warns(RenamedWarning):
        old = kitchen.change(PLACE, OLD)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        new = kitchen.change(PLACE, NEW)
    assert before.hash == old.hash == new.hash
    assert old.resolved() == new.resolved()
    assert old.resolved()["losses"]["extra"] == {
        "use": "acme/new",
        "rate": 0.5,
        "size": 3,
        "weight": 1.0,
        "interval": 1,
    }
    assert before.resolved()["losses"]["extra"] == {
        "use": "acme/old",
        "eta": 0.5,
        "size": 3,
        "weight": 1.0,
        "interval": 1,
    }


def test_a_change_of_value_still_changes_the_hash(kitchen, acme):
    kitchen.registry = acme.after()
    assert kitchen.change(PLACE, NEW).hash != kitchen.change(PLACE, NEW.replace("rate = 0.5", "rate = 0.6")).hash


def test_each_former_name_is_one_warning_with_its_line_and_what_to_write(kitchen, acme):
    kitchen.registry = acme.after()
    with pytest.warns(RenamedWarning) as caught:
        kitchen.change(PLACE, OLD)
    path = kitchen.folder / "transfer.toml"
    lines = path.read_text().splitlines()
    assert told(caught) == [
        f"{path}:{line}: {old!r} is called {new!r} now\n  fix: write {new}"
        for old, new, line in [
            ("acme/far", "acme/away", lines.index('distance = { use = "acme/far", power = 3.0 }') + 1),
            ("power", "exponent", lines.index('distance = { use = "acme/far", power = 3.0 }') + 1),
            ("acme/ramp", "acme/line", lines.index('schedule = { use = "acme/ramp", slope = 2.0 }') + 1),
            ("slope", "steepness", lines.index('schedule = { use = "acme/ramp", slope = 2.0 }') + 1),
            ("acme/old", "acme/new", lines.index('use = "acme/old"') + 1),
            ("eta", "rate", lines.index("eta = 0.5") + 1),
        ]
    ]


def test_in_one_process_a_warning_is_shown_once(kitchen, acme, capsys):
    kitchen.registry = acme.after()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for _ in range(3):
            kitchen.change(PLACE, OLD)
    assert len(told(caught)) == 6


def test_a_bare_name_is_answered_with_a_bare_name(kitchen, acme):
    kitchen.registry = acme.after()
    with pytest.warns(RenamedWarning, match="'middle' is called 'new' now"):
        kitchen.change(PLACE, PLACE + '\n[losses.extra]\nuse = "middle"')


def test_an_override_may_use_a_former_name_too(kitchen, acme):
    kitchen.registry = acme.after()
    text = kitchen.text + '[losses.extra]\nuse = "acme/new"\n'
    with pytest.warns(RenamedWarning) as caught:
        recipe = kitchen.load(text, "losses.extra.speed=7.0")
    assert recipe.resolved()["losses"]["extra"]["rate"] == 7.0
    assert told(caught) == ["--set losses.extra.speed=7.0: 'speed' is called 'rate' now\n  fix: write rate"]


@pytest.mark.parametrize(
    ("old", "message"),
    [
        ("eta = 'x'", 'losses.extra.eta must be a number, not "x"'),
        ("eta = -1.0", "losses.extra.eta must be greater than 0, not -1.0"),
        ("eta = 1.0\nrate = 2.0", "'eta' is the former name of 'rate', which is set as well"),
        ("eta = 1.0\nspeed = 2.0", "'speed' is the former name of 'rate', which is set as well"),
    ],
)
def test_mistakes_are_told_in_the_words_of_the_recipe(kitchen, acme, old, message):
    kitchen.registry = acme.after()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RenamedWarning)
        [problem] = kitchen.problems(f'{kitchen.text}[losses.extra]\nuse = "acme/old"\n{old}\n')
    assert problem.message == message
    line = int(problem.where.rpartition(":")[2])
    assert (
        (kitchen.folder / "transfer.toml").read_text().splitlines()[line - 1].startswith(problem.key.rpartition(".")[2])
    )


def test_a_present_name_wins_over_a_former_one(kitchen, acme, site):
    site.install("other", {"other_loss": BEFORE}, '"loss", "old", "other_loss:loss", "Another."')
    registry = acme.after()
    assert registry.get("loss", "old").name == "other/old"
    assert registry.get("loss", "acme/old").name == "acme/new"


def test_former_names_that_two_plugins_share_are_ambiguous(acme, site):
    site.install("other", {"other_loss": BEFORE}, '"loss", "x", "other_loss:loss", "Another.", formerly=("old",)')
    with pytest.raises(PluginError, match=r"the loss 'old' is ambiguous: 'acme/new' of .* and 'other/x' of "):
        acme.after().get("loss", "old")


def test_what_a_run_has_written_down_is_read_without_a_word(kitchen, acme, tmp_path):
    kitchen.registry = acme.before()
    recipe = kitchen.change(PLACE, OLD)
    (tmp_path / "run").mkdir()
    recipe.write(tmp_path / "run")
    registry = acme.after()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again = read_stored_recipe(tmp_path / "run" / "recipe.toml", registry)
    assert again.hash == recipe.hash


def test_show_finds_a_component_by_its_former_name(acme):
    registry = acme.after()
    for text in ("acme/old", "old", "losses/old", "loss/acme/middle"):
        assert [entry.name for entry in registry.find(text)] == ["acme/new"]
    assert registry.find("metrics/old") == []


def taken_from_another(*, a: Annotated[int, Formerly("b")] = 1, b: int = 2):
    """Return a component."""


def shared(*, a: Annotated[int, Formerly("c")] = 1, b: Annotated[int, Formerly("c")] = 2):
    """Return a component."""


def its_own(*, a: Annotated[int, Formerly("a")] = 1):
    """Return a component."""


@pytest.mark.parametrize("component", [taken_from_another, shared, its_own])
def test_a_name_stands_for_one_option(component):
    with pytest.raises(PluginError, match="two options of 'acme/x' are or were called"):
        schema_of(component, "acme/x")


@pytest.mark.parametrize("former", ["('Old',)", "('',)", "'old'"])
def test_former_names_are_names(acme, former):
    registry = acme.publish(AFTER, ("loss", "new", "loss", former))
    [broken] = registry.broken
    assert "component" in (broken.error or "")


def test_an_option_whose_former_name_is_a_core_key_is_its_plugins_mistake(kitchen, acme):
    source = AFTER.replace('Formerly("eta", "speed")', 'Formerly("weight")')
    kitchen.registry = acme.publish(source, ("loss", "new", "loss", "()"))
    [problem] = kitchen.problems_of(PLACE, '"acme/new"')
    assert "has an option 'weight', which is a key of ganforge's own" in problem.message
