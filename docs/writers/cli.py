"""The verbs of the command line, from their functions."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import typer

from ganforge.cli.app import app
from writers.markdown import page, table


def cli() -> str:
    """Every verb with its arguments and options."""
    lines = ["`ganforge --help` lists the verbs, `ganforge VERB --help` explains one, `ganforge --version` says which"]
    lines += ["version is installed. A mistake ends with one message and exit code 2 (in a recipe, a name, an option)"]
    lines += ["or 1 (in data, a run, a training); what a signal stopped ends with 128 + the signal's number.", ""]
    lines += ["`ganforge --no-plugin NAME VERB` goes without a plugin, and `GANFORGE_PLUGINS=a,b` without all others;"]
    lines += ["[../plugins.md](../plugins.md) has more on this.", ""]
    for name, command in verbs(typer.main.get_command(app)):
        lines += verb(name, command)
    return page("Command line", lines)


def verbs(group: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every verb with its name; those of a group as `plugin new`."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from verbs(command, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}", command


def verb(name: str, command: Any) -> list[str]:
    """Write the section of one verb."""
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
