"""What a run was warned of while it trained, read from its journal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Warned:
    """A pathology that was named while it happened.

    Attributes:
        step: when it was told.
        name: such as `d-has-won`.
        text: what is wrong and what to try.
    """

    step: int
    name: str
    text: str


def warnings(records: Iterable[Mapping[str, Any]]) -> list[Warned]:
    """The warnings of a journal, in their order."""
    return [
        Warned(record["step"], str(record.get("name", "")), str(record.get("text", "")))
        for record in records
        if record.get("event") == "warning" and isinstance(record.get("step"), int)
    ]
