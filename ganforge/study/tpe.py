"""What to try next, by what was tried: Optuna's tree-structured Parzen estimator.

A suggestion is a function of the search and of the trials so far: Optuna is told of them anew each time, in memory,
and keeps nothing. Bergstra et al. 2011, "Algorithms for Hyper-Parameter Optimization", section 4.
"""

from __future__ import annotations

import importlib.util
import itertools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ganforge.seeding import derive
from ganforge.study.schema import Changes, Range, SearchTable
from ganforge.study.search import ATTEMPTS, draws, identity, rounded

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

FIX = 'pip install "ganforge[optuna]"'
"""How Optuna gets here: it is an extra."""


def is_installed() -> bool:
    """Whether Optuna is there; it is not imported."""
    return importlib.util.find_spec("optuna") is not None


def suggest(table: SearchTable, tried: Sequence[tuple[Changes, float | None]]) -> Changes | None:
    """A combination that was not tried yet.

    Args:
        table: the search.
        tried: the trials so far with their scores; one without a score, as it failed or has not ended, counts as
            worse than all that have one.

    Returns:
        The changes; None where no combination seems to be left.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    seed = derive(table.seed, "tpe", len(tried)) % 2**32
    study = optuna.create_study(
        direction=table.direction or "maximize", sampler=optuna.samplers.TPESampler(seed=seed, n_startup_trials=0)
    )
    spaces = {key: _space(choices) for key, choices in table.keys.items()}
    for changes, score in tried:
        state = optuna.trial.TrialState.PRUNED if score is None else optuna.trial.TrialState.COMPLETE
        params = {key: _parameter(choices, changes[key]) for key, choices in table.keys.items()}
        study.add_trial(optuna.trial.create_trial(params=params, distributions=spaces, value=score, state=state))

    def suggestions() -> Iterator[Changes]:
        for _ in range(ATTEMPTS):
            params = study.ask(spaces).params
            yield {key: _value(choices, params[key]) for key, choices in table.keys.items()}

    known = {identity(changes) for changes, _ in tried}
    # Where few combinations are left, it may insist on those that it knows.
    candidates = itertools.chain(suggestions(), draws(table))
    return next((changes for changes in candidates if identity(changes) not in known), None)


def _space(choices: list[Any] | Range) -> BaseDistribution:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if isinstance(choices, list):
        return CategoricalDistribution(range(len(choices)))
    if choices.whole:
        return IntDistribution(int(choices.low), int(choices.high), log=choices.log)
    return FloatDistribution(float(choices.low), float(choices.high), log=choices.log)


def _parameter(choices: list[Any] | Range, value: Any) -> Any:
    """A value as Optuna knows it: one of a list by its number, as it may be of any type."""
    return choices.index(value) if isinstance(choices, list) else value


def _value(choices: list[Any] | Range, parameter: Any) -> Any:
    return choices[parameter] if isinstance(choices, list) else rounded(parameter, choices)
