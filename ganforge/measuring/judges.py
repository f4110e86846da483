"""A finished run as a judge: several metrics ask about the same images, and the network reads them once."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from ganforge.data.images import Array
from ganforge.errors import RunError
from ganforge.judge import CIRCULAR
from ganforge.measuring.trained import Trained
from ganforge.plugins.registry import Registry
from ganforge.recipe.document import Key
from ganforge.recipe.recipe import Recipe
from ganforge.runs.directory import RunDirectory

KEPT = 4


def load_judges(
    recipe: Recipe, runs: Mapping[Key, RunDirectory], registry: Registry, device: torch.device
) -> dict[str, TrainedJudge]:
    """The judges of a recipe by name; the names of those that took part in training say so.

    Args:
        recipe: the recipe.
        runs: the finished runs of what it builds on, by the key that names them.
        registry: the installed components.
        device: where to compute.
    """
    return {
        f"{name}{CIRCULAR * recipe.judges[name].table.circular}": TrainedJudge(
            Trained(runs["judges", name], registry, device)
        )
        for name in recipe.judges
    }


class TrainedJudge:
    """A `Judge` that remembers what it has read in the last few sets of images.

    Args:
        trained: a run whose method's output is class scores.
    """

    def __init__(self, trained: Trained) -> None:
        self.trained = trained
        self._read: OrderedDict[bytes, dict[str, Tensor]] = OrderedDict()

    def __call__(self, images: Array) -> Tensor:
        """Class scores, float32 [N, classes] on the CPU, of uint8 images [N, H, W, C]."""
        return self._quantities(images)[self.trained.recipe.method_class.output]

    def features(self, images: Array) -> Tensor:
        """The quantity that the judge's method names as its features, float32 [N, D] on the CPU.

        Raises:
            RunError: it names none.
        """
        method = self.trained.recipe.method_class
        if method.features is None:
            raise RunError(
                f"the judge {self.trained.run.path} has no features: its method {method.__name__} names none",
                fix="use metrics of class scores, or a judge of another method; the method's author can set `features`",
            )
        return self._quantities(images)[method.features].flatten(1)

    def _quantities(self, images: Array) -> dict[str, Tensor]:
        # By content: metrics may well pass copies and parts.
        key = hashlib.blake2b(np.ascontiguousarray(images).data, key=str(images.shape).encode()).digest()
        if key not in self._read:
            method = self.trained.recipe.method_class
            names = [name for name in (method.output, method.features) if name is not None]
            self._read[key] = self.trained.quantities(images, names)
        self._read.move_to_end(key)
        while len(self._read) > KEPT:
            self._read.popitem(last=False)
        return self._read[key]
