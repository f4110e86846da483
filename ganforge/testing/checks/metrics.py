"""Checks of metrics and schedulers: results are numbers, also for very few images, and declare their units."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ganforge.errors import GanforgeError
from ganforge.meaning import Meanings
from ganforge.method import metric_meanings
from ganforge.testing.check import Flaw, check, describe_error
from ganforge.testing.examples import Examples
from ganforge.testing.examples.metrics import metric_example
from ganforge.testing.subject import Subject


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
    "metric",
    why="Tables mark the best row by it, a share is shown in percent, and a metric without a direction cannot select.",
    fix='Mark it: `@metric(unit="share", better="higher")`, or by part: `@metric(unit={"coverage": "share"})`.',
)
def meaning(subject: Subject) -> None:
    """Find numbers of a metric that have no declared unit."""
    meanings = Meanings(
        {f"/{part}" if part else "": one for part, one in metric_meanings(subject.entry.load()).items()}
    )
    for example in Examples(subject):
        for result in example.run().values():
            names = [f"/{part}" for part in result] if isinstance(result, Mapping) else [""]
            plain = [name.removeprefix("/") for name in names if meanings[name].unit is None]
            if plain:
                raise Flaw(f"{', '.join(filter(None, plain)) or 'its value'} has no unit")


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
