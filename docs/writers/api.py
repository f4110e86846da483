"""The Python interface, from signatures and docstrings: what a program or a plugin may import."""

from __future__ import annotations

import ast
import importlib
import inspect
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any, is_typeddict

from docstring_parser import DocstringStyle
from docstring_parser import parse as parse_docstring

import ganforge
from writers.markdown import page, table

PUBLIC: dict[str, tuple[str, ...]] = {
    "ganforge": ("run", "run_study", "load"),
    "ganforge.folders": ("PlaceOptions",),
    "ganforge.measuring.trained": ("Trained",),
    "ganforge.watching.listener": ("Listener", "Progress"),
    "ganforge.study.results": ("Results", "Row", "Statistic", "RunResult"),
    "ganforge.plugins": ("Component", "Formerly", "Nested", "Since", "WeightsSource", "positional", "hookimpl"),
    "ganforge.testing": ("check_plugin", "conformance"),
    "ganforge.method": (
        "Method",
        "Role",
        "DataRole",
        "DataFacts",
        "Quantity",
        "Drawn",
        "quantity",
        "noise",
        "given",
        "geometric",
        "state",
        "term",
        "monitor",
        "metric",
    ),
    "ganforge.contracts": (
        "ImageReader",
        "Encoder",
        "EncoderWithHead",
        "AdversarialLoss",
        "reads_images",
        "has_head",
        "sets_outputs",
    ),
    "ganforge.judge": ("Judge", "CIRCULAR"),
    "ganforge.meaning": ("Meaning", "Meanings"),
    "ganforge.layers": ("Conv2d", "ConvTranspose2d", "DoublingConv2d", "HalvingConv2d"),
    "ganforge.image_size": ("ImageSize", "Fit", "sides", "as_size", "halvings", "divided", "shown"),
    "ganforge.data.images": ("Dataset", "Images", "DataFile", "Array"),
    "ganforge.data.image_file": ("read_image", "is_grey", "Mode", "SUFFIXES", "MAX_MEGAPIXELS"),
    "ganforge.data.image_walk": ("find_images", "FoundImages", "natural_order"),
    "ganforge.data.npz": ("read_images", "read_labels"),
    "ganforge.data.reading": ("reading", "require_plausible"),
    "ganforge.printable": ("printable",),
    "ganforge.data.transform": ("changed_view", "match_channels", "to_pictures", "to_unit"),
    "ganforge.errors": (
        "GanforgeError",
        "RecipeError",
        "Problem",
        "UsageError",
        "PluginError",
        "DataError",
        "ShapeError",
        "RunError",
        "TrainingError",
        "Interrupted",
    ),
}
"""The public names of each module, in the order of the page."""
LONG = 100
"""Characters; a longer signature gets a line for each parameter."""
ROOT = Path(ganforge.__file__).parents[1]


def api() -> str:
    """Every public name by module."""
    lines = ["What a program or a plugin may import, by module; `GanforgeError` can be had from `ganforge`, too."]
    lines += ["[Getting started](../getting-started.md#from-python) shows the first of it at work,"]
    lines += ["[Writing a plugin](../writing-a-plugin.md) the rest.", ""]
    for module_name, names in PUBLIC.items():
        lines += [f"## {module_name}", ""]
        module = importlib.import_module(module_name)
        for name in names:
            lines += member(name, module)
    return page("Python interface", lines)


def member(name: str, module: ModuleType) -> list[str]:
    """Return the section of a public name: a class, a function or a constant."""
    lines = [f"### {name}", ""]
    described = getattr(module, name)
    if not inspect.isclass(described) and not inspect.isfunction(described):
        return [*lines, constant_text(name, module), ""]
    path = Path(inspect.getfile(inspect.unwrap(described))).relative_to(ROOT).as_posix()
    if not inspect.isclass(described):
        return [*lines, *signature(name, described), *text_of(described), f"Source: [{path}](../../{path})", ""]
    described_by_keys = issubclass(described, Exception) or is_typeddict(described)
    if not described_by_keys and inspect.signature(described).return_annotation in (None, "None"):
        lines += signature(name, described)
    bases = [base.__name__ for base in described.__bases__ if base.__module__.startswith("ganforge")]
    if bases:
        lines += [f"A {', '.join(f'`{base}`' for base in bases)}.", ""]
    lines += [*text_of(described), f"Source: [{path}](../../{path})", ""]
    rows = []
    for label, function in vars(described).items():
        if isinstance(function, property | cached_property):
            getter = function.fget if isinstance(function, property) else function.func
            rows.append((f"`{label}`", inspect.getdoc(getter)))
        elif label.startswith("_") and label != "__call__":
            continue  # of some Pythons alone, such as a protocol's `__subclasshook__`
        elif callable(function):
            lines += method(f"{name}.{label}", function)
        elif isinstance(function, classmethod):
            lines += method(f"{name}.{label}", function.__func__)
    return lines + (table(("property", "meaning"), [(head, _line(text)) for head, text in rows]) if rows else [])


def constant_text(name: str, module: ModuleType) -> str:
    """Return the string below the assignment of a constant, in its module or where that imports it from.

    Raises:
        LookupError: the constant is not described.
    """
    body = ast.parse(inspect.getsource(module)).body
    for statement, after in pairwise(body):
        if isinstance(statement, ast.ImportFrom) and name in {alias.name for alias in statement.names}:
            return constant_text(name, importlib.import_module(statement.module or ""))
        names = {target.id for target in getattr(statement, "targets", ()) if isinstance(target, ast.Name)}
        if name in names and isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            return inspect.cleandoc(str(after.value.value))
    raise LookupError(f"{module.__name__}.{name} has no description")


def method(name: str, function: Any) -> list[str]:
    """Write the part of a class's section about one of its functions."""
    owner, _, shown = name.rpartition(".")
    if shown == "__call__":
        name, shown = f"Calling {owner}", owner.lower()
    return [f"#### {name}", "", *signature(shown, function, skip=1), *text_of(function)]


def signature(name: str, described: Any, skip: int = 0) -> list[str]:
    """Return the signature, without the first parameters that Python fills in."""
    parameters = list(inspect.signature(described).parameters.values())[skip:]
    result = inspect.signature(described).return_annotation
    parts = [parameter_of(one) for one in parameters]
    first = next((n for n, one in enumerate(parameters) if one.kind is one.KEYWORD_ONLY), None)
    if first is not None:
        parts.insert(first, "*")
    shown = f"{name}({', '.join(parts)}) -> {result}"
    if len(shown) > LONG:
        shown = f"{name}(\n" + "".join(f"    {part},\n" for part in parts) + f") -> {result}"
    return ["```text", shown.removesuffix(" -> None"), "```", ""]


def parameter_of(parameter: inspect.Parameter) -> str:
    """Return a parameter as written in the source, with its annotation unevaluated."""
    star = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
    annotation = "" if parameter.annotation is parameter.empty else f": {parameter.annotation}"
    default = "" if parameter.default is parameter.empty else f" = {parameter.default!r}"
    return f"{star}{parameter.name}{annotation}{default}"


def text_of(described: Any) -> list[str]:
    """Convert a docstring to Markdown: its text, and tables of its entries."""
    doc = parse_docstring(inspect.getdoc(described) or "", style=DocstringStyle.GOOGLE)
    lines = [doc.short_description or "", ""]
    if doc.long_description:
        lines += [doc.long_description, ""]
    for head, kind in (("parameter", "param"), ("attribute", "attribute")):
        rows = [(f"`{entry.arg_name}`", _line(entry.description)) for entry in doc.params if entry.args[0] == kind]
        lines += table((head, "meaning"), rows) if rows else []
    if doc.returns:
        lines += [f"Returns: {_line(doc.returns.description)}", ""]
    for entry in doc.raises:
        lines += [f"Raises `{entry.type_name}`: {_line(entry.description)}", ""]
    return lines


def _line(text: str | None) -> str:
    return " ".join((text or "").split())
