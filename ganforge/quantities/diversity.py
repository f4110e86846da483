"""The monitor of every method with pictures: the diversity of outputs relative to that of real images."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from ganforge.method import Method
from ganforge.quantities.graph import Graph

if TYPE_CHECKING:
    from torch import Tensor


def diversity(outputs: Tensor, real: Tensor) -> Tensor:
    """Return the spread of outputs relative to that of real images: 0 when all outputs are the same.

    The ratio of the root mean square distances between two images of a batch, which follow from its variances.

    Args:
        outputs: [N, ...].
        real: [M, ...], of the same shape otherwise.
    """
    between = outputs.var(0, unbiased=False).sum()
    return (between / real.var(0, unbiased=False).sum().clamp_min(1e-12)).sqrt()


def diversity_name(method: type[Method]) -> str:
    """Return the name of this monitor."""
    return f"{method.output}.diversity"


def diversity_monitors(
    method: type[Method], graph: Graph, asked: Iterable[str]
) -> dict[str, tuple[Callable[..., Any], tuple[str, ...]]]:
    """Return the monitor by its name; none unless the quantities asked for include outputs and real images anyway."""
    real, asked = method.pictures_like, list(asked)
    if real is None or not all(any(graph.depends(name, of) for name in asked) for of in (method.output, real)):
        return {}
    return {diversity_name(method): (diversity, (method.output, real))}
