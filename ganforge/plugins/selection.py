"""Which of the installed plugins are loaded: all, unless the environment says otherwise.

`GANFORGE_PLUGINS=a,b` loads these alone, and `GANFORGE_NO_PLUGINS=a,b`, which the option `--no-plugin` sets, all but
these. Being environment variables, both reach the processes that a study starts.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

from ganforge.errors import UsageError
from ganforge.suggest import suggest

ONLY, WITHOUT = "GANFORGE_PLUGINS", "GANFORGE_NO_PLUGINS"


@dataclass(frozen=True)
class Selection:
    """Names of plugins.

    Attributes:
        only: the plugins to load; all when it is empty.
        without: those that are left out.
    """

    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()

    @classmethod
    def from_environment(cls) -> Selection:
        """What the environment says now."""
        return cls(split_names(os.environ.get(ONLY, "")), split_names(os.environ.get(WITHOUT, "")))

    def leaves_out(self, name: str) -> str | None:
        """What leaves a plugin out, or None if nothing does."""
        if name in self.without:
            return f"--no-plugin {name}"
        return f"{ONLY}={','.join(self.only)}" if self.only and name not in self.only else None

    def check(self, installed: Iterable[str]) -> None:
        """Refuse names that no installed plugin has.

        Raises:
            UsageError: there is one; the installed ones are named.
        """
        known = set(installed)
        for source, chosen in ((ONLY, self.only), ("--no-plugin", self.without)):
            for name in chosen:
                if name not in known:
                    raise UsageError(
                        f"{source} names the plugin {name!r}, which is not installed", fix=suggest_plugin(name, known)
                    )


def suggest_plugin(name: str, installed: Iterable[str]) -> str:
    """What a user may have meant by the name of a plugin that is not installed."""
    known = sorted(set(installed))
    installed = f"installed: {', '.join(known) or 'none'}"
    return " ".join(filter(None, (suggest(name, known), installed)))


def exclude_plugins(chosen: Iterable[str]) -> None:
    """Leave plugins out from now on, in this process and those that it starts."""
    os.environ[WITHOUT] = ",".join(dict.fromkeys([*split_names(os.environ.get(WITHOUT, "")), *chosen]))


def split_names(text: str) -> tuple[str, ...]:
    """The names in a list with commas."""
    return tuple(name.strip() for name in text.split(",") if name.strip())
