"""A gallery of the components: an overview, and a page for each kind, from their signatures and docstrings."""

from __future__ import annotations

import inspect
import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from ganforge.cli.show import gives, snippet
from ganforge.marks import marked_members
from ganforge.method import Method
from ganforge.options.schema import Option
from ganforge.plugins import KINDS
from ganforge.plugins.entry import Entry
from ganforge.plugins.loader import FIRST_PARTY
from ganforge.plugins.registry import Registry
from ganforge.recipe.recipe import FACTS
from ganforge.state import declared_states
from writers.markdown import anchor, first_line, literal, page, table
from writers.pictures import caption, file_name

PICTURES = "images/components"
"""The folder of the pictures, below `docs/`."""


def components() -> dict[str, str]:
    """Write the overview, `components.md`, and the pages of the kinds, such as `components/losses.md`."""
    found = {kind: [entry for entry in first_party() if entry.kind == kind] for kind in KINDS}
    found = {kind: entries for kind, entries in found.items() if entries}
    pages = {f"components/{plural(kind)}.md": of_kind(kind, entries) for kind, entries in found.items()}
    return {"components.md": overview(found), **pages}


def first_party() -> list[Entry]:
    """Return the components that come with ganforge, by kind and name."""
    return [entry for entry in Registry().entries() if entry.plugin.name in FIRST_PARTY]


def overview(found: Mapping[str, Collection[Entry]]) -> str:
    """Write a table of each kind."""
    plugins = {entry.plugin.name for entries in found.values() for entry in entries}
    *names, last = (f"`{name}`" for name in FIRST_PARTY if name in plugins)
    lines = [f"Every component of the plugins {', '.join(names)} and {last}, by kind; its name leads to its options."]
    lines += ["`ganforge list` prints the same on a terminal, for other plugins too.", ""]
    for kind, entries in found.items():
        rows = []
        for entry in entries:
            link = f"[`{entry.name}`](components/{plural(kind)}.md#{anchor(entry.name)})"
            name = file_name(entry)
            rows.append((link, entry.summary, f"![{caption(entry)}](../{PICTURES}/{name})" if name else ""))
        width = 3 if any(picture for _, _, picture in rows) else 2
        lines += [f"## {plural(kind).capitalize()}", ""]
        lines += table(("name", "what it is", "")[:width], [row[:width] for row in rows])
    return page("Components", lines)


def of_kind(kind: str, entries: Iterable[Entry]) -> str:
    """Write the page of a kind."""
    lines = [f"Everything of the kind `{kind}`; [the overview](../components.md) has the other kinds, too. On a"]
    lines += ["terminal, `ganforge show NAME` prints the same. An *implied* option is filled in from the rest of the"]
    lines += ["recipe where the recipe leaves it unset.", ""]
    for entry in entries:
        lines += component(entry)
    return page(plural(kind).capitalize(), lines)


def component(entry: Entry) -> list[str]:
    """Write the section of one component."""
    lines = [f"## {entry.name}", "", entry.summary, ""]
    if entry.schema.description:
        lines += [entry.schema.description, ""]
    if name := file_name(entry):
        lines += [f"![{caption(entry)}](../../{PICTURES}/{name})", ""]
    target = entry.load()
    if entry.kind == "method":
        lines += method(target)
    elif entry.kind == "loss" and inspect.isclass(target):
        lines += terms(target)
    elif entry.kind in ("loss", "distance", "metric", "scheduler"):
        lines += [f"Works on {', '.join(f'`{name}`' for name in entry.schema.positional)}.", ""]
        lines += [f"Gives {'; '.join(gives(target))}.", ""] if entry.kind == "metric" else []
    rows = [(f"`{o.name}`", f"`{o.type_name}`", default_of(o), o.doc) for o in entry.schema.options]
    lines += table(("option", "type", "default", "meaning"), rows) if rows else ["No options.", ""]
    return [*lines, "```toml", *snippet(entry), "```", ""]


def default_of(option: Option) -> str:
    """Return the value of an option that a recipe leaves unset."""
    given = "" if option.required else "unset" if option.default is None else literal(option.default)
    if option.name in FACTS:
        return f"implied, else {given}" if given else "implied"
    return given or "required"


def terms(loss: type) -> list[str]:
    """Write the terms and monitors of a loss class."""
    rows = []
    members = {name: (member, marks) for name, member, marks in marked_members(loss)}
    for name, (function, marks) in members.items():
        updates = marks.updates
        if updates or marks.monitor:
            needs = ", ".join(f"`{need}`" for need in list(inspect.signature(function).parameters)[1:])
            shown = f"nothing: a {marks.monitor.unit} that is only shown" if marks.monitor else ""
            rows.append((f"`{name}`", needs, updates or shown, first_line(function)))
    return table(("term", "works on", "updates", "meaning"), rows) if rows else []


def method(cls: type[Method]) -> list[str]:
    """Roles, data, quantities and defaults of a method."""
    roles = [
        (f"`{name}`", role.kind, "yes" if role.trained else "no", "optional" if role.optional else "needed", role.doc)
        for name, role in cls.networks.items()
    ]
    data = [(f"`{name}`", f"`{role.labels}`", role.doc) for name, role in cls.data.items()]
    quantities = [
        (f"`{one.name}`", one.shape, one.trained_from or "drawn anew", one.doc) for one in cls.draws().values()
    ]
    quantities += [
        (f"`{one.name}`", "kept from step to step", ", ".join(f"`{need}`" for need in one.needs), one.doc)
        for one in declared_states(cls).values()
    ]
    quantities += [
        (f"`{one.name}`", one.shape, ", ".join(f"`{need}`" for need in one.needs), one.doc)
        for one in cls.quantities().values()
    ]
    lines = table(("network", "kind", "trained", "", "meaning"), roles)
    lines += table(("data", "its labels", "meaning"), data)
    lines += ["Losses and metrics may ask for the images and labels of the data, and for these quantities:", ""]
    lines += table(("quantity", "shape", "computed from", "meaning"), quantities)
    for section in ("phases", "optimizers", "metrics"):
        lines += [f"Default {section}: {', '.join(inline(n, t) for n, t in getattr(cls, section).items())}.", ""]
    chosen = f"the metric `{cls.select}` chooses the checkpoint" if cls.select else "no metric chooses a checkpoint"
    chosen += f", `{cls.ceiling}` bounds it" if cls.ceiling else ""
    return [
        *lines,
        f"Losses without a role of their own update `{cls.main}`;",
        f"the result is `{cls.output}`; {chosen}.",
        "",
    ]


def inline(name: str, options: Mapping[str, Any]) -> str:
    """Write a table of defaults in the syntax of a recipe."""
    return f"`{name} = {{ {', '.join(f'{key} = {json.dumps(value)}' for key, value in options.items())} }}`"


def plural(kind: str) -> str:
    """`losses` for `loss`."""
    return f"{kind}es" if kind.endswith("s") else f"{kind}s"
