"""The "did you mean" question in the fix of an error about an unknown name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping


def suggest(name: str, known: Iterable[str], *, count: int = 1, cutoff: float = 0.6) -> str | None:
    """Return the question that proposes known names spelt like `name`, or None if nothing is close.

    Args:
        name: the unknown name, as the user typed it.
        known: the names it may stand for; of a mapping, the keys are compared and the values proposed.
        count: the largest number of names to propose.
        cutoff: the least similarity, in [0, 1], by `difflib.SequenceMatcher.ratio`.

    Example:
        >>> suggest("consine", ["cosine", "mse"])
        "did you mean 'cosine'?"
    """
    names = known if isinstance(known, Mapping) else {one: one for one in known}
    close = dict.fromkeys(names[one] for one in difflib.get_close_matches(name, names, n=count, cutoff=cutoff))
    return f"did you mean {' or '.join(map(repr, close))}?" if close else None
