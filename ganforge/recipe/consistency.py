"""Checks across the tables of a recipe: contradictions, and keys that nothing consumes."""

from __future__ import annotations

from collections.abc import Iterator

from ganforge.contracts import is_weightless
from ganforge.errors import Problem
from ganforge.marks import marks_of
from ganforge.recipe.document import Key, dotted
from ganforge.recipe.recipe import CheckedTable, Recipe
from ganforge.recipe.schema import DataTable, JudgeTable
from ganforge.suggest import suggest

Found = Iterator[tuple[Key, str, str]]
"""Mistakes: the key, the message and the fix."""


def contradictions(recipe: Recipe) -> list[Problem]:
    """Return every mistake that involves several tables and that is found without building components."""
    checks = (_updates, _networks, _data, _pairs, _selection, _judges, _children)
    found = [mistake for check in checks for mistake in check(recipe)]
    return [Problem(dotted(key), message, recipe.document.where(key), fix) for key, message, fix in found]


def _updates(recipe: Recipe) -> Found:
    updated = {role for part in recipe.phases.values() for role in part.table.roles}
    for name, phase in recipe.phases.items():
        for role in phase.table.roles:
            if role in recipe.networks and role not in recipe.optimizers:
                what = f"the phase {name!r} updates the network {role!r}, which has no optimizer"
                yield (*phase.key, "update"), what, f"add [optimizers.{role}]; the method has no default for it"
        if phase.table.fresh is not None and phase.table.repeat == 1:
            what = f"the phase {name!r} makes one update a step: there is none after the first to draw for"
            yield (*phase.key, "fresh"), what, "remove fresh, or set repeat"
    for role, optimizer in recipe.optimizers.items():
        if role not in updated:
            fix = f"remove [optimizers.{role}], or add a phase"
            yield optimizer.key, f"no phase updates the network {role!r}", fix
        if optimizer.schedule and "lr" in optimizer.schedules:
            what = f"the learning rate of {role!r} is given here, and scaled by `schedule`"
            yield (*optimizer.key, "schedules", "lr"), what, "remove one of them"


def _networks(recipe: Recipe) -> Found:
    for role, part in recipe.networks.items():
        if part.schedules and part.table.ema is None:
            what = f"the network {role!r} has no average whose decay could change"
            yield (*part.key, "schedules", "ema"), what, "set ema as well, such as ema = 0.999"
        if role not in recipe.frozen:
            continue
        if part.table.weights is None and not is_weightless(part.use.entry.load()):
            what = f"the network {role!r} is frozen and has no weights: it would stay as it was drawn at random"
            fix = 'weights = { recipe = "..." } or { file = "..." }, or frozen = false with a phase that updates it'
            yield part.key, what, fix
        if part.table.ema is not None:
            what = f"the network {role!r} is frozen: there is nothing to average"
            yield (*part.key, "ema"), what, "remove ema, or set frozen = false"


def _data(recipe: Recipe) -> Found:
    method = recipe.method_class
    measured, held_out = method.image_input(), method.held_out()
    validated = recipe.leader(role) if (role := method.validated()) and role in recipe.data else role
    if measured is not None and recipe.evaluate.samples is not None:
        what = f"all test images are measured: outputs are made of [data.{measured}], not of noise"
        yield ("evaluate", "samples"), what, "remove samples; `limit` in the data table takes fewer images"
    for name, part in recipe.data.items():
        if measured is None and name not in method.data and name != held_out:
            what = f"[data.{name}] would go unused: outputs are made of noise, not of test images"
            fix = f"real images to compare with are [data.{held_out}]" if held_out else "remove the table"
            yield part.key, what, fix
        elif part.table.validation and name != validated:
            what = f"validation images are held out of [data.{validated}]; those of [data.{name}] would go unused"
            yield (*part.key, "validation"), what, "remove validation here"
        if part.table.augment and name not in method.data:
            yield (*part.key, "augment"), "test images are measured as they are", "remove augment here"


def _pairs(recipe: Recipe) -> Found:
    for name, part in recipe.data.items():
        leader = part.table.paired_with
        if leader is None:
            continue
        if mistake := _wrong_leader(recipe, name, leader):
            yield (*part.key, "paired_with"), *mistake
        yield from _partner(part, name, leader)


def _wrong_leader(recipe: Recipe, name: str, leader: str) -> tuple[str, str] | None:
    """Return why a data table cannot be paired with another, and the fix; None if it can."""
    roles, images = recipe.method_class.data, recipe.method_class.image_input()
    declared = roles[name].paired_with if name in roles else None
    if leader not in recipe.data or leader == name:
        known = [other for other in recipe.data if other != name]
        fix = suggest(leader, known) or f"tables: {', '.join(known) or 'none'}"
        return f"there is no table [data.{leader}] for [data.{name}] to be paired with", fix
    if declared not in (None, leader):
        what = f"the method pairs [data.{name}] with [data.{declared}], not with [data.{leader}]"
        return what, "remove paired_with"
    if (first := recipe.leader(leader)) != leader:
        fix = "remove one" if first == name else f'paired_with = "{first}"'
        return f"[data.{leader}] is itself paired with [data.{first}]", fix
    if name not in roles and (leader in roles or name.removeprefix(f"{leader}-") not in recipe.partners):
        fix = "pair the tables of training images, and name those of test images [data.test] and [data.test-ROLE]"
        return f"[data.{name}] stands for no role that is paired with [data.{images}]", fix
    return None


def _partner(part: CheckedTable[DataTable], name: str, leader: str) -> Found:
    """Find choices of images, and changes of them, that a partner takes from its leader."""
    for choice in ("skip", "limit", "range", "classes"):
        if getattr(part.table, choice):
            what = f"[data.{name}] uses the images that belong to those of [data.{leader}]"
            yield (*part.key, choice), what, f"set {choice} in [data.{leader}] alone"
    for index, use in enumerate(part.augment):
        if marks_of(use.entry.load()).geometric:
            what = f"{use.entry.name!r} moves pixels, and those of [data.{name}] move with [data.{leader}]"
            fix = f"name it in [data.{leader}] alone: both are changed alike"
            yield (*part.key, "augment", str(index)), what, fix


def _selection(recipe: Recipe) -> Found:
    select, key = recipe.train.select, ("train", "select")
    if select is None:
        return
    name = select.split("/")[0]
    role = recipe.method_class.validated()
    if name not in recipe.metrics:
        yield key, f"there is no metric {name!r} to select by", f"metrics: {', '.join(recipe.metrics) or 'none'}"
    elif role is None or not recipe.data[leader := recipe.leader(role)].table.validation:
        fix = f"set validation in [data.{leader}]" if role else "remove select"
        yield key, "nothing is held out to select a checkpoint on", fix
    elif (use := recipe.metrics[name].use) and "judges" in use.entry.schema.positional and not recipe.judges:
        yield key, f"{name!r} cannot select: there are no judges", "add [judges.NAME]"
    elif recipe.meanings[select].better is None:
        what = f"{select!r} does not declare which values are better: it cannot select"
        yield key, what, "select by a metric that declares `better`, or by a part that has a direction"


def _judges(recipe: Recipe) -> Found:
    for name, part in recipe.judges.items():
        table = part.table
        if table.recipe is None and table.weights is None:
            what = f"the judge {name!r} has no weights: it would judge as it was drawn at random"
            yield part.key, what, 'weights = { file = "..." } or { recipe = "..." }'
        if part.use is not None:
            yield from _unknown_facts(recipe, part)
        if table.recipe is None:
            continue
        for key in ("use", "weights", "resize", "fit", "channels", "normalize"):
            if getattr(table, key) is not None:
                what = f"the judge {name!r} is what its recipe trains, and reads what that was trained on"
                yield (*part.key, key), what, f"remove {key}, or name the component with `use` in place of `recipe`"


def _unknown_facts(recipe: Recipe, part: CheckedTable[JudgeTable]) -> Found:
    """Find facts that a judge's component needs and that nothing in the recipe implies."""
    assert part.use is not None  # the caller looked
    child, table = recipe.children.get(part.key), part.table
    known = {"image_size", "in_channels", *(["classes"] if child else []), *part.use.options}
    for option in part.use.entry.schema.options:
        if option.required and option.name not in known:
            what = f"the judge {part.key[1]!r} needs the option {option.name!r} of {part.use.entry.name!r}"
            yield part.key, what, option.doc or f"set {option.name}"
    if (child or recipe).method_class.judged_like() is None and None in (table.resize, table.channels, table.normalize):
        what = f"nothing in the recipe implies what images the judge {part.key[1]!r} reads"
        yield part.key, what, "set resize, channels and normalize to what its weights were trained on"


def _children(recipe: Recipe) -> Found:
    for (section, name), child in recipe.children.items():
        main = child.method_class.main
        trained = child.networks[main].use if main in child.networks else None
        used = recipe.networks[name].use if section == "networks" else recipe.judges[name].use
        file = child.document.path
        if used is None and child.method_class.pictures_like is not None:
            what = f"the method {child.method.entry.name!r} of {file} gives pictures, not class scores"
            yield (section, name, "recipe"), what, "name a recipe that trains a classifier"
        if used is not None and trained is not None and used.entry.name != trained.entry.name:
            what = f"{file} trains {trained.entry.name!r}, not {used.entry.name!r}: its weights do not fit"
            yield (section, name, "weights", "recipe"), what, "use the same component with the same options in both"
