"""An adaptive search, round by round: Optuna suggests the next trials from the scores of the earlier ones.

Suggestions come from the tree-structured Parzen estimator (Bergstra et al. 2011, "Algorithms for Hyper-Parameter
Optimization", section 4, which maximises the expected improvement, equation 2). They are kept in the study's folder, so
that an interrupted search continues with the same trials, also with another number of runs side by side; the scores are
those of the runs. Optuna itself keeps nothing: it is given all earlier trials at each suggestion.
"""

from __future__ import annotations

import importlib.util
import itertools
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganforge import atomic
from ganforge.errors import RunError
from ganforge.plugins.registry import Registry
from ganforge.recipe.schema import Table
from ganforge.regular_file import read_regular
from ganforge.runs import sealed
from ganforge.seeding import derive
from ganforge.study.results import Results
from ganforge.study.schema import Changes, Range, SearchTable
from ganforge.study.search import ATTEMPTS, draws, identity, is_possible, rounded
from ganforge.study.study import Study, trial_name, with_trials

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

FIX = 'pip install "ganforge[optuna]"'
"""The command that installs Optuna, which is an extra."""
FILE = "trials.json"


class SavedTrials(Table):
    """The suggestions so far, and the search that they belong to.

    Attributes:
        search: the keys and how they are searched.
        metric: the metric that the search goes by.
        recipe: the hash of the first trial's first recipe.
        trials: the changes of each trial.
    """

    search: dict[str, Any]
    metric: str
    recipe: str
    trials: list[Changes]


def is_installed() -> bool:
    """Return True if Optuna is installed; does not import it."""
    return importlib.util.find_spec("optuna") is not None


def resumed(study: Study, folder: Path, registry: Registry) -> Study:
    """Return a study with the trials of its last run, if that was the same search on the same recipe.

    Args:
        study: as its file says.
        folder: the study's folder, whether or not it exists.
        registry: the installed components.

    Raises:
        RunError: the file of trials is damaged.
    """
    file = folder / FILE
    if study.search is None or not study.open or not file.exists():
        return study
    damaged = RunError(f"{file} is damaged", fix="delete it: the search starts again, and finds the runs that it made")
    try:
        saved = SavedTrials.model_validate(sealed.loads(read_regular(file)))
    except (OSError, ValueError) as error:
        raise damaged from error
    if saved.model_copy(update={"trials": []}) != _saved(study, []):
        return study
    if not all(is_possible(study.search, changes) for changes in saved.trials):
        raise damaged
    return with_trials(study, saved.trials[len(study.drawn) : study.search.trials], registry)


def extended(study: Study, results: Results, slots: int, folder: Path, registry: Registry) -> Study:
    """Return a study with the trials of the next round, and save these.

    Args:
        study: what was run.
        results: what it showed.
        slots: the number of runs side by side; a round has just enough trials to keep them busy.
        folder: the study's folder.
        registry: the installed components.

    Returns:
        The study; the same if nothing is left to try.
    """
    if study.search is None or not study.open:
        return study
    scores = {row.name: row.score for row in results.rows}
    tried = [(changes, scores[trial_name(number)]) for number, changes in enumerate(study.drawn)]
    for _ in range(min(math.ceil(slots / len(study.table.seeds)), study.open)):
        changes = suggest_changes(study.search, tried)
        if changes is None:
            break
        tried.append((changes, None))
    trials = [changes for changes, _ in tried]
    atomic.write_file(folder / FILE, sealed.dumps(_saved(study, trials).model_dump()))
    return with_trials(study, trials[len(study.drawn) :], registry)


def _saved(study: Study, trials: list[Changes]) -> SavedTrials:
    assert study.search is not None
    first = next(iter(study.recipes[trial_name(0)].values()))
    search = study.search.model_dump(exclude={"trials"})
    return SavedTrials(search=search, metric=study.table.metric, recipe=first.hash, trials=trials)


def suggest_changes(table: SearchTable, tried: Sequence[tuple[Changes, float | None]]) -> Changes | None:
    """Suggest a combination of values that was not tried yet.

    Args:
        table: the search.
        tried: the trials so far with their scores; one without a score, because it failed or is still running, counts
            as worse than all that have one.

    Returns:
        The changes; None if no combination seems to be left.
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
        # Values of a list may be of any type, so Optuna is given their indices.
        params = {
            key: choices.index(changes[key]) if isinstance(choices, list) else changes[key]
            for key, choices in table.keys.items()
        }
        study.add_trial(optuna.trial.create_trial(params=params, distributions=spaces, value=score, state=state))

    def suggestions() -> Iterator[Changes]:
        for _ in range(ATTEMPTS):
            params = study.ask(spaces).params
            yield {
                key: choices[params[key]] if isinstance(choices, list) else rounded(params[key], choices)
                for key, choices in table.keys.items()
            }

    known = {identity(changes) for changes, _ in tried}
    # Where few combinations are left, the estimator may insist on known ones, so random draws follow.
    candidates = itertools.chain(suggestions(), draws(table))
    return next((changes for changes in candidates if identity(changes) not in known), None)


def _space(choices: list[Any] | Range) -> BaseDistribution:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if isinstance(choices, list):
        return CategoricalDistribution(range(len(choices)))
    if choices.whole:
        return IntDistribution(int(choices.low), int(choices.high), log=choices.log)
    return FloatDistribution(float(choices.low), float(choices.high), log=choices.log)
