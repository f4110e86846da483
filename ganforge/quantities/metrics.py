"""Metrics and judges of a recipe: the needs of each metric and the readings of each judge, checked before a run."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ganforge.contracts import has_head
from ganforge.errors import GanforgeError, Problem, RecipeError
from ganforge.marks import marks_of
from ganforge.method import PROGRESS, Method
from ganforge.plugins import positional
from ganforge.quantities.graph import Graph
from ganforge.recipe.build import build_component
from ganforge.recipe.document import Key
from ganforge.recipe.recipe import ComponentTable, Recipe
from ganforge.recipe.schema import MetricTable

GIVEN = frozenset({"inputs", "outputs", "labels", "judges", "targets", "target_labels", "examples", "partners"})
"""Names that a metric may ask for in addition to quantities.

`targets` are real images to compare outputs with, uint8 [M, H, W, C], and `target_labels` theirs; `examples` are those
among the training images; `partners` are the images that the inputs are paired with, uint8 [N, H, W, C]: the true
outputs.
"""
HEADED = "use an encoder with a method `classify`, or what compares codes"
WORDS = {"scores": "class scores", "features": "features"}


def offered(method: type[Method]) -> frozenset[str]:
    """Return the names in `GIVEN` that measuring this method can provide."""
    lacking = set() if method.image_input() else {"inputs", "partners"}
    lacking |= set() if method.image_input() or method.label_input() else {"labels"}
    return GIVEN - lacking - (set() if method.pictures_like else {"targets", "target_labels", "examples", "partners"})


def problem_at(recipe: Recipe, key: Key, message: str, fix: str | None) -> Problem:
    """Return a problem of a key of a recipe."""
    return Problem(".".join(key), message, recipe.document.where(key), fix)


@dataclass(frozen=True)
class Metric:
    """A metric of a recipe.

    Attributes:
        function: computes it from `needs`.
        needs: names of quantities and names in `GIVEN`, in the order of the parameters.
        judges: the judges that it asks, by their names in the recipe; None asks all.
        circular: it reads the output through a network that gave the training a gradient.
    """

    function: Callable[..., Any]
    needs: tuple[str, ...]
    judges: frozenset[str] | None
    circular: bool


@dataclass
class MetricPlanner:
    """Plans the metrics of a recipe.

    Attributes:
        givers: the networks through which losses reach those that make the output.
        problems: receives mistakes.
    """

    recipe: Recipe
    graph: Graph
    givers: frozenset[str]
    problems: list[Problem]

    def __post_init__(self) -> None:
        self._given = offered(self.recipe.method_class)

    def plan(self) -> Mapping[str, Metric]:
        """Return the metrics by name; add mistakes to `problems`."""
        metrics = {}
        for name, part in self.recipe.metrics.items():
            try:
                metrics[name] = self._metric(part)
            except RecipeError as error:
                self.problems.extend(error.problems)
        return metrics

    def _metric(self, part: ComponentTable[MetricTable]) -> Metric:
        recipe, method, key = self.recipe, self.recipe.method_class, part.key
        function = build_component(part.use, {}, recipe.document)
        needs = positional(function)
        who = f"the metric {part.use.entry.name!r}"
        for need in sorted({*needs} - self._given):
            try:
                self._require(need)
            except GanforgeError as error:
                fix = f"{error.fix}; besides, metrics may ask for {', '.join(sorted(self._given))}"
                self._problem(key, f"{who} asks for {need!r}: {error.message}", fix)
        like = method.pictures_like
        if like not in recipe.partners and "partners" in self._given.intersection(needs):
            what = f"{who} compares each output with its partner, and [data.{like}] is paired with nothing"
            fix = f'paired_with = "{method.image_input()}" in [data.{like}], if its images belong together'
            self._problem(key, what, fix)
        for role, clause in headless(recipe, self.graph, needs).items():
            self._problem(self._place(key, ("networks", role)), f"{who} {clause}", HEADED)
        judges = part.table.judges
        if "judges" in needs:
            self._check_judges(part, who, judges_read(function))
        elif judges is not None:
            self._problem((*key, "judges"), f"{who} asks no judges", "remove judges")
        circular = any(self.graph.readers(need, method.output) & self.givers for need in needs)
        return Metric(function, needs, None if judges is None else frozenset(judges), circular)

    def _check_judges(self, part: ComponentTable[MetricTable], who: str, wanted: frozenset[str]) -> None:
        """Make sure that the judges that a metric names exist and offer the readings that it asks for."""
        judges = self.recipe.judges
        for name in judges if part.table.judges is None else part.table.judges:
            if name not in judges:
                fix = f"there are: {', '.join(judges) or 'none'}"
                self._problem((*part.key, "judges"), f"there is no judge {name!r}", fix)
                continue
            for lacking in sorted(wanted - offers(self.recipe, name)):
                others = [other for other in judges if wanted <= offers(self.recipe, other)]
                ask = f"judges = {json.dumps(others)} in [{'.'.join(part.key)}]" if others else "other [metrics]"
                key = self._place(part.key, judges[name].key)
                self._problem(key, f"{who} asks for {WORDS[lacking]}, and the judge {name!r} has none", ask)

    def _require(self, need: str) -> None:
        """Make sure that measuring alone can compute a quantity, from the inputs or from real images."""
        graph, inputs = self.graph, self.recipe.method_class.inputs
        graph.require(need)
        if is_of_targets(self.recipe, graph, need):
            return
        others = sorted(graph.measured_from(need) - graph.networks - {*inputs, PROGRESS} - self.recipe.partners)
        if others:
            raise GanforgeError(
                f"it is computed from {', '.join(others)}, which measuring does not give",
                fix=f"use a metric of what is computed from {' and '.join(inputs)} alone",
            )
        if need in graph.networks or (graph.is_statistic(need) and not graph.measured_from(need)):
            raise GanforgeError("it is not computed image by image", fix="use a metric of other quantities")

    def _place(self, metric: Key, other: Key) -> Key:
        """Return the table to blame: the metric's, or another where the metric is a default of the method."""
        return metric if metric in self.recipe.document.places else other

    def _problem(self, key: Key, message: str, fix: str) -> None:
        self.problems.append(problem_at(self.recipe, key, message, fix))


def is_of_targets(recipe: Recipe, graph: Graph, need: str) -> bool:
    """Return True for a quantity of the real images that outputs are compared with, which measuring knows as well.

    It is computed from these images alone by networks that are never trained, such as f(t).
    """
    like, sources = recipe.method_class.pictures_like, graph.measured_from(need)
    is_apart = like not in {*recipe.method_class.inputs, *recipe.partners}
    return is_apart and need != like and sources - graph.networks == {like} and graph.roles(need) <= recipe.frozen


def judges_read(metric: Callable[..., Any]) -> frozenset[str]:
    """Return the readings that a metric asks of judges: class scores unless it declares others."""
    return marks_of(metric).judges or frozenset({"scores"})


def headless(recipe: Recipe, graph: Graph, needs: Iterable[str]) -> dict[str, str]:
    """Return the networks that quantities classify by and that have no head, each with a clause that says so."""
    found: dict[str, str] = {}
    for need in needs:
        for role in sorted(graph.heads(need) & recipe.networks.keys()):
            entry = recipe.networks[role].use.entry
            if not has_head(entry.load()):
                clause = f"asks for {need!r}, class scores of the {role}, and {entry.name!r} has no head"
                found.setdefault(role, clause)
    return found


def offers(recipe: Recipe, judge: str) -> frozenset[str]:
    """Return the readings that a judge offers: `features`, `scores` of classes, or both."""
    part = recipe.judges[judge]
    if part.use is None:
        method = recipe.children[part.key].method_class
        return frozenset({"scores", *(["features"] if method.features else [])})
    options = {option.name: option.default for option in part.use.entry.schema.options} | {**part.use.options}
    # A judge that a recipe trains has the classes of the recipe's data; nothing implies those of a file.
    headless = part.key not in recipe.children and options.get("classes", ...) is None
    return frozenset({"features", *(["scores"] if has_head(part.use.entry.load()) and not headless else [])})


def find_taught_judges(recipe: Recipe) -> Iterator[Problem]:
    """Find judges that took part in training without being marked as circular, and judges marked so wrongly."""
    training, origins = dict(_trainers(recipe)), _origins(recipe)
    for name, part in recipe.judges.items():
        origin = origins.get(part.key)
        if origin in training and not part.table.circular:
            what = f"the judge {name!r} is the network {training[origin]!r} of this run, "
            what += "and no judge may take part in training"
            fix = "train the judge from another recipe: another architecture and seed; "
            fix += "or have its numbers marked: circular = true"
            yield problem_at(recipe, part.key, what, fix)
        # A file cannot be traced, so of a file the user may know more than the recipe says.
        if part.table.circular and origin not in training and part.key in recipe.children:
            what = f"the judge {name!r} takes no part in training"
            yield problem_at(recipe, (*part.key, "circular"), what, "remove `circular`")


def _origins(recipe: Recipe) -> dict[Key, str]:
    """Return the identity of the weights of networks and judges: the hash of a recipe, the digest of a file."""
    files = {key: file.digest or str(file.path) for key, file in recipe.weight_files().items()}
    return files | {key: child.hash for key, child in recipe.children.items()}


def _trainers(recipe: Recipe) -> Iterator[tuple[str, str]]:
    """Yield the identities of the weights that a run starts from, and of those that these started from, by network."""
    for key, origin in _origins(recipe).items():
        if key[0] == "networks":
            yield origin, key[1]
            if key in recipe.children:
                yield from _trainers(recipe.children[key])
