"""Fixtures for tests of several folders: made-up plugins, and a browser.

A made-up plugin is a distribution's metadata and its modules in a folder on the path, as pip would leave them.
"""

from __future__ import annotations

import importlib
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from browser import MISSING, Browser

COMPONENT = """
from ganforge.plugins import Component, hookimpl

@hookimpl
def ganforge_components():
    return [{components}]
"""


class Site:
    """A folder of installed distributions.

    Attributes:
        path: the folder; give it to a subprocess as PYTHONPATH.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def install(
        self,
        name: str,
        modules: Mapping[str, str] | None = None,
        *components: str,
        distribution: str | None = None,
        target: str | None = None,
        version: str | None = "1.0",
    ) -> None:
        """Install a plugin.

        Args:
            name: the plugin's name.
            modules: source by module; the plugin is the first of them, unless `target` says otherwise.
            components: its components, as arguments of `Component`; the plugin's module is then written here.
            distribution: by default `ganforge-NAME`.
            target: the module that the entry point names.
            version: of the distribution; None leaves it out of the metadata.
        """
        distribution = distribution or f"ganforge-{name}"
        modules = dict(modules or {})
        if components:
            module = f"{distribution.replace('-', '_')}_plugin"
            listed = ", ".join(f"Component({component})" for component in components)
            modules = {module: COMPONENT.format(components=listed), **modules}
        target = target or next(iter(modules))
        self.metadata(distribution, f"[ganforge]\n{name} = {target}\n", version)
        for module, source in modules.items():
            (self.path / f"{module}.py").write_text(textwrap.dedent(source), encoding="utf-8")
        importlib.invalidate_caches()

    def metadata(self, distribution: str, entry_points: str, version: str | None = "1.0") -> None:
        """Write a distribution's metadata alone."""
        folder = self.path / f"{distribution.replace('-', '_')}-{version or 0}.dist-info"
        folder.mkdir()
        line = f"Version: {version}\n" if version else ""
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\n{line}", encoding="utf-8")
        (folder / "entry_points.txt").write_text(entry_points, encoding="utf-8")
        importlib.invalidate_caches()


@pytest.fixture(scope="session")
def site_at() -> Callable[[Path], Site]:
    """Provide a folder of installed distributions for other processes; it is not on the path of this one."""

    def make(path: Path) -> Site:
        path.mkdir()
        return Site(path)

    return make


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Provide a folder on the path to install made-up plugins into."""
    path = tmp_path / "site"
    path.mkdir()
    monkeypatch.syspath_prepend(str(path))
    before = set(sys.modules)
    yield Site(path)
    for module in set(sys.modules) - before:
        if str(getattr(sys.modules[module], "__file__", "")).startswith(str(path)):
            del sys.modules[module]
    importlib.invalidate_caches()


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Provide a browser with one page."""
    if MISSING:
        pytest.skip(MISSING)
    found = Browser(tmp_path_factory.mktemp("profile"))
    yield found
    found.close()
