"""The question of a study, its answer in sentences made from its numbers, and the conditions that it holds under."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ganforge.report.answer import BATCH_NORM
from ganforge.report.numbers import clock
from ganforge.study.report.material import Material
from ganforge.study.results import MEAN, Row, Statistic
from ganforge.study.tables import number

SPACE = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class Answer:
    """What the page begins with.

    Attributes:
        question: in a sentence.
        headline: a number, and the sentence that it begins; None where there is no number yet.
        lead: how far that is ahead of the next row, or why there is no number.
        remarks: further sentences that belong to it.
        facts: terms and values.
    """

    question: str
    headline: tuple[str, str] | None
    lead: str
    remarks: list[str]
    facts: list[tuple[str, str]]


def answer(material: Material) -> Answer:
    """The question, the answer and the conditions of a study."""
    study = material.results.study
    what = f"{len(material.results.rows)} {'trials' if study.search else 'rows'}"
    question = f"Which of {what} is best by {study.table.metric}, and by how much?"
    if not material.ranks:
        question = f"Which of {what} has the highest {study.table.metric}?"
    facts = _conditions(material)
    if not material.ranked:
        return Answer(question, None, "There is no answer yet: no run is finished.", [], facts)
    said = _Sentences(material)
    return Answer(question, said.headline(), said.lead(), list(said.remarks()), facts)


def paired(row: Row, other: Row, image_set: str) -> Statistic | None:
    """The differences of two rows' means, seed by seed; None where they do not have the same finished seeds."""
    seeds = [seed for seed, run in row.runs.items() if run.status == "finished"]
    if seeds != [seed for seed, run in other.runs.items() if run.status == "finished"]:
        return None
    mine, theirs = row.statistic(image_set), other.statistic(image_set)
    if mine is None or theirs is None or not mine.n == theirs.n == len(seeds):
        return None
    return Statistic(tuple(one - two for one, two in zip(mine.values, theirs.values, strict=True)))


class _Sentences:
    """The answer in words; there is a row with a number.

    The best row is sought among those whose losses see no label, where there are such: labels are another question.
    """

    def __init__(self, material: Material) -> None:
        self.material = material
        self.labelled = [row for row in material.ranked if material.uses_labels(row)]
        self.rows = [row for row in material.ranked if row not in self.labelled] or material.ranked
        self.best = self.rows[0]
        self.share = self.best.meaning().is_share
        self.points = " points" if self.share else ""

    def headline(self) -> tuple[str, str]:
        """The best number, and what it is."""
        material, best = self.material, self.best
        which = "" if all(row.finished for row in material.results.rows) else " with numbers"
        which += " whose losses see no label" if len(self.rows) < len(material.ranked) else ""
        rank = "the best" if material.ranks else "the highest"
        rank = f"{rank} of {len(self.rows)} rows{which}" if len(self.rows) > 1 else f"the only row{which}"
        images = f"{material.results.images.get(material.image_set, 0):,} images of the set “{material.image_set}”"
        return self._shown(self._mean(best)), f"for “{best.variant.title}”, {rank}: {self._of_what(best)}, on {images}."

    def lead(self) -> str:
        """How far the best row is ahead, seed by seed where both rows have the same ones."""
        if len(self.rows) < 2:
            return ""
        second = self.rows[1]
        # Ahead may mean less, where a search looks for little.
        more = self._mean(self.best) >= self._mean(second)
        order = (self.best, second) if more else (second, self.best)
        pairs = paired(*order, self.material.image_set)
        ahead = pairs or Statistic((self._mean(order[0]) - self._mean(order[1]),))
        by = f"{number(ahead.mean, self.share)}{self._spread(ahead)}{self.points}"
        says = f"It is {by} ahead of “{second.variant.title}”"
        if ahead.spread is not None and ahead.mean <= ahead.spread:
            return f"{says}, which is no more than seeds differ by."
        return f"{says}, seed by seed." if pairs and pairs.n > 1 else f"{says}."

    def remarks(self) -> Iterator[str]:
        """What stands beside it: others' numbers, the ceiling, what labels would add, what does not count."""
        mean = self._mean(self.best)
        yield from self._references(100 * mean if self.share else mean)
        material = self.material
        bound = self.best.statistic(material.image_set, MEAN, material.ceiling) if material.ceiling else None
        if bound and self.share:
            gap = self._gap(bound.mean - mean)
            yield f"A faithful transfer could reach {self._shown(bound.mean)}, the {material.ceiling}: {gap}."
        if self.labelled and self.best not in self.labelled:
            # A row with a judge as its teacher comes after one with another teacher.
            labelled = min(self.labelled, key=material.is_circular)
            reached = self._mean(labelled)
            gap = self._gap(reached - mean)
            yield f"With labels in the losses, “{labelled.variant.title}” reaches {self._shown(reached)}, {gap}."
        circular = [f"“{row.variant.title}”" for row in material.results.rows if material.is_circular(row)]
        if circular:
            taught = " and ".join(circular)
            yield f"The judge that taught {taught} is left out of its mean there: what it says is circular."

    def _references(self, value: float) -> Iterator[str]:
        known = [(name, other) for name, other in self.best.variant.reference.items() if not isinstance(other, str)]
        sides = {
            "above": [f"{other:g} ({name})" for name, other in known if other < value],
            "below": [f"{other:g} ({name})" for name, other in known if other >= value],
        }
        parts = [f"{side} {_listed(found)}" for side, found in sides.items() if found]
        if parts:
            yield f"Among others' numbers for this row it is {' and '.join(parts)}."

    def _of_what(self, row: Row) -> str:
        """The runs and judges that a mean is of."""
        found = row.statistic(self.material.image_set)
        assert found is not None  # of a ranked row
        honest = [part for part in row.parts(self.material.image_set) if part in self.material.judges]
        judges = f"{_count(len(honest), 'judge')} and " if honest else ""
        seeds = f"{'' if found.n == len(row.runs) else f'{found.n} of '}{_count(len(row.runs), 'seed')}"
        spread = f",{self._spread(found)} over seeds" if found.spread is not None else ""
        return f"the mean of {judges}{seeds}{spread}"

    def _mean(self, row: Row) -> float:
        found = row.statistic(self.material.image_set)
        assert found is not None  # of a ranked row
        return found.mean

    def _spread(self, found: Statistic) -> str:
        return "" if found.spread is None else f" ±{SPACE}{number(found.spread, self.share)}"

    def _shown(self, value: float) -> str:
        return f"{number(value, self.share)}{SPACE}%" if self.share else number(value, False)

    def _gap(self, gap: float) -> str:
        return f"{number(abs(gap), self.share)}{self.points} {'more' if gap >= 0 else 'less'}"


def _conditions(material: Material) -> list[tuple[str, str]]:
    results = material.results
    table = results.study.table
    finished = [run for run in material.distinct.values() if run.status == "finished"]
    seconds = sum(float(run.metrics["seconds"]) for run in finished)
    found = [
        ("Base recipe", table.base.rsplit("/", 1)[-1]),
        ("Seeds", ", ".join(map(str, table.seeds))),
        ("Runs", f"{len(finished)} of {len(material.distinct)} finished, {clock(seconds)} of training in all"),
    ]
    if material.judges:
        found.append(("Judges", f"{', '.join(material.judges)}: no gradient of theirs reached a row, unless marked"))
    if results.images:
        images = ", ".join(f"{name} {count:,}" for name, count in results.images.items())
        found.append(("Images", f"all of each set: {images}"))
    modes = sorted({str(run.metrics.get("batch_norm")) for run in finished} - {"None"})
    if modes:
        own = " or ".join(BATCH_NORM.get(mode, mode) for mode in modes)
        further = "".join(f"; in columns [{mode}] {BATCH_NORM[mode]}" for mode in table.batch_norm)
        found.append(("Batch norm when measured", f"{own}{further}"))
    return found


def _count(many: int, what: str) -> str:
    return f"{many} {what}{'s' * (many != 1)}"


def _listed(parts: Sequence[str]) -> str:
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else parts[0]
