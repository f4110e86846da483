"""The question that a run answers, its answer in numbers, and what one must know to believe it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from ganforge.judge import is_circular
from ganforge.report.facts import Facts, table
from ganforge.report.numbers import clock, gibibytes
from ganforge.report.share import Share

Kind = Literal["main", "circular", "ceiling", "other"]


@dataclass(frozen=True)
class Row:
    """A number of the answer.

    Attributes:
        label: a judge, or a metric.
        images: the image set.
        kind: the answer itself, the answer of a judge that took part in training, what bounds it, or what stands
            beside it.
        share: the number with its interval.
    """

    label: str
    images: str
    kind: Kind
    share: Share


@dataclass(frozen=True)
class Answer:
    """What the page begins with.

    Attributes:
        question: in a sentence.
        headlines: the answer in words: a number, and the sentence that it begins.
        remarks: sentences that belong to it.
        rows: the answer in numbers; empty where the headline metric is no share or there is none.
        low: where the scale of the rows begins, in [0, 1).
        facts: terms and values.
    """

    question: str
    headlines: list[tuple[str, str]]
    remarks: list[str]
    rows: list[Row]
    low: float
    facts: list[tuple[str, str]]

    def place(self, value: float) -> str:
        """Where a share lies on the scale, in percent of its width."""
        return f"{100 * max(0.0, value - self.low) / (1 - self.low):.2f}"


def answer(facts: Facts) -> Answer:
    """The question, the answer and the conditions of a run."""
    rows = [row for images in facts.test_sets for row in _rows(facts, images)]
    lowest = min((row.share.low for row in rows), default=0.0)
    low = max(0.0, min(0.9, int(lowest * 10 - 0.2) / 10))
    headlines, remarks = _in_words(facts, rows)
    return Answer(_question(facts), headlines, remarks, rows, low, _conditions(facts))


def _rows(facts: Facts, images: str) -> list[Row]:
    measures = facts.told("measures")
    select, ceiling = measures.get("select"), measures.get("ceiling")
    main = facts.parts(images, select)
    bound = facts.parts(images, ceiling)
    others = [name for name in facts.sets[images] if name not in (*main, *bound)]
    named: list[tuple[Kind, str]] = [("circular" if is_circular(name) else "main", name) for name in main]
    named += [("ceiling", name) for name in bound]
    named += [("other", name) for name in others]
    return [
        Row(name.split("/", 1)[-1] if name in main else name, images, kind, found)
        for kind, name in named
        if (found := facts.share(images, name))
    ]


def _question(facts: Facts) -> str:
    transfer = facts.transfer
    if transfer:
        return f"When images of {transfer[0]} are transferred to {transfer[1]}, do they keep their label?"
    if facts.imitated:
        return f"How close do images made of noise come to those of {facts.imitated}?"
    return f"How often does {facts.reader} read images rightly that it was not trained on?"


def _in_words(facts: Facts, rows: list[Row]) -> tuple[list[tuple[str, str]], list[str]]:
    headlines, remarks = [], []
    for images in facts.test_sets:
        here = [row for row in rows if row.images == images]
        honest = [row.share for row in here if row.kind == "main"]
        main = honest or [row.share for row in here if row.kind == "circular"]
        if not main:
            continue
        mean = main[0].percent(sum(share.value for share in main) / len(main))
        where = f"{main[0].images:,} images of {_where(facts, images)}"
        judges = f"the mean of {len(main)} judges that" if len(main) > 1 else "the word of one judge that"
        part = "took no part in training" if honest else "took part in training, which flatters"
        says = f"do: {judges} {part}, on {where}." if facts.transfer else f"of {where}."
        headlines.append((f"{mean}\N{NO-BREAK SPACE}%", says))
        remarks += [
            f"A faithful transfer could reach {row.share.percent(row.share.value)}\N{NO-BREAK SPACE}%, the {row.label}."
            for row in here
            if row.kind == "ceiling"
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
    component = facts.of("data", images, "use")
    return f"the set “{images}”" + (f" ({component})" if component else "")


def _conditions(facts: Facts) -> list[tuple[str, str]]:
    found = []
    if facts.transfer or facts.imitated:
        found.append(("Judges", _judges(facts)))
    if "labels_in_losses" in facts.metrics:
        labels = [str(name) for name in facts.metrics["labels_in_losses"]]
        found.append(("Labels in the losses", ", ".join(labels) or "none"))
    if "batch_norm" in facts.metrics:
        mode = BATCH_NORM.get(str(facts.metrics["batch_norm"]), "")
        found.append(("Batch norm when measured", mode.replace("training images", "noise") if facts.imitated else mode))
    if "step" in facts.metrics:
        found.append(("Weights kept", _kept(facts)))
    train, fingerprint = table(facts.of("train")), facts.told("fingerprint")
    if train:
        seed = facts.of("recipe", "seed")
        length = f"{train.get('steps')} steps of {train.get('batch_size')} images"
        found.append(("Training", ", ".join([length, f"seed {seed}", *_costs(facts)])))
    if fingerprint:
        found.append(("Computed on", f"{fingerprint.get('device name')} ({fingerprint.get('precision')})"))
    return found


BATCH_NORM = {
    "running": "running statistics of the training",
    "batch": "statistics of each test batch",
    "recalibrated": "statistics taken anew from training images",
}


def _kept(facts: Facts) -> str:
    kept, steps = f"step {facts.metrics['step']}", facts.of("train", "steps")
    validation, score = facts.sets.get("validation"), facts.metrics.get("score")
    if validation is None or not isinstance(score, float):
        return f"{kept} of {steps}, the last" if facts.metrics["step"] == steps else f"{kept} of {steps}"
    select = str(facts.metrics.get("select") or facts.told("measures").get("select"))
    meaning = facts.meanings[select]
    best = f"{100 * score:.1f}\N{NO-BREAK SPACE}%" if meaning.is_share else f"{score:.4g}"
    return (
        f"{kept} of {steps}: the {meaning.extreme} {select} ({best}) on {validation['images']:,.0f} validation images"
    )


def _costs(facts: Facts) -> list[str]:
    """Time and memory of the training, as far as they are known."""
    memory = table(facts.metrics.get("memory"))
    known = [(facts.metrics.get("seconds"), clock), (memory.get("process"), gibibytes), (memory.get("gpu"), _gpu)]
    return [write(value) for value, write in known if isinstance(value, int | float) and math.isfinite(value)]


def _gpu(size: float) -> str:
    return f"{gibibytes(size)} of the GPU"


def _judges(facts: Facts) -> str:
    names = list(table(facts.of("judges")))
    if not names:
        return "none"
    circular = [name for name in names if facts.of("judges", name, "circular")]
    honest = [name for name in names if name not in circular]
    parts = [f"{', '.join(honest)}: no gradient of theirs reached this run"] if honest else []
    parts += [f"{', '.join(circular)}: took part in training"] if circular else []
    return "; ".join(parts)
