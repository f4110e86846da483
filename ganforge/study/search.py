"""Combinations of values that a search tries, each once: all of a grid, or random draws."""

from __future__ import annotations

import itertools
import json
import math
import random
from collections.abc import Iterator, Mapping
from typing import Any

from ganforge.seeding import derive
from ganforge.study.schema import Changes, Range, SearchTable

DIGITS = 4
"""Significant digits of a drawn number, so that recipes stay readable."""
ATTEMPTS = 50
"""Draws for each trial until a combination is new."""


def trials(table: SearchTable) -> list[Changes]:
    """Return the changes of each trial; of an adaptive search, those of its random start.

    The first random trials are the same however many more are drawn. There are fewer trials than asked for only if
    there are fewer combinations.
    """
    count = table.startup if table.method == "tpe" else table.trials
    found: dict[str, Changes] = {}
    for changes in _grid(table) if table.method == "grid" else draws(table):
        found.setdefault(identity(changes), changes)
        if len(found) == count:
            break
    return list(found.values())


def draws(table: SearchTable) -> Iterator[Changes]:
    """Draw combinations at random; some may repeat."""
    for number in range(ATTEMPTS * (table.trials or 1)):
        yield {key: _draw(choices, derive(table.seed, key, number)) for key, choices in table.keys.items()}


def extremes(table: SearchTable) -> list[Changes]:
    """Return the fewest combinations that contain each value of every list and both ends of every range."""
    values = {
        key: choices if isinstance(choices, list) else [rounded(end, choices) for end in (choices.low, choices.high)]
        for key, choices in table.keys.items()
    }
    count = max(len(each) for each in values.values())
    return [{key: each[number % len(each)] for key, each in values.items()} for number in range(count)]


def identity(changes: Changes) -> str:
    """Return a key that is equal for equal trials only."""
    return json.dumps(changes, sort_keys=True)


def is_possible(table: SearchTable, changes: Mapping[str, Any]) -> bool:
    """Return True if a search may try these changes."""
    return table.keys.keys() == changes.keys() and all(
        changes[key] in choices
        if isinstance(choices, list)
        else isinstance(changes[key], int if choices.whole else float) and choices.low <= changes[key] <= choices.high
        for key, choices in table.keys.items()
    )


def rounded(number: float, choices: Range) -> int | float:
    """Round a number as trials have it, within its range."""
    short = number if choices.whole else float(f"{number:.{DIGITS}g}")
    within = min(max(short, choices.low), choices.high)
    return int(within) if choices.whole else float(within)


def _grid(table: SearchTable) -> Iterator[Changes]:
    for values in itertools.product(*(choices for choices in table.keys.values() if isinstance(choices, list))):
        yield dict(zip(table.keys, values, strict=True))


def _draw(choices: list[Any] | Range, seed: int) -> Any:
    generator = random.Random(seed)
    if isinstance(choices, list):
        return generator.choice(choices)
    # A whole number n stands for the interval from n to n + 1, or the ends would be drawn too rarely.
    low, high = choices.low, choices.high + 1 if choices.whole else choices.high
    if choices.log:
        return rounded(math.exp(generator.uniform(math.log(low), math.log(high))), choices)
    return rounded(generator.uniform(low, high), choices)
