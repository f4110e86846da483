"""Summary at the end of a run: the metrics, the number of images behind them, and the next command."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from ganforge.meaning import Meanings
from ganforge.report.numbers import clock
from ganforge.runs import strict_json
from ganforge.runs.directory import RunDirectory


def print_summary(directory: RunDirectory) -> None:
    """Print the results of a finished run."""
    metrics: Any = strict_json.loads(directory.metrics.read_bytes())
    record = directory.read_record()
    print()
    meanings = Meanings.from_data(record.get("meanings"))
    print_sets(metrics["sets"], meanings)
    labels = ", ".join(metrics["labels_in_losses"]) or "none"
    select = metrics.get("select")
    chosen = f" for the {meanings[select].extreme} {select} on validation images" if select else ""
    print(f"step {metrics['step']} of the training was kept{chosen}; {clock(metrics['seconds'])} of training")
    print(f"batch norm at evaluation: {metrics['batch_norm']}; labels in the losses: {labels}")
    print(f"run: {directory.path}")
    if directory.samples.is_dir():
        print(f"samples: {max(directory.samples.iterdir(), default=directory.samples)}")
    if directory.report.exists():
        print(f"report: {directory.report}")
    print(f"next: ganforge evaluate {directory.path}")
    measures, facts = record.get("measures", {}), record.get("facts", {})
    if measures.get("pictures_like"):
        images = measures.get("input") in facts
        print(f"      ganforge {'transfer' if images else 'sample'} {directory.path} {'IMAGES ' * images}-o FOLDER")


def print_sets(sets: Mapping[str, Mapping[str, float]], meanings: Meanings) -> None:
    """Print metrics, a column per image set."""
    table = Table(show_edge=False, pad_edge=False, header_style="bold")
    table.add_column("metric", overflow="fold")
    for name, values in sets.items():
        table.add_column(f"{name} ({int(values['images']):,} images)", justify="right")
    names = dict.fromkeys(key for values in sets.values() for key in values if key != "images")
    for name in names:
        cells = [meanings[name].show(values[name]) if name in values else "-" for values in sets.values()]
        table.add_row(name, *cells)
    Console().print(table)
