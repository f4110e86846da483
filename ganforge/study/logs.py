"""What the process of a run wrote into its log."""

from __future__ import annotations

from pathlib import Path

ERROR = "error: "
"""What the line of an error begins with."""


def last_error(log: Path) -> str | None:
    """The last error in a log; None without one."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
    return next((line.removeprefix(ERROR) for line in reversed(lines) if line.startswith(ERROR)), None)
