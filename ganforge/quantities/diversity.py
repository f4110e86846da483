"""The one monitor that every method with pictures has: whether outputs of different inputs differ at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from ganforge.method import Method
from ganforge.quantities.graph import Graph

if TYPE_CHECKING:
    from torch import Tensor


def diversity(outputs: Tensor, real: Tensor) -> Tensor:
    """Spread of outputs relative to that of real images: 0 when all outputs are the same.

    The ratio of the root mean square distances between two images of a batch, which follow from its variances.

    Args:
        outputs: [N, ...].
        real: [M, ...], of the same shape otherwise.
    """
    between = outputs.var(0, unbiased=False).sum()
    return (between / real.var(0, unbiased=False).sum().clamp_min(1e-12)).sqrt()


def diversity_name(method: type[Method]) -> str:
    """The name of this monitor."""
    return f"{method.output}.diversity"


def diversity_monitors(
    method: type[Method], graph: Graph, asked: Iterable[str]
) -> dict[str, tuple[Callable[..., Any], tuple[str, ...]]]:
    """The monitor by its name; none where the losses do not compute pictures and real ones anyway.

    Args:
        method: whose output it is about.
        graph: its quantities.
        asked: the quantities that the losses ask for.
    """
    reached: set[str] = set()
    pending = list(asked)
    while pending:
        name = pending.pop()
        if name not in reached:
            reached.add(name)
            pending += graph.quantities[name].needs if name in graph.quantities else ()
    real = method.pictures_like
    if real is None or not {method.output, real} <= reached:
        return {}
    return {diversity_name(method): (diversity, (method.output, real))}
