"""Weights that a recipe takes from another: the options by which both build the network must give the same tensors."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import torch

from ganforge.errors import GanforgeError, Problem
from ganforge.options.marks import FACTS
from ganforge.quantities.metrics import problem_at
from ganforge.recipe.build import build_component
from ganforge.recipe.document import Document
from ganforge.recipe.recipe import ChosenComponent, Recipe

# What the data would imply. Any values do, as long as both networks are built with the same.
STAND_INS = {"image_size": 32, "in_channels": 3, "out_channels": 3, "code_dim": 16, "classes": 10, "outputs": 1}

Shapes = dict[str, tuple[int, ...]]


def misfits(recipe: Recipe) -> Iterator[Problem]:
    """Yield a problem for each network or judge with other options than the recipe that trains its weights."""
    for key, child in recipe.children.items():
        own, main = recipe.tables()[key[0]][key[1]].use, child.method_class.main
        trained = child.networks[main].use if main in child.networks else None
        if own is None or trained is None or own.entry.name != trained.entry.name:
            continue
        here, there = own.resolved(), trained.resolved()
        # Facts that one of them leaves to the data may well be equal.
        names = [name for name in {**here, **there} if name not in FACTS or (name in here and name in there)]
        differing = [name for name in names if here.get(name) != there.get(name)]
        given = {name: value for name, value in {**there, **here}.items() if name in FACTS}
        required = [option.name for option in own.entry.schema.options if option.required]
        facts = {name: value for name, value in STAND_INS.items() if name in required} | given
        if differing and _differ(_shapes(trained, facts, child.document), _shapes(own, facts, recipe.document)):
            place = child.document.where((*trained.key, differing[0]))
            what = f"{trained.entry.name!r} is trained with {_shown(there, differing)} ({place})"
            message = f"{what}, and has {_shown(here, differing)} here: its weights do not fit"
            yield problem_at(recipe, (*key, differing[0]), message, "use the same options in both")


def _differ(one: Shapes | None, other: Shapes | None) -> bool:
    return one is not None and other is not None and one != other


def _shapes(use: ChosenComponent, facts: Mapping[str, Any], document: Document) -> Shapes | None:
    """Return the shapes of a network's tensors by name, or None if it cannot be built from such facts."""
    try:
        with torch.random.fork_rng(devices=[]):
            network = build_component(use, facts, document)
    except GanforgeError:
        return None
    return {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}


def _shown(options: Mapping[str, Any], names: list[str]) -> str:
    return ", ".join(f"{name} = {json.dumps(options[name])}" if name in options else f"no {name}" for name in names)
