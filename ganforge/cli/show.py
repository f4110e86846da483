"""`ganforge show`: a component's page, or a recipe, also with every default filled in."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganforge.cli import completion
from ganforge.cli.options import Set
from ganforge.marks import marked_members, marks_of
from ganforge.options.marks import FACTS
from ganforge.printable import printable
from ganforge.state import declared_states

if TYPE_CHECKING:
    from ganforge.plugins.entry import Entry

HEADERS = {
    "dataset": "data.source",
    "encoder": "networks.encoder",
    "generator": "networks.generator",
    "discriminator": "networks.discriminator",
    "loss": "losses.{name}",
    "metric": "metrics.{name}",
    "optimizer": "optimizers.generator",
    "method": "method",
}


def show(
    name: Annotated[
        str,
        typer.Argument(
            help="A component (dtn/identity, losses/identity), or a recipe.",
            autocompletion=completion.components_and_recipes,
        ),
    ],
    resolved: Annotated[bool, typer.Option("--resolved", help="A recipe with every default filled in.")] = False,
    static: Annotated[bool, typer.Option("--static", help="Only what the plugin says; imports nothing.")] = False,
    set_: Set = None,
) -> None:
    """Show a component's options, or a recipe."""
    from ganforge.errors import UsageError
    from ganforge.plugins.registry import Registry
    from ganforge.recipe.library import find_recipe

    registry = Registry()
    is_recipe = name.endswith(".toml") or resolved or bool(set_)
    entries = [] if is_recipe else registry.find(name)
    if entries:
        print("\n\n".join(describe(entry, static) for entry in entries))
        return
    try:
        path = find_recipe(name, registry)
    except UsageError as error:
        if is_recipe:
            raise
        registry.check_owner(name)
        raise UsageError(
            f"there is no component and no recipe {name!r}", fix=registry.nearest(name) or error.fix
        ) from error
    if resolved or set_:
        from ganforge.recipe.check import read_recipe

        print(read_recipe(path, registry, set_ or []).dumps(), end="")
    else:
        print(printable(path.read_text(encoding="utf-8-sig"), None, lines=True), end="")


def describe(entry: Entry, static: bool = False) -> str:
    """Return a component's page: its options, the inputs of a method, loss or metric, and a snippet for a recipe.

    Args:
        entry: the component.
        static: show only what its plugin declares, without importing it.

    Raises:
        PluginError: it cannot be imported, or is no component.
    """
    return "\n".join(_page(entry, static))


def snippet(entry: Entry) -> list[str]:
    """Return lines of TOML that use the component with its defaults; required options are comments."""
    options = entry.schema.options
    pairs = [f"{one.name} = {_toml(one.plain_default)}" for one in options if one.plain_default is not None]
    required = [option for option in options if option.required and option.name not in FACTS]
    comments = [f"# {option.name} = ...   required: {option.type_name}" for option in required]
    use = f'use = "{entry.name}"'
    if entry.kind in HEADERS:
        header = HEADERS[entry.kind].format(name=entry.component.name.replace(".", "-"))
        return [f"[{header}]", use, *pairs, *comments]
    key = {"scheduler": "schedule", "augmentation": "augment"}.get(entry.kind, entry.kind)
    table = f"{{ {', '.join([use, *pairs])} }}" if pairs or required else f'"{entry.name}"'
    return [f"{key} = [{table}]" if entry.kind == "augmentation" else f"{key} = {table}", *comments]


def gives(metric: Any) -> Iterator[str]:
    """Yield the meanings of a metric's values, by part if it has several."""
    for part, meaning in marks_of(metric).meanings.items():
        direction = f", {meaning.better} is better" if meaning.better else ""
        yield f"{f'{part}, ' * bool(part)}{meaning.unit or 'a number'}{direction}"


def _page(entry: Entry, static: bool) -> Iterator[str]:
    yield f"{entry.name}   {entry.kind}   {entry.origin}"
    yield f"  {entry.summary}"
    if entry.component.formerly:
        yield f"  formerly {', '.join(entry.component.formerly)}"
    if entry.component.weights:
        yield f"  comes with weights: {entry.component.weights}"
    if static:
        yield f"  {entry.component.target}"
        return
    schema, target = entry.schema, entry.load()
    if schema.description:
        yield from ["", *(f"  {line}".rstrip() for line in schema.description.split("\n"))]
    if entry.kind == "method":
        yield from _method(target)
    elif entry.kind in ("loss", "metric", "distance"):
        yield from _inputs(entry, target)
    if entry.kind != "method" and inspect.isclass(target) and (states := declared_states(target)):
        yield from ["", "  keeps from step to step:"]
        yield from (f"    {state.name}({', '.join(state.needs)})   {state.doc}" for state in states.values())
    yield from ["", "  options:" if schema.options else "  no options"]
    for option in schema.options:
        default = "none" if option.plain_default is None else _toml(option.plain_default)
        required = "implied by the recipe" if option.name in FACTS else "required"
        former = f", formerly {', '.join(option.formerly)}" if option.formerly else ""
        said = required if option.required else f"default: {default}"
        yield f"    {option.name}: {option.type_name}   ({said}{former})"
        if option.doc:
            yield f"        {option.doc}"
    yield from ["", *(f"  {line}" for line in snippet(entry))]


def _inputs(entry: Entry, target: Any) -> Iterator[str]:
    """Yield the inputs of a loss, metric or distance, by term if it has several."""
    members = {name: value for name, value, _ in marked_members(target)} if inspect.isclass(target) else {}
    terms = {name: value for name, value in members.items() if marks_of(value).updates}
    monitors = [name for name, value in members.items() if marks_of(value).monitor]
    if terms:
        yield from ["", "  terms:"]
        for name, function in terms.items():
            doc = (inspect.getdoc(function) or "").split("\n")[0]
            parameters = ", ".join(list(inspect.signature(function).parameters)[1:])
            yield f"    {name}({parameters})   updates {marks_of(function).updates}   {doc}"
    elif entry.schema.positional:
        yield from ["", f"  works on: {', '.join(entry.schema.positional)}"]
    if monitors:
        yield f"  watches: {', '.join(monitors)}"
    yield from (f"  gives: {text}" for text in gives(target))


def _method(method: Any) -> Iterator[str]:
    """Yield the networks, data and quantities of a method."""
    yield from ["", "  networks:"]
    for name, role in method.networks.items():
        yield f"    {name}: {role.kind}{', fixed' * (not role.trained)}{', optional' * role.optional}   {role.doc}"
    yield from ["", "  data:"]
    for name, role in method.data.items():
        yield f"    {name}: {role.doc}{f', paired with {role.paired_with}' if role.paired_with else ''}"
    yield from ["", f"  makes {method.output} of: {', '.join(method.inputs)}"]
    yield from ["", "  quantities that losses and metrics may ask for:"]
    for name, role in method.data.items():
        yield f"    {name}   [N, C, H, W], in the range that the recipe declares"
        yield f"    {role.labels}   [N]   labels"
    for drawn in method.draws().values():
        training = f"; in training {drawn.trained_from}" if drawn.trained_from else ""
        yield f"    {drawn.name}   {drawn.shape}{training}   {drawn.doc}"
    for state in declared_states(method).values():
        yield f"    {state.name}   kept from step to step   {state.doc}"
    for quantity in method.quantities().values():
        yield f"    {quantity.name}   {quantity.shape}   {quantity.doc}"


def _toml(value: Any) -> str:
    """Write a plain value as TOML on one line."""
    import tomlkit

    if isinstance(value, dict):
        table = tomlkit.inline_table()
        table.update(value)
        value = table
    text: str = tomlkit.item(value).as_string()
    return text
