"""A run in lines of text, one for each stage, note and measurement: for logs and pipes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ganforge.watching.listener import Listener


class TextListener(Listener):
    """Prints a line for each stage, note and measurement."""

    def stage(self, name: str, detail: str = "") -> None:
        """See `Listener`."""
        print(f"{detail}: {name}", flush=True)

    def note(self, text: str) -> None:
        """See `Listener`."""
        print(f"note: {text}", flush=True)

    def measured(self, step: int, name: str, values: Mapping[str, float]) -> None:
        """See `Listener`."""
        print(f"  step {step}, {name}: {in_a_line(values)}", flush=True)

    def finished(self, directory: Path, status: str) -> None:
        """See `Listener`."""
        print(f"{directory}: {status}", flush=True)


def in_a_line(values: Mapping[str, float]) -> str:
    """Names and values, such as `accuracy 0.97, loss 0.1`."""
    return ", ".join(f"{name} {value:.4g}" for name, value in values.items())
