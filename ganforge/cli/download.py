"""`ganforge download`: fetch the files of a data set into the data folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ganforge.cli import completion
from ganforge.cli.options import Data, Set


def download(
    name: Annotated[
        str, typer.Argument(help="A dataset component, such as digits/svhn.", autocompletion=completion.datasets)
    ],
    set_: Set = None,
    data: Data = None,
) -> None:
    """Fetch the files of a data set.

    Files that are there already are left alone; fetched ones are checked against published checksums.
    """
    from rich.console import Console
    from rich.progress import DownloadColumn, Progress, TaskID, TransferSpeedColumn

    from ganforge.data.download import download as fetch
    from ganforge.data.images import DataFile
    from ganforge.folders import data_folder
    from ganforge.plugins.registry import Registry
    from ganforge.recipe.build import build_component
    from ganforge.recipe.check import check_component

    use, document = check_component("dataset", name, set_ or [], Registry())
    dataset = build_component(use, {"data_root": data_folder(data).absolute()}, document)
    if not dataset.files():
        print(f"{use.entry.name} needs no files")
        return
    columns = (*Progress.get_default_columns()[:2], DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=Console()) as bar:
        tasks: dict[Path, TaskID] = {}

        def advance(file: DataFile, done: int, total: int | None) -> None:
            if file.path not in tasks:
                tasks[file.path] = bar.add_task(file.path.name, total=total)
            bar.update(tasks[file.path], completed=done, total=total)

        fetched = fetch(dataset.files(), progress=advance)
    for file in dataset.files():
        print(f"{file.path}: {'fetched' if file.path in fetched else 'was there'}")
