"""Options that several verbs share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ganforge.cli import completion

Run = Annotated[str, typer.Argument(help="A run directory, or the name of a run.", autocompletion=completion.runs)]
Data = Annotated[
    Path | None, typer.Option("--data", envvar="GANFORGE_DATA", help="Folder of the data sets.", show_default="data")
]
Runs = Annotated[
    Path | None, typer.Option("--runs", envvar="GANFORGE_RUNS", help="Folder of the runs.", show_default="runs")
]
Cache = Annotated[
    Path | None,
    typer.Option("--cache", envvar="GANFORGE_CACHE", help="Folder of decoded data.", show_default="~/.cache/ganforge"),
]
Device = Annotated[
    str,
    typer.Option(
        "--device", help="auto (CUDA where there is a GPU), cpu, cuda or cuda:N.", autocompletion=completion.devices
    ),
]
Threads = Annotated[
    int | None, typer.Option("--threads", min=1, help="Threads of the CPU.", show_default="as torch has it")
]
Trackers = Annotated[
    list[str] | None,
    typer.Option(
        "--tracker",
        metavar="PLUGIN",
        envvar="GANFORGE_TRACKERS",
        help="A plugin that watches, such as tensorboard; repeatable; none for no plugin.",
        autocompletion=completion.trackers,
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Change a key of the recipe, e.g. train.steps=2000; repeatable.",
        autocompletion=completion.assignments,
    ),
]
