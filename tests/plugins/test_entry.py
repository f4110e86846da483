"""Importing a component on first use, and what is said when that fails."""

from __future__ import annotations

import pytest

from ganforge.errors import PluginError
from ganforge.plugins.registry import Registry


def entry(site, source: str | None, attribute: str = "function"):
    modules = {} if source is None else {"acme_loss": source}
    site.install("acme", modules, f'"loss", "mine", "acme_loss:{attribute}", "A loss."')
    return Registry().get("loss", "acme/mine")


def test_nothing_is_imported_before_it_is_used(site):
    assert entry(site, "1 / 0").summary == "A loss."


@pytest.mark.parametrize(
    ("source", "message", "fix"),
    [
        ("1 / 0", "ZeroDivisionError", "reinstall ganforge-acme"),
        ("raise SystemExit(1)", "SystemExit", "reinstall ganforge-acme"),
        ("class Mute(Exception):\n    def __str__(self): raise self\nraise Mute", "Mute", "reinstall ganforge-acme"),
        ("other = 1", "has no attribute 'function'", "reinstall ganforge-acme"),
        (
            "import nothing.of_that_name",
            "No module named 'nothing'",
            "package of the module 'nothing', which ganforge-",
        ),
        (None, "No module named 'acme_loss'", "reinstall ganforge-acme"),
    ],
)
def test_a_target_that_cannot_be_imported_names_the_distribution_and_the_way_on(site, source, message, fix):
    with pytest.raises(PluginError) as caught:
        entry(site, source).load()
    assert "the loss 'acme/mine' of ganforge-acme 1.0 cannot be imported" in caught.value.message
    assert message in caught.value.message
    assert fix in (caught.value.fix or "")


def test_what_a_component_prints_at_import_stays_out_of_stdout(site, capsys):
    entry(site, "print('hello')\ndef function(): pass").load()
    assert capsys.readouterr() == ("", "hello\n")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("function = 3", "cannot be read"),
        ("def function(*, x): pass", "option 'x' of 'acme/mine' has no type annotation"),
        ("def function(*, x: 'Nothing'): pass", "annotation of option 'x' of 'acme/mine' cannot be evaluated"),
        ("class function:\n    def __init__(self, *, x): pass", "option 'x' of 'acme/mine' has no type annotation"),
    ],
)
def test_a_signature_that_is_no_components_is_its_plugins_mistake(site, source, message):
    with pytest.raises(PluginError, match=message):
        _ = entry(site, source).schema
