"""An installed component: its declaration, its plugin, and its class or function, imported on demand."""

from __future__ import annotations

import importlib
import sys
import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ganforge.errors import GanforgeWarning, PluginError
from ganforge.imports.watched_import import watched_import
from ganforge.plugins.component import Component
from ganforge.plugins.loader import Plugin, describe_error, import_error_fix

if TYPE_CHECKING:
    from ganforge.options.schema import OptionSchema


@dataclass(frozen=True)
class Entry:
    """A component and the plugin that contributes it."""

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
        """The one-line summary that the plugin declares."""
        return self.component.summary

    @property
    def origin(self) -> str:
        """The distribution and its version, for messages."""
        return self.plugin.origin

    @property
    def first_name(self) -> str:
        """The full name that it had first: identities are made of it, so that renaming changes none."""
        return f"{self.plugin.name}/{self.component.names[0]}"

    def goes_by(self, name: str) -> bool:
        """Return whether this is its name, full or bare."""
        return name in (self.name, self.component.name)

    def went_by(self, name: str) -> bool:
        """Return whether this is a former name of it, full or bare."""
        return name.removeprefix(f"{self.plugin.name}/") in self.component.formerly

    def load(self) -> Any:
        """Import the class or function.

        Process-wide state that the import changes is restored, with a warning.

        Raises:
            PluginError: the import fails or the attribute is not there.
        """
        module, attribute = self.component.target.split(":")
        if module in sys.modules and hasattr(sys.modules[module], attribute):
            return getattr(sys.modules[module], attribute)
        try:
            with watched_import() as report:
                target = getattr(importlib.import_module(module), attribute)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # an import may end in SystemExit, or in a test runner's skip
            raise PluginError(
                f"the {self.kind} {self.name!r} of {self.origin} cannot be imported: {describe_error(error)}",
                fix=import_error_fix(error, module, self.plugin.distribution),
            ) from error
        if report.changed:
            what = f"importing the {self.kind} {self.name!r} of {self.origin} changed {', '.join(report.changed)}"
            warnings.warn(what, GanforgeWarning, stacklevel=2)
        return target

    @cached_property
    def schema(self) -> OptionSchema:
        """The component's options, read from its signature; imports it.

        Raises:
            PluginError: it cannot be imported, or its signature is not one of a component.
        """
        from ganforge.options.schema import schema_of  # pydantic takes its time: not to list names

        return schema_of(self.load(), self.name)
