"""What a new plugin is called, and the files that it is made of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from ganforge import __version__
from ganforge.errors import UsageError
from ganforge.plugins.loader import FIRST_PARTY

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
"""What becomes a module's name with its hyphens as underscores."""
PARTS = ("loss", "distance", "discriminator", "dataset")
"""The kinds of which a new plugin has an example."""
MODULES = {"loss": "edges", "distance": "charbonnier", "discriminator": "patch_discriminator", "dataset": "shapes"}
"""The module of each example."""


@dataclass(frozen=True)
class Package:
    """A plugin that is to be written.

    Attributes:
        name: the plugin's, the first half of its components' names: `acme`.
        description: one line.
        author: whose it is; left out where empty.
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
        """The files below the package's folder, and what is in them."""
        environment = Environment(
            loader=PackageLoader("ganforge.scaffold", "template"),
            undefined=StrictUndefined,
            keep_trailing_newline=True,
            trim_blocks=True,
            autoescape=False,
        )
        facts: Mapping[str, Any] = {
            "name": self.name,
            "distribution": self.distribution,
            "module": self.module,
            "description": self.description,
            "author": self.author,
            "recipe": self.recipe,
            "parts": self.parts,
            "version": ".".join(__version__.split(".")[:2]),
        }
        return {path: environment.get_template(template).render(facts) for path, template in self._templates().items()}

    def _templates(self) -> dict[Path, str]:
        source, tests, recipes = Path("src", self.module), Path("tests"), Path("src", self.module, "recipes")
        found = {
            Path("pyproject.toml"): "pyproject.toml.j2",
            Path("README.md"): "README.md.j2",
            Path(".gitignore"): "gitignore.j2",
            Path(".github", "workflows", "ci.yml"): "ci/ci.yml.j2",
            source / "__init__.py": "src/__init__.py.j2",
            source / "py.typed": "src/py.typed.j2",
            source / "plugin.py": "src/plugin.py.j2",
            recipes / f"{self.recipe}.toml": "recipes/transfer.toml.j2",
            recipes / f"{self.recipe}_encoder.toml": "recipes/encoder.toml.j2",
            recipes / f"{self.recipe}_judge.toml": "recipes/judge.toml.j2",
            tests / "test_conformance.py": "tests/test_conformance.py.j2",
            tests / "test_recipe.py": "tests/test_recipe.py.j2",
        }
        for part in self.parts:
            found[source / f"{MODULES[part]}.py"] = f"src/{MODULES[part]}.py.j2"
            found[tests / f"test_{MODULES[part]}.py"] = f"tests/test_{MODULES[part]}.py.j2"
        return found


def plugin_name(text: str) -> str:
    """The plugin's name, of what a user calls it: `acme`, `ganforge-acme` and `ganforge_acme` are the same.

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
    """Write a package's files.

    Args:
        package: what to write.
        folder: where; it must not be there, or be empty but for a `.git`.

    Returns:
        The files, in their order.

    Raises:
        UsageError: the folder has files already. Nothing is written then.
    """
    if folder.exists() and (not folder.is_dir() or [path for path in folder.iterdir() if path.name != ".git"]):
        raise UsageError(f"{folder} is there already", fix="choose another folder: --folder FOLDER")
    paths = []
    for name, text in package.files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return paths
