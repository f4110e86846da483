"""What a plugin says of one of its components: four strings, so that listing never imports it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ganforge.errors import PluginError

KINDS = (
    "dataset",
    "augmentation",
    "encoder",
    "generator",
    "discriminator",
    "method",
    "loss",
    "distance",
    "metric",
    "optimizer",
    "scheduler",
)
NAME = re.compile(r"[a-z0-9][a-z0-9.-]*")


@dataclass(frozen=True)
class Component:
    """A component as its plugin declares it.

    Args:
        kind: one of `KINDS`.
        name: lower-case words joined by hyphens, unique within the plugin and kind; recipes write `plugin/name`.
        target: where the class or function lies, `"module:attribute"`; imported on first use.
        summary: one line for `ganforge list`: the first of the component's docstring.

    Raises:
        PluginError: the kind is unknown, or the name, the target or the summary is not of this form.
    """

    kind: str
    name: str
    target: str
    summary: str

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise PluginError(f"component {self.name!r} is of an unknown kind {self.kind!r}; kinds: {', '.join(KINDS)}")
        if not NAME.fullmatch(self.name):
            raise PluginError(f"component name {self.name!r} is not lower-case words joined by hyphens")
        module, _, attribute = self.target.partition(":")
        if not all(part.isidentifier() for part in [*module.split("."), attribute]):
            raise PluginError(f'component {self.name!r} has target {self.target!r}; write "module:attribute"')
        if not self.summary.strip() or len(self.summary.splitlines()) > 1:
            raise PluginError(f"component {self.name!r} has summary {self.summary!r}; write one line")


def kind_named(text: str) -> str | None:
    """The kind that a user names, one or many of it: `loss`, `losses`; None when it is no kind."""
    return next((kind for kind in KINDS if text in (kind, f"{kind}s", f"{kind}es")), None)
