"""Options that several verbs share, and the decorator that adds those of a `PlaceOptions` to a verb."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganforge.cli import completion
from ganforge.folders import PlaceOptions, runs_folder
from ganforge.recipe.document import parse_assignment

if TYPE_CHECKING:
    from ganforge.runs.directory import RunDirectory

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
PLACE = {"data": Data, "runs": Runs, "cache": Cache, "device": Device, "threads": Threads, "trackers": Trackers}
"""The options of a `PlaceOptions`."""


def set_option(help: str) -> Any:
    """Return the option `--set` with a help text of its own."""
    return typer.Option("--set", metavar="KEY=VALUE", help=help, autocompletion=completion.assignments)


Set = Annotated[list[str] | None, set_option("Change a key of the recipe, e.g. train.steps=2000; repeatable.")]
Given = Annotated[
    list[str] | None,
    typer.Option("--given", metavar="INPUT=VALUE", help="Fix an input, e.g. label=3 or style=[0.5, -1.0]; repeatable."),
]


def named_run(text: str, place: PlaceOptions) -> RunDirectory:
    """Return the run that a user names, before torch is imported, which takes seconds.

    Raises:
        RunError: there is none.
    """
    from ganforge.runs.directory import find_run

    return find_run(text, runs_folder(place.get("runs")))


def given_values(assignments: list[str] | None) -> dict[str, Any]:
    """Return the values of `--given` by the names of their inputs.

    Raises:
        RecipeError: one is not of the form input=value.
    """
    pairs = (parse_assignment(text, "--given", "label=3") for text in assignments or [])
    return {".".join(key): value for key, value in pairs}


def with_place(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Decorate a verb that takes `place`, a `PlaceOptions`: add these options of it, by default all, to the verb."""
    options = {name: PLACE[name] for name in names or PLACE}

    def decorate(verb: Callable[..., None]) -> Callable[..., None]:
        parameters = [one for one in inspect.signature(verb, eval_str=True).parameters.values() if one.name != "place"]
        for name, kind in options.items():
            default = "auto" if name == "device" else None
            parameters.append(inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind))

        @functools.wraps(verb)
        def called(**given: Any) -> None:
            place = {name: given.pop(name) for name in options}
            verb(**given, place=place)

        called.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        called.__annotations__ = {one.name: one.annotation for one in parameters}
        return called

    return decorate
