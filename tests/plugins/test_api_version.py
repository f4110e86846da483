"""The version of the contract: declared in the plugin's module, checked before anything else is asked of it."""

from __future__ import annotations

import pytest

from ganforge.plugins import API_VERSION
from ganforge.plugins.loader import Plugin, load_plugins

NEWER = API_VERSION + 1


def loaded(site, source: str) -> Plugin:
    site.install("acme", {"acme_plugin": source})
    return next(plugin for plugin in load_plugins()[1] if plugin.name == "acme")


@pytest.mark.parametrize(
    ("source", "api"), [("", 1), ("GANFORGE_API = 1", 1), (f"GANFORGE_API = {API_VERSION}", API_VERSION)]
)
def test_a_version_that_is_offered_is_noted(site, source, api):
    plugin = loaded(site, source)
    assert (plugin.error, plugin.api) == (None, api)


@pytest.mark.parametrize(
    ("version", "fix"), [(NEWER, "upgrade ganforge"), (0, "upgrade ganforge-acme"), (-1, "upgrade ganforge-acme")]
)
def test_a_version_that_is_not_offered_says_which_of_the_two_to_upgrade(site, version, fix):
    plugin = loaded(site, f"GANFORGE_API = {version}")
    assert (
        plugin.error == f"it is written for version {version} of the plugin API, and this ganforge offers {API_VERSION}"
    )
    assert plugin.fix == fix
    assert plugin.module is None


@pytest.mark.parametrize("value", ["'1'", "1.0", "True", "None"])
def test_a_version_is_an_integer(site, value):
    plugin = loaded(site, f"GANFORGE_API = {value}")
    assert (plugin.error or "").startswith("its GANFORGE_API is ")
    assert (plugin.error or "").endswith(", not an integer")


@pytest.mark.parametrize("declaration", [f"GANFORGE_API = {NEWER}", f"GANFORGE_API: int = {NEWER}"])
@pytest.mark.parametrize("failure", ["from ganforge.plugins import Novelty", "raise SystemExit(1)"])
def test_what_a_plugin_for_another_version_fails_on_is_not_what_is_reported(site, declaration, failure):
    plugin = loaded(site, f"{failure}\n{declaration}")
    assert (plugin.error or "").startswith(f"it is written for version {NEWER} of the plugin API")
    assert plugin.fix == "upgrade ganforge"


def test_the_version_of_a_plugin_in_a_package_that_cannot_be_imported_is_found(site):
    package = site.path / "acme"
    package.mkdir()
    (package / "__init__.py").write_text("from ganforge.plugins import Novelty", encoding="utf-8")
    (package / "plugin.py").write_text(f"GANFORGE_API = {NEWER}", encoding="utf-8")
    site.install("acme", target="acme.plugin")
    [plugin] = [plugin for plugin in load_plugins()[1] if plugin.name == "acme"]
    assert plugin.fix == "upgrade ganforge"


def test_a_hook_of_a_newer_version_is_explained_by_the_version(site):
    source = f"""
        from ganforge.plugins import hookimpl
        GANFORGE_API = {NEWER}
        @hookimpl
        def ganforge_novelty(): pass
    """
    assert (loaded(site, source).error or "").startswith(f"it is written for version {NEWER}")


@pytest.mark.parametrize("source", ["GANFORGE_API = 1\n1 / 0", "GANFORGE_API = 1\ndef f(:", "1 / 0"])
def test_a_plugin_for_this_version_that_fails_is_reported_as_it_fails(site, source):
    assert "version" not in (loaded(site, source).error or "")
