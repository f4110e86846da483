"""Writes `docs/reference/` from the program itself, so that what is documented is what is there.

    uv run python docs/generate.py

Components come from their signatures and docstrings, recipe keys from the core's tables, verbs from the command line's
functions, hooks from their specifications. A test regenerates the pages and fails when a committed one differs.
"""

from __future__ import annotations

import inspect
import json
import typing
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import typer
from pydantic import BaseModel

from ganforge.cli.app import app
from ganforge.method import Method
from ganforge.plugins import KINDS, hookspecs
from ganforge.plugins.entry import Entry
from ganforge.plugins.loader import FIRST_PARTY
from ganforge.plugins.options import Option
from ganforge.plugins.registry import Registry
from ganforge.plugins.type_name import type_name
from ganforge.recipe import schema
from ganforge.recipe.recipe import FACTS

FOLDER = Path(__file__).parent / "reference"
NOTE = "<!-- Written by docs/generate.py: change the code that it describes, then run it again. -->"


def pages() -> dict[str, str]:
    """Every generated page: its name below `docs/reference/` and its text."""
    return {"components.md": components(), "recipe.md": recipe(), "cli.md": cli(), "hooks.md": hooks()}


# -- components ----------------------------------------------------------------------------------------------------


def components() -> str:
    """Every first-party component by kind."""
    entries = [entry for entry in Registry().entries() if entry.plugin.name in FIRST_PARTY]
    lines = ["Every component of the plugins `basics`, `digits` and `dtn`, by kind."]
    lines += ["`ganforge show NAME` prints the same on a terminal, for other plugins too."]
    lines += ["An *implied* option is filled in from the rest of the recipe where the recipe leaves it unset.", ""]
    for kind in KINDS:
        found = [entry for entry in entries if entry.kind == kind]
        if found:
            lines += [f"## {plural(kind).capitalize()}", ""]
            for entry in found:
                lines += component(entry)
    return page("Components", lines)


def component(entry: Entry) -> list[str]:
    """The section of one component."""
    lines = [f"### {entry.kind} `{entry.name}`", "", entry.summary, ""]
    if entry.schema.description:
        lines += [entry.schema.description, ""]
    target = entry.load()
    if entry.kind == "method":
        lines += method(target)
    elif entry.kind == "loss" and inspect.isclass(target):
        lines += terms(target)
    elif entry.kind in ("loss", "distance", "metric", "scheduler"):
        lines += [f"Works on {', '.join(f'`{name}`' for name in entry.schema.positional)}.", ""]
    rows = [(f"`{o.name}`", f"`{o.type_name}`", default_of(o), o.doc) for o in entry.schema.options]
    return lines + (table(("option", "type", "default", "meaning"), rows) if rows else ["No options.", ""])


def default_of(option: Option) -> str:
    """What an option is where a recipe leaves it unset."""
    given = "" if option.required else "unset" if option.default is None else literal(option.default)
    if option.name in FACTS:
        return f"implied, else {given}" if given else "implied"
    return given or "required"


def terms(loss: type) -> list[str]:
    """The terms and monitors of a loss that is a class."""
    rows = []
    for name, function in vars(loss).items():
        updates = getattr(function, "ganforge_updates", None)
        if updates or hasattr(function, "ganforge_monitor"):
            needs = ", ".join(f"`{need}`" for need in list(inspect.signature(function).parameters)[1:])
            rows.append((f"`{name}`", needs, updates or "nothing: it is only shown", first_line(function)))
    return table(("term", "works on", "updates", "meaning"), rows) if rows else []


def method(cls: type[Method]) -> list[str]:
    """Roles, data, quantities and defaults of a method."""
    roles = [
        (f"`{name}`", role.kind, "yes" if role.trained else "no", "optional" if role.optional else "needed", role.doc)
        for name, role in cls.networks.items()
    ]
    data = [(f"`{name}`", f"`{role.labels}`", role.doc) for name, role in cls.data.items()]
    quantities = [
        (f"`{one.name}`", one.shape, ", ".join(f"`{need}`" for need in one.needs), one.doc)
        for one in cls.quantities().values()
    ]
    lines = table(("network", "kind", "trained", "", "meaning"), roles)
    lines += table(("data", "its labels", "meaning"), data)
    lines += ["Losses and metrics may ask for the images and labels of the data, and for these quantities:", ""]
    lines += table(("quantity", "shape", "computed from", "meaning"), quantities)
    for section in ("phases", "optimizers", "metrics"):
        lines += [f"Default {section}: {', '.join(inline(n, t) for n, t in getattr(cls, section).items())}.", ""]
    chosen = f"the metric `{cls.select}` chooses the checkpoint" + (
        f", `{cls.ceiling}` bounds it" if cls.ceiling else ""
    )
    return [
        *lines,
        f"Losses without a role of their own update `{cls.main}`;",
        f"the result is `{cls.output}`; {chosen}.",
        "",
    ]


def inline(name: str, options: Mapping[str, Any]) -> str:
    """A table of defaults as it would be written in a recipe."""
    return f"`{name} = {{ {', '.join(f'{key} = {json.dumps(value)}' for key, value in options.items())} }}`"


# -- recipe --------------------------------------------------------------------------------------------------------


def recipe() -> str:
    """Every table of a recipe with its keys."""
    lines = [
        "A recipe is a TOML file of these tables; [../recipes.md](../recipes.md) explains them. A table that names"
    ]
    lines += ["a component with `use` also holds the component's options, which [components.md](components.md) lists."]
    lines += ["", "`[method]` holds `use`, a method component, and its options.", ""]
    for cls in {**schema.SECTIONS, **schema.NAMED_SECTIONS}.values():
        lines += recipe_table(cls, "##")
    lines += ["## Values that are tables", ""]
    for cls in (schema.Standardize, schema.RecipeWeights, schema.FileWeights):
        lines += recipe_table(cls, "###")
    cosmetic = ", ".join(f"`{section}.{key}`" for section, key in sorted(schema.COSMETIC))
    lines += ["## What does not change a recipe's identity", "", f"{cosmetic}.", ""]
    return page("Recipe tables", lines)


def recipe_table(cls: type[BaseModel], level: str) -> list[str]:
    """The section of one table: its docstring says how it is written and what it is."""
    head, _, rest = first_line(cls).rpartition("`: ") if "`: " in first_line(cls) else first_line(cls).partition("`, ")
    hints = typing.get_type_hints(cls, include_extras=True)
    rows = []
    for name, field in cls.model_fields.items():
        default = "required" if field.is_required() else "unset" if field.default is None else literal(field.default)
        rows.append((f"`{name}`", f"`{shown(hints[name])}`", default, field.description or ""))
    lines = [f"{level} {head}`", "", f"{rest[:1].upper()}{rest[1:]}", ""]
    return lines + table(("key", "type", "default", "meaning"), rows)


def shown(annotation: Any) -> str:
    """A type as a reader would write it; a component is a name, or a table with `use` and options."""
    return type_name(annotation).replace(type_name(schema.ComponentRef), "component").replace(" | none", "")


# -- command line --------------------------------------------------------------------------------------------------


def cli() -> str:
    """Every verb with its arguments and options."""
    lines = ["`ganforge --help` lists the verbs, `ganforge VERB --help` explains one, `ganforge --version` says which"]
    lines += ["version is installed. A mistake ends with one message and exit code 2 (in a recipe, a name, an option)"]
    lines += ["or 1 (in data, a run, a training); what a signal stopped ends with 128 + the signal's number.", ""]
    commands: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    for name, command in commands.items():
        lines += verb(name, command)
    return page("Command line", lines)


def verb(name: str, command: Any) -> list[str]:
    """The section of one verb."""
    usage, rows = [f"ganforge {name}"], []
    for parameter in command.params:
        if parameter.param_type_name == "argument":
            metavar = parameter.name.upper() + "..." * (parameter.nargs == -1)
            usage.append(metavar if parameter.required else f"[{metavar}]")
            first = f"`{metavar}`"
        else:
            first = ", ".join(f"`{flag}`" for flag in parameter.opts)
            if not parameter.is_flag:
                first += f" `{parameter.metavar or parameter.opts[0].removeprefix('--').upper()}`"
        given = parameter.show_default if isinstance(parameter.show_default, str) else parameter.default
        default = "required" if parameter.required else f"`{given}`" if given else ""
        meaning = f"{parameter.help} Also `${parameter.envvar}`." if parameter.envvar else parameter.help
        rows.append((first, default, meaning))
    text = inspect.getdoc(command.callback) or ""
    usage += ["[OPTIONS]"] * any(parameter.param_type_name == "option" for parameter in command.params)
    lines = [f"## {name}", "", text, "", "```text", " ".join(usage), "```", ""]
    return lines + (table(("", "default", "meaning"), rows) if rows else [])


# -- hooks ---------------------------------------------------------------------------------------------------------


def hooks() -> str:
    """Every hook that a plugin may implement."""
    lines = ["A plugin's module implements those that it needs, each marked with `ganforge.plugins.hookimpl`, with any"]
    lines += ["of the parameters in any order. [../writing-a-plugin.md](../writing-a-plugin.md) shows how.", ""]
    for name, function in vars(hookspecs).items():
        if hasattr(function, "ganforge_spec"):
            # The annotations are text, which `inspect` puts in quotes.
            signature = str(inspect.signature(function)).replace("'", "")
            lines += [f"## {name}", "", "```text", f"{name}{signature}", "```", "", inspect.getdoc(function) or "", ""]
    return page("Hooks", lines)


# -- Markdown ------------------------------------------------------------------------------------------------------


def page(title: str, lines: Iterable[str]) -> str:
    """A whole page."""
    return "\n".join([f"# {title}", "", NOTE, "", *lines]).rstrip("\n") + "\n"


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    """A table and the empty line behind it."""
    cells = [head, ("---",) * len(head), *([part.replace("|", "\\|") for part in row] for row in rows)]
    return [*(f"| {' | '.join(row)} |" for row in cells), ""]


def literal(value: Any) -> str:
    """A default as code, in TOML."""
    return f"`{json.dumps(value, default=str)}`"


def first_line(described: Any) -> str:
    """The summary of a docstring."""
    return (inspect.getdoc(described) or "").split("\n")[0]


def plural(kind: str) -> str:
    """`losses` for `loss`."""
    return f"{kind}es" if kind.endswith("s") else f"{kind}s"


def main() -> None:
    """Write the pages."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
        print(FOLDER / name)


if __name__ == "__main__":
    main()
