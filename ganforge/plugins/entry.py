"""A component that is installed: what its plugin says of it, and the way to the class or function itself."""

from __future__ import annotations

import contextlib
import importlib
import sys
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ganforge.errors import PluginError
from ganforge.plugins.component import Component
from ganforge.plugins.loader import Plugin

if TYPE_CHECKING:
    from ganforge.plugins.options import OptionSchema


@dataclass(frozen=True)
class Entry:
    """A component together with the plugin that contributes it."""

    component: Component
    plugin: Plugin

    @property
    def kind(self) -> str:
        """The component's kind."""
        return self.component.kind

    @property
    def name(self) -> str:
        """The full name, `plugin/name`."""
        return f"{self.plugin.name}/{self.component.name}"

    @property
    def summary(self) -> str:
        """The plugin's one line on it."""
        return self.component.summary

    @property
    def origin(self) -> str:
        """The distribution and its version, for messages."""
        return f"{self.plugin.distribution} {self.plugin.version}"

    def load(self) -> Any:
        """Import the class or function.

        Raises:
            PluginError: the import fails or the attribute is not there.
        """
        module, attribute = self.component.target.split(":")
        try:
            # A component that prints at import must not spoil what a command prints for a program to read.
            with contextlib.redirect_stdout(sys.stderr):
                return getattr(importlib.import_module(module), attribute)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # an import may well end in SystemExit, or in what a test runner skips with
            fix = f"reinstall {self.plugin.distribution}, or report this to its author"
            missing = getattr(error, "name", None) if isinstance(error, ModuleNotFoundError) else None
            if missing and missing.split(".")[0] != module.split(".")[0]:
                fix = f"install the package of the module {missing!r}, which {self.plugin.distribution} needs"
            raise PluginError(
                f"the {self.kind} {self.name!r} of {self.origin} cannot be imported: {type(error).__name__}: {error}",
                fix=fix,
            ) from error

    @cached_property
    def schema(self) -> OptionSchema:
        """The component's options, read from its signature; imports it.

        Raises:
            PluginError: it cannot be imported, or its signature is not one of a component.
        """
        from ganforge.plugins.options import schema_of  # pydantic takes its time: not to list names

        return schema_of(self.load(), self.name)
