"""Augmentations of grey and colour images, with the generator that they are to draw from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import torch

from ganforge.quantities.states import states_of
from ganforge.recipe.augmentation import Changing
from ganforge.testing.example import CALL_SEED, Call, Example, accepted
from ganforge.testing.subject import Subject

BATCH = 8


def augmentation_examples(subject: Subject) -> Iterator[Example]:
    """An augmentation of images in [0, 1]."""
    function = subject.build()
    if isinstance(function, Changing):
        states = states_of(function.function, function.prefix)
        function.moment.states = {name: state.first({}) for name, state in states.items()}

    def call(given: Mapping[str, Any]) -> dict[str, Any]:
        # On the CPU wherever the images are, as torch's own generator is that losses' views draw from.
        return {"images": function(given["images"], torch.Generator().manual_seed(CALL_SEED))}

    yield from accepted(_example(function, call, channels, size) for channels, size in ((3, 16), (1, 28)))


def _example(function: Any, call: Call, channels: int, size: int) -> Example:
    images = torch.rand(BATCH, channels, size, size, generator=torch.Generator().manual_seed(size))
    return Example(
        f"{size}x{size} pixels, {channels} channels",
        function,
        call,
        {"images": images},
        shapes={"images": tuple(images.shape)},
        bounds={"images": (0.0, 1.0)},
        batched=frozenset({"images"}),
        learns=(frozenset({"images"}),),
    )
