"""Checks of metrics and schedulers: results are numbers, also for very few images, and fit their units."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ganforge.errors import GanforgeError
from ganforge.testing.check import Flaw, check, describe_error
from ganforge.testing.compare import tensors
from ganforge.testing.examples import Examples
from ganforge.testing.examples.metrics import metric_example
from ganforge.testing.subject import Subject

ROUNDING = 1e-6
LIMITS: Mapping[str | None, tuple[float, float]] = {
    "share": (0.0, 1.0),
    "distance": (0.0, math.inf),
    "count": (0.0, math.inf),
}


@check(
    ("metric", "scheduler"),
    why="They are written into the journal and compared; a negative factor would reverse training.",
    fix="Return `float(value)`; a metric may return a dict of floats.",
)
def numbers(subject: Subject) -> None:
    """Find results that are not plain finite numbers: tensors, None, NaN; negative ones of a scheduler."""
    for example in Examples(subject):
        for result in example.run().values():
            _require_numbers(str(example), result)
            if subject.kind == "scheduler" and result < 0:
                raise Flaw(f"{example}: the factor is {result}")


@check(
    "metric",
    why="A recipe may hold out few images, and then the run would end at its first validation.",
    fix="Raise DataError when there are too few images, saying how many are needed.",
)
def few(subject: Subject) -> None:
    """Find NaN, or an exception that does not explain itself, for one or two images."""
    Examples(subject).require()
    for count in (1, 2):
        try:
            results = metric_example(subject, count).run()
        except GanforgeError:
            continue
        except Exception as error:
            raise Flaw(f"of {count} images: {describe_error(error)}") from error
        for result in results.values():
            _require_numbers(f"{count} images", result)


@check(
    ("metric", "loss"),
    why="Reports, tables and the choice of a checkpoint depend on units and directions; names mean nothing to them.",
    fix='Declare them: @metric(unit="distance", better="lower"), by part where parts differ; @monitor(unit="share").',
)
def meaning(subject: Subject) -> None:
    """Find a metric, or a part of one, without a unit; values of metrics and monitors that their unit rules out."""
    for example in Examples(subject):
        if example.meanings is None:
            continue
        for name, value in tensors(example.run()).items():
            unit = example.meanings[name].unit
            if unit is None:
                raise Flaw(f"{name.partition('/')[2] or 'its value'} has no unit")
            low, high = LIMITS.get(unit, (-math.inf, math.inf))
            if not low - ROUNDING <= float(value) <= high + ROUNDING:
                raise Flaw(f"{example}: {name} is {float(value):.4g}, which is no {unit}")


def _require_numbers(label: str, result: Any) -> None:
    if isinstance(result, Mapping):
        if not result or not all(isinstance(name, str) for name in result):
            raise Flaw(f"{label}: it gives {dict(result)!r}, which names no numbers")
        for name, value in result.items():
            _require_number(f"{label}: {name}", value)
    else:
        _require_number(f"{label}: the value", result)


def _require_number(label: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Flaw(f"{label} is a {type(value).__name__}, not a number")
    if not math.isfinite(value):
        raise Flaw(f"{label} is {value}")
