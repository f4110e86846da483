"""`ganforge download`: fetch the files of a data set, or make the weights that a network cannot bring along."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ganforge.cli import completion
from ganforge.cli.options import Data, Set

if TYPE_CHECKING:
    from ganforge.data.download import Progress
    from ganforge.plugins.entry import Entry
    from ganforge.plugins.registry import Registry


def download(
    name: Annotated[
        str,
        typer.Argument(
            help="A dataset component, such as digits/svhn, or a network whose weights are made here, such as "
            "faces/dlib-resnet.",
            autocompletion=completion.downloads,
        ),
    ],
    set_: Set = None,
    data: Data = None,
    from_: Annotated[
        Path | None, typer.Option("--from", help="The published file of a network's weights, if it is here already.")
    ] = None,
) -> None:
    """Fetch the files of a data set, or the weights of a network.

    Files that are there already are left alone; fetched ones are checked against published checksums. Weights go to the
    folder that GANFORGE_WEIGHTS names, by default `ganforge/weights` in the user's data folder.
    """
    from ganforge.errors import UsageError
    from ganforge.plugins.registry import Registry

    registry = Registry()
    networks = [entry for entry in registry.find(name) if entry.component.weights_source]
    if networks:
        if set_:
            raise UsageError(f"{name!r} is a network: its weights have no options", fix="leave out --set")
        _weights(networks[0], from_)
        return
    if from_ is not None:
        raise UsageError(f"--from names a file of weights, and {name!r} has none to make", fix="leave out --from")
    _data(name, set_ or [], data, registry)


def _weights(entry: Entry, given: Path | None) -> None:
    from ganforge.networks.made_weights import make_weights, source_of

    with _progress() as progress:
        path, made = make_weights(entry, given, progress)
    print(f"{path}: {'made' if made else 'was there'}")
    print(source_of(entry).terms)


def _data(name: str, assignments: list[str], data: Path | None, registry: Registry) -> None:
    from ganforge.data.download import download as fetch
    from ganforge.folders import data_folder
    from ganforge.recipe.build import build_component
    from ganforge.recipe.check import check_component

    use, document = check_component("dataset", name, assignments, registry)
    dataset = build_component(use, {"data_root": data_folder(data).absolute()}, document)
    if not dataset.files():
        print(f"{use.entry.name} needs no files")
        return
    with _progress() as progress:
        fetched = fetch(dataset.files(), progress=progress)
    for file in dataset.files():
        print(f"{file.path}: {'fetched' if file.path in fetched else 'was there'}")


@contextmanager
def _progress() -> Iterator[Progress]:
    """Show a bar for each file that is fetched in the block."""
    from rich.console import Console
    from rich.progress import DownloadColumn, Progress, TaskID, TransferSpeedColumn

    from ganforge.data.images import DataFile

    columns = (*Progress.get_default_columns()[:2], DownloadColumn(), TransferSpeedColumn())
    bar, tasks = Progress(*columns, console=Console()), dict[Path, TaskID]()

    def advance(file: DataFile, done: int, total: int | None) -> None:
        if not tasks:
            bar.start()
        if file.path not in tasks:
            tasks[file.path] = bar.add_task(file.path.name, total=total)
        bar.update(tasks[file.path], completed=done, total=total)

    try:
        yield advance
    finally:
        if tasks:  # a bar that shows nothing would leave an empty line
            bar.stop()
