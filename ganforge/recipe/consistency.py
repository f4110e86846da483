"""Checks across the tables of a recipe: contradictions, and keys that nothing consumes."""

from __future__ import annotations

from collections.abc import Iterator

from ganforge.errors import Problem
from ganforge.marks import marks_of
from ganforge.recipe.document import Key, dotted
from ganforge.recipe.recipe import CheckedTable, Recipe
from ganforge.recipe.schema import JudgeTable
from ganforge.suggest import suggest


def contradictions(recipe: Recipe) -> list[Problem]:
    """Return every mistake that involves several tables and that is found without building components."""
    return [
        *_updates(recipe),
        *_networks(recipe),
        *_data(recipe),
        *_pairs(recipe),
        *_selection(recipe),
        *_judges(recipe),
        *_children(recipe),
    ]


def _updates(recipe: Recipe) -> Iterator[Problem]:
    updated = {role for part in recipe.phases.values() for role in part.table.roles}
    for name, phase in recipe.phases.items():
        for role in phase.table.roles:
            if role in recipe.networks and role not in recipe.optimizers:
                yield _problem(
                    recipe,
                    (*phase.key, "update"),
                    f"the phase {name!r} updates the network {role!r}, which has no optimizer",
                    f"add [optimizers.{role}]; the method has no default for it",
                )
        if phase.table.fresh is not None and phase.table.repeat == 1:
            yield _problem(
                recipe,
                (*phase.key, "fresh"),
                f"the phase {name!r} makes one update a step: there is none after the first to draw for",
                "remove fresh, or set repeat",
            )
    for role, part in recipe.optimizers.items():
        if role not in updated:
            yield _problem(
                recipe,
                part.key,
                f"no phase updates the network {role!r}",
                f"remove [optimizers.{role}], or add a phase",
            )

    for role, part in recipe.optimizers.items():
        if part.schedule and "lr" in part.schedules:
            yield _problem(
                recipe,
                (*part.key, "schedules", "lr"),
                f"the learning rate of {role!r} is given here, and scaled by `schedule`",
                "remove one of them",
            )


def _networks(recipe: Recipe) -> Iterator[Problem]:
    for role, part in recipe.networks.items():
        if part.schedules and part.table.ema is None:
            yield _problem(
                recipe,
                (*part.key, "schedules", "ema"),
                f"the network {role!r} has no average whose decay could change",
                "set ema as well, such as ema = 0.999",
            )
    for role in recipe.frozen:
        part = recipe.networks[role]
        if part.table.weights is None:
            yield _problem(
                recipe,
                part.key,
                f"the network {role!r} is frozen and has no weights: it would stay as it was drawn at random",
                'weights = { recipe = "..." } or { file = "..." }, or frozen = false with a phase that updates it',
            )
        if part.table.ema is not None:
            yield _problem(
                recipe,
                (*part.key, "ema"),
                f"the network {role!r} is frozen: there is nothing to average",
                "remove ema, or set frozen = false",
            )


def _data(recipe: Recipe) -> Iterator[Problem]:
    method = recipe.method_class
    measured, held_out = method.image_input(), method.held_out()
    validated = recipe.leader(role) if (role := method.validated()) and role in recipe.data else role
    if measured is not None and recipe.evaluate.samples is not None:
        yield _problem(
            recipe,
            ("evaluate", "samples"),
            f"all test images are measured: outputs are made of [data.{measured}], not of noise",
            "remove samples; `limit` in the data table takes fewer images",
        )
    for name, part in recipe.data.items():
        if measured is None and name not in method.data and name != held_out:
            yield _problem(
                recipe,
                part.key,
                f"[data.{name}] would go unused: outputs are made of noise, not of test images",
                f"real images to compare with are [data.{held_out}]" if held_out else "remove the table",
            )
        elif part.table.validation and name != validated:
            where = f"[data.{validated}]"
            yield _problem(
                recipe,
                (*part.key, "validation"),
                f"validation images are held out of {where}; those of [data.{name}] would go unused",
                "remove validation here",
            )
        if part.table.augment and name not in recipe.method_class.data:
            yield _problem(
                recipe, (*part.key, "augment"), "test images are measured as they are", "remove augment here"
            )


def _pairs(recipe: Recipe) -> Iterator[Problem]:
    roles = recipe.method_class.data
    for name, part in recipe.data.items():
        leader, key = part.table.paired_with, (*part.key, "paired_with")
        if leader is None:
            continue
        declared = roles[name].paired_with if name in roles else None
        if leader not in recipe.data or leader == name:
            known = [other for other in recipe.data if other != name]
            fix = suggest(leader, known) or f"tables: {', '.join(known) or 'none'}"
            yield _problem(recipe, key, f"there is no table [data.{leader}] for [data.{name}] to be paired with", fix)
        elif declared not in (None, leader):
            what = f"the method pairs [data.{name}] with [data.{declared}], not with [data.{leader}]"
            yield _problem(recipe, key, what, "remove paired_with")
        elif (first := recipe.leader(leader)) != leader:
            what = f"[data.{leader}] is itself paired with [data.{first}]"
            yield _problem(recipe, key, what, "remove one" if first == name else f'paired_with = "{first}"')
        elif name not in roles and (leader in roles or name.removeprefix(f"{leader}-") not in recipe.partners):
            yield _problem(
                recipe,
                key,
                f"[data.{name}] stands for no role that is paired with [data.{recipe.method_class.image_input()}]",
                "pair the tables of training images, and name those of test images [data.test] and [data.test-ROLE]",
            )
        for choice in ("skip", "limit", "range", "classes"):
            if getattr(part.table, choice):
                what = f"[data.{name}] uses the images that belong to those of [data.{leader}]"
                yield _problem(recipe, (*part.key, choice), what, f"set {choice} in [data.{leader}] alone")
        for index, use in enumerate(part.augment):
            if marks_of(use.entry.load()).geometric:
                what = f"{use.entry.name!r} moves pixels, and those of [data.{name}] move with [data.{leader}]"
                place = (*part.key, "augment", str(index))
                yield _problem(recipe, place, what, f"name it in [data.{leader}] alone: both are changed alike")


def _selection(recipe: Recipe) -> Iterator[Problem]:
    select, key = recipe.train.select, ("train", "select")
    if select is None:
        return
    name = select.split("/")[0]
    role = recipe.method_class.validated()
    if name not in recipe.metrics:
        known = ", ".join(recipe.metrics) or "none"
        yield _problem(recipe, key, f"there is no metric {name!r} to select by", f"metrics: {known}")
    elif role is None or not recipe.data[leader := recipe.leader(role)].table.validation:
        fix = f"set validation in [data.{leader}]" if role else "remove select"
        yield _problem(recipe, key, "nothing is held out to select a checkpoint on", fix)
    elif (use := recipe.metrics[name].use) and "judges" in use.entry.schema.positional and not recipe.judges:
        yield _problem(recipe, key, f"{name!r} cannot select: there are no judges", "add [judges.NAME]")
    elif recipe.meanings[select].better is None:
        fix = "select by a metric that declares `better`, or by a part that has a direction"
        yield _problem(recipe, key, f"{select!r} does not declare which values are better: it cannot select", fix)


def _judges(recipe: Recipe) -> Iterator[Problem]:
    for name, part in recipe.judges.items():
        table = part.table
        if table.recipe is None and table.weights is None:
            yield _problem(
                recipe,
                part.key,
                f"the judge {name!r} has no weights: it would judge as it was drawn at random",
                'weights = { file = "..." } or { recipe = "..." }',
            )
        if part.use is not None:
            yield from _unknown_facts(recipe, part)
        if table.recipe is None:
            continue
        for key in ("use", "weights", "resize", "channels", "normalize"):
            if getattr(table, key) is not None:
                yield _problem(
                    recipe,
                    (*part.key, key),
                    f"the judge {name!r} is what its recipe trains, and reads what that was trained on",
                    f"remove {key}, or name the component with `use` in place of `recipe`",
                )


def _unknown_facts(recipe: Recipe, part: CheckedTable[JudgeTable]) -> Iterator[Problem]:
    """Find what a judge's component needs to know, and nothing in the recipe implies."""
    assert part.use is not None  # the caller looked
    child, table = recipe.children.get(part.key), part.table
    known = {"image_size", "in_channels", *(["classes"] if child else []), *part.use.options}
    for option in part.use.entry.schema.options:
        if option.required and option.name not in known:
            needed = f"the judge {part.key[1]!r} needs the option {option.name!r} of {part.use.entry.name!r}"
            yield _problem(recipe, part.key, needed, option.doc or f"set {option.name}")
    if (child or recipe).method_class.judged_like() is None and None in (table.resize, table.channels, table.normalize):
        yield _problem(
            recipe,
            part.key,
            f"nothing in the recipe implies what images the judge {part.key[1]!r} reads",
            "set resize, channels and normalize to what its weights were trained on",
        )


def _children(recipe: Recipe) -> Iterator[Problem]:
    for (section, name), child in recipe.children.items():
        main = child.method_class.main
        trained = child.networks[main].use if main in child.networks else None
        part = recipe.networks[name] if section == "networks" else recipe.judges[name]
        used = part.use
        if used is None and child.method_class.pictures_like is not None:
            yield _problem(
                recipe,
                (section, name, "recipe"),
                f"the method {child.method.entry.name!r} of {child.document.path} gives pictures, not class scores",
                "name a recipe that trains a classifier",
            )
        if used is not None and trained is not None and used.entry.name != trained.entry.name:
            yield _problem(
                recipe,
                (section, name, "weights", "recipe"),
                f"{child.document.path} trains {trained.entry.name!r}, not {used.entry.name!r}: its weights do not fit",
                "use the same component with the same options in both",
            )


def _problem(recipe: Recipe, key: Key, message: str, fix: str) -> Problem:
    return Problem(dotted(key), message, recipe.document.where(key), fix)
