"""A scheduler at the first, at middle and at the last steps of trainings, one of a single step among them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ganforge.testing.example import Example
from ganforge.testing.subject import Subject

TRAININGS = ((0, 1), (0, 100), (1, 100), (50, 100), (98, 100), (99, 100), (99_999, 100_000))


def scheduler_examples(subject: Subject) -> Iterator[Example]:
    """A factor at each of several steps."""
    function = subject.build()

    def call(given: Mapping[str, Any]) -> dict[str, Any]:
        return {"factor": function(given["step"], given["steps"])}

    for step, steps in TRAININGS:
        yield Example(f"step {step} of {steps}", function, call, {"step": step, "steps": steps})
