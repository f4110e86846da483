"""Classes of a recipe by name: one number for each, in the labels of every table and in the scores of every judge.

Classes without names are named by their numbers. Words and numbers are matched by position, which is said, and only if
there are as many of both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ganforge.data.images import Array
from ganforge.data.loading import LISTED, Loaded
from ganforge.data.source import ImageSet
from ganforge.errors import DataError
from ganforge.measuring.image_sets import ImageSets
from ganforge.method import DataFacts, Method
from ganforge.quantities.metrics import judges_read
from ganforge.quantities.plan import Plan
from ganforge.runs.directory import RunDirectory

Names = tuple[str, ...]
AS_NUMBERS = "name the classes of both in the same way: class folders may be named by their numbers, from 0"


@dataclass(frozen=True)
class Classes:
    """The classes of a recipe.

    Attributes:
        names: by their numbers.
        judges: by judge, its classes in the order of its scores; None if they cannot be matched with the recipe's.
    """

    names: Names = ()
    judges: Mapping[str, Names | None] = field(default_factory=dict)

    def columns(self, judge: str) -> list[int | None] | None:
        """Return the columns of a judge's scores in the order of the recipe's classes, and then its others.

        A class that the judge lacks is None; the result is None for scores that stay as they are.
        """
        own = self.judges.get(judge)
        if own is None or _by_position(own, self.names):
            return None
        found: list[int | None] = [own.index(name) if name in own else None for name in self.names]
        others = [index for index, name in enumerate(own) if name not in self.names]
        while found and found[-1] is None and not others:
            found.pop()
        found += others
        return None if found == list(range(len(own))) else found


def numbers(count: int) -> Names:
    """Return the names of classes that have none: their numbers."""
    return tuple(map(str, range(count)))


def class_names(facts: DataFacts) -> Names:
    """Return the names of the classes of a data role, or their numbers."""
    return facts.class_names or numbers(facts.classes or 0)


def classes_of(run: RunDirectory, method: type[Method], inputs: bool = False) -> Names:
    """Return the classes that a run's result reads or draws, or those of its inputs, by number; () without any."""
    reads = inputs or method.pictures_like is None
    role = method.leaves().get(_label_leaf(method)) or (method.image_input() if reads else None)
    facts = run.read_record().get("facts", {}).get(role)
    return class_names(DataFacts(**facts)) if facts else ()


def match_classes(
    plan: Plan, data: Mapping[str, Loaded], reference: Mapping[str, Names], judges: Mapping[str, Names]
) -> tuple[dict[str, Loaded], Classes]:
    """Give the classes of all tables the same numbers; a class without images keeps its number.

    Args:
        plan: the plan of the recipe.
        data: the images of its tables.
        reference: classes with numbers that cannot change, such as those of a trained encoder, by their owner.
        judges: classes of the judges of which they are known, by name.

    Returns:
        The images with their labels and notices, and the classes.

    Raises:
        DataError: the classes of two of them cannot be matched.
    """
    names: list[str] = []
    said: list[str] = []
    for owner, own in reference.items():
        if _place(own, names, owner, said) != list(range(len(own))):
            what = f"{owner} has its classes in another order ({_listed(own)}) than others ({_listed(names)})"
            raise DataError(what, fix="train both on data with the same classes")
    least, places = len(names), {}
    for name in _labelled(plan, data):
        try:
            places[name] = _place(class_names(data[name].train.facts), names, f"[data.{name}]", said)
        except DataError as error:
            error.where = plan.recipe.document.where(("data", name))
            raise
    known: dict[str, Names | None] = {}
    for name, own in judges.items():
        try:
            _place(own, names, f"the judge {name!r}", said, grow=False)
            known[name] = own
        except DataError:  # which matters only if labels are compared with its scores
            known[name] = None
    found = {}
    for name, loaded in data.items():
        train, validation = loaded.train, loaded.validation
        if name in places:
            train = _renumbered(train, places[name], names, least)
            validation = validation and _renumbered(validation, places[name], names, least)
        notices = (*loaded.notices, *_notice(name, loaded, train), *said)
        found[name], said = replace(loaded, train=train, validation=validation, notices=notices), []
    for name in places.keys() - plan.recipe.method_class.data:
        if unseen := _unseen(found[name].train, found.get(plan.recipe.method_class.image_input() or ""), names):
            found[name] = replace(found[name], notices=(*found[name].notices, unseen))
    return found, Classes(tuple(names), known)


def require_known(
    plan: Plan, sets: ImageSets, classes: Classes, own: Mapping[str, Names], trained: Names | None = None
) -> None:
    """Make sure that no metric compares labels with the scores of a network that lacks their class.

    `own` are the classes of each table by its own numbers; `trained` those of the run's network, by default those of
    the images that it is trained on.

    Raises:
        DataError: a metric does.
    """
    for metric in plan.metrics.values():
        readers: dict[str, Names | None] = dict(_readers(plan, sets, trained, metric.needs))
        if "judges" in metric.needs and "scores" in judges_read(metric.function):
            asked = classes.judges if metric.judges is None else metric.judges & classes.judges.keys()
            readers |= {f"the judge {name!r}": classes.judges[name] for name in asked}
        for table, labels in _compared(plan, sets, metric.needs):
            where = plan.recipe.document.where(("data", table))
            for reader, known in readers.items():
                if known is None:
                    what = f"the classes of [data.{table}] and of {reader} cannot be matched: those of one have names, "
                    raise DataError(f"{what}and there are not as many of both", where=where, fix=AS_NUMBERS)
                if lacking := _lacking(classes.names, labels, known):
                    what = f"[data.{table}] has images of classes that {reader} does not know: {_listed(lacking)}"
                    rest = [str(number) for number, name in enumerate(own.get(table, ())) if name in known]
                    others = f"use the others alone: classes = [{', '.join(rest)}] in [data.{table}], or "
                    fix = f"{others if rest else ''}train on them, too; it knows {_listed(known)}"
                    raise DataError(what, where=where, fix=fix)


def _unseen(images: ImageSet, trained: Loaded | None, names: Sequence[str]) -> str | None:
    """Return a notice of the classes of test images without any training image, or None."""
    if images.labels is None or trained is None or trained.train.labels is None:
        return None
    unseen = [names[label] for label in np.setdiff1d(images.labels, trained.train.labels)]
    which = f"[data.{images.name}] has images of classes that [data.{trained.train.name}] has none of"
    return f"{which}: {_listed(unseen)}" if unseen else None


def _lacking(names: Names, labels: Array, known: Names) -> list[str]:
    """Return the names of the labels that a reader does not know."""
    found = {label: names[label] if label < len(names) else str(label) for label in np.unique(labels).tolist()}
    by_position = _by_position(known, names)
    return [name for label, name in found.items() if (label >= len(known) if by_position else name not in known)]


def _readers(plan: Plan, sets: ImageSets, trained: Names | None, needs: Iterable[str]) -> Iterator[tuple[str, Names]]:
    """Yield the run's own network if one of some needs is its class scores."""
    method, quantities = plan.recipe.method_class, plan.recipe.method_class.quantities()
    images = sets.training.get(method.image_input() or "")
    scores = next((need for need in needs if need in quantities and quantities[need].scores), None)
    if scores and images is not None and images.labels is not None:
        network = next((need for need in quantities[scores].needs if need in method.networks), method.main)
        yield f"[networks.{network}]", trained or class_names(images.facts)


def _compared(plan: Plan, sets: ImageSets, needs: Iterable[str]) -> Iterator[tuple[str, Array]]:
    """Yield the labels among some needs of a metric, each with its table."""
    method, data = plan.recipe.method_class, plan.recipe.data
    images: list[ImageSet | None] = []
    if "labels" in needs and method.image_input():
        images += sets.measured.values()
    elif "labels" in needs and (role := method.leaves().get(_label_leaf(method), "")) in sets.training:
        yield role, np.arange(sets.training[role].classes or 0)
    if "target_labels" in needs:
        images += [sets.training.get(method.pictures_like or ""), sets.held_out]
    for one in images:
        if one is not None and one.labels is not None:
            yield one.name if one.name in data else method.validated() or "", one.labels


def _labelled(plan: Plan, data: Mapping[str, Loaded]) -> Iterator[str]:
    """Yield the labelled tables with labels that are used, roles first."""
    recipe, method = plan.recipe, plan.recipe.method_class
    asked = {need for metric in plan.metrics.values() for need in metric.needs}
    leaves = {*plan.labels_used, _label_leaf(method)}
    wanted = {method.image_input()} | {role for leaf, role in method.leaves().items() if leaf in leaves}
    wanted |= {method.pictures_like, method.held_out()} if "target_labels" in asked else set()
    inputs = {name for name in data if name not in method.data and recipe.leader(name) == name} - {method.held_out()}
    for name in [*method.data, *(name for name in data if name not in method.data)]:
        if name in data and name in wanted | inputs and data[name].train.labels is not None:
            yield name


def _label_leaf(method: type[Method]) -> str:
    """Return the labels that determine the class of an output, or ""."""
    label = method.label_input() or ""
    drawn = method.draws().get(label)
    return (drawn.trained_from or "") if drawn else label


def _place(own: Sequence[str], names: list[str], owner: str, said: list[str], grow: bool = True) -> list[int]:
    """Return the numbers of some classes; names that are new get the next ones, and words take the place of numbers.

    Raises:
        DataError: they must be matched by position, and there are not as many.
    """
    if _by_position(own, names):
        words, plain = (names, own) if _plain(own) else (own, names)
        # The labels of a file say how many classes it has at least.
        if len(plain) != len(words) and not (plain is own and grow and len(own) < len(names)):
            what = f"the classes of {owner} ({_listed(own)}) cannot be matched with those of others ({_listed(names)})"
            raise DataError(what, fix=AS_NUMBERS)
        said.append(f"the classes of {owner} ({_listed(own)}) are matched by position with {_listed(names)}")
        names[:] = words
        return list(range(len(own)))
    if grow:
        names += [name for name in own if name not in names]
    return [names.index(name) if name in names else -1 for name in own]


def _by_position(own: Sequence[str], names: Sequence[str]) -> bool:
    """Return True if one of both has words, and the other numbers from 0."""
    if _plain(own) == _plain(names) or not own or not names:
        return False
    return not all(name.isdecimal() for name in (names if _plain(own) else own))


def _plain(names: Sequence[str]) -> bool:
    return all(name == str(number) for number, name in enumerate(names))


def _renumbered(images: ImageSet, places: Sequence[int], names: Sequence[str], least: int) -> ImageSet:
    labels, count = images.labels, max(least, *(place + 1 for place in places))
    if labels is not None and list(places) != list(range(len(places))):
        labels = np.asarray(places, np.int64)[labels]
    own = tuple(names[:count])
    return replace(images, labels=labels, classes=count, class_names=None if _plain(own) else own)


def _notice(name: str, loaded: Loaded, images: ImageSet) -> Iterator[str]:
    """Yield a notice of the numbers of a table's named classes."""
    own, names, labels = loaded.train.class_names, images.class_names, loaded.base.labels
    if own is None or names is None or labels is None:
        return
    there = set(np.unique(labels).tolist())
    shown = [
        f"{names.index(one)} {one}{'' if label in there else ' (no images)'}"
        for label, one in enumerate(own)
        if one in names
    ]
    yield f"[data.{name}]: the classes and their labels are {_listed(shown)}"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - LISTED:,} more" if len(names) > LISTED else ""
    return ", ".join(names[:LISTED]) + more
