"""The losses of a run as a picture."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from ganforge.runs import atomic, journal

NOT_CURVES = ("event", "step")


def plot_losses(journal_path: Path, picture: Path) -> None:
    """Plot every loss and monitor of a journal, and the validation metrics, over the steps.

    Args:
        journal_path: the run's `journal.jsonl`.
        picture: the PNG file to write.
    """
    # Imported here because it takes half a second, and without pyplot, which would choose a window system.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    records = journal.read(journal_path)
    panels = {
        "losses": [record for record in records if record.get("event") == "losses"],
        "validation": [record for record in records if record.get("event") == "validation"],
    }
    panels = {name: found for name, found in panels.items() if found}
    if not panels:
        return
    figure = Figure(figsize=(6.4 * len(panels), 4.2), layout="constrained")
    FigureCanvasAgg(figure)
    for axes, (title, found) in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels.items(), strict=True):
        for name, (steps, values) in _curves(found).items():
            axes.plot(steps, values, label=name, linewidth=1.2)
        axes.set_title(title)
        axes.set_xlabel("step")
        axes.grid(alpha=0.3)
        axes.legend(fontsize=7)
    content = io.BytesIO()
    figure.savefig(content, dpi=110, format="png")
    picture.parent.mkdir(parents=True, exist_ok=True)
    atomic.write_file(picture, content.getvalue())


def _curves(records: list[dict[str, Any]]) -> dict[str, tuple[list[int], list[float]]]:
    curves: dict[str, tuple[list[int], list[float]]] = {}
    for record in records:
        for name, value in record.items():
            if name not in NOT_CURVES and isinstance(value, int | float):
                steps, values = curves.setdefault(name, ([], []))
                steps.append(int(record["step"]))
                values.append(float(value))
    return curves
