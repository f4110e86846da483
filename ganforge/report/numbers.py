"""How times and sizes are written for readers."""

from __future__ import annotations


def clock(seconds: float) -> str:
    """Seconds as `m:ss` or `h:mm:ss`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def gibibytes(size: float) -> str:
    """Bytes as `1.5 GiB`."""
    return f"{size / 2**30:.1f} GiB"
