"""Remeasuring: the metrics of a finished run, computed again with its networks on the test images of its recipe."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args

from ganforge.engine.measurement import measure_sets, note_failures
from ganforge.engine.place import Place
from ganforge.engine.run import find_or_run
from ganforge.engine.stages import changed_data, load_data, sort_data
from ganforge.errors import UsageError
from ganforge.meaning import Meanings
from ganforge.measuring.classes import classes_of
from ganforge.measuring.evaluator import Evaluator
from ganforge.measuring.image_sets import ImageSets
from ganforge.measuring.judges import load_judges
from ganforge.measuring.trained import Trained
from ganforge.plugins.registry import Registry
from ganforge.quantities.planner import plan_all
from ganforge.recipe.check import check_document
from ganforge.recipe.recipe import Recipe
from ganforge.recipe.schema import EvaluateTable
from ganforge.runs.directory import RunDirectory
from ganforge.runs.stored_recipe import stored_recipe


@dataclass(frozen=True)
class Remeasured:
    """Number of images and metrics by image set, and the meanings of the metrics."""

    sets: dict[str, Any]
    meanings: Meanings


def remeasure(
    directory: RunDirectory, place: Place, mode: str | None = None, metrics: Sequence[str] = ()
) -> Remeasured:
    """Measure a finished run, by default with its metrics and in its mode of batch norm.

    Other modes are `running`, `batch` or `recalibrated`; other metrics are named as in the recipe, or as components.

    Raises:
        UsageError: there is no such mode.
        RecipeError: there is no such metric, or the run's method does not provide its needs.
        GanforgeError: the run has no result, or its data is missing.
    """
    modes = get_args(EvaluateTable.model_fields["batch_norm"].annotation)
    if mode is not None and mode not in modes:
        raise UsageError(f"there is no batch-norm mode {mode!r}", fix=f"one of {', '.join(modes)}")
    recipe = stored_recipe(directory, place.registry)
    plan = plan_all(_with_metrics(recipe, metrics, place.registry) if metrics else recipe, check_files=False)
    trained = Trained(directory, place.registry, place.device, plan)

    place.listener.stage("data", recipe.name)
    runs = {key: find_or_run(child, place) for key, child in plan.children.items() if key[0] == "judges"}
    own, data = classes_of(directory, plan.recipe.method_class, inputs=True), load_data(plan.recipe, place)
    if changed := changed_data(directory, data):
        place.listener.note(f"the data of {', '.join(changed)} is not what {directory.path} began with")
    _, sets, classes = sort_data(plan, data, runs, {str(directory.path): own} if own else {})
    judges = load_judges(plan, runs, sets.training, place.registry, place.device, classes)
    evaluator = Evaluator(plan, sets.training, judges, trained.forward.settings)
    evaluator.forward.statistics = trained.forward.statistics
    for omission in _omissions(evaluator, sets) if metrics else ():
        place.listener.note(omission)

    place.listener.stage("evaluate", recipe.name)
    mode = mode or evaluator.forward.final_mode
    measured = measure_sets(evaluator, trained.networks, sets, mode, on_failure=note_failures(place.listener))
    return Remeasured(measured, plan.recipe.meanings)


def _with_metrics(recipe: Recipe, names: Sequence[str], registry: Registry) -> Recipe:
    """Return a recipe with other metrics: its own tables of these names, else components with their defaults."""
    own = recipe.document.data.get("metrics", {})
    bare = [name.rpartition("/")[2] for name in names]
    tables: dict[str, Any] = {}
    places = dict(recipe.document.places)
    for name, short in zip(names, bare, strict=True):
        # Results are named after the component, with its plugin only where two have the same name.
        key = name if name in own else short if bare.count(short) == 1 else name.replace("/", "-")
        tables[key] = own.get(name, {"use": name})
        places |= {("metrics", key): f"--metrics {name}", ("metrics", key, "use"): f"--metrics {name}"}
    # Nothing is selected again, and by a metric that is not measured nothing could be.
    train = {key: value for key, value in recipe.document.data.get("train", {}).items() if key != "select"}
    document = replace(recipe.document, data={**recipe.document.data, "metrics": tables, "train": train}, places=places)
    return check_document(document, registry)


def _omissions(evaluator: Evaluator, sets: ImageSets) -> Iterator[str]:
    """Yield a sentence for each requested metric that cannot be measured."""
    for image_set, inputs in evaluator.inputs(sets).items():
        lacking = evaluator.lacking(inputs, evaluator.targets(image_set, sets))
        for name, metric in evaluator.plan.metrics.items():
            if missing := sorted(lacking.intersection(metric.needs)):
                yield f"{name} is not measured on {image_set}: there are no {' and no '.join(missing)}"
