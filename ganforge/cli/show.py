"""`ganforge show`: everything about a component, or a recipe with every default filled in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganforge.cli.options import Set

if TYPE_CHECKING:
    from ganforge.plugins.registry import Entry


def show(
    name: Annotated[str, typer.Argument(help="A component (dtn/identity, losses/identity), or a recipe.")],
    resolved: Annotated[bool, typer.Option("--resolved", help="A recipe with every default filled in.")] = False,
    static: Annotated[bool, typer.Option("--static", help="Only what the plugin says; imports nothing.")] = False,
    set_: Set = None,
) -> None:
    """Show a component's options, or a recipe."""
    from ganforge.errors import UsageError
    from ganforge.plugins.registry import Registry
    from ganforge.recipe.library import find

    registry = Registry()
    entries = registry.find(name)
    if name.endswith(".toml") or Path(name).is_file() or (not entries and (resolved or set_)):
        path = find(name, registry)
        if resolved or set_:
            from ganforge.recipe.check import load

            print(load(path, registry, set_ or []).dumps(), end="")
        else:
            print(path.read_text(encoding="utf-8"), end="")
        return
    if not entries:
        raise UsageError(
            f"there is no component {name!r}",
            fix=registry.nearest(name) or "`ganforge list` shows the components, `ganforge recipes` the recipes",
        )
    for index, entry in enumerate(entries):
        print("\n" * bool(index) + describe(entry, static))


def describe(entry: Entry, static: bool = False) -> str:
    """A component's page: what it is, its options, what a method or loss works with, a snippet for a recipe."""
    lines = [f"{entry.name}   {entry.kind}   {entry.origin}", f"  {entry.summary}"]
    if static:
        return "\n".join([*lines, f"  {entry.component.target}"])
    schema = entry.schema
    if schema.description:
        lines += ["", *(f"  {line}" for line in schema.description.split("\n"))]
    if entry.kind == "method":
        lines += _method(entry)
    elif entry.kind in ("loss", "metric", "distance") and schema.positional:
        lines += ["", f"  works on: {', '.join(schema.positional)}"]
    lines += ["", "  options:" if schema.options else "  no options"]
    for option in schema.options:
        default = "required or implied" if option.required else f"default {json.dumps(option.default, default=str)}"
        lines.append(f"    {option.name}: {option.type_name}   ({default})")
        if option.doc:
            lines.append(f"        {option.doc}")
    return "\n".join([*lines, "", *(f"  {line}" for line in snippet(entry))])


def snippet(entry: Entry) -> list[str]:
    """Lines of TOML that use the component with its defaults."""
    header = {
        "dataset": "[data.source]",
        "encoder": "[networks.encoder]",
        "generator": "[networks.generator]",
        "discriminator": "[networks.discriminator]",
        "loss": f"[losses.{entry.component.name}]",
        "metric": f"[metrics.{entry.component.name}]",
        "optimizer": "[optimizers.generator]",
        "method": "[method]",
    }.get(entry.kind)
    options = {option.name: option.default for option in entry.schema.options if not option.required}
    pairs = [f"{name} = {_toml(value)}" for name, value in options.items() if value is not None]
    use = f'use = "{entry.name}"'
    if header is None:
        key = {"scheduler": "schedule", "augmentation": "augment"}.get(entry.kind, entry.kind)
        table = f"{{ {', '.join([use, *pairs])} }}" if pairs else f'"{entry.name}"'
        return [f"{key} = [{table}]" if entry.kind == "augmentation" else f"{key} = {table}"]
    return [header, use, *pairs]


def _method(entry: Entry) -> list[str]:
    method = entry.load()
    lines = ["", "  networks:"]
    lines += [
        f"    {name}: {role.kind}{', fixed' * (not role.trained)}{', optional' * role.optional}   {role.doc}"
        for name, role in method.networks.items()
    ]
    lines += ["", "  data:"] + [f"    {name}: {role.doc}" for name, role in method.data.items()]
    lines += ["", "  quantities that losses and metrics may ask for:"]
    for name, role in method.data.items():
        lines.append(f"    {name}   [N, C, H, W], in the range that the recipe declares")
        lines.append(f"    {role.labels}   [N]   labels")
    for quantity in method.quantities().values():
        lines.append(f"    {quantity.name}   {quantity.shape}   {quantity.doc}")
    return lines


def _toml(value: Any) -> str:
    import tomlkit

    text: str = tomlkit.item(list(value) if isinstance(value, tuple) else value).as_string()
    return text
