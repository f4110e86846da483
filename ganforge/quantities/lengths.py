"""The schedules of a plan that depend on the length of the training, beside the step."""

from __future__ import annotations

from ganforge.method import PROGRESS
from ganforge.quantities.plan import Plan
from ganforge.recipe.augmentation import Schedule
from ganforge.recipe.document import dotted

SAMPLES = 100


def length_dependent(plan: Plan, old: int, new: int) -> list[str]:
    """Return the keys that have other values in the first `old` of `new` steps than in `old` steps alone.

    Of each schedule, about 100 steps are compared; losses and augmentations that ask for the progress differ anyway.
    """
    schedules: dict[str, Schedule] = {f"optimizers.{role}.schedule": one for role, one in plan.schedules.items()}
    for role, named in plan.values.items():
        for name, schedule in named.items():
            section = "networks" if name == "ema" else "optimizers"
            schedules[f"{section}.{role}.schedules.{name}"] = schedule
    schedules |= {f"losses.{term.loss}.schedule": term.schedule for term in plan.terms if term.schedule}
    for changing in plan.moment.augmentations:
        amounts = {name: amount for name, amount in changing.amounts.items() if callable(amount)}
        schedules |= {f"{dotted(changing.use.key)}.{name}": amount for name, amount in amounts.items()}
    steps = [*range(0, old, max(1, old // SAMPLES)), old - 1]
    found = [key for key, one in schedules.items() if any(one(step, old) != one(step, new) for step in steps)]
    for term in plan.terms:
        if any(PROGRESS in plan.graph.sources(need) for need in term.needs):
            found.append(f"losses.{term.loss}")
    found += [dotted(changing.use.key) for changing in plan.moment.augmentations if PROGRESS in changing.needs]
    return list(dict.fromkeys(found))
