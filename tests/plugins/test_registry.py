"""Components by name: full, bare, by kind and by wildcard; and what is said when there is none."""

from __future__ import annotations

import pytest

from ganforge.errors import PluginError, UsageError
from ganforge.plugins.registry import Registry


def loss(name: str) -> str:
    return f'"loss", "{name}", "acme_loss:function", "A loss."'


@pytest.fixture
def registry() -> Registry:
    return Registry()


@pytest.mark.parametrize("name", ["dtn/identity", "identity"])
def test_a_component_goes_by_its_full_name_and_by_its_bare_one(registry, name):
    assert registry.get("loss", name).name == "dtn/identity"


def test_one_bare_name_may_stand_for_a_component_of_each_kind(registry):
    assert registry.get("distance", "cosine").kind == "distance"
    assert registry.get("scheduler", "cosine").kind == "scheduler"


def test_a_bare_name_that_two_distributions_claim_is_ambiguous(site):
    site.install("acme", None, loss("sharp"))
    site.install("other", None, loss("sharp"))
    with pytest.raises(PluginError) as caught:
        Registry().get("loss", "sharp")
    assert "'acme/sharp' of ganforge-acme 1.0 and 'other/sharp' of ganforge-other 1.0" in caught.value.message
    assert Registry().get("loss", "other/sharp").plugin.name == "other"


def test_a_first_party_bare_name_is_never_shadowed(site):
    site.install("acme", None, loss("identity"))
    assert Registry().get("loss", "identity").name == "dtn/identity"
    assert Registry().get("loss", "acme/identity").name == "acme/identity"


@pytest.mark.parametrize(
    ("kind", "name", "message", "fix"),
    [
        ("loss", "identty", "there is no loss 'identty'", "did you mean 'dtn/identity'?"),
        ("loss", "dtn/identty", "there is no loss 'dtn/identty'", "did you mean 'dtn/identity'?"),
        ("loss", "qqqqqqqqqqqq", "there is no loss 'qqqqqqqqqqqq'", "`ganforge list loss` shows"),
        ("loss", "acme/qqqqqqqqqqqq", "there is no loss", "no plugin 'acme' is installed"),
        (
            "generator",
            "identity",
            "'dtn/identity' is of the kind loss; what is wanted is of the kind generator",
            "list",
        ),
    ],
)
def test_a_name_that_is_no_component_gives_a_way_on(registry, kind, name, message, fix):
    with pytest.raises(PluginError) as caught:
        registry.get(kind, name)
    assert message in caught.value.message
    assert fix in (caught.value.fix or "")


def test_using_a_broken_plugin_says_why_it_is_broken_and_whose_it_is(site):
    site.install("acme", {"acme_plugin": "import nothing_of_that_name"})
    with pytest.raises(PluginError) as caught:
        Registry().get("loss", "acme/sharp")
    assert "ganforge-acme 1.0, which cannot be loaded: ModuleNotFoundError" in caught.value.message
    assert caught.value.fix == "install the package of the module 'nothing_of_that_name', which ganforge-acme needs"
    with pytest.raises(PluginError) as caught:
        Registry().get("loss", "qqqqqqqqqqqq")
    assert "these plugins cannot be loaded: 'acme'" in (caught.value.fix or "")


def test_a_plugin_is_found_by_its_name_whoever_else_claims_it(site):
    site.install("dtn", None, loss("identity"), distribution="stranger")
    assert Registry().plugin("dtn").distribution == "ganforge-dtn"


@pytest.mark.parametrize(
    ("name", "message", "fix"),
    [
        ("broken", "the plugin 'broken' of ganforge-broken 1.0 cannot be loaded: ZeroDivisionError", "reinstall"),
        ("gans", "the plugin 'gans' of ganforge-gans", "switch it on again"),
        ("brokn", "there is no plugin 'brokn'", "did you mean 'broken'? installed: basics, broken"),
    ],
)
def test_a_plugin_that_cannot_be_used_is_refused_with_the_way_on(site, monkeypatch, name, message, fix):
    site.install("broken", {"broken_plugin": "1 / 0"})
    monkeypatch.setenv("GANFORGE_NO_PLUGINS", "gans")
    with pytest.raises((PluginError, UsageError)) as caught:
        Registry().plugin(name)
    assert caught.value.message.startswith(message)
    assert (caught.value.fix or "").startswith(fix)


@pytest.mark.parametrize("text", ["acme/x", "loss/acme/x", "losses/acme/x*"])
def test_a_name_of_a_broken_plugin_is_refused_in_any_form(site, text):
    site.install("acme", {"acme_plugin": "1 / 0"})
    registry = Registry()
    registry.check_owner("dtn/x")
    registry.check_owner("acme")
    with pytest.raises(PluginError, match=r"'acme' of ganforge-acme 1\.0 cannot be loaded"):
        registry.check_owner(text)


def test_a_slip_in_a_first_party_name_is_not_blamed_on_a_stranger_who_claims_the_plugin(site):
    site.install("dtn", None, loss("identity"), distribution="stranger")
    with pytest.raises(PluginError) as caught:
        Registry().get("loss", "dtn/identty")
    assert caught.value.fix == "did you mean 'dtn/identity'?"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("identity", ["dtn/identity"]),
        ("dtn/identity", ["dtn/identity"]),
        ("loss/identity", ["dtn/identity"]),
        ("losses/identity", ["dtn/identity"]),
        ("losses/dtn/identity", ["dtn/identity"]),
        ("encoders/strided-*", ["digits/strided-cnn"]),
        ("methods/dtn", ["dtn/dtn"]),
        ("generators/identity", []),
        ("dtn/ident", []),
        ("[", []),
    ],
)
def test_find_takes_names_kinds_and_wildcards(registry, text, found):
    assert [entry.name for entry in registry.find(text)] == found


def test_entries_are_sorted_by_kind_and_name_and_can_be_narrowed(registry):
    everything = registry.entries()
    kinds = list(dict.fromkeys(entry.kind for entry in everything))
    assert kinds == [kind for kind in kinds if registry.entries(kind)]
    assert [entry for kind in kinds for entry in registry.entries(kind)] == everything
    assert {entry.plugin.name for entry in registry.entries(plugin="dtn")} == {"dtn"}
    assert registry.entries("loss", pattern="dtn/*") == registry.entries("loss", "dtn")
    assert all("adversarial" in entry.name for entry in registry.entries(pattern="*-adversarial"))


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("identty", "did you mean 'dtn/identity'?"),
        ("basics", "'basics' is a plugin: `ganforge list --plugin basics`"),
        ("losses/identty", "did you mean 'dtn/identity'?"),
        ("encoders/identity", None),
        ("qqqqqqqqqqqq", None),
    ],
)
def test_the_nearest_name_keeps_to_the_kind_that_was_named(registry, text, answer):
    assert registry.nearest(text) == answer
