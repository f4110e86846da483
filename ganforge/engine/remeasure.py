"""Measuring a finished run again: with the networks that it kept, on the test images that its recipe names."""

from __future__ import annotations

from typing import Any, get_args

from ganforge.engine.assemble import Settings
from ganforge.engine.evaluate import Evaluator
from ganforge.engine.plan import make_plan
from ganforge.engine.run import ensure
from ganforge.engine.stages import load_data, measure_sets
from ganforge.engine.trained import Trained
from ganforge.engine.workplace import Workplace
from ganforge.errors import UsageError
from ganforge.recipe.schema import EvaluateTable
from ganforge.runs.directory import RunDirectory


def remeasure(directory: RunDirectory, place: Workplace, mode: str | None = None) -> dict[str, Any]:
    """Measure a finished run.

    Args:
        directory: the run.
        place: where and how.
        mode: of batch norm: `running`, `batch` or `recalibrated`; by default as the run was measured.

    Returns:
        By image set: the number of images and the metrics.

    Raises:
        UsageError: there is no such mode.
        GanforgeError: the run has no result, or its data is not there.
    """
    modes = get_args(EvaluateTable.model_fields["batch_norm"].annotation)
    if mode is not None and mode not in modes:
        raise UsageError(f"there is no batch-norm mode {mode!r}", fix=f"one of {', '.join(modes)}")
    trained = Trained(directory, place.registry, place.device)
    recipe = trained.recipe
    place.listener.stage("data", recipe.name)
    data = load_data(recipe, place)
    judges = {
        key[1]: Trained(ensure(child, place), place.registry, place.device)
        for key, child in recipe.children.items()
        if key[0] == "judges"
    }
    training = {role: data[role].train for role in recipe.method_class.data if role in data}
    settings = Settings(place.device, "fp32", recipe.train.channels_last)
    evaluator = Evaluator(make_plan(recipe), training, judges, settings)
    place.listener.stage("evaluate", recipe.name)
    validation = data[recipe.method_class.input].validation
    sets = {"validation": validation} if validation else {}
    sets |= {name: loaded.train for name, loaded in data.items() if name not in training}
    return measure_sets(evaluator, trained.networks, sets, mode or evaluator.settled_mode)
