"""Every first-party component keeps the contract that a third party's has to keep."""

from __future__ import annotations

import inspect

import pytest

from ganforge.plugins.loader import FIRST_PARTY
from ganforge.plugins.registry import Entry, Registry

ENTRIES = [entry for entry in Registry().entries() if entry.plugin.name in FIRST_PARTY]


def test_all_first_party_plugins_are_there():
    assert {plugin.name for plugin in Registry().plugins if plugin.error is None} >= set(FIRST_PARTY)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: f"{entry.kind}-{entry.name}")
def test_a_component_says_of_itself_what_its_plugin_says(entry: Entry):
    assert callable(entry.load())
    assert entry.schema.summary == entry.summary


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: f"{entry.kind}-{entry.name}")
def test_all_options_are_documented_and_take_their_own_defaults(entry: Entry):
    for option in entry.schema.options:
        assert option.doc, option.name
        assert option.annotation is not inspect.Parameter.empty
        if option.plain_default is not None:
            values, wrong = entry.schema.validate({option.name: option.plain_default})
            assert not wrong
            assert list(values) == [option.name]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: f"{entry.kind}-{entry.name}")
def test_a_docstring_documents_no_option_that_does_not_exist(entry: Entry):
    target = entry.load()
    parameters = inspect.signature(target).parameters
    documented = [line.split(":")[0].strip() for line in _arguments(inspect.getdoc(target) or "")]
    assert set(documented) <= set(parameters)


def _arguments(document: str) -> list[str]:
    """The first lines of the entries of a docstring's Args."""
    _, _, section = document.partition("Args:\n")
    lines = section.split("\n\n")[0].split("\n")
    return [line for line in lines if line.startswith("    ") and not line.startswith("     ")]
