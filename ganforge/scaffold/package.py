"""The name and the files of a new plugin: a package that can be installed, tested and published at once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from ganforge import __version__
from ganforge.errors import UsageError
from ganforge.plugins.loader import FIRST_PARTY

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
"""A name that becomes a module's name with underscores for hyphens."""
MODULES = {"loss": "edges", "distance": "charbonnier", "discriminator": "patch_discriminator", "dataset": "shapes"}
"""The module of each example in a new plugin, by kind of component."""
PARTS = tuple(MODULES)


@dataclass(frozen=True)
class Package:
    """A new plugin.

    Attributes:
        name: the plugin's name, the first half of its components' names: `acme`.
        description: one line.
        author: the author's name; left out if empty.
        parts: the kinds to have an example of, of `PARTS`.
    """

    name: str
    description: str
    author: str = ""
    parts: tuple[str, ...] = PARTS

    @property
    def distribution(self) -> str:
        """The name to install and publish it by: `ganforge-acme`."""
        return f"ganforge-{self.name}"

    @property
    def module(self) -> str:
        """The name to import it by: `ganforge_acme`."""
        return self.distribution.replace("-", "_")

    @property
    def recipe(self) -> str:
        """The name of its recipe, and the first part of the names of those that this builds on."""
        return self.name.replace("-", "_")

    def files(self) -> dict[Path, str]:
        """Return the texts of the files, by paths below the package's folder."""
        environment = Environment(
            loader=PackageLoader("ganforge.scaffold", "template"),
            undefined=StrictUndefined,
            keep_trailing_newline=True,
            trim_blocks=True,
            autoescape=False,
        )
        facts = {name: getattr(self, name) for name in ("distribution", "module", "recipe")} | vars(self)
        facts["version"] = ".".join(__version__.split(".")[:2])
        left_out = [module for part, module in MODULES.items() if part not in self.parts]
        found: dict[Path, str] = {}
        for template in environment.list_templates():
            if not any(f"{module}.py" in template for module in left_out):
                path = template.removesuffix(".j2").replace("MODULE", self.module).replace("RECIPE", self.recipe)
                found[Path(path)] = environment.get_template(template).render(facts)
        return found


def plugin_name(text: str) -> str:
    """Return the name of a plugin in its short form: `acme`, `ganforge-acme` and `ganforge_acme` are the same.

    Raises:
        UsageError: it is no name for a plugin, or one of ganforge's own.
    """
    name = re.sub(r"^ganforge[-_]", "", text.strip()).replace("_", "-")
    if not NAME.fullmatch(name):
        raise UsageError(f"{text!r} is no name for a plugin", fix="lower-case words joined by hyphens: ganforge-acme")
    if name in FIRST_PARTY:
        raise UsageError(f"the plugin name {name!r} is ganforge's own", fix="choose another")
    return name


def write(package: Package, folder: Path) -> list[Path]:
    """Write a package's files, and return their paths.

    Args:
        package: the package.
        folder: a new folder, or one that is empty but for a `.git`.

    Raises:
        UsageError: the folder has files already. Nothing is written then.
    """
    if folder.exists() and (not folder.is_dir() or [path for path in folder.iterdir() if path.name != ".git"]):
        raise UsageError(f"{folder} is there already", fix="choose another folder: --folder FOLDER")
    files = {folder / name: text for name, text in package.files().items()}
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(files)
