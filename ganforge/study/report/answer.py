"""The answer of a study: sentences made from its numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ganforge.report.numbers import number
from ganforge.study.results import MEAN, Results, Row, Statistic

SPACE = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class Answer:
    """The answer of a study.

    Attributes:
        question: a sentence.
        number: the best number; empty if there is none.
        says: the sentence that the number begins.
        lead: the rest of the first paragraph.
        remarks: the sentences of the second paragraph.
    """

    question: str
    number: str = ""
    says: str = ""
    lead: str = "There is no answer yet: no run is finished."
    remarks: tuple[str, ...] = ()


def answer(results: Results) -> Answer:
    """Return the question and answer of a study."""
    metric = results.study.metric
    what = f"{len(results.rows)} {'trials' if results.is_search else 'rows'}"
    question = f"Which of {what} is best by {metric}, and by how much?"
    if not results.ranks:
        question = f"Which of {what} has the highest {metric}?"
    if not results.ranked:
        return Answer(question)
    words = _Words(results)
    return Answer(question, *words.headline(), words.lead(), tuple(words.remarks()))


def paired(row: Row, other: Row, image_set: str) -> Statistic | None:
    """Return the differences of two rows seed by seed; None if they do not have the same finished seeds."""
    mine, theirs = row.statistic(image_set), other.statistic(image_set)
    seeds = list(row.finished)
    if mine is None or theirs is None or seeds != list(other.finished) or not mine.n == theirs.n == len(seeds):
        return None
    return Statistic(tuple(one - two for one, two in zip(mine.values, theirs.values, strict=True)))


class _Words:
    """The answer in words, for results with at least one number.

    The best row is sought among those without labels in their losses, if there are any: labels are another question.
    """

    def __init__(self, results: Results) -> None:
        self.results = results
        self.found = {row.name: one for row in results.ranked if (one := row.statistic(results.image_set))}
        self.labelled = [row for row in results.ranked if results.uses_labels(row)]
        self.rows = [row for row in results.ranked if row not in self.labelled] or results.ranked
        self.best = self.rows[0]
        self.share = self.best.meaning().is_share
        self.points = " points" if self.share else ""

    def headline(self) -> tuple[str, str]:
        """Return the best number and a sentence about it."""
        results, best = self.results, self.best
        having = [] if all(row.finished for row in results.rows) else ["numbers"]
        having += ["losses that see no label"] if len(self.rows) < len(results.ranked) else []
        which = f" with {' and '.join(having)}" if having else ""
        rank = "the best" if results.ranks else "the highest"
        rank = f"{rank} of {len(self.rows)} rows{which}" if len(self.rows) > 1 else f"the only row{which}"
        found = self.found[best.name]
        honest = [part for part in best.parts(results.image_set) if part in results.judges]
        judges = f"{_count(len(honest), 'judge')} and " if honest else ""
        seeds = f"{'' if found.n == len(best.runs) else f'{found.n} of '}{_count(len(best.runs), 'seed')}"
        spread = f",{self._spread(found)} over seeds" if found.spread is not None else ""
        images = f"{results.images.get(results.image_set, 0):,} images of the set “{results.image_set}”"
        says = f"for “{best.title}”, {rank}: the mean of {judges}{seeds}{spread}, on {images}."
        return self._shown(found.mean), says

    def lead(self) -> str:
        """Return how far the best row is ahead of the next, seed by seed if both have the same seeds."""
        if len(self.rows) < 2:
            return ""
        second = self.rows[1]
        # Ahead may mean less, where a search minimizes.
        more, less = sorted((self.best, second), key=lambda row: -self.found[row.name].mean)
        pairs = paired(more, less, self.results.image_set)
        ahead = pairs or Statistic((self.found[more.name].mean - self.found[less.name].mean,))
        by = f"{number(ahead.mean, self.share)}{self._spread(ahead)}{self.points}"
        says = f"It is {by} ahead of “{second.title}”"
        if ahead.spread is not None and ahead.mean <= ahead.spread:
            return f"{says}, which is no more than seeds differ by."
        return f"{says}, seed by seed." if pairs and pairs.n > 1 else f"{says}."

    def remarks(self) -> Iterator[str]:
        """Yield published numbers, the ceiling, the gain from labels, and judges that do not count."""
        mean, results = self.found[self.best.name].mean, self.results
        sides: dict[str, list[str]] = {"above": [], "below": []}
        for name, value in self.best.published.items():
            sides["above" if value < mean else "below"].append(f"{self.best.reference[name]:g} ({name})")
        parts = [f"{side} {_listed(found)}" for side, found in sides.items() if found]
        if parts:
            yield f"Among published numbers for this row it is {' and '.join(parts)}."
        bound = self.best.statistic(results.image_set, MEAN, results.ceiling) if results.ceiling else None
        if bound and self.share:
            gap = self._gap(bound.mean - mean)
            yield f"A faithful transfer could reach {self._shown(bound.mean)}, the {results.ceiling}: {gap}."
        if self.labelled and self.best not in self.labelled:
            # A row with a judge as its teacher comes after one with another teacher.
            labelled = min(self.labelled, key=results.is_circular)
            reached = self.found[labelled.name].mean
            gap = self._gap(reached - mean)
            yield f"With labels in the losses, “{labelled.title}” reaches {self._shown(reached)}, {gap}."
        circular = [f"“{row.title}”" for row in results.rows if results.is_circular(row)]
        if circular:
            taught = " and ".join(circular)
            yield f"The judge that taught {taught} is left out of its mean there: its numbers are circular."

    def _spread(self, found: Statistic) -> str:
        return "" if found.spread is None else f" ±{SPACE}{number(found.spread, self.share)}"

    def _shown(self, value: float) -> str:
        return f"{number(value, self.share)}{SPACE}%" if self.share else number(value, False)

    def _gap(self, gap: float) -> str:
        return f"{number(abs(gap), self.share)}{self.points} {'more' if gap >= 0 else 'less'}"


def _count(many: int, what: str) -> str:
    return f"{many} {what}{'s' * (many != 1)}"


def _listed(parts: Sequence[str]) -> str:
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else parts[0]
