"""The stages of one run, in order: data, networks, a dry run, training, measuring, and what is kept."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ganforge import atomic
from ganforge.data.images import Dataset
from ganforge.data.loading import Loaded, load_images
from ganforge.engine.measurement import measure_sets, note_failures, require_measurable, validation, without_value
from ganforge.engine.place import Place
from ganforge.errors import RunError
from ganforge.measuring.classes import Classes, Names, class_names, classes_of, match_classes, numbers, require_known
from ganforge.measuring.evaluator import Evaluator, Measured
from ganforge.measuring.image_sets import ImageSets, sort_images
from ganforge.measuring.judges import load_judges
from ganforge.measuring.readings import take_readings
from ganforge.networks.settings import Settings, choose_settings
from ganforge.networks.weights import read_kept_weights, read_weights_file, save_statistics, save_weights
from ganforge.quantities.plan import Plan
from ganforge.recipe.build import build_component
from ganforge.recipe.document import Key
from ganforge.recipe.recipe import Recipe
from ganforge.report.readings import Readings, save_readings
from ganforge.runs import environment, journal, kept, strict_json
from ganforge.runs.directory import RunDirectory
from ganforge.runs.stored_recipe import require_same, seal_recipe
from ganforge.runs.strict_json import JSON
from ganforge.training.assemble import Assembly, assemble
from ganforge.training.dry_run import dry_run
from ganforge.training.loop import Trainer
from ganforge.training.samples import SampleGrid
from ganforge.training.signals import StopRequest
from ganforge.training.step import Stepper

OTHERS = 2 << 20
"""Bytes for metrics, journal, samples and the report."""
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


def sort_data(
    plan: Plan, data: Mapping[str, Loaded], children: Children, given: Mapping[str, Names] | None = None
) -> tuple[dict[str, Loaded], ImageSets, Classes]:
    """Match the classes of all images by name and sort the images by purpose.

    `given` are classes with numbers that cannot change, by owner; by default those of the networks of other runs.

    Raises:
        DataError: classes or sizes do not fit each other, or a metric compares labels with scores that lack them.
    """
    known = {key: classes_of(run, plan.recipe.children[key].method_class) for key, run in children.items()}
    networks = {f"[networks.{name}]": names for (section, name), names in known.items() if section == "networks"}
    judges = {name: names for (section, name), names in known.items() if section == "judges" and names}
    # A file of weights has a number of classes and no names.
    for section, name in plan.recipe.weight_files():
        use = plan.recipe.tables()[section][name].use
        if use and (count := use.options.get("classes")):
            if section == "networks":
                networks[f"[networks.{name}]"] = numbers(count)
            else:
                judges[name] = numbers(count)
    matched, classes = match_classes(plan, data, networks if given is None else given, judges)
    sets = sort_images(plan.recipe, matched)
    own = {name: class_names(loaded.train.facts) for name, loaded in data.items()}
    require_known(plan, sets, classes, own, next(iter((given or {}).values()), None))
    return matched, sets, classes


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
    listener.stage("data", recipe.name)
    data, sets, classes = sort_data(plan, data, children)
    for notice in dict.fromkeys(notice for loaded in data.values() for notice in loaded.notices):
        listener.note(notice)
    training = sets.training

    # --- networks and judges
    parts = assemble(plan, training, _initial_weights(recipe, children), settings)
    judges = load_judges(plan, children, training, place.registry, place.device, classes)
    evaluator = Evaluator(plan, training, judges, settings)

    # --- dry run; test images without labels and metrics that refuse their images are found before training, too
    noting = note_failures(listener)
    validate = validation(evaluator, sets, listener, noting)
    dry_run(plan, parts, training, settings, evaluator.needs)
    stepper = Stepper(plan, parts, training, settings)
    evaluator.forward.statistics = stepper.leaves.constants.statistics
    evaluator.forward.tabulated = stepper.leaves.constants.of
    if not any(directory.checkpoints.glob("step-*")):
        require_measurable(evaluator, parts.evaluated(), sets, listener)
    _require_room(directory, plan, parts)
    _write_record(directory, plan, data, children, settings, place)

    # --- training
    listener.stage("train", recipe.name)
    pictured = method.pictures_like is not None
    source = method.image_input()  # None if outputs are made of draws alone
    samples = SampleGrid(evaluator, (sets.validation or training[source]) if source else None) if pictured else None
    with journal.Journal(directory.journal, listener.note) as log:
        trainer = Trainer(stepper, evaluator, validate, samples, directory, log, listener, stop)
        networks = trainer.train()
        evaluator.forward.fix_batch_norm(networks)
        save_weights(networks, directory.weights)
        save_statistics(evaluator.forward.statistics, directory)
        kept.add(directory, [*directory.weights.iterdir(), directory.statistics])

        # --- measuring
        listener.stage("evaluate", recipe.name)
        readings: list[Readings] = []

        def keep(measured: Measured) -> None:
            # Only the first set that did not choose the checkpoint is shown in pictures.
            if measured.inputs.name != "validation" or not (sets.test or source is None):
                readings.append(take_readings(method, measured, pictured and not readings))

        # A run that was stopped after this point has some of these in its journal already.
        known = {strict_json.dumps(record) for record in journal.read_journal(directory.journal)}

        def tell(record: dict[str, JSON]) -> None:
            if strict_json.dumps(record) not in known:
                log.write(record)

        def failed(metric: str, image_set: str, error: Exception) -> None:
            noting(metric, image_set, error)
            text = without_value(metric, image_set, error)
            tell({"event": "warning", "step": trainer.done, "name": f"no-value.{metric}", "text": text})

        results = measure_sets(evaluator, networks, sets, evaluator.forward.final_mode, keep, failed)
        for name, values in results.items():
            tell({"event": "test", "step": trainer.done, "set": name, **values})
            listener.measured(trainer.done, name, values)

    # --- results
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
    kept.add(directory, [directory.metrics, directory.readings, directory.journal])
    plan.moment.states = {}  # states exist only in training, and a judge may use this plan


def _require_room(directory: RunDirectory, plan: Plan, parts: Assembly) -> None:
    """Refuse to train if the disk has no room for the checkpoints and the weights; only networks count for them."""
    groups, table = parts.state_dict()[0], plan.recipe.train
    size = sum(tensor.nbytes for group in groups.values() for tensor in group.values())
    # Most optimizers keep two moments of each parameter, from the first step on.
    size += 2 * sum(tensor.nbytes for role in plan.trained for tensor in parts.networks[role].parameters())
    there = len(list(directory.checkpoints.glob("step-*")))
    # While one is written, the newest and the best are still there.
    wanted = min(table.keep + 2, -(-table.steps // table.checkpoint_every) + 1)
    needed = size * (max(1, wanted - there) + 1) + OTHERS
    free = shutil.disk_usage(directory.path).free
    if free < needed:
        raise RunError(
            f"{directory.path} has {free / 1e6:,.1f} MB free, and the run needs about {needed / 1e6:,.1f} MB",
            fix="make room, choose another folder with --out or --runs, or lower train.keep",
        )


def changed_data(directory: RunDirectory, data: Mapping[str, Loaded]) -> list[str]:
    """Return the data tables with other images than a run began with."""
    known = directory.read_record().get("digests", {})
    return [f"[data.{name}]" for name, loaded in data.items() if known.get(name) not in (None, loaded.train.digest)]


def require_same_data(directory: RunDirectory, data: Mapping[str, Loaded]) -> None:
    """Make sure that the data is what a run began with.

    Raises:
        RunError: it is not.
    """
    if changed := changed_data(directory, data):
        raise RunError(
            f"the data of {', '.join(changed)} is not what {directory.path} began with",
            fix="give the folder of the same data with --data, or start a new run",
        )


def _initial_weights(recipe: Recipe, children: Children) -> dict[str, Any]:
    """Return the tensors that networks start from, and their origin, by role."""
    weights: dict[str, Any] = {}
    for (section, role), run in children.items():
        if section == "networks":
            main = recipe.children[section, role].method_class.main
            weights[role] = (read_kept_weights(run, main), f"the run {run.path}")
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
    """Write the run's record; refuse another recipe or data, and note other changes since the run began."""
    recipe, method = plan.recipe, plan.recipe.method_class
    require_same(directory, recipe, "the recipe, with its files of weights,")
    require_same_data(directory, data)
    record = directory.read_record()
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
            "digests": {name: loaded.train.digest for name, loaded in data.items()},
            "notices": {name: loaded.notices for name, loaded in data.items()},
            "children": {".".join(key): run.name for key, run in children.items()},
            "plugins": {plugin.name: f"{plugin.distribution} {plugin.version}" for plugin in used},
            "environment": described,
            "fingerprint": record.get("fingerprint", fingerprint),
            "started": record.get("started", environment.now()),
        }
    )
    kept.forget(directory, [directory.metrics, directory.readings, directory.journal])  # they are about to change
    seal_recipe(directory)
