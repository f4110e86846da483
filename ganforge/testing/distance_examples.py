"""Distances of codes, images, class scores and labels, as the names of their parameters ask for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

from ganforge.plugins import positional
from ganforge.testing.check import Flaw
from ganforge.testing.example import Example, accepted
from ganforge.testing.subject import Subject

BATCH, CLASSES = 8, 10
VALUES = frozenset({"value", "value_logits"})
COMPARED = ("reference", "value", "reference_logits", "value_logits", "reference_labels")


def distance_examples(subject: Subject) -> Iterator[Example]:
    """A distance of what it compares.

    Raises:
        Flaw: it compares what there is not, or no value at all.
    """
    function = subject.build()
    names = positional(function)
    unknown = [name for name in names if name not in COMPARED]
    if unknown or not VALUES & set(names):
        raise Flaw(
            f"it compares {' and '.join(names) or 'nothing'}; a distance compares a value with a reference",
            mend=f"name its positional parameters after what they are: {', '.join(COMPARED)}",
        )
    kinds = {"codes": (24,), "images": (3, 8, 8)} if {"reference", "value"} & set(names) else {"class scores": (0,)}

    def call(given: Mapping[str, Any]) -> dict[str, Any]:
        return {"distance": function(*(given[name] for name in names))}

    draw = torch.Generator().manual_seed(2)
    yield from accepted(
        Example(
            label,
            function,
            call,
            {name: _tensor(name, shape, draw) for name in names},
            shapes={"distance": ()},
            bounds={name: (-1.0, 1.0) for name in names if label == "images"},
            batched=frozenset(names),
            learns=(VALUES & set(names),),
        )
        for label, shape in kinds.items()
    )


def _tensor(name: str, shape: tuple[int, ...], draw: torch.Generator) -> Tensor:
    if name.endswith("_labels"):
        return torch.arange(BATCH) % CLASSES
    if name.endswith("_logits"):
        return 3 * torch.randn(BATCH, CLASSES, generator=draw)
    return torch.rand(BATCH, *shape, generator=draw) * 2 - 1
