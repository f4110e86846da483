"""Evaluator: measures networks by the recipe's metrics on images that they were not trained on."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ganforge.data.images import Array
from ganforge.data.source import ImageSet
from ganforge.errors import DataError
from ganforge.judge import CIRCULAR, Judge, counted, is_circular
from ganforge.measuring.forward import CALIBRATION_BATCHES, Forward
from ganforge.measuring.image_sets import ImageSets
from ganforge.networks.settings import Settings
from ganforge.quantities.inputs import Inputs
from ganforge.quantities.metrics import Metric, is_of_targets, offered, offers
from ganforge.quantities.plan import Plan

PICTURES = 4096
OnFailure = Callable[[str, str, Exception], None]
"""Receives a metric that has no value, the name of the inputs, and the reason."""


class NotFinite(DataError):
    """Values that are not finite, of which a metric was to be computed."""


@dataclass(frozen=True)
class Measured:
    """The values that metrics were computed from.

    Attributes:
        inputs: the inputs of the outputs.
        outputs: uint8 pictures [N, H, W, C], or the method's output if it makes no pictures.
        tables: the quantities that the metrics need, and the output, [N, ...] on the CPU.
        verdicts: class scores [N, classes] of the outputs, by judge that a metric asked.
    """

    inputs: Inputs
    outputs: Any
    tables: Mapping[str, Tensor]
    verdicts: Mapping[str, Tensor]


@dataclass
class Evaluator:
    """Measures networks by a recipe's metrics, which need the quantities in `needs`; `data` are training images."""

    plan: Plan
    data: Mapping[str, ImageSet]
    judges: Mapping[str, Judge]
    settings: Settings

    def __post_init__(self) -> None:
        self.method = self.plan.recipe.method_class
        facts = {role: images.facts for role, images in self.data.items()}
        self.forward = Forward(self.plan, facts, self.settings, self._calibration)
        self._given = offered(self.method)
        asked = dict.fromkeys(need for metric in self.plan.metrics.values() for need in metric.needs)
        self.needs = tuple(need for need in asked if need not in self._given)
        of_targets = (need for need in self.needs if is_of_targets(self.plan.recipe, self.plan.graph, need))
        self._of_targets = frozenset(of_targets)
        self._target_tables: dict[int, tuple[ImageSet, dict[str, Tensor]]] = {}

    def measure(
        self,
        networks: Mapping[str, nn.Module],
        images: ImageSet | Inputs,
        mode: str | None = None,
        watch: Callable[[Measured], None] | None = None,
        targets: ImageSet | None = None,
        on_failure: OnFailure | None = None,
    ) -> dict[str, float]:
        """Compute every metric that has all its needs.

        Metrics that need labels, judges, partners or the real images' labels are left out where there are none. Metrics
        of values that are not finite are NaN: an argmax or a picture of them would look like any other.

        Args:
            networks: by role, in any mode.
            images: the inputs, or images to combine with draws of the other inputs.
            mode: mode of batch norm; the recipe's by default.
            watch: receives the values that the metrics were computed from.
            targets: real images to compare pictures with; by default the training images that they look like.
            on_failure: called for each metric that is NaN for this reason, and for each that raises an error, which is
                then left out; without it, the error is raised.

        Returns:
            Values by metric, or by `metric/part` for a metric with several values.
        """
        # --- quantities
        inputs = self.forward.inputs(images) if isinstance(images, ImageSet) else images
        lacking = self.lacking(inputs, targets)
        available = {name: metric for name, metric in self.plan.metrics.items() if lacking.isdisjoint(metric.needs)}
        asked = {need for metric in available.values() for need in metric.needs}
        of_inputs = asked - self._given - self._of_targets | {self.method.output}
        tables = self.forward.tables(networks, inputs, of_inputs, mode)

        # --- other values that metrics may ask for
        output, like = tables[self.method.output], self.method.pictures_like
        outputs: Any = self.data[like].pictures(output) if like else output
        real = self._real(targets)
        of_targets = self._tables_of(real, networks) if real and asked & self._of_targets else {}
        given: dict[str, Any] = {
            "inputs": _pictures(inputs.images) if inputs.images and "inputs" in asked else None,
            "outputs": outputs,
            "labels": None if inputs.labels is None else torch.from_numpy(inputs.labels.copy()),
            "targets": _pictures(real) if real and "targets" in asked else None,
            "examples": _pictures(self.data[like]) if like and "examples" in asked else None,
            "partners": _pictures(inputs.partners[like or ""]) if "partners" in asked else None,
            "target_labels": None if real is None or real.labels is None else torch.from_numpy(real.labels.copy()),
        }

        known = given | of_targets
        wild = {name for name, table in (tables | of_targets).items() if not bool(table.isfinite().all())}
        wild |= {"outputs", "judges"} if self.method.output in wild else set()

        # --- metrics
        values: dict[str, float] = {}
        readers: dict[str, Judge] = {}
        for name, metric in available.items():
            known["judges"] = self._judges_of(metric)
            try:
                result = metric.function(*(known[need] if need in known else tables[need] for need in metric.needs))
                parts = result.items() if isinstance(result, Mapping) else [("", result)]
                found = {f"{name}/{part}" if part else name: float(value) for part, value in parts}
            except Exception as error:
                if on_failure is None:
                    raise
                on_failure(name, inputs.name, error)
                continue
            readers |= known["judges"]
            if unusable := sorted(wild.intersection(metric.needs)):
                found = dict.fromkeys(found, math.nan)
                if on_failure:
                    on_failure(
                        name, inputs.name, DataError(f"{' and '.join(unusable)} hold values that are not finite")
                    )
            mark = CIRCULAR * metric.circular
            values |= {key if is_circular(key) else key + mark: value for key, value in found.items()}
        if watch:
            verdicts = {name: judge(outputs) for name, judge in readers.items() if self._classifies(name)}
            watch(Measured(inputs, outputs, tables, verdicts))
        return values

    def _judges_of(self, metric: Metric) -> dict[str, Judge]:
        """Return the judges that a metric asks."""
        judges, named = self.judges if "judges" in metric.needs else {}, metric.judges
        return {name: one for name, one in judges.items() if named is None or name.removesuffix(CIRCULAR) in named}

    def _classifies(self, judge: str) -> bool:
        name = judge.removesuffix(CIRCULAR)
        return name not in self.plan.recipe.judges or "scores" in offers(self.plan.recipe, name)

    def inputs(self, sets: ImageSets) -> dict[str, Inputs]:
        """Return the inputs to measure, by name: validation and test images, or draws if outputs are made of draws."""
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
        """Return the real images to compare outputs of a set with; None for training images.

        Outputs of paired inputs are compared with the partners. Validation never uses the images held out for the end.
        """
        partner = sets.partners.get(name, {}).get(self.method.pictures_like or "")
        if partner is not None:
            return partner
        if name != "validation":
            return sets.held_out
        return None if self.method.image_input() else sets.validation

    def lacking(self, inputs: Inputs, targets: ImageSet | None = None) -> frozenset[str]:
        """Return the names that metrics may ask for and that these inputs and targets do not provide."""
        real = self._real(targets)
        there = {
            "labels": inputs.labels is not None,
            "judges": bool(self.judges),
            "target_labels": real is not None and real.labels is not None,
            "partners": self.method.pictures_like in inputs.partners,
        }
        partners = self.plan.recipe.partners - inputs.partners.keys()
        apart = {need for need in self.needs if self.plan.graph.measured_from(need) & partners}
        return frozenset(name for name, given in there.items() if not given) | apart

    def pictures(self, networks: Mapping[str, nn.Module], inputs: Inputs) -> Array:
        """Compute the output pictures of inputs, uint8 [N, H, W, C], in the recipe's batch-norm mode."""
        assert self.method.pictures_like is not None
        output = self.forward.tables(networks, inputs, [self.method.output])[self.method.output]
        return self.data[self.method.pictures_like].pictures(output)

    def score(self, values: Mapping[str, float]) -> float | None:
        """Return the mean of the selecting metric's parts, which selects the checkpoint; None without such parts.

        Circular parts count only where there are no others.
        """
        select = self.plan.recipe.select
        parts = list(counted(values, select).values()) if select else []
        return sum(parts) / len(parts) if parts else None

    def _real(self, targets: ImageSet | None) -> ImageSet | None:
        """Return the real images to compare with, or None if outputs are not pictures."""
        return (targets or self.data[self.method.pictures_like]) if self.method.pictures_like else None

    def _tables_of(self, real: ImageSet, networks: Mapping[str, nn.Module]) -> dict[str, Tensor]:
        """Return the quantities of real images that metrics ask for, [M, ...]; no training changes them."""
        if id(real) not in self._target_tables:
            inputs = Inputs("targets", None, {}, partners={self.method.pictures_like or "": real})
            self._target_tables[id(real)] = real, self.forward.tables(networks, inputs, self._of_targets)
        return self._target_tables[id(real)][1]

    def _calibration(self) -> Inputs:
        """Return training inputs, or draws, for the statistics of batch norm."""
        images = self.method.image_input()
        if images is not None:
            return self.forward.inputs(self.data[images])
        return self.forward.drawn("calibration", CALIBRATION_BATCHES * self.plan.recipe.evaluate.batch_size)


def _pictures(images: ImageSet) -> Array:
    """Return images as uint8 [N, H, W, C]; 16-bit images lose their lower bits."""
    if images.images.dtype == np.uint8:
        return images.images
    return np.concatenate([images.pictures(images.tensor(block)) for block in images.blocks(PICTURES)])
