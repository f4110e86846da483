"""An adaptive search from round to round: the next trials are suggested, written down, and become rows of the study.

What was suggested is kept in the study's folder, so that a search that was stopped goes on with the same trials, also
with another number of runs side by side; their numbers are those of their runs.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from ganforge.errors import RunError
from ganforge.plugins.registry import Registry
from ganforge.recipe.schema import Table
from ganforge.runs import atomic, strict_json
from ganforge.study.results import Results
from ganforge.study.schema import Changes
from ganforge.study.search import is_possible
from ganforge.study.study import Study
from ganforge.study.tpe import suggest
from ganforge.study.trial import with_trials

FILE = "trials.json"


class Kept(Table):
    """What is written down.

    Attributes:
        search: the keys and how they are searched.
        metric: what the search goes by.
        recipe: the hash of the first trial's first recipe.
        trials: the changes of each trial.
    """

    search: dict[str, Any]
    metric: str
    recipe: str
    trials: list[Changes]


def resumed(study: Study, folder: Path, registry: Registry) -> Study:
    """A study with the trials that were suggested when it ran before, if it was the same search on the same recipe.

    Args:
        study: as its file says.
        folder: of the study, there or not.
        registry: the installed components.

    Raises:
        RunError: what was written down is damaged.
    """
    file = folder / FILE
    if study.search is None or not study.open or not file.exists():
        return study
    try:
        kept = Kept.model_validate(strict_json.loads(file.read_bytes()))
    except (OSError, ValueError) as error:
        raise _damaged(file) from error
    if kept.model_copy(update={"trials": []}) != _kept(study, []):
        return study
    if not all(is_possible(study.search, changes) for changes in kept.trials):
        raise _damaged(file)
    return with_trials(study, kept.trials[len(study.trials) : study.search.trials], registry)


def extended(study: Study, results: Results, slots: int, folder: Path, registry: Registry) -> Study:
    """A study with the trials of the next round, which are written down.

    Args:
        study: what was run.
        results: what it showed.
        slots: how many runs go side by side; a round has as many trials as keep them busy, and no more.
        folder: of the study.
        registry: the installed components.

    Returns:
        The study; the same where nothing is left to try.
    """
    if study.search is None or not study.open:
        return study
    scores = {row.variant.name: row.score for row in results.rows}
    tried = [(trial.drawn, scores[trial.name]) for trial in study.trials]
    for _ in range(min(math.ceil(slots / len(study.table.seeds)), study.open)):
        changes = suggest(study.search, tried)
        if changes is None:
            break
        tried.append((changes, None))
    trials = [changes for changes, _ in tried]
    text = strict_json.dumps(_kept(study, trials).model_dump(), indent=1)
    atomic.write_file(folder / FILE, text.encode())
    return with_trials(study, trials[len(study.trials) :], registry)


def _kept(study: Study, trials: list[Changes]) -> Kept:
    assert study.search is not None
    recipe = next(iter(study.trials[0].recipes.values()))
    search = study.search.model_dump(exclude={"trials"})
    return Kept(search=search, metric=study.table.metric, recipe=recipe.hash, trials=trials)


def _damaged(file: Path) -> RunError:
    return RunError(f"{file} is damaged", fix="remove it: the search begins anew, and finds the runs that it made")
