"""The curves of a run as data for the page's charts: those on one scale together, thinned to what can be seen."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ganforge.meaning import Meanings

Chart = dict[str, Any]
MOST_POINTS = 500
MOST_CURVES = 60
_NOT_CURVES = ("event", "step", "set")


def charts(
    records: Iterable[Mapping[str, Any]], metrics: Meanings, losses: Meanings, most: int = MOST_POINTS
) -> list[Chart]:
    """The charts of a journal.

    Args:
        records: of the journal.
        metrics: meanings of the metrics.
        losses: meanings of the loss terms and monitors.
        most: points of a curve, at most.

    Returns:
        By chart: its id, title, whether its values are shares, and its curves: name, steps, and values (None where a
        value is not finite).
    """
    records = list(records)
    found = []
    for event, shares, identity, title in (
        ("losses", False, "losses", "Losses"),
        ("losses", True, "monitors", "Accuracy while training"),
        ("validation", True, "validation", "Validation"),
        ("validation", False, "validation-scores", "Validation, other metrics"),
    ):
        curves = [
            _thinned(name, points, most)
            for name, points in _curves(record for record in records if record.get("event") == event).items()
            if (losses if event == "losses" else metrics)[name].is_share == shares
        ]
        if curves:
            found.append({"id": identity, "title": title, "shares": shares, "curves": curves[:MOST_CURVES]})
    return found


def _curves(records: Iterable[Mapping[str, Any]]) -> dict[str, list[tuple[int, float]]]:
    curves: dict[str, list[tuple[int, float]]] = {}
    for record in records:
        step = record.get("step")
        if isinstance(step, int):
            for name, value in record.items():
                if name not in _NOT_CURVES and isinstance(value, int | float) and not isinstance(value, bool):
                    curves.setdefault(name, []).append((step, float(value)))
    return curves


def _thinned(name: str, points: Sequence[tuple[int, float]], most: int) -> dict[str, Any]:
    """A curve of at most so many points, each the mean of as many neighbours as it takes."""
    width = -(-len(points) // most)
    blocks = [points[start : start + width] for start in range(0, len(points), width)]
    means = [sum(value for _, value in block) / len(block) for block in blocks]
    return {
        "name": name,
        "steps": [block[-1][0] for block in blocks],
        "values": [float(f"{mean:.5g}") if math.isfinite(mean) else None for mean in means],
        "mean_of": width,
    }
