"""A component as a plugin declares it, a few strings so that listing never imports it; and files in its package."""

from __future__ import annotations

import importlib.resources
import importlib.util
import os
import re
from dataclasses import dataclass
from pathlib import Path

from ganforge.errors import PluginError
from ganforge.folders import weights_folder

KINDS = (
    *("dataset", "augmentation", "encoder", "generator", "discriminator", "method"),
    *("loss", "distance", "metric", "optimizer", "scheduler"),
)
NAME = re.compile(r"[a-z0-9][a-z0-9.-]*")
# A package's name has two letters at least, as `C:` is a drive.
_PACKAGED = re.compile(r"([A-Za-z_]\w+):(.+)")


@dataclass(frozen=True)
class Component:
    """A component as its plugin declares it.

    Args:
        kind: one of `KINDS`.
        name: lower-case words joined by hyphens, unique within the plugin and kind; recipes write `plugin/name`.
        target: the class or function, `"module:attribute"`; imported on first use.
        summary: one line for `ganforge list`: the first of the component's docstring.
        formerly: names that it had, oldest first; recipes may go on using them, with a warning. Identities of recipes
            are made of the oldest, so that a new name changes none.
        weights: the safetensors file that a trained network brings along, `"package:path"`; a frozen network or a judge
            that names no weights starts from it.
        sha256: the digest of that file, 64 hexadecimal digits; checked whenever the file is loaded.
        weights_source: `"module:attribute"` of a `WeightsSource`, where the package cannot ship the file:
            `ganforge download` makes it on the user's machine, in the folder of weights.

    Raises:
        PluginError: the kind is unknown, or a name, the target, the summary or the weights are not of this form.
    """

    kind: str
    name: str
    target: str
    summary: str
    formerly: tuple[str, ...] = ()
    weights: str | None = None
    sha256: str | None = None
    weights_source: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise PluginError(f"component {self.name!r} is of an unknown kind {self.kind!r}; kinds: {', '.join(KINDS)}")
        if isinstance(self.formerly, str):
            raise PluginError(f"component {self.name!r} has formerly={self.formerly!r}; write a tuple of names")
        for name in self.names:
            if not NAME.fullmatch(name):
                raise PluginError(f"component name {name!r} is not lower-case words joined by hyphens")
        for field, target in (("target", self.target), ("weights_source", self.weights_source)):
            module, _, attribute = (target or "none:none").partition(":")
            if not all(part.isidentifier() for part in [*module.split("."), attribute]):
                raise PluginError(f'component {self.name!r} has {field} {target!r}; write "module:attribute"')
        if not self.summary.strip() or len(self.summary.splitlines()) > 1:
            raise PluginError(f"component {self.name!r} has summary {self.summary!r}; write one line")
        if self.weights is not None and (not is_packaged(self.weights) or leaves_package(self.weights)):
            raise PluginError(f'component {self.name!r} has weights {self.weights!r}; write "package:path"')
        if self.weights_source is not None and self.weights is None:
            fix = 'give weights = "package:path", the name of the file that it makes, and its SHA-256'
            raise PluginError(f"component {self.name!r} has a source of weights, and names no file", fix=fix)
        well_formed = self.sha256 is None or re.fullmatch(r"[0-9a-f]{64}", self.sha256)
        if not well_formed or (self.weights is None) != (self.sha256 is None):
            fix = "give weights together with the SHA-256 of their file, 64 hexadecimal digits in lower case"
            raise PluginError(f"component {self.name!r} has sha256={self.sha256!r}", fix=fix)

    @property
    def names(self) -> tuple[str, ...]:
        """The names that it goes by, oldest first."""
        return (*self.formerly, self.name)


def kind_named(text: str) -> str | None:
    """Return the kind that a user names in the singular or plural, `loss` or `losses`; None if it is not a kind."""
    return next((kind for kind in KINDS if text in (kind, f"{kind}s", f"{kind}es")), None)


def is_packaged(text: str) -> bool:
    """Return whether text has the form `package:path`."""
    return _PACKAGED.fullmatch(text) is not None


def leaves_package(text: str) -> bool:
    """Return whether the path of `package:path` is absolute, has a backslash, or climbs out of the package."""
    path = text.partition(":")[2]
    return path.startswith("/") or "\\" in path or ".." in path.split("/")


def made_weights(text: str) -> Path:
    """Return where `ganforge download` puts the file `package:path` that the package cannot ship."""
    package, _, path = text.partition(":")
    return weights_folder() / package / path


def find_packaged(text: str) -> Path | None:
    """Return the file that `package:path` names, existing or not; None if no such package is installed.

    A file that the package lacks is looked for among those that were made on this machine, in the folder of weights.
    The package is located, not imported: its code does not run.

    Args:
        text: `package:path`, which does not leave the package.
    """
    package, _, path = text.partition(":")
    try:
        spec = importlib.util.find_spec(package)
    except ValueError:  # a module that was imported without a spec, such as `__main__`
        spec = None
    if spec is None or spec.submodule_search_locations is None:
        return None
    # A module made of a spec has not been executed, and that is all that `files` asks for.
    shipped = Path(str(importlib.resources.files(importlib.util.module_from_spec(spec)).joinpath(path)))
    if os.path.isfile(shipped):
        return shipped  # without a look at the folder of weights, which a user without a home does not have
    made = made_weights(text)
    return made if os.path.isfile(made) else shipped
