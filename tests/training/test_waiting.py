"""Nobody waits for the device: torch's device `meta` takes a GPU's place, and every copy to it is watched.

A tensor on it has no values, so whatever would read one in main memory fails; and a copy that blocks is counted. Only
phases with a hysteresis or a lower bound wait, since they depend on the value of their loss.
"""

from __future__ import annotations

import functools
import traceback
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from ganforge.data.source import ImageSet
from ganforge.data.transform import SYMMETRIC
from ganforge.image_size import sides
from ganforge.networks.settings import Settings
from ganforge.plugins.registry import Registry
from ganforge.quantities.planner import make_plan
from ganforge.recipe.check import read_recipe
from ganforge.recipe.library import shipped_recipes
from ganforge.training.assemble import assemble
from ganforge.training.step import Stepper

META = torch.device("meta")
REGISTRY = Registry()
RECIPES = {one.name: one.path for one in shipped_recipes(REGISTRY) if not one.is_study}
COUNT = 40
PACKAGE = Path(make_plan.__code__.co_filename).parents[1]


class Copies(TorchDispatchMode):
    """Counts operations on the device, and copies to it that block, by the lines that ask for them."""

    def __init__(self) -> None:
        super().__init__()
        self.operations = 0
        self.blocking: Counter[str] = Counter()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        made = func(*args, **kwargs)
        given = [one for one in tree_leaves((args, kwargs)) if isinstance(one, torch.Tensor)]
        devices = [one.device.type for one in (*given, *tree_leaves(made)) if isinstance(one, torch.Tensor)]
        self.operations += "meta" in devices
        copies = func.overloadpacket in (torch.ops.aten._to_copy, torch.ops.aten.copy_)
        if copies and len(set(devices)) > 1 and not kwargs.get("non_blocking", True in args[2:3]):
            here = [frame for frame in traceback.extract_stack() if Path(frame.filename).is_relative_to(PACKAGE)]
            self.blocking[" < ".join(f"{Path(one.filename).name}:{one.lineno}" for one in here[:-4:-1])] += 1
        return made


def stepper(name: str) -> Stepper:
    """The stepper of a shipped recipe on the stand-in, with black images and random weights."""
    plan = make_plan(read_recipe(RECIPES[name], REGISTRY))
    data = {}
    for role in plan.recipe.data.keys() & plan.recipe.method_class.data.keys():
        table = plan.recipe.data[role].table
        dataset = plan.recipe.data[role].use.entry.load()
        size = table.resize or 32
        channels = table.channels or {"L": 1, "RGB": 3}.get(plan.recipe.data[role].use.resolved().get("mode"))
        channels = channels or getattr(dataset, "channels", None) or 3
        classes = getattr(dataset, "classes", None) or 10
        pixels = np.zeros((COUNT, *sides(size), channels if isinstance(channels, int) else 3), np.uint8)
        count = classes if isinstance(classes, int) else 10
        data[role] = ImageSet(role, pixels, np.zeros(COUNT, np.int64), count, SYMMETRIC, digest="")
    settings = Settings(META, "fp32", channels_last=True)
    parts = assemble(plan, data, {}, settings)
    for optimizer in parts.optimizers.values():
        _accept_verdict(optimizer)
    return Stepper(plan, parts, data, settings)


def _accept_verdict(optimizer: Any) -> None:
    """Have an optimizer take the guard's verdict, as the fused ones of a GPU do; the stand-in has none."""
    plain = optimizer.step

    def step() -> None:
        optimizer.grad_scale = optimizer.found_inf = None
        plain()

    optimizer._step_supports_amp_scaling = True
    optimizer.step = functools.wraps(plain)(step)


def waits(made: Stepper) -> bool:
    """Return True if a phase depends on the value of its loss, which has to be read."""
    return any(phase.table.hysteresis or phase.table.lower_bound is not None for phase in made.plan.phases)


@pytest.mark.parametrize("name", RECIPES)
def test_a_step_of_a_shipped_recipe_reads_nothing_and_blocks_nowhere(name: str) -> None:
    made = stepper(name)
    if waits(made):
        with pytest.raises(RuntimeError, match="item"):
            made.step(0)
        return
    made.step(0)  # optimizers make their state
    with Copies() as copies:
        made.step(1, watch=True)
    assert copies.operations > 0
    assert not copies.blocking


def test_a_copy_that_blocks_would_be_seen() -> None:
    with Copies() as copies:
        torch.zeros(3).to(META)
        torch.zeros(3).to(META, non_blocking=True)
        torch.empty(3, device=META).copy_(torch.zeros(3))
        torch.empty(3, device=META).copy_(torch.zeros(3), True)
    assert (copies.operations, sum(copies.blocking.values())) == (6, 2)
    with pytest.raises(RuntimeError, match="item"):
        float(torch.zeros((), device=META))
