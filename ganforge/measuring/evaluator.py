"""Measuring trained networks on images that they were not trained on, all of them, by the recipe's metrics."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ganforge.data.images import Array
from ganforge.data.source import ImageSet
from ganforge.judge import CIRCULAR, Judge, counted, is_circular
from ganforge.measuring.forward import CALIBRATION_BATCHES, Forward
from ganforge.measuring.image_sets import ImageSets
from ganforge.networks.settings import Settings
from ganforge.quantities.inputs import Inputs
from ganforge.quantities.metrics import Metric, offered, offers
from ganforge.quantities.plan import Plan

PICTURES = 4096


@dataclass(frozen=True)
class Measured:
    """The inputs of the metrics.

    Attributes:
        inputs: what the outputs were made of.
        outputs: uint8 pictures [N, H, W, C] where the method makes some, else the method's output.
        tables: the quantities that metrics asked for, and the output, [N, ...] on the CPU.
        verdicts: class scores [N, classes] of the outputs, by judge; empty where no metric asked a judge.
    """

    inputs: Inputs
    outputs: Any
    tables: Mapping[str, Tensor]
    verdicts: Mapping[str, Tensor]


class Evaluator:
    """Measures networks by a recipe's metrics.

    Args:
        plan: the recipe, worked out.
        data: the training images by role.
        judges: by name.
        settings: where to compute; always in full precision.

    Attributes:
        forward: the forward pass.
        needs: the quantities that the metrics ask for.
    """

    def __init__(
        self, plan: Plan, data: Mapping[str, ImageSet], judges: Mapping[str, Judge], settings: Settings
    ) -> None:
        self.plan = plan
        self.data = data
        self.judges = judges
        self.method = plan.recipe.method_class
        self.forward = Forward(plan, {role: images.facts for role, images in data.items()}, settings, self._calibration)
        self._given = offered(self.method)
        asked = dict.fromkeys(need for metric in plan.metrics.values() for need in metric.needs)
        self.needs = tuple(need for need in asked if need not in self._given)

    def measure(
        self,
        networks: Mapping[str, nn.Module],
        images: ImageSet | Inputs,
        mode: str | None = None,
        watch: Callable[[Measured], None] | None = None,
        targets: ImageSet | None = None,
    ) -> dict[str, float]:
        """Send all images through and apply every metric that has what it needs.

        A metric that needs labels, judges, partners or the real images' labels is left out where there are none.

        Args:
            networks: by role, in any mode.
            images: what the outputs are made of; images with draws of the other inputs, or inputs as they are.
            mode: of batch norm; the recipe's by default.
            watch: told what the metrics were computed from.
            targets: real images to compare pictures with; by default the training images that they look like.

        Returns:
            By metric; where one gives several values, by its name, a slash and theirs.
        """
        inputs = self.forward.inputs(images) if isinstance(images, ImageSet) else images
        lacking = self.lacking(inputs, targets)
        available = {name: metric for name, metric in self.plan.metrics.items() if lacking.isdisjoint(metric.needs)}
        asked = {need for metric in available.values() for need in metric.needs}
        tables = self.forward.tables(networks, inputs, asked - self._given | {self.method.output}, mode)
        output, like = tables[self.method.output], self.method.pictures_like
        outputs: Any = self.data[like].pictures(output) if like else output
        real = self._real(targets)
        given: dict[str, Any] = {
            "inputs": _pictures(inputs.images) if inputs.images and "inputs" in asked else None,
            "outputs": outputs,
            "labels": None if inputs.labels is None else torch.from_numpy(inputs.labels.copy()),
            "targets": _pictures(real) if real and "targets" in asked else None,
            "partners": _pictures(inputs.partners[like or ""]) if "partners" in asked else None,
            "target_labels": None if real is None or real.labels is None else torch.from_numpy(real.labels.copy()),
        }
        values: dict[str, float] = {}
        for name, metric in available.items():
            given["judges"] = self._asked(metric)
            result = metric.function(*(given[need] if need in given else tables[need] for need in metric.needs))
            mark = CIRCULAR * metric.circular
            if isinstance(result, Mapping):
                named = {f"{name}/{part}": float(value) for part, value in result.items()}
                values |= {key if is_circular(key) else key + mark: value for key, value in named.items()}
            else:
                values[name + mark] = float(result)
        if watch:
            readers = {name: judge for metric in available.values() for name, judge in self._asked(metric).items()}
            verdicts = {name: judge(outputs) for name, judge in readers.items() if self._classifies(name)}
            watch(Measured(inputs, outputs, tables, verdicts))
        return values

    def _asked(self, metric: Metric) -> dict[str, Judge]:
        """Return the judges that a metric is given; none where it asks none."""
        judges = self.judges if "judges" in metric.needs else {}
        named = metric.judges
        return {name: one for name, one in judges.items() if named is None or name.removesuffix(CIRCULAR) in named}

    def _classifies(self, judge: str) -> bool:
        name = judge.removesuffix(CIRCULAR)
        return name not in self.plan.recipe.judges or "scores" in offers(self.plan.recipe, name)

    def inputs(self, sets: ImageSets) -> dict[str, Inputs]:
        """Return all that is measured, by name: validation and test images, or draws where outputs are made of none."""
        if self.method.image_input() is not None:
            return {
                name: replace(self.forward.inputs(images), partners=sets.partners.get(name, {}))
                for name, images in sets.measured.items()
            }
        real = self._real(sets.held_out)
        count = self.plan.recipe.evaluate.samples or (len(real) if real else PICTURES)
        validation = {} if sets.validation is None else {"validation": len(sets.validation)}
        return {name: self.forward.drawn(name, size) for name, size in (validation | {"samples": count}).items()}

    def targets(self, name: str, sets: ImageSets) -> ImageSet | None:
        """Return the real images that the outputs of a measured set are compared with; None for training images.

        Outputs whose inputs are paired with such images are compared with those. What chooses the checkpoint never sees
        what is held out for the end.
        """
        partner = sets.partners.get(name, {}).get(self.method.pictures_like or "")
        if partner is not None:
            return partner
        if name != "validation":
            return sets.held_out
        return None if self.method.image_input() else sets.validation

    def lacking(self, inputs: Inputs, targets: ImageSet | None = None) -> frozenset[str]:
        """Return names in `GIVEN` that are missing when these inputs are measured and compared with targets."""
        real = self._real(targets)
        there = {
            "labels": inputs.labels is not None,
            "judges": bool(self.judges),
            "target_labels": real is not None and real.labels is not None,
            "partners": self.method.pictures_like in inputs.partners,
        }
        partners = self.plan.recipe.partners - inputs.partners.keys()
        apart = {need for need in self.needs if self.plan.graph.sources(need) & partners}
        return frozenset(name for name, given in there.items() if not given) | apart

    def pictures(self, networks: Mapping[str, nn.Module], inputs: Inputs) -> Array:
        """Turn inputs into pictures, uint8 [N, H, W, C], in the recipe's batch-norm mode."""
        assert self.method.pictures_like is not None
        output = self.forward.tables(networks, inputs, [self.method.output])[self.method.output]
        return self.data[self.method.pictures_like].pictures(output)

    def score(self, values: Mapping[str, float]) -> float | None:
        """Return the number that selects the checkpoint: the mean of the selecting metric's parts; None without it.

        Parts of judges that took part in training count only where there are no others.
        """
        select = self.plan.recipe.select
        parts = list(counted(values, select).values()) if select else []
        return sum(parts) / len(parts) if parts else None

    def _real(self, targets: ImageSet | None) -> ImageSet | None:
        """The real images to compare with, or None where the outputs are no pictures."""
        return (targets or self.data[self.method.pictures_like]) if self.method.pictures_like else None

    def _calibration(self) -> Inputs:
        """Return training images of the method's input, or draws, for the statistics of batch norm."""
        images = self.method.image_input()
        if images is not None:
            return self.forward.inputs(self.data[images])
        return self.forward.drawn("calibration", CALIBRATION_BATCHES * self.plan.recipe.evaluate.batch_size)


def _pictures(images: ImageSet) -> Array:
    """Images as uint8 [N, H, W, C]; those of 16 bits lose the lower ones, as in a picture."""
    if images.images.dtype == np.uint8:
        return images.images
    return np.concatenate([images.pictures(images.tensor(block)) for block in images.blocks(PICTURES)])
