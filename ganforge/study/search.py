"""What a search tries: every combination of a grid, or combinations drawn at random, each of them once."""

from __future__ import annotations

import itertools
import json
import math
import random
from collections.abc import Iterator
from typing import Any

from ganforge.seeding import derive
from ganforge.study.schema import Changes, Range, SearchTable

DIGITS = 4
"""Significant digits of a drawn number: recipes are to be read."""
ATTEMPTS = 50
"""Draws for each trial, until a combination is there that was not drawn before."""


def trials(table: SearchTable) -> list[Changes]:
    """The changes of each trial.

    The first so many random trials are the same, however many more are drawn; there are fewer than asked for only
    where there are not as many combinations.
    """
    found: dict[str, Changes] = {}
    for changes in _grid(table) if table.method == "grid" else _draws(table):
        found.setdefault(json.dumps(changes, default=str), changes)
        if len(found) == table.trials:
            break
    return list(found.values())


def _grid(table: SearchTable) -> Iterator[Changes]:
    for values in itertools.product(*(choices for choices in table.keys.values() if isinstance(choices, list))):
        yield dict(zip(table.keys, values, strict=True))


def _draws(table: SearchTable) -> Iterator[Changes]:
    for number in range(ATTEMPTS * (table.trials or 1)):
        yield {key: _draw(choices, derive(table.seed, key, number)) for key, choices in table.keys.items()}


def _draw(choices: list[Any] | Range, seed: int) -> Any:
    generator = random.Random(seed)
    if isinstance(choices, list):
        return generator.choice(choices)
    low, high, whole = choices.low, choices.high, isinstance(choices.low, int) and isinstance(choices.high, int)
    if choices.log:
        # A whole number n stands for the interval from n to n + 1, so that the ends are not drawn too seldom.
        drawn = math.exp(generator.uniform(math.log(low), math.log(high + 1 if whole else high)))
    else:
        drawn = generator.uniform(low, high + 1 if whole else high)
    if whole:
        return min(int(drawn), int(high))
    return float(min(max(float(f"{drawn:.{DIGITS}g}"), low), high))
