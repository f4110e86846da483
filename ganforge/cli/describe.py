"""A component's page: what it is, its options, what a method or loss works with, and a snippet for a recipe."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ganforge.marks import marked_members, marks_of
from ganforge.options.marks import FACTS
from ganforge.state import declared_states

if TYPE_CHECKING:
    from ganforge.options.schema import Option
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


def describe(entry: Entry, static: bool = False) -> str:
    """The page as text.

    Args:
        entry: the component.
        static: only what its plugin says, without importing it.

    Raises:
        PluginError: it cannot be imported, or is no component.
    """
    lines = [f"{entry.name}   {entry.kind}   {entry.origin}", f"  {entry.summary}"]
    if entry.component.formerly:
        lines.append(f"  formerly {', '.join(entry.component.formerly)}")
    if entry.component.weights:
        lines.append(f"  comes with weights: {entry.component.weights}")
    if static:
        return "\n".join([*lines, f"  {entry.component.target}"])
    schema = entry.schema
    if schema.description:
        lines += ["", *(f"  {line}".rstrip() for line in schema.description.split("\n"))]
    if entry.kind == "method":
        lines += _method(entry)
    elif entry.kind in ("loss", "metric", "distance"):
        lines += _needs(entry)
    target = entry.load()
    if entry.kind != "method" and inspect.isclass(target) and (states := declared_states(target)):
        lines += ["", "  keeps from step to step:"]
        lines += [f"    {state.name}({', '.join(state.needs)})   {state.doc}" for state in states.values()]
    lines += ["", "  options:" if schema.options else "  no options"]
    for option in schema.options:
        former = f", formerly {', '.join(option.formerly)}" if option.formerly else ""
        lines.append(f"    {option.name}: {option.type_name}   ({_default(option)}{former})")
        if option.doc:
            lines.append(f"        {option.doc}")
    return "\n".join([*lines, "", *(f"  {line}" for line in snippet(entry))])


def snippet(entry: Entry) -> list[str]:
    """Lines of TOML that use the component with its defaults; what a recipe must add is a comment."""
    given = {option.name: option.plain_default for option in entry.schema.options}
    pairs = [f"{name} = {_toml(value)}" for name, value in given.items() if value is not None]
    required = [option for option in entry.schema.options if option.required and option.name not in FACTS]
    comments = [f"# {option.name} = ...   required: {option.type_name}" for option in required]
    use = f'use = "{entry.name}"'
    if entry.kind in HEADERS:
        header = HEADERS[entry.kind].format(name=entry.component.name.replace(".", "-"))
        return [f"[{header}]", use, *pairs, *comments]
    key = {"scheduler": "schedule", "augmentation": "augment"}.get(entry.kind, entry.kind)
    table = f"{{ {', '.join([use, *pairs])} }}" if pairs or required else f'"{entry.name}"'
    return [f"{key} = [{table}]" if entry.kind == "augmentation" else f"{key} = {table}", *comments]


def _default(option: Option) -> str:
    if option.required:
        return "implied by the recipe" if option.name in FACTS else "required"
    return "default: none" if option.plain_default is None else f"default: {_toml(option.plain_default)}"


def _needs(entry: Entry) -> Iterator[str]:
    """Yield the inputs of a loss, metric or distance, by term if it has several."""
    target = entry.load()
    members = {name: value for name, value, _ in marked_members(target)} if inspect.isclass(target) else {}
    terms = {name: value for name, value in members.items() if marks_of(value).updates}
    monitors = [name for name, value in members.items() if marks_of(value).monitor]
    if terms:
        yield from ["", "  terms:"]
        for name, function in terms.items():
            doc = (inspect.getdoc(function) or "").split("\n")[0]
            yield f"    {name}({_parameters(function)})   updates {marks_of(function).updates}   {doc}"
    elif entry.schema.positional:
        yield from ["", f"  works on: {', '.join(entry.schema.positional)}"]
    if monitors:
        yield from ["", f"  watches: {', '.join(monitors)}"]
    yield from (f"  gives: {text}" for text in gives(target))


def gives(metric: Any) -> Iterator[str]:
    """Yield what the values of a metric mean, by part if it has several."""
    for part, meaning in marks_of(metric).meanings.items():
        direction = f", {meaning.better} is better" if meaning.better else ""
        yield f"{f'{part}, ' * bool(part)}{meaning.unit or 'a number'}{direction}"


def _parameters(function: Any) -> str:
    return ", ".join(list(inspect.signature(function).parameters)[1:])


def _method(entry: Entry) -> Iterator[str]:
    method = entry.load()
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
    """A plain value as TOML on one line."""
    import tomlkit

    if isinstance(value, dict):
        table = tomlkit.inline_table()
        table.update(value)
        value = table
    text: str = tomlkit.item(value).as_string()
    return text
