"""Checks of metrics and schedulers: what they give is a number."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ganforge.errors import GanforgeError
from ganforge.testing.check import Flaw, check
from ganforge.testing.faults import told
from ganforge.testing.metric_examples import metric_example
from ganforge.testing.subject import Subject


@check(
    ("metric", "scheduler"),
    finds="results that are no plain finite numbers: tensors, None, NaN; of a scheduler, negative ones",
    why="They are written into the journal and compared; a factor below 0 would turn training around.",
    mend="Return `float(value)`; a metric may return a dict of floats.",
)
def numbers(subject: Subject) -> None:
    """Results are numbers."""
    for example in subject.examples():
        for result in example.run().values():
            _require_numbers(str(example), result)
            if subject.kind == "scheduler" and result < 0:
                raise Flaw(f"{example}: the factor is {result}")


@check(
    "metric",
    finds="one or two images, of which a metric makes NaN or an exception that says nothing",
    why="A recipe may hold out few images, and then the run ends at its first validation.",
    mend="Raise DataError where there are too few images, saying how many it needs.",
)
def few(subject: Subject) -> None:
    """Of very few images it gives numbers, or says why it does not."""
    subject.examples()
    for count in (1, 2):
        try:
            results = metric_example(subject, count).run()
        except GanforgeError:
            continue
        except Exception as error:
            raise Flaw(f"of {count} images: {told(error)}") from error
        for result in results.values():
            _require_numbers(f"{count} images", result)


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


CHECKS = (numbers, few)
