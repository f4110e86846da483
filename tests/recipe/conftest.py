"""A transfer recipe with the recipes that it builds on, in a folder of its own, to be changed and checked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ganforge.errors import Problem, RecipeError
from ganforge.plugins.registry import Registry
from ganforge.recipe.check import read_recipe
from ganforge.recipe.recipe import Recipe
from small_run import CLASSIFIER, variant
from workshop import studio, workshop

__all__ = ["studio", "workshop"]

TRANSFER = """\
[recipe]
name = "transfer"
[data.source]
use = "digits/synthetic-street"
count = 100
validation = 10
[data.target]
use = "digits/synthetic-handwriting"
resize = 32
[networks.encoder]
use = "digits/strided-cnn"
weights = { recipe = "encoder.toml" }
[networks.generator]
use = "dtn/digit-generator"
[networks.discriminator]
use = "dtn/digit-discriminator"
[method]
use = "dtn/dtn"
[losses.adversarial]
use = "dtn/ternary-adversarial"
[losses.constancy]
use = "dtn/f-constancy"
distance = "mse"
[judges.residual]
recipe = "judge.toml"
[train]
steps = 10
"""


class Kitchen:
    """A folder of recipes.

    Attributes:
        folder: where they lie.
        registry: the installed components.
        text: the transfer recipe.
    """

    text = TRANSFER

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.registry = Registry()
        for name, network in (("encoder", "strided-cnn"), ("judge", "residual-cnn")):
            changes = {
                "recipe": {"name": name},
                "data.images": {"use": "digits/synthetic-street"},
                "networks.classifier": {"use": f"digits/{network}"},
                "train": {"steps": 10},
            }
            (folder / f"{name}.toml").write_text(variant(CLASSIFIER, changes))

    def load(self, text: str = TRANSFER, *overrides: str) -> Recipe:
        """Check a recipe written beside the others."""
        path = self.folder / "transfer.toml"
        path.write_text(text, encoding="utf-8")
        return read_recipe(path, self.registry, overrides)

    def change(self, before: str, after: str) -> Recipe:
        """Check the transfer recipe with a part of it replaced."""
        assert before in TRANSFER
        return self.load(TRANSFER.replace(before, after))

    def problems(self, text: str = TRANSFER, *overrides: str) -> list[Problem]:
        """Return the mistakes in a recipe."""
        return self._caught(lambda: self.load(text, *overrides))

    def problems_of(self, before: str, after: str) -> list[Problem]:
        """Return the mistakes in the transfer recipe with a part of it replaced."""
        return self._caught(lambda: self.change(before, after))

    @staticmethod
    def _caught(action: Callable[[], object]) -> list[Problem]:
        with pytest.raises(RecipeError) as caught:
            action()
        assert str(caught.value) == "\n".join(str(problem) for problem in caught.value.problems)
        return list(caught.value.problems)


@pytest.fixture
def kitchen(tmp_path: Path) -> Kitchen:
    """Return a folder of recipes that build on each other."""
    return Kitchen(tmp_path)
