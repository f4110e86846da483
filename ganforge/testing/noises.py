"""The check of noise: that it is what its declaration says, and that the generator alone decides it."""

from __future__ import annotations

import torch
from torch import Tensor

from ganforge.method import Drawn, Method
from ganforge.quantities.inputs import draw
from ganforge.testing.check import Flaw, check
from ganforge.testing.example import fits
from ganforge.testing.method_examples import BATCH, declared_shape
from ganforge.testing.small_graph import small_graph
from ganforge.testing.subject import Subject
from ganforge.testing.surroundings import scrambled, touched

MANY = 64


@check(
    "method",
    finds="noise of another shape or type than declared, or that its generator does not decide, or not alone",
    why="The engine seeds that generator for each batch: what comes from elsewhere, no resumed run draws again.",
    mend="Return `count` rows of the declared type, float32 by default: torch.randn(count, ..., generator=generator).",
)
def noise(subject: Subject) -> None:
    """Noise is a function of the number of rows and of the generator."""
    subject.examples()
    graph = small_graph(subject, BATCH)
    for name, declared in type(graph.method).draws().items():
        for count in (1, 5):
            before = scrambled()
            first = draw(graph.method, name, count, 1)
            for whose in touched(before):
                raise Flaw(f"{name} draws from {whose}")
            _require_rows(name, first, count, declared_shape(declared.shape, graph))
            _require_type(name, first, declared.type, _values(graph.method, declared))
            # What is seeded by a global generator, without drawing from it, is another one now.
            scrambled(count)
            if not torch.equal(first, draw(graph.method, name, count, 1)):
                raise Flaw(f"{name} differs from one time to the next, with the same generator")
        # A given value may be one and the same for all; of few integers, a short draw may come twice.
        if declared.trained_from is None and torch.equal(*(draw(graph.method, name, MANY, seed) for seed in (1, 2))):
            raise Flaw(f"{name} is the same whatever the generator's seed")


def _require_rows(name: str, drawn: Tensor, count: int, declared: tuple[int | None, ...] | None) -> None:
    wanted = (count, ...) if declared is None else (count, *declared[1:])
    if not fits(drawn, wanted):
        axes = ", ".join("..." if axis is ... else "any" if axis is None else str(axis) for axis in wanted)
        raise Flaw(f"{count} rows of {name} are {list(drawn.shape)}, not [{axes}]")
    if drawn.device.type != "cpu":
        raise Flaw(f"{name} is drawn on {drawn.device.type}, where the same seed gives other numbers")
    if not bool(drawn.isfinite().all()):
        raise Flaw(f"{name} is not finite")


def _require_type(name: str, drawn: Tensor, declared: str, values: int | None) -> None:
    if str(drawn.dtype) != f"torch.{declared}":
        raise Flaw(f"{name} is {drawn.dtype}, not torch.{declared}")
    if values is not None and not bool(((drawn >= 0) & (drawn < values)).all()):
        raise Flaw(f"{name} is not from 0 to {values - 1}")


def _values(method: Method, declared: Drawn) -> int | None:
    """The number of values of an integer, as the method declares it."""
    values = declared.values
    return getattr(method, values, None) if isinstance(values, str) else values


CHECKS = (noise,)
