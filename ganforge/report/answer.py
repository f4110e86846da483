"""The head of a report: a question, and its answer in numbers and words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from ganforge.judge import is_circular
from ganforge.report.facts import Facts
from ganforge.report.numbers import Share

Kind = Literal["main", "circular", "ceiling", "other"]
SPACE = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class Bar:
    """A share on the scale below the answer.

    Attributes:
        label: a judge, or a metric.
        images: the image set.
        kind: the answer itself, a circular number, the ceiling, or another metric.
        share: the number with its interval.
    """

    label: str
    images: str
    kind: Kind
    share: Share


@dataclass(frozen=True)
class Answer:
    """The answer of a run or a study.

    Attributes:
        question: a sentence.
        headlines: numbers, each with the sentence that it begins.
        lead: the rest of the first paragraph.
        remarks: the sentences of the second paragraph.
        bars: the answer of a run as shares; empty if the headline metric is not a share.
    """

    question: str
    headlines: list[tuple[str, str]]
    lead: str
    remarks: list[str]
    bars: list[Bar] = field(default_factory=list)

    @property
    def low(self) -> float:
        """The lower end of the scale of the bars, in [0, 1)."""
        lowest = min((bar.share.low for bar in self.bars), default=0.0)
        return max(0.0, min(0.9, int(lowest * 10 - 0.2) / 10))

    def place(self, share: float) -> str:
        """Return the position of a share on the scale, in percent of its width."""
        return f"{100 * max(0.0, share - self.low) / (1 - self.low):.2f}"


def answer(facts: Facts) -> Answer:
    """Return the question and answer of a run."""
    bars = [bar for images in facts.test_sets for bar in _bars(facts, images)]
    headlines, remarks = _in_words(facts, bars)
    return Answer(_question(facts), headlines, " ".join(remarks), [], bars)


def _bars(facts: Facts, images: str) -> list[Bar]:
    measures = facts.recorded("measures")
    main = facts.parts(images, measures.get("select"))
    bound = facts.parts(images, measures.get("ceiling"))
    kinds: dict[str, Kind] = {name: "circular" if is_circular(name) else "main" for name in main}
    kinds |= dict.fromkeys(bound, "ceiling")
    kinds |= {name: "other" for name in facts.sets[images] if name not in kinds}
    return [
        Bar(name.split("/", 1)[-1] if name in main else name, images, kind, found)
        for name, kind in kinds.items()
        if (found := facts.share(images, name))
    ]


def _question(facts: Facts) -> str:
    if facts.transfer:
        source, target = facts.transfer
        return f"When images of {source} are transferred to {target}, do they keep their label?"
    if facts.imitated:
        return f"How close do images made of noise come to those of {facts.imitated}?"
    return f"How often does {facts.reader} classify images correctly that it was not trained on?"


def _in_words(facts: Facts, bars: list[Bar]) -> tuple[list[tuple[str, str]], list[str]]:
    headlines, remarks = [], []
    for images in facts.test_sets:
        here = [bar for bar in bars if bar.images == images]
        honest = [bar.share for bar in here if bar.kind == "main"]
        main = honest or [bar.share for bar in here if bar.kind == "circular"]
        if not main:
            continue
        mean = main[0].percent(sum(share.value for share in main) / len(main))
        where = f"{main[0].images:,} images of {_where(facts, images)}"
        judges = f"the mean of {len(main)} judges that" if len(main) > 1 else "the word of one judge that"
        part = "took no part in training" if honest else "took part in training, which flatters"
        says = f"do: {judges} {part}, on {where}." if facts.transfer else f"of {where}."
        headlines.append((f"{mean}{SPACE}%", says))
        remarks += [
            f"A faithful transfer could reach {bar.share.percent(bar.share.value)}{SPACE}%, the {bar.label}."
            for bar in here
            if bar.kind == "ceiling"
        ]
    if not facts.metrics:
        remarks.append("There is no answer yet: the run has not measured its result.")
    elif not headlines:
        remarks.append("The metrics are in the table below.")
    if facts.test_sets == ["validation"]:
        remarks.append("There is no test set: the checkpoint was chosen by these very images, which flatters it.")
    return headlines, remarks


def _where(facts: Facts, images: str) -> str:
    if facts.imitated:
        return f"the set “{images}” of noise"
    component = facts.setting("data", images, "use")
    return f"the set “{images}”" + (f" ({component})" if component else "")
