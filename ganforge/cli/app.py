"""The application: its verbs in the order in which a newcomer meets them. Imports nothing heavy."""

from __future__ import annotations

from typing import Annotated

import typer

from ganforge.cli.check import check
from ganforge.cli.components import list_components
from ganforge.cli.download import download
from ganforge.cli.evaluate import evaluate
from ganforge.cli.recipes import copy, recipes
from ganforge.cli.run import resume, run
from ganforge.cli.show import show
from ganforge.cli.transfer import transfer

app = typer.Typer(
    name="ganforge",
    help="Train, measure and use GANs that a recipe puts together from plugins' components.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from ganforge import __version__

        print(f"ganforge {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Train, measure and use GANs that a recipe puts together from plugins' components."""


app.command("run")(run)
app.command("resume")(resume)
app.command("transfer")(transfer)
app.command("evaluate")(evaluate)
app.command("recipes")(recipes)
app.command("copy")(copy)
app.command("check")(check)
app.command("list")(list_components)
app.command("show")(show)
app.command("download")(download)
