"""Measuring trained networks on images that they were not trained on, all of them, by the recipe's metrics."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ganforge.data.images import Array
from ganforge.data.source import ImageSet
from ganforge.engine.assemble import Settings
from ganforge.engine.batch_norm import batch_norm, recalibrate
from ganforge.engine.build import build
from ganforge.engine.plan import Plan
from ganforge.engine.values import Values
from ganforge.errors import GanforgeError, RecipeError
from ganforge.plugins import positional

Judge = Callable[[Array], Tensor]
CALIBRATION_BATCHES = 40
# What a metric may ask for besides the method's quantities.
GIVEN = {"inputs", "outputs", "labels", "judges", "targets"}


@dataclass(frozen=True)
class Measurement:
    """What was measured on one set of images.

    Attributes:
        values: by metric, with a slash before the part of a metric that gives several.
        outputs: the method's output; pictures uint8 [N, H, W, C] when it is images, else None.
        count: number of images.
    """

    values: dict[str, float]
    outputs: Array | None
    count: int


class Evaluator:
    """Measures networks by a recipe's metrics.

    Args:
        plan: the recipe, worked out.
        data: the training images by role.
        judges: classifiers of the target domain.
        settings: where to compute; always in full precision.

    Raises:
        RecipeError: a metric asks for something that does not exist.
    """

    def __init__(
        self, plan: Plan, data: Mapping[str, ImageSet], judges: Mapping[str, Judge], settings: Settings
    ) -> None:
        self.plan = plan
        self.data = data
        self.judges = judges
        self.settings = settings
        self.metrics: dict[str, tuple[Callable[..., Any], tuple[str, ...]]] = {}
        for name, part in plan.recipe.metrics.items():
            assert part.use is not None  # the checker made sure
            function = build(part.use, {}, plan.recipe.document)
            needs = positional(function)
            for need in needs:
                if need in GIVEN:
                    continue
                try:
                    plan.graph.require(need)
                except GanforgeError as error:
                    raise RecipeError(
                        f"the metric {part.use.entry.name!r} asks for {need!r}: {error.message}",
                        where=plan.recipe.document.where(part.key),
                        fix=f"{error.fix}; besides, metrics may ask for {', '.join(sorted(GIVEN))}",
                    ) from error
            self.metrics[name] = (function, needs)

    def measure(self, networks: Mapping[str, nn.Module], images: ImageSet, mode: str | None = None) -> Measurement:
        """Send all images through and apply every metric that has what it needs.

        A metric that needs labels or judges is left out where there are none.

        Args:
            networks: by role, in any mode.
            images: what takes the place of the method's input.
            mode: of batch norm; the recipe's by default.
        """
        available = {
            name: (function, needs)
            for name, (function, needs) in self.metrics.items()
            if not ("labels" in needs and images.labels is None) and not ("judges" in needs and not self.judges)
        }
        output = self.plan.recipe.method_class.output
        asked = {need for _, needs in available.values() for need in needs}
        wanted = [name for name in asked if name not in GIVEN]
        mode = mode or self.plan.recipe.evaluate.batch_norm
        with torch.no_grad(), batch_norm(self._trained(networks), mode, lambda: self.calibrate(networks)):
            batches = [self._batch(networks, images, start, [output, *wanted]) for start in self._starts(images)]
        tables: dict[str, Any] = {name: torch.cat([batch[name] for batch in batches]) for name in {output, *wanted}}
        like = self.plan.recipe.method_class.pictures_like
        pictures = self.data[like].pictures(tables[output]) if like else None
        given = {
            "inputs": images.pictures(images.tensor(slice(None))) if "inputs" in asked else None,
            "outputs": pictures if like else tables[output],
            "labels": None if images.labels is None else torch.from_numpy(images.labels.copy()),
            "judges": self.judges,
            "targets": self.data[like].images if like else None,
        }
        values: dict[str, float] = {}
        for name, (function, needs) in available.items():
            result = function(*(given[need] if need in GIVEN else tables[need] for need in needs))
            if isinstance(result, Mapping):
                values |= {f"{name}/{part}": float(value) for part, value in result.items()}
            else:
                values[name] = float(result)
        return Measurement(values, pictures, len(images))

    def outputs(self, networks: Mapping[str, nn.Module], images: ImageSet, mode: str | None = None) -> Array:
        """The method's output for all images: pictures uint8 [N, H, W, C], or whatever the quantity is."""
        output = self.plan.recipe.method_class.output
        like = self.plan.recipe.method_class.pictures_like
        mode = mode or self.plan.recipe.evaluate.batch_norm
        with torch.no_grad(), batch_norm(self._trained(networks), mode, lambda: self.calibrate(networks)):
            parts = [self._batch(networks, images, start, [output])[output] for start in self._starts(images)]
        whole = torch.cat(parts)
        return self.data[like].pictures(whole) if like else whole.numpy()

    def calibrate(self, networks: Mapping[str, nn.Module]) -> None:
        """Send training images of the method's input through, for the statistics of batch norm."""
        images = self.data[self.plan.recipe.method_class.input]
        output = self.plan.recipe.method_class.output
        with torch.no_grad():
            for start in self._starts(images)[:CALIBRATION_BATCHES]:
                self._batch(networks, images, start, [output])

    def settle(self, networks: Mapping[str, nn.Module]) -> None:
        """Give networks that are about to be kept the recipe's statistics of batch norm for good."""
        if self.plan.recipe.evaluate.batch_norm == "recalibrated":
            recalibrate(self._trained(networks), lambda: self.calibrate(networks))

    @property
    def settled_mode(self) -> str:
        """The mode in which settled networks are measured."""
        return "batch" if self.plan.recipe.evaluate.batch_norm == "batch" else "running"

    def score(self, values: Mapping[str, float]) -> float | None:
        """The number that chooses the best checkpoint: the mean of the selecting metric's parts; None without it."""
        name = self.plan.recipe.method_class.select
        parts = [value for key, value in values.items() if key.split("/")[0] == name]
        return sum(parts) / len(parts) if parts else None

    def _trained(self, networks: Mapping[str, nn.Module]) -> dict[str, nn.Module]:
        """The networks whose statistics are at issue; frozen ones stay as they are."""
        return {role: network for role, network in networks.items() if role in self.plan.trained}

    def _starts(self, images: ImageSet) -> list[int]:
        return list(range(0, len(images), self.plan.recipe.evaluate.batch_size))

    def _batch(
        self, networks: Mapping[str, nn.Module], images: ImageSet, start: int, wanted: list[str]
    ) -> dict[str, Tensor]:
        stop = start + self.plan.recipe.evaluate.batch_size
        part = images.tensor(slice(start, stop), self.settings.device).to(self.settings.dtype)
        leaf = {self.plan.recipe.method_class.input: part}
        values = Values(self.plan.graph, self.plan.method, networks, leaf.__getitem__)
        return {name: values[name].detach().cpu() for name in wanted}
