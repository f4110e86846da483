"""The answer of a run as shares of images, drawn as bars on one scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ganforge.judge import is_circular
from ganforge.report.facts import Facts
from ganforge.report.numbers import Share

Kind = Literal["main", "circular", "ceiling", "other"]


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


def bars(facts: Facts) -> list[Bar]:
    """Return the metrics of the test images that are shares."""
    measures, found = facts.recorded("measures"), []
    for images in facts.test_sets:
        main = facts.parts(images, measures.get("select"))
        bound = facts.parts(images, measures.get("ceiling"))
        kinds: dict[str, Kind] = {name: "circular" if is_circular(name) else "main" for name in main}
        kinds |= dict.fromkeys(bound, "ceiling")
        kinds |= {name: "other" for name in facts.sets[images] if name not in kinds}
        for name, kind in kinds.items():
            if share := facts.share(images, name):
                found.append(Bar(name.split("/", 1)[-1] if name in main else name, images, kind, share))
    return found
