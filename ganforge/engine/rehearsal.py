"""A rehearsal: the networks of a recipe with random weights, built and tried out before anything is trained.

`ganforge check` rehearses on black images, where recipe and datasets tell their size; a run does so on its own images
before it trains what the recipe builds on.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

from ganforge.data.images import Dataset
from ganforge.data.loading import normalization_of
from ganforge.data.source import ImageSet
from ganforge.errors import DataError, GanforgeError, Problem
from ganforge.image_size import sides
from ganforge.measuring.evaluator import Evaluator
from ganforge.networks.settings import choose_settings
from ganforge.quantities.plan import Plan
from ganforge.recipe.build import build_component
from ganforge.recipe.recipe import Recipe
from ganforge.training.assemble import assemble
from ganforge.training.dry_run import dry_run

COUNT = 2


def rehearse(plan: Plan, images: Mapping[str, ImageSet], device: torch.device) -> None:
    """Build the networks of a plan and dry-run them on training images by role.

    Raises:
        GanforgeError: a component refuses its options, or two do not fit.
    """
    data = {role: images[role] for role in plan.recipe.method_class.data if role in images}
    settings = choose_settings("fp32", plan.recipe.train.channels_last, device)
    parts = assemble(plan, data, {}, settings)
    dry_run(plan, parts, data, settings, Evaluator(plan, data, {}, settings).needs)


def rehearse_blindly(plan: Plan, data_root: Path) -> tuple[list[Problem], list[str]]:
    """Rehearse a plan, and those that it builds on, on black images.

    Returns:
        What is wrong in them, and the data tables of which size, channels or, if their labels are used, classes are
        unknown: their plans are not tried out.
    """
    problems: list[Problem] = []
    unknown: list[str] = []
    for child in dict.fromkeys(plan.children.values()):
        of_child = rehearse_blindly(child, data_root)
        problems += of_child[0]
        unknown += of_child[1]
    images = {role: _black(plan, role, data_root) for role in plan.recipe.data if role in plan.recipe.method_class.data}
    known = {role: one for role, one in images.items() if one is not None}
    if len(known) < len(images):
        own = [f"[data.{role}] of {plan.recipe.name}" for role in images if role not in known]
        return problems, own + unknown
    try:
        rehearse(plan, known, torch.device("cpu"))
    except DataError:
        pass  # what the labels are, only the data can tell
    except GanforgeError as error:
        problems.append(Problem("", error.message, error.where, error.fix))
    return problems, unknown


def _black(plan: Plan, role: str, data_root: Path) -> ImageSet | None:
    """Return black images as a data table would have them, or None if it does not tell."""
    recipe, table = plan.recipe, plan.recipe.data[role].table
    dataset = _dataset(recipe, role, data_root)
    size = table.resize or getattr(dataset, "image_size", None)
    channels = table.channels or getattr(dataset, "channels", None)
    classes = getattr(dataset, "classes", None)
    used = recipe.method_class.data[role].labels in plan.labels_used
    if size is None or channels is None or (used and classes is None):
        return None
    normalization = normalization_of(table)
    if not {len(normalization.mean), len(normalization.std)} <= {1, channels}:
        return None
    pixels = np.zeros((COUNT, *sides(size), channels), np.uint8)
    labels = None if classes is None else np.zeros(COUNT, np.int64)
    return ImageSet(role, pixels, labels, classes, normalization, digest="")


def _dataset(recipe: Recipe, role: str, data_root: Path) -> Dataset | None:
    try:
        dataset: Dataset = build_component(recipe.data[role].use, {"data_root": data_root}, recipe.document)
    except GanforgeError:
        return None  # its files are not there yet
    return dataset
