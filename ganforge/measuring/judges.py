"""Judges of outputs: finished runs and pretrained networks, which read each set of images once for all metrics."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch import Tensor

from ganforge.contracts import has_head
from ganforge.data.images import Array
from ganforge.data.loading import normalization_of
from ganforge.data.source import ImageSet
from ganforge.data.transform import SYMMETRIC
from ganforge.errors import RecipeError, RunError
from ganforge.judge import CIRCULAR
from ganforge.measuring.classes import Classes
from ganforge.measuring.trained import Reading, Trained, reading_of
from ganforge.method import DataFacts
from ganforge.networks.settings import measuring_settings
from ganforge.networks.weights import build_module, load_weights, read_kept_weights, read_weights_file
from ganforge.plugins.registry import Registry
from ganforge.quantities.metrics import WORDS, offers
from ganforge.quantities.plan import Plan
from ganforge.recipe.document import Key
from ganforge.recipe.recipe import ChosenComponent, Recipe, WeightsFile
from ganforge.recipe.schema import FileWeights
from ganforge.runs.directory import RunDirectory

KEPT = 8
"""Sets of images: inputs, outputs and real images, and those that metrics make of them as controls."""


@dataclass
class CachedJudge:
    """A `Judge` that caches its readings of the last few sets of images.

    `read` computes `scores` and `features` of uint8 images [N, H, W, C]; `lacking` has the reason why one is missing.
    """

    name: str
    read: Callable[[Array], dict[str, Tensor]]
    lacking: Mapping[str, str]
    _known: OrderedDict[bytes, dict[str, Tensor]] = field(default_factory=OrderedDict)

    def __call__(self, images: Array) -> Tensor:
        """Return class scores, float32 [N, classes] on the CPU, of uint8 images [N, H, W, C].

        Raises:
            RunError: it cannot classify.
        """
        return self._find("scores", images)

    def features(self, images: Array) -> Tensor:
        """Return features, float32 [N, D] on the CPU, of uint8 images [N, H, W, C].

        Raises:
            RunError: it has no features.
        """
        return self._find("features", images).flatten(1)

    def _find(self, what: str, images: Array) -> Tensor:
        if what in self.lacking:
            raise RunError(
                f"the judge {self.name} has no {WORDS[what]}: {self.lacking[what]}",
                fix=f"use metrics of {' and '.join(WORDS[one] for one in WORDS if one != what)}, or another judge",
            )
        # By content, as metrics may pass copies and parts.
        key = hashlib.blake2b(np.ascontiguousarray(images).data, key=str(images.shape).encode()).digest()
        if key not in self._known:
            self._known[key] = self.read(images)
        self._known.move_to_end(key)
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
        return self._known[key][what]


def load_judges(
    plan: Plan,
    runs: Mapping[Key, RunDirectory],
    data: Mapping[str, ImageSet],
    registry: Registry,
    device: torch.device,
    classes: Classes | None = None,
) -> dict[str, CachedJudge]:
    """Load the judges of a recipe; names of judges that took part in training end in `CIRCULAR`.

    The arguments are the recipe's plan, the finished runs that it builds on, its training images by role, and its
    classes, in the order of which the judges give their scores.

    Raises:
        RecipeError: a judge turns out to be a network of this run.
        ShapeError: weights do not fit their network.
        RunError: weights are missing or damaged.
    """
    judges: dict[str, CachedJudge] = {}
    for name, part in plan.recipe.judges.items():
        _check_taught(plan.recipe, name, runs)
        if part.use is None:
            judge = trained_judge(Trained(runs[part.key], registry, device, plan.children[part.key]))
        else:
            judge = _network_judge(plan.recipe, name, part.use, runs.get(part.key), data, device)
        columns = classes.columns(name) if classes else None
        judges[f"{name}{CIRCULAR * part.table.circular}"] = _reordered(judge, columns) if columns else judge
    return judges


def trained_judge(trained: Trained) -> CachedJudge:
    """Return a finished run as a judge: its output is class scores, and its method names its features."""
    method = trained.recipe.method_class
    names = {"scores": method.output} | ({"features": method.features} if method.features else {})
    lacking = {} if method.features else {"features": f"its method {method.__name__} names none"}

    def read(images: Array) -> dict[str, Tensor]:
        tables = trained.quantities(images, names.values())
        return {kind: tables[name] for kind, name in names.items()}

    return CachedJudge(str(trained.run.path), read, lacking)


def _reordered(judge: CachedJudge, columns: Sequence[int | None]) -> CachedJudge:
    """Return a judge with its scores in another order; classes that it lacks are never the highest."""

    def read(images: Array) -> dict[str, Tensor]:
        tables = judge.read(images)
        if "scores" not in tables:
            return tables
        lowest = tables["scores"].min(1).values - 1
        scores = [lowest if column is None else tables["scores"][:, column] for column in columns]
        return tables | {"scores": torch.stack(scores, 1)}

    return replace(judge, read=read)


def _network_judge(
    recipe: Recipe,
    name: str,
    use: ChosenComponent,
    run: RunDirectory | None,
    data: Mapping[str, ImageSet],
    device: torch.device,
) -> CachedJudge:
    """Return an encoder with the weights of a run or a file as a judge: codes are features, its head gives scores."""
    table, key = recipe.judges[name].table, recipe.judges[name].key
    reading, classes = _reading(recipe, name, run, data)
    facts = {"image_size": reading.image_size, "in_channels": reading.channels, "classes": classes}
    network = build_module(use, facts, recipe.document, seed=0)
    file = _weights_file(recipe, key, run)
    rename = table.weights.rename if isinstance(table.weights, FileWeights) else {}
    tensors = read_weights_file(file) if run is None else read_kept_weights(run, file.path.stem)
    load_weights(network, tensors, str(file.path), rename, recipe.document.where(key))
    settings = measuring_settings(recipe.train, device)
    network = settings.place(network).eval().requires_grad_(False)
    classifies = "scores" in offers(recipe, name)

    @torch.no_grad()
    def read(images: Array) -> dict[str, Tensor]:
        prepared = reading.prepare(images)
        rows: dict[str, list[Tensor]] = {"features": [], **({"scores": []} if classifies else {})}
        for block in prepared.blocks(recipe.evaluate.batch_size):
            code = network(settings.cast(prepared.tensor(block, device)))
            rows["features"].append(code.float().cpu())
            if classifies and has_head(network):
                rows["scores"].append(network.classify(code).float().cpu())
        return {kind: torch.cat(parts) for kind, parts in rows.items()}

    return CachedJudge(name, read, {} if classifies else {"scores": f"{type(network).__name__} has no head"})


def _reading(
    recipe: Recipe, name: str, run: RunDirectory | None, data: Mapping[str, ImageSet]
) -> tuple[Reading, int | None]:
    """Return the form in which a judge reads images, by default that of outputs or of its run's; and its classes."""
    table, key = recipe.judges[name].table, recipe.judges[name].key
    size, channels, classes, normalization = None, None, None, SYMMETRIC
    fit, crop_first = table.fit or "stretch", None
    child = recipe.children.get(key)
    role = (child or recipe).method_class.judged_like()
    if role is not None:
        facts = data[role].facts if run is None else DataFacts(**run.read_record()["facts"][role])
        form = reading_of((child or recipe).data[role], facts)
        normalization, fit = form.normalization, table.fit or form.fit
        crop_first = None if table.resize or table.fit else form.crop_first
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
    return Reading(size, channels, normalization, fit, crop_first), classes


def _weights_file(recipe: Recipe, key: Key, run: RunDirectory | None) -> WeightsFile:
    """Return the file with the weights of a network or judge: its own, or the result of a run."""
    if run is None:
        return recipe.weight_files()[key]
    path = run.weights / f"{recipe.children[key].method_class.main}.safetensors"
    return WeightsFile(str(path), path, None)


def _check_taught(recipe: Recipe, name: str, runs: Mapping[Key, RunDirectory]) -> None:
    """Refuse a judge that has the weights of a network of the run under another name."""
    part = recipe.judges[name]
    if part.table.circular:
        return
    digest = _weights_file(recipe, part.key, runs.get(part.key)).digest
    for key in [key for key in (*recipe.weight_files(), *runs) if key[0] == "networks"]:
        if _weights_file(recipe, key, runs.get(key)).digest == digest:
            raise RecipeError(
                f"the weights of the judge {name!r} are those of the network {key[1]!r} of this run, "
                "and no judge may take part in training",
                where=recipe.document.where(part.key),
                fix="give it other weights, or have its numbers marked: circular = true",
            )
