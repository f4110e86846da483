"""Choosing among the installed plugins by environment variables."""

from __future__ import annotations

import pytest

from ganforge.errors import PluginError, UsageError
from ganforge.plugins.loader import FIRST_PARTY
from ganforge.plugins.registry import Registry
from ganforge.plugins.selection import ONLY, WITHOUT, exclude_plugins

LOSS = '"loss", "mine", "acme_loss:mine", "A loss."'


@pytest.fixture(autouse=True)
def _unset(monkeypatch):
    for name in (ONLY, WITHOUT):
        monkeypatch.setenv(name, "")


def names() -> list[str]:
    return [plugin.name for plugin in Registry().plugins if not plugin.off]


def test_without_a_choice_all_are_loaded(site):
    site.install("acme", None, LOSS)
    assert names() == sorted(["acme", *FIRST_PARTY])


def test_those_that_are_chosen_are_loaded_alone_and_the_others_not_imported(site, monkeypatch):
    site.install("acme", None, LOSS)
    site.install("broken", {"broken_plugin": "1 / 0"})
    monkeypatch.setenv(ONLY, "acme, dtn,")
    assert names() == ["acme", "dtn"]
    assert Registry().broken == []


def test_those_that_are_left_out_are_not_imported(site, monkeypatch):
    site.install("acme", None, LOSS)
    site.install("broken", {"broken_plugin": "1 / 0"})
    monkeypatch.setenv(WITHOUT, "acme")
    exclude_plugins(["broken", "acme"])
    assert names() == sorted(FIRST_PARTY)
    assert {plugin.off for plugin in Registry().plugins} == {None, "--no-plugin acme", "--no-plugin broken"}


def test_both_choices_hold_together(monkeypatch):
    monkeypatch.setenv(ONLY, "basics,dtn")
    monkeypatch.setenv(WITHOUT, "dtn")
    assert names() == ["basics"]


def test_a_name_that_two_distributions_claim_can_be_left_out(site, monkeypatch):
    site.install("acme", None, LOSS)
    site.install("acme", None, LOSS, distribution="acme-tools")
    monkeypatch.setenv(WITHOUT, "acme")
    assert Registry().broken == []


def test_metadata_that_cannot_be_read_can_be_left_out(site, monkeypatch):
    site.metadata("acme-tools", "[ganforge]\nno equals sign\n")
    monkeypatch.setenv(WITHOUT, "acme-tools")
    assert Registry().broken == []


@pytest.mark.parametrize(("variable", "source"), [(ONLY, ONLY), (WITHOUT, "--no-plugin")])
def test_a_name_that_is_not_installed_is_refused_and_the_installed_ones_named(site, monkeypatch, variable, source):
    site.install("acme", {"acme_plugin": "1 / 0"})
    monkeypatch.setenv(variable, "dtm")
    with pytest.raises(UsageError) as caught:
        Registry()
    assert caught.value.message == f"{source} names the plugin 'dtm', which is not installed"
    assert caught.value.fix == f"did you mean 'dtn'? installed: {', '.join(sorted(['acme', *FIRST_PARTY]))}"


def test_a_component_of_a_plugin_that_is_switched_off_says_so(monkeypatch):
    monkeypatch.setenv(ONLY, "basics")
    with pytest.raises(PluginError) as caught:
        Registry().get("loss", "dtn/identity")
    assert caught.value.message.startswith("the loss 'dtn/identity' belongs to the plugin 'dtn' of ganforge-dtn")
    assert caught.value.message.endswith("which is switched off by GANFORGE_PLUGINS=basics")
