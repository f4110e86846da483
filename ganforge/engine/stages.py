"""The stages of one run, in order: data, networks, a dry run, training, measuring, and what is kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from torch import nn

from ganforge import atomic
from ganforge.data.images import Dataset
from ganforge.data.loading import Loaded, load_images
from ganforge.engine.place import Place
from ganforge.errors import RecipeError, RunError
from ganforge.judge import metric_of
from ganforge.measuring.evaluator import Evaluator, Measured
from ganforge.measuring.image_sets import ImageSets, sort_images
from ganforge.measuring.judges import load_judges
from ganforge.measuring.readings import take_readings
from ganforge.networks.settings import Settings, choose_settings
from ganforge.networks.weights import read_weights, read_weights_file, save_weights
from ganforge.quantities.plan import Plan
from ganforge.recipe.build import build_component
from ganforge.recipe.document import Key
from ganforge.recipe.recipe import Recipe
from ganforge.report.readings import Readings, save_readings
from ganforge.runs import environment, journal, strict_json
from ganforge.runs.directory import RunDirectory
from ganforge.training.assemble import assemble
from ganforge.training.dry_run import dry_run
from ganforge.training.loop import Trainer
from ganforge.training.samples import SampleGrid
from ganforge.training.signals import StopRequest
from ganforge.training.step import Stepper
from ganforge.watching.listener import Listener

Children = Mapping[Key, RunDirectory]


def load_data(recipe: Recipe, place: Place) -> dict[str, Loaded]:
    """Load the images of every data table, by role or test set.

    Raises:
        DataError: a file is missing or damaged.
    """
    loaded: dict[str, Loaded] = {}
    for name in sorted(recipe.data, key=lambda name: recipe.leader(name) != name):
        part, leader = recipe.data[name], loaded.get(recipe.leader(name))
        dataset: Dataset = build_component(part.use, {"data_root": place.data_root}, recipe.document)
        identity = {
            "component": part.use.entry.name,
            "version": part.use.entry.plugin.version,
            "options": {key: value for key, value in part.use.resolved().items() if key != "use"},
        }
        where = recipe.document.where(part.key)
        say = place.listener.note
        loaded[name] = load_images(name, part.table, dataset, identity, place.cache, say, where, leader)
    return {name: loaded[name] for name in recipe.data}


def run_stages(
    plan: Plan,
    directory: RunDirectory,
    place: Place,
    children: Children,
    stop: StopRequest,
    data: Mapping[str, Loaded],
) -> None:
    """Train and measure a recipe on its `data`; write all results into its run directory, which is locked.

    `children` are the finished runs that it builds on.
    """
    listener, recipe, method = place.listener, plan.recipe, plan.recipe.method_class
    settings = choose_settings(recipe.train.precision, recipe.train.channels_last, place.device)

    # --- data
    for notice in dict.fromkeys(notice for loaded in data.values() for notice in loaded.notices):
        listener.note(notice)
    sets = sort_images(recipe, data)
    training = sets.training

    # --- networks and judges
    parts = assemble(plan, training, _initial_weights(recipe, children), settings)
    judges = load_judges(plan, children, training, place.registry, place.device)
    evaluator = Evaluator(plan, training, judges, settings)

    # --- dry run; test images without labels and validation that cannot select are found before training, too
    validate = _validation(evaluator, sets, listener)
    dry_run(plan, parts, training, settings, evaluator.needs)
    if validate and recipe.train.select is not None:
        _require_score(evaluator, validate(parts.evaluated()))
    _write_record(directory, plan, data, children, settings, place)

    # --- training
    listener.stage("train", recipe.name)
    pictured = method.pictures_like is not None
    source = method.image_input()  # None if outputs are made of draws alone
    samples = SampleGrid(evaluator, (sets.validation or training[source]) if source else None) if pictured else None
    with journal.Journal(directory.journal, listener.note) as log:
        stepper = Stepper(plan, parts, training, settings)
        trainer = Trainer(stepper, evaluator, validate, samples, directory, log, listener, stop)
        networks = trainer.train()

        # --- measuring
        listener.stage("evaluate", recipe.name)
        evaluator.forward.fix_batch_norm(networks)
        readings: list[Readings] = []

        def keep(measured: Measured) -> None:
            # Only the first set that did not choose the checkpoint is shown in pictures.
            if measured.inputs.name != "validation" or not (sets.test or source is None):
                readings.append(take_readings(method, measured, pictured and not readings))

        results = measure_sets(evaluator, networks, sets, evaluator.forward.final_mode, keep)
        # A run that was stopped after this point has them in its journal already.
        known = {(one.get("event"), one.get("step"), one.get("set")) for one in journal.read_journal(directory.journal)}
        for name, values in results.items():
            if ("test", trainer.done, name) not in known:
                log.write({"event": "test", "step": trainer.done, "set": name, **values})
            listener.measured(trainer.done, name, values)

    # --- results
    save_weights(networks, directory.weights)
    try:
        save_readings(directory.readings, readings)
    except OSError as error:
        listener.note(f"{directory.readings} cannot be written: {error.strerror or error}")
    best = trainer.best
    metrics = {
        "step": best.step if best else trainer.done,
        "score": best.score if best else None,
        "select": recipe.select if best else None,
        "better": trainer.direction.better if best else None,
        "seconds": round(trainer.seconds, 1),
        "memory": environment.peak_memory(),
        "batch_norm": recipe.evaluate.batch_norm,
        "labels_in_losses": plan.labels_used,
        "sets": results,
    }
    atomic.write_file(directory.metrics, (strict_json.dumps(metrics, indent=1) + "\n").encode())
    plan.moment.states = {}  # states exist only in training, and a judge may use this plan


def _validation(
    evaluator: Evaluator, sets: ImageSets, listener: Listener
) -> Callable[[Mapping[str, nn.Module]], dict[str, float]] | None:
    """Return the function that measures networks on validation images; refuse images unfit for the selecting metric."""
    inputs, targets = evaluator.inputs(sets).get("validation"), evaluator.targets("validation", sets)
    recipe = evaluator.plan.recipe
    name = (recipe.select or "").split("/")[0]
    metric = evaluator.plan.metrics.get(name)
    if inputs is None or metric is None:
        listener.note("the last step is kept: nothing selects")
    elif missing := sorted(evaluator.lacking(inputs, targets).intersection(metric.needs)):
        lacks = f"validation has no {' and no '.join(missing)}"
        if recipe.train.select is not None:
            where = recipe.document.where(("train", "select"))
            raise RecipeError(f"{name!r} cannot select: {lacks}", where=where, fix="select by another metric")
        listener.note(f"the last step is kept: nothing selects, as {lacks} for {name!r}")
    return None if inputs is None else lambda networks: evaluator.measure(networks, inputs, targets=targets)


def _require_score(evaluator: Evaluator, values: Mapping[str, float]) -> None:
    """Make sure that validation measures the metric, or the part of one, that the recipe selects by."""
    if evaluator.score(values) is None:
        recipe = evaluator.plan.recipe
        select, where = recipe.select or "", recipe.document.where(("train", "select"))
        parts = ", ".join(name for name in values if metric_of(name) == select.split("/")[0])
        raise RecipeError(f"validation gives no {select!r} to select by", where=where, fix=f"it gives: {parts}")


def measure_sets(
    evaluator: Evaluator,
    networks: Mapping[str, nn.Module],
    sets: ImageSets,
    mode: str,
    watch: Callable[[Measured], None] | None = None,
) -> dict[str, Any]:
    """Measure networks on each set of inputs; return the number of images and the metrics by set."""
    results = {}
    for name, inputs in evaluator.inputs(sets).items():
        targets = evaluator.targets(name, sets)
        results[name] = {"images": len(inputs), **evaluator.measure(networks, inputs, mode, watch, targets)}
    return results


def _initial_weights(recipe: Recipe, children: Children) -> dict[str, Any]:
    """Return the tensors that networks start from, and their origin, by role."""
    weights: dict[str, Any] = {}
    for (section, role), run in children.items():
        if section == "networks":
            main = recipe.children[section, role].method_class.main
            weights[role] = (read_weights(run.weights / f"{main}.safetensors"), f"the run {run.path}")
    for (_, role), file in recipe.weight_files().items():
        weights[role] = (read_weights_file(file), str(file.path))
    return weights


def _write_record(
    directory: RunDirectory,
    plan: Plan,
    data: Mapping[str, Loaded],
    children: Children,
    settings: Settings,
    place: Place,
) -> None:
    """Write the run's record; refuse other data than before, and note other changes since the run began."""
    recipe, method = plan.recipe, plan.recipe.method_class
    record = directory.read_record()
    digests: dict[str, Any] = {name: loaded.train.digest for name, loaded in data.items()}
    if "digests" in record and record["digests"] != digests:
        changed = [f"[data.{name}]" for name in digests if digests[name] != record["digests"].get(name)]
        raise RunError(
            f"the data of {', '.join(changed)} is not what {directory.path} began with",
            fix="give the folder of the same data with --data, or start a new run",
        )
    fingerprint = environment.fingerprint(
        settings.device,
        precision=settings.precision,
        memory_format="channels-last" if settings.channels_last else "contiguous",
        deterministic=recipe.train.deterministic,
    )
    for difference in environment.differences(record.get("fingerprint", fingerprint), fingerprint):
        place.listener.note(f"this run began elsewhere and will not continue to the same bits: {difference}")
    used = {use.entry.plugin for use in recipe.uses()}
    described = environment.describe(recipe.document.path.parent)
    # The recipe of a resumed run is the copy in its directory, which may be outside any repository.
    described["commit"] = described["commit"] or record.get("environment", {}).get("commit")
    directory.update_record(
        {
            "status": "training",
            "hash": recipe.hash,
            "method": recipe.method.entry.name,
            "measures": {
                "input": method.image_input(),
                "pictures_like": method.pictures_like,
                "select": method.select,
                "ceiling": method.ceiling,
            },
            "meanings": recipe.meanings.as_data(),
            "loss_meanings": plan.meanings.as_data(),
            "facts": {role: asdict(data[role].train.facts) for role in method.data if role in data},
            "digests": digests,
            "notices": {name: loaded.notices for name, loaded in data.items()},
            "children": {".".join(key): run.name for key, run in children.items()},
            "plugins": {plugin.name: f"{plugin.distribution} {plugin.version}" for plugin in used},
            "environment": described,
            "fingerprint": record.get("fingerprint", fingerprint),
            "started": record.get("started", time.strftime("%Y-%m-%dT%H:%M:%S%z")),
        }
    )
