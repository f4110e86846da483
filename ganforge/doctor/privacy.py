"""Findings as they may be shown to others: the home folder is `~`, and the user has no name."""

from __future__ import annotations

import getpass
import re
from pathlib import Path
from typing import Any


class Redactor:
    """Takes the home folder and the user's name out of texts.

    Args:
        home: the home folder.
        user: the user's name; it is taken out where it is a part of a path.
    """

    def __init__(self, home: str, user: str) -> None:
        self._home = re.compile(rf"{re.escape(home.rstrip('/'))}(?=[/\\]|\b|$)") if len(home) > 1 else None
        self._user = re.compile(rf"(?<=[/\\]){re.escape(user)}(?=[/\\\s:;,']|$)") if user not in ("", "root") else None

    @classmethod
    def of_this_user(cls) -> Redactor:
        """For whoever runs this process."""
        try:
            return cls(str(Path.home()), getpass.getuser())
        except (OSError, KeyError, RuntimeError):
            return cls("", "")

    def over(self, value: Any) -> Any:
        """A text, or JSON values, without them."""
        if isinstance(value, str):
            value = self._home.sub("~", value) if self._home else value
            return self._user.sub("USER", value) if self._user else value
        if isinstance(value, dict):
            return {name: self.over(part) for name, part in value.items()}
        if isinstance(value, list | tuple):
            return [self.over(part) for part in value]
        return value
