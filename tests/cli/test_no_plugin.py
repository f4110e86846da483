"""`--no-plugin` before any verb, and the variable that chooses the plugins to be loaded alone."""

from __future__ import annotations

import json

from ganforge.plugins.loader import FIRST_PARTY

LOSS = '"loss", "mine", "acme_loss:mine", "A loss."'


def listed(result) -> set[str]:
    return {component["name"].partition("/")[0] for component in json.loads(result.out)["components"]}


def test_a_plugin_is_left_out_whatever_the_verb(ganforge, site):
    site.install("acme", None, LOSS)
    site.install("broken", {"broken_plugin": "1 / 0"})
    result = ganforge("--no-plugin", "acme", "--no-plugin", "broken", "list", "--json")
    assert (result.code, result.err) == (0, "")
    assert listed(result) == listed(ganforge("--no-plugin", "broken", "list", "--json")) - {"acme"}
    assert "dtn" in listed(result)
    result = ganforge("--no-plugin", "dtn", "check", "quickstart")
    assert result.code == 2
    assert "'dtn/dtn' belongs to the plugin 'dtn' of ganforge-dtn" in result.err
    assert "which is switched off by --no-plugin dtn" in result.err


def test_the_plugins_of_the_variable_are_loaded_alone(ganforge, site, monkeypatch):
    site.install("acme", None, LOSS)
    monkeypatch.setenv("GANFORGE_PLUGINS", "acme,basics")
    assert listed(ganforge("list", "--json")) == {"acme", "basics"}


def test_a_name_that_is_not_installed_is_a_mistake(ganforge, monkeypatch):
    result = ganforge("--no-plugin", "dtm", "list")
    assert (result.code, result.out) == (2, "")
    assert result.err == (
        "error: --no-plugin names the plugin 'dtm', which is not installed\n"
        f"  fix: did you mean 'dtn'? installed: {', '.join(sorted(FIRST_PARTY))}\n"
    )


def test_the_option_stands_before_the_verb(ganforge):
    result = ganforge("list", "--no-plugin", "dtn")
    assert result.code == 2
    assert "No such option" in result.err
