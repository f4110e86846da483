"""Judges of outputs: finished runs and pretrained networks, which read the same images once for all metrics."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ganforge.contracts import has_head
from ganforge.data.images import Array
from ganforge.data.loading import normalization_of
from ganforge.data.source import ImageSet
from ganforge.data.transform import SYMMETRIC, Normalization, convert
from ganforge.errors import RecipeError, RunError, ShapeError
from ganforge.image_size import sides
from ganforge.judge import CIRCULAR
from ganforge.measuring.trained import Trained
from ganforge.method import DataFacts
from ganforge.networks.settings import Settings, measuring_settings
from ganforge.networks.weights import build_module, load_weights, read_weights_file
from ganforge.plugins.registry import Registry
from ganforge.quantities.metrics import WORDS, offers
from ganforge.recipe.document import Key
from ganforge.recipe.recipe import Recipe, WeightsFile
from ganforge.recipe.schema import FileWeights
from ganforge.runs.directory import RunDirectory

KEPT = 4


def load_judges(
    recipe: Recipe,
    runs: Mapping[Key, RunDirectory],
    data: Mapping[str, ImageSet],
    registry: Registry,
    device: torch.device,
) -> dict[str, CachedJudge]:
    """Load the judges of a recipe; the names of those that took part in training end in `CIRCULAR`.

    Args:
        recipe: the recipe.
        runs: the finished runs of what it builds on, by the key that names them.
        data: the training images by role.
        registry: the installed components.
        device: where to compute.

    Raises:
        RecipeError: a judge turns out to be a network of this run.
        ShapeError: weights do not fit their network.
        RunError: weights are missing or damaged.
    """
    judges: dict[str, CachedJudge] = {}
    for name, part in recipe.judges.items():
        _check_taught(recipe, name, runs)
        marked = f"{name}{CIRCULAR * part.table.circular}"
        if part.use is None:
            judges[marked] = TrainedJudge(Trained(runs[part.key], registry, device))
        else:
            judges[marked] = _network_judge(recipe, name, runs.get(part.key), data, device)
    return judges


class CachedJudge(ABC):
    """A `Judge` that remembers what it has read in the last few sets of images.

    Args:
        name: for messages.
        lacking: why it has no `scores` or no `features`.
    """

    def __init__(self, name: str, lacking: Mapping[str, str]) -> None:
        self._name = name
        self._lacking = lacking
        self._known: OrderedDict[bytes, dict[str, Tensor]] = OrderedDict()

    def __call__(self, images: Array) -> Tensor:
        """Return class scores, float32 [N, classes] on the CPU, of uint8 images [N, H, W, C].

        Raises:
            RunError: it cannot classify.
        """
        return self._found("scores", images)

    def features(self, images: Array) -> Tensor:
        """Return features, float32 [N, D] on the CPU, of uint8 images [N, H, W, C].

        Raises:
            RunError: it has none.
        """
        return self._found("features", images).flatten(1)

    @abstractmethod
    def _read(self, images: Array) -> dict[str, Tensor]:
        """Compute the `scores` and `features` of images, those that there are."""

    def _found(self, what: str, images: Array) -> Tensor:
        if what in self._lacking:
            raise RunError(
                f"the judge {self._name} has no {WORDS[what]}: {self._lacking[what]}",
                fix=f"use metrics of {' and '.join(WORDS[one] for one in WORDS if one != what)}, or another judge",
            )
        # By content: metrics may well pass copies and parts.
        key = hashlib.blake2b(np.ascontiguousarray(images).data, key=str(images.shape).encode()).digest()
        if key not in self._known:
            self._known[key] = self._read(images)
        self._known.move_to_end(key)
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
        return self._known[key][what]


class TrainedJudge(CachedJudge):
    """A finished run as a judge: its method's output is class scores, and the method names its features.

    Args:
        trained: the run.
    """

    def __init__(self, trained: Trained) -> None:
        method = trained.recipe.method_class
        why = f"its method {method.__name__} names none"
        super().__init__(str(trained.run.path), {} if method.features else {"features": why})
        self.trained = trained
        self._names = {"scores": method.output} | ({"features": method.features} if method.features else {})

    def _read(self, images: Array) -> dict[str, Tensor]:
        tables = self.trained.quantities(images, self._names.values())
        return {kind: tables[name] for kind, name in self._names.items()}


@dataclass(frozen=True)
class Reading:
    """The preparation of images for a network.

    Attributes:
        image_size: in pixels, of a side or height and width.
        channels: 1 or 3.
        normalization: from [0, 1] to what the network sees.
    """

    image_size: int | tuple[int, int]
    channels: int
    normalization: Normalization


class NetworkJudge(CachedJudge):
    """An encoder as a judge: its codes are features, and its head, if there is one, gives class scores.

    Args:
        name: for messages.
        network: on the device, in eval mode.
        reading: how images are prepared for it.
        settings: where to compute.
        batch_size: images per batch.
        classifies: whether it has a head.
    """

    def __init__(
        self, name: str, network: nn.Module, reading: Reading, settings: Settings, batch_size: int, classifies: bool
    ) -> None:
        super().__init__(name, {} if classifies else {"scores": f"{type(network).__name__} has no head"})
        self.network = network
        self.reading = reading
        self._settings = settings
        self._batch_size = batch_size
        self._classifies = classifies

    @torch.no_grad()
    def _read(self, images: Array) -> dict[str, Tensor]:
        reading = self.reading
        size = None if images.shape[1:3] == sides(reading.image_size) else reading.image_size
        prepared = ImageSet(
            "judged", convert(images, size, reading.channels), None, None, reading.normalization, digest=""
        )
        rows: dict[str, list[Tensor]] = {"features": [], **({"scores": []} if self._classifies else {})}
        for block in prepared.blocks(self._batch_size):
            code = self.network(self._settings.cast(prepared.tensor(block, self._settings.device)))
            rows["features"].append(code.float().cpu())
            if self._classifies and has_head(self.network):
                rows["scores"].append(self.network.classify(code).float().cpu())
        return {kind: torch.cat(parts) for kind, parts in rows.items()}


def _network_judge(
    recipe: Recipe, name: str, run: RunDirectory | None, data: Mapping[str, ImageSet], device: torch.device
) -> NetworkJudge:
    """Build a judge that a recipe names by its component, with the weights of a run or of a file."""
    part = recipe.judges[name]
    assert part.use is not None  # the caller looked
    facts, reading = _prepared(recipe, name, run, data)
    network = build_module(part.use, facts, recipe.document, seed=0)
    file = _weights_file(recipe, part.key, run)
    rename = part.table.weights.rename if isinstance(part.table.weights, FileWeights) else {}
    try:
        load_weights(network, read_weights_file(file), str(file.path), rename)
    except ShapeError as error:
        error.where = recipe.document.where(part.key)
        raise
    settings = measuring_settings(recipe.train, device)
    network = settings.place(network).eval().requires_grad_(False)
    classifies = "scores" in offers(recipe, name)
    return NetworkJudge(name, network, reading, settings, recipe.evaluate.batch_size, classifies)


def _prepared(
    recipe: Recipe, name: str, run: RunDirectory | None, data: Mapping[str, ImageSet]
) -> tuple[dict[str, Any], Reading]:
    """Return the facts for a judge's component, and how images are prepared: as outputs should be, or as in its run."""
    table, key = recipe.judges[name].table, recipe.judges[name].key
    size, channels, classes, normalization = None, None, None, SYMMETRIC
    child = recipe.children.get(key)
    role = (child or recipe).method_class.judged_like()
    if role is not None:
        facts = data[role].facts if run is None else DataFacts(**run.read_record()["facts"][role])
        normalization = normalization_of((child or recipe).data[role].table)
        size, channels, classes = facts.image_size, facts.channels, facts.classes if child else None
    size, channels = table.resize or size, table.channels or channels
    assert size is not None  # the checker made sure
    assert channels is not None
    if table.normalize is not None:
        normalization = normalization_of(table)
    if not {len(normalization.mean), len(normalization.std)} <= {1, channels}:
        raise RecipeError(
            f"the judge {name!r} reads images of {channels} channels, and they are normalised for another number",
            where=recipe.document.where(key),
            fix="set `channels` and `normalize` to what its weights were trained on",
        )
    return {"image_size": size, "in_channels": channels, "classes": classes}, Reading(size, channels, normalization)


def _weights_file(recipe: Recipe, key: Key, run: RunDirectory | None) -> WeightsFile:
    """Return the file that a network or judge takes its weights from: its own, or the result of a run."""
    if run is None:
        return recipe.weight_files()[key]
    path = run.weights / f"{recipe.children[key].method_class.main}.safetensors"
    return WeightsFile(str(path), path, None)


def _check_taught(recipe: Recipe, name: str, runs: Mapping[Key, RunDirectory]) -> None:
    """Refuse a judge whose weights are those of a network of the run: one a file, the other the result of a recipe."""
    part = recipe.judges[name]
    digest = _weights_file(recipe, part.key, runs.get(part.key)).digest
    keys = [key for key in (*recipe.weight_files(), *runs) if key[0] == "networks"]
    for key in keys if not part.table.circular else ():
        if _weights_file(recipe, key, runs.get(key)).digest == digest:
            raise RecipeError(
                f"the weights of the judge {name!r} are those of the network {key[1]!r} of this run, "
                "and no judge may take part in training",
                where=recipe.document.where(part.key),
                fix="give it other weights, or have its numbers marked: circular = true",
            )
