"""A checked recipe: the input of the engine, the file written into a run, and its identity."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, TypeVar

import tomlkit
from pydantic_core import to_jsonable_python

from ganforge import atomic
from ganforge.errors import RunError
from ganforge.marks import marks_of
from ganforge.meaning import Meaning, Meanings
from ganforge.method import Method
from ganforge.options.marks import FACTS as FACTS
from ganforge.plugins.component import find_packaged, is_packaged
from ganforge.plugins.entry import Entry
from ganforge.recipe import schema
from ganforge.recipe.document import Document, Key
from ganforge.regular_file import require_file, sha256
from ganforge.tensor_header import LARGEST_HEADER, check_file

T = TypeVar("T", bound=schema.Table)


class Form(Enum):
    """Forms of a recipe as plain data."""

    WRITTEN = "every default filled in, under present names"
    COMPARED = "without later keys and options that have their neutral value"
    HASHED = "as compared, and under the names that components and options had first"


@dataclass(frozen=True)
class ChosenComponent:
    """A component chosen by a recipe.

    Attributes:
        entry: the component.
        options: its options as given, checked; nested components are `ChosenComponent` objects.
        key: where the recipe chooses it.
        amounts: `probability` and `strength` of an augmentation: schedulers, and numbers that are no options of it.
    """

    entry: Entry
    options: Mapping[str, Any]
    key: Key
    amounts: Mapping[str, float | ChosenComponent] = field(default_factory=dict)

    def nested(self) -> Iterator[ChosenComponent]:
        """Yield this component and those among its options."""
        yield self
        for value in (*self.options.values(), *self.amounts.values()):
            for item in value if isinstance(value, list) else [value]:
                if isinstance(item, ChosenComponent):
                    yield from item.nested()

    def resolved(self, form: Form = Form.WRITTEN) -> dict[str, Any]:
        """Return the table with every default filled in; unset facts and options without a value are left out."""
        first_names = form is Form.HASHED
        table: dict[str, Any] = {"use": self.entry.first_name if first_names else self.entry.name}
        for option in self.entry.schema.options:
            if option.name in self.options:
                value = self.options[option.name]
            elif option.required or option.name in FACTS:
                continue
            else:
                value = option.plain_default
            plain = None if value is None else _plain(value, form)
            if plain is not None and (form is Form.WRITTEN or not option.is_neutral(plain)):
                table[option.names[0] if first_names else option.name] = plain
        later = {name: _plain(value, form) for name, value in self.amounts.items()}
        return table | {name: value for name, value in later.items() if form is Form.WRITTEN or value != 1}


@dataclass(frozen=True)
class CheckedTable(Generic[T]):
    """A table of a recipe: the core's keys, the component that it uses, and those that the core's keys name.

    Attributes:
        key: where the recipe has it.
        table: the core's keys.
        use: the component.
        schedule: the scheduler that scales the table's weight or learning rate.
        schedules: schedulers that give values, by name.
        augment: augmentations, in order.
    """

    key: Key
    table: T
    use: ChosenComponent | None = None
    schedule: ChosenComponent | None = None
    schedules: Mapping[str, ChosenComponent] = field(default_factory=dict)
    augment: tuple[ChosenComponent, ...] = ()

    def resolved(self, form: Form = Form.WRITTEN) -> dict[str, Any]:
        """Return the table with every default filled in; see `ChosenComponent.resolved`."""
        own = {name: value for name, value in _dump(self.table, form).items() if value not in (None, [], {})}
        table = own if self.use is None else {**(used := self.use.resolved(form)), **own, "use": used["use"]}
        if self.schedule:
            table["schedule"] = self.schedule.resolved(form)
        if self.schedules:
            table["schedules"] = {name: use.resolved(form) for name, use in self.schedules.items()}
        if self.augment:
            table["augment"] = [use.resolved(form) for use in self.augment]
        return table


class ComponentTable(CheckedTable[T]):
    """A table that always names a component."""

    use: ChosenComponent


@dataclass(frozen=True)
class WeightsFile:
    """A file of weights.

    Attributes:
        name: as the recipe writes it.
        path: absolute, and not necessarily there; the name where no such package is installed.
        sha256: the digest declared by the component that brings the file; None for other files.
    """

    name: str
    path: Path
    sha256: str | None

    @cached_property
    def digest(self) -> str | None:
        """The SHA-256 of the file, 64 hexadecimal digits; None where it cannot be read, or its header."""
        try:
            # What the header refuses is not worth the time that the digest of a large file takes.
            if require_file(self.path) > LARGEST_HEADER and self.sha256 is None:
                check_file(self.path)
            return sha256(self.path)
        except (OSError, RunError):
            return None


@dataclass(frozen=True)
class Recipe:
    """A recipe without mistakes.

    Attributes:
        document: the file and the overrides that it came from.
        method_class: the class of its method.
        children: the recipes that its weights and judges come from, by the key that names them.
    """

    document: Document
    recipe: schema.RecipeTable
    train: schema.TrainTable
    evaluate: schema.EvaluateTable
    method: ChosenComponent
    method_class: type[Method]
    data: Mapping[str, ComponentTable[schema.DataTable]]
    networks: Mapping[str, ComponentTable[schema.NetworkTable]]
    losses: Mapping[str, ComponentTable[schema.LossTable]]
    phases: Mapping[str, CheckedTable[schema.PhaseTable]]
    optimizers: Mapping[str, ComponentTable[schema.OptimizerTable]]
    metrics: Mapping[str, ComponentTable[schema.MetricTable]]
    judges: Mapping[str, CheckedTable[schema.JudgeTable]]
    children: Mapping[Key, Recipe] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The run's name."""
        return self.recipe.name

    def resolved(self, form: Form = Form.WRITTEN) -> dict[str, Any]:
        """Return the recipe as plain data, every default filled in; see `ChosenComponent.resolved`."""
        named = {
            section: {name: part.resolved(form) for name, part in parts.items()}
            for section, parts in self.tables().items()
        }
        return {
            "recipe": _dump(self.recipe, form),
            "data": named.pop("data"),
            "networks": named.pop("networks"),
            "method": self.method.resolved(form),
            **{section: tables for section, tables in named.items() if tables},
            "train": _dump(self.train, form),
            "evaluate": _dump(self.evaluate, form),
        }

    def tables(self) -> dict[str, Mapping[str, CheckedTable[Any]]]:
        """Return the named tables by section."""
        return {section: getattr(self, section) for section in schema.NAMED_SECTIONS}

    def uses(self) -> Iterator[ChosenComponent]:
        """Yield every component that this recipe chooses, nested ones included."""
        yield from self.method.nested()
        for part in (part for parts in self.tables().values() for part in parts.values()):
            for use in (part.use, part.schedule, *part.schedules.values(), *part.augment):
                if use is not None:
                    yield from use.nested()

    @property
    def select(self) -> str | None:
        """The metric, or a part of one, that chooses the checkpoint; None where nothing selects."""
        return self.train.select or self.method_class.select

    def trains_without(self, key: str) -> bool:
        """Return True if a key, with dots, is of what is only measured: training neither learns nor selects by it."""
        section, _, rest = key.partition(".")
        table = rest.partition(".")[0]
        if section == "data":
            return table.startswith("test") and table not in self.method_class.data
        return section in ("judges", "evaluate") or (
            section == "metrics" and table != (self.select or "").partition("/")[0]
        )

    @cached_property
    def meanings(self) -> Meanings:
        """The meanings that the metrics declare, by metric or by metric and part."""
        found: dict[str, Meaning] = {}
        for name, part in self.metrics.items():
            declared = marks_of(part.use.entry.load()).meanings if part.use else {}
            found |= {f"{name}/{inner}" if inner else name: meaning for inner, meaning in declared.items()}
        return Meanings(found)

    def leader(self, name: str) -> str:
        """Return the data table that a table is paired with, or its own name."""
        leader = self.data[name].table.paired_with
        return leader if leader and leader in self.data else name

    @property
    def partners(self) -> frozenset[str]:
        """The data roles paired with the one that outputs are made of."""
        images = self.method_class.image_input()
        roles = self.method_class.data.keys() & self.data.keys() - {images}
        return frozenset(role for role in roles if images and self.leader(role) == self.leader(images))

    @property
    def frozen(self) -> frozenset[str]:
        """The roles that are never updated, as the recipe or else the method says."""
        frozen = {role: not declared.trained for role, declared in self.method_class.networks.items()}
        frozen |= {role: own for role, part in self.networks.items() if (own := part.table.frozen) is not None}
        return frozenset(role for role in self.networks if frozen[role])

    def identity(self, form: Form = Form.COMPARED) -> dict[str, Any]:
        """Return what decides the result: no cosmetic keys; recipes and files of weights by their hashes."""
        plain = self.resolved(form)
        for section, name in schema.COSMETIC:
            plain[section].pop(name, None)
        for (section, name), child in self.children.items():
            _refer(plain[section][name], "hash", child.hash)
        for (section, name), file in self.weight_files().items():
            # A finished run does without the file, and a recipe may be checked before the file is made.
            plain[section][name]["weights"]["file"] = file.digest or file.sha256 or str(file.path)
        return plain

    @property
    def hash(self) -> str:
        """The identity as 16 hexadecimal digits; neither a new name nor a new neutral key or option changes it."""
        text = json.dumps(self.identity(Form.HASHED), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def weight_files(self) -> dict[Key, WeightsFile]:
        """Return the files that networks and judges take their weights from, by table."""
        folder = self.document.path.parent.absolute()
        found = {}
        parts: list[CheckedTable[Any]] = [*self.networks.values(), *self.judges.values()]
        for part in parts:
            weights = part.table.weights
            if isinstance(weights, schema.FileWeights) and part.use is not None:
                path = find_packaged(weights.file) if is_packaged(weights.file) else folder / weights.file
                component = part.use.entry.component
                sha256 = component.sha256 if weights.file == component.weights else None
                found[part.key] = WeightsFile(weights.file, path or Path(weights.file), sha256)
        return found

    def dumps(self) -> str:
        """Return the resolved recipe as TOML."""
        return tomlkit.dumps(self.resolved())

    def write(self, folder: Path) -> None:
        """Write `recipe.toml`, and the recipes that it names into `recipes/`, so that the folder stands alone.

        Files of weights stay where they are, and are named by their absolute paths or by their packages.
        """
        _write(self, folder / "recipe.toml", folder / "recipes")


def _write(recipe: Recipe, file: Path, folder: Path) -> None:
    """Write a recipe to a file after the recipes that it names, which go to a folder."""
    plain = recipe.resolved()
    for (section, name), child in recipe.children.items():
        folder.mkdir(exist_ok=True)
        path = folder / f"{child.name}-{child.hash[:8]}.toml"
        _write(child, path, folder)
        _refer(plain[section][name], "recipe", path.relative_to(file.parent).as_posix())
    for (section, name), weights in recipe.weight_files().items():
        if not is_packaged(weights.name):
            plain[section][name]["weights"]["file"] = str(weights.path)
    atomic.write_file(file, tomlkit.dumps(plain).encode())


def _refer(table: dict[str, Any], key: str, reference: str) -> None:
    """Replace the recipe that a table of a network or judge names; `key` is its key among the weights."""
    if "weights" in table:
        table["weights"] = {key: reference}
    else:
        table["recipe"] = reference


def _dump(table: schema.Table, form: Form) -> dict[str, Any]:
    """Return a table of the core as plain data; keys without a value are left out."""
    return table.model_dump(mode="json", exclude_none=True, context=None if form is Form.WRITTEN else schema.IDENTITY)


def _plain(value: Any, form: Form) -> Any:
    """Return a value as a recipe writes it."""
    if isinstance(value, ChosenComponent):
        return value.resolved(form)
    if isinstance(value, list):
        return [_plain(item, form) for item in value]
    return to_jsonable_python(value)
