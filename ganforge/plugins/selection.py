"""The choice of installed plugins to load: all by default.

`GANFORGE_PLUGINS=a,b` loads only these, and `GANFORGE_NO_PLUGINS=a,b`, which the option `--no-plugin` sets, all but
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
        only: the plugins to load; all if it is empty.
        without: the plugins to leave out.
    """

    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()

    @classmethod
    def from_environment(cls) -> Selection:
        """Return the selection that the environment variables make."""
        return cls(split_names(os.environ.get(ONLY, "")), split_names(os.environ.get(WITHOUT, "")))

    def leaves_out(self, name: str) -> str | None:
        """Return the setting that leaves a plugin out, or None."""
        if name in self.without:
            return f"--no-plugin {name}"
        return f"{ONLY}={','.join(self.only)}" if self.only and name not in self.only else None

    def check_installed(self, installed: Iterable[str]) -> None:
        """Check that the plugins are installed.

        Raises:
            UsageError: one is not; the message names the installed ones.
        """
        known = set(installed)
        for source, chosen in ((ONLY, self.only), ("--no-plugin", self.without)):
            for name in chosen:
                if name not in known:
                    what = f"{source} names the plugin {name!r}, which is not installed"
                    raise UsageError(what, fix=suggest_plugin(name, known))


def suggest_plugin(name: str, installed: Iterable[str]) -> str:
    """Return a fix for the name of a plugin that is not installed: similar names, and the installed ones."""
    known = sorted(set(installed))
    return " ".join(filter(None, (suggest(name, known), f"installed: {', '.join(known) or 'none'}")))


def exclude_plugins(names: Iterable[str]) -> None:
    """Leave plugins out from now on, in this process and those that it starts."""
    os.environ[WITHOUT] = ",".join(dict.fromkeys([*split_names(os.environ.get(WITHOUT, "")), *names]))


def split_names(text: str) -> tuple[str, ...]:
    """Return the names in a comma-separated list."""
    return tuple(name.strip() for name in text.split(",") if name.strip())
