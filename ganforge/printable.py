"""Foreign text for messages: what could move a cursor, recolour a terminal or reorder a line is shown as an escape."""

from __future__ import annotations

import re

LONGEST = 400
"""Characters of a name or a reason that are shown."""
LONGEST_MESSAGE = 4000
_HARMFUL = "\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff"
_IN_LINES = re.compile(f"[{_HARMFUL}]")
_IN_A_LINE = re.compile(f"[\\t\\n{_HARMFUL}]")


def printable(text: object, longest: int | None = LONGEST, *, lines: bool = False) -> str:
    r"""Return text that is safe to print: a name of a file, an array or a key, the words of a server or a library.

    Args:
        text: a string, or something else that is shown as one.
        longest: the number of characters above which the middle is left out; None keeps all.
        lines: keep line breaks and tabs, for a text of ours that holds foreign names.

    Example:
        >>> printable("photo\x1b[2J.png")
        'photo\\x1b[2J.png'
    """
    shown = str(text)
    if longest is not None and len(shown) > longest:
        half = longest // 2
        shown = f"{shown[:half]} ... {shown[-half:]}"
    return (_IN_LINES if lines else _IN_A_LINE).sub(lambda found: ascii(found[0])[1:-1], shown)
