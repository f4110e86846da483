"""The meanings of the numbers of a run: of its loss terms, monitors and metrics."""

from __future__ import annotations

from ganforge.meaning import Meaning, Meanings
from ganforge.method import metric_meanings
from ganforge.quantities.plan import Plan
from ganforge.quantities.terms import monitor_meaning


def meanings_of(plan: Plan) -> Meanings:
    """Return the meanings that a plan's components declare, by name."""
    found = {term.name: Meaning("loss") for phase in plan.phases for term in phase.terms}
    # The one monitor that is no loss's compares the spread of outputs with that of real images.
    found |= {name: monitor_meaning(function) or Meaning("ratio") for name, (function, _) in plan.monitors.items()}
    for name, part in plan.recipe.metrics.items():
        for inner, meaning in metric_meanings(part.use.entry.load()).items() if part.use else ():
            found[f"{name}/{inner}" if inner else name] = meaning
    return Meanings(found)
