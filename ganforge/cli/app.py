"""The application: its verbs, in the order in which a newcomer needs them; imports nothing heavy."""

from __future__ import annotations

from typing import Annotated

import typer

from ganforge.cli.components import list_components
from ganforge.cli.doctor import doctor
from ganforge.cli.download import download
from ganforge.cli.plugin import app as plugin
from ganforge.cli.recipes import check, copy, recipes, schema
from ganforge.cli.report import compare, report
from ganforge.cli.run import evaluate, resume, run
from ganforge.cli.sample import sample
from ganforge.cli.show import show
from ganforge.cli.study import study
from ganforge.cli.transfer import transfer

app = typer.Typer(
    name="ganforge",
    help="Train, measure and use GANs that a recipe puts together from plugins' components.",
    epilog="Begin with `ganforge run quickstart`.",
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
    no_plugin: Annotated[
        list[str] | None,
        typer.Option(
            "--no-plugin", metavar="NAME", help="Go without an installed plugin, whatever the verb; repeatable."
        ),
    ] = None,
) -> None:
    """Train, measure and use GANs that a recipe puts together from plugins' components."""
    if no_plugin:
        from ganforge.plugins.selection import exclude_plugins

        exclude_plugins(no_plugin)


app.command("run", epilog="ganforge run quickstart --set train.steps=2000 --out first-try")(run)
app.command("resume", epilog="ganforge resume runs/quickstart")(resume)
app.command("study", epilog="ganforge study table1 --only best --set study.seeds=[0]")(study)
app.command("transfer", epilog="ganforge transfer runs/quickstart photos -o transferred")(transfer)
app.command("sample", epilog="ganforge sample runs/dcgan-mnist -n 64 -o samples")(sample)
app.command("evaluate", epilog="ganforge evaluate runs/quickstart --batch-norm batch")(evaluate)
app.command("compare", epilog="ganforge compare runs/quickstart runs/quickstart-2 --json")(compare)
app.command("report", epilog="ganforge report runs/quickstart -o quickstart.html")(report)
app.command("recipes")(recipes)
app.command("copy", epilog="ganforge copy quickstart mine")(copy)
app.command("check", epilog="ganforge check mine/quickstart.toml --set losses.constancy.distance=cosine")(check)
app.command("schema", epilog="ganforge schema -o ganforge.schema.json")(schema)
app.command("list", epilog="ganforge list losses; ganforge list 'dtn/*'")(list_components)
app.command("show", epilog="ganforge show dtn/f-constancy; ganforge show quickstart --resolved")(show)
app.command("doctor", epilog="ganforge doctor --json")(doctor)
app.command("download", epilog="ganforge download digits/svhn --set split=extra --data DATA")(download)
app.add_typer(plugin, name="plugin")
