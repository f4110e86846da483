"""The whole contract between ganforge and a plugin, on one screen.

A plugin is a module named by an entry point of the group `ganforge`; the entry point's name is the plugin's name and
the first half of its components' names. It implements the hooks that it needs, each marked with `hookimpl`. The module
itself must import quickly: components are named as strings and imported when a recipe uses them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pluggy

from ganforge.plugins.component import Component

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

API_VERSION = 1
"""Of this contract. A plugin's module says which one it is written for: `GANFORGE_API = 1`."""

# A tracker implements one or more of these hooks.
TRACKER_HOOKS = (
    "ganforge_run_started",
    "ganforge_training_began",
    "ganforge_scalars",
    "ganforge_images",
    "ganforge_run_finished",
)

hookspec = pluggy.HookspecMarker("ganforge")
hookimpl = pluggy.HookimplMarker("ganforge")
"""Mark a function of a plugin's module as the implementation of the hook of its name, as `@hookimpl`."""


@hookspec
def ganforge_components() -> Iterable[Component]:  # type: ignore[empty-body]
    """Return the plugin's components. Import nothing heavy here."""


@hookspec
def ganforge_recipes() -> Path:  # type: ignore[empty-body]
    """Return a folder of recipes (`*.toml`) for `ganforge recipes` and `ganforge copy`."""


@hookspec
def ganforge_run_started(directory: Path, recipe: Mapping[str, object]) -> None:
    """Take note that a run starts or resumes in `directory`; `recipe` is the resolved recipe."""


@hookspec
def ganforge_training_began(step: int) -> None:
    """Take note that training begins after `step` steps: 0, or those of the checkpoint that it resumes.

    Values of later steps, reported before the run was stopped, are reported again.
    """


@hookspec
def ganforge_scalars(step: int, values: Mapping[str, float]) -> None:
    """Take measurements up to or at `step`.

    Losses and monitors by name, such as `identity` or `adversarial.d_real`, and `images_per_second`: means since the
    last call. Metrics by image set, such as `validation/accuracy` or `test/transfer-accuracy/pooled`.
    """


@hookspec
def ganforge_images(step: int, name: str, images: npt.NDArray[np.uint8]) -> None:
    """Take a sample grid, a uint8 picture [H, W, 3]."""


@hookspec
def ganforge_run_finished(directory: Path, status: str) -> None:
    """Take note that a run ended: `finished`, `interrupted` or `failed`."""


@hookspec
def ganforge_doctor() -> Iterable[tuple[str, str, str]]:  # type: ignore[empty-body]
    """Return the checks of `ganforge doctor`: (name, `ok`, `warning` or `error`, one line of text) for each."""
