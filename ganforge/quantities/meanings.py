"""The meanings of the numbers that training logs: loss terms and monitors."""

from __future__ import annotations

from ganforge.marks import marks_of
from ganforge.meaning import Meaning, Meanings
from ganforge.quantities.plan import Plan


def loss_meanings(plan: Plan) -> Meanings:
    """Return the meanings of a plan's loss terms and monitors, by name."""
    found = {term.name: Meaning("loss") for phase in plan.phases for term in phase.terms}
    # The one monitor that is no loss's compares the spread of outputs with that of real images.
    found |= {name: marks_of(function).monitor or Meaning("ratio") for name, (function, _) in plan.monitors.items()}
    return Meanings(found)
