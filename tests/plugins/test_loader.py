"""Finding plugins: whatever one of them does wrong is a line beside its name, and the others go on working."""

from __future__ import annotations

import sys

import pytest

from ganforge.errors import Interrupted
from ganforge.plugins.loader import Plugin, load_plugins

FIRST_PARTY = {"basics", "digits", "dtn", "gans"}
LOSS = '"loss", "mine", "acme_loss:mine", "A loss."'


def loaded(name: str) -> Plugin:
    """Return the plugin of this name; the first-party ones must be in order."""
    plugins = load_plugins()[1]
    errors = {plugin.name: plugin.error for plugin in plugins if plugin.distribution == f"ganforge-{plugin.name}"}
    assert {name: errors[name] for name in FIRST_PARTY} == dict.fromkeys(FIRST_PARTY)
    return next(plugin for plugin in plugins if plugin.name == name)


def test_a_plugin_is_found_with_its_distribution_version_and_components(site):
    site.install("acme", None, LOSS)
    plugin = loaded("acme")
    assert plugin.error is None
    assert (plugin.distribution, plugin.version) == ("ganforge-acme", "1.0")
    assert [component.name for component in plugin.components] == ["mine"]


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("raise SystemExit", "SystemExit"),
        ("class Odd(BaseException): pass\nraise Odd('why')", "Odd: why"),
        ("import nothing_of_that_name", "ModuleNotFoundError: No module named 'nothing_of_that_name'"),
        ("def ganforge_components() return []", "SyntaxError"),
        ("def ganforge_components(): return []", "'ganforge_components' is not marked with @hookimpl"),
        (
            "from ganforge.plugins import hookimpl\n@hookimpl\ndef ganforge_component(): return []",
            "'ganforge_component', which is no hook; did you mean 'ganforge_components'?",
        ),
        (
            "def ganforge_component(): return []",
            "'ganforge_component', which is no hook; did you mean 'ganforge_components'?",
        ),
        ("raise OSError('a \\x1b[31mred\\x1b[0m\\nline')", "OSError: a \\x1b[31mred\\x1b[0m line"),
        (
            "from ganforge.plugins import hookimpl\n@hookimpl\ndef ganforge_components(registry): return []",
            "has the parameter 'registry'; the hook takes no arguments",
        ),
        (
            "from ganforge.plugins import hookimpl\n@hookimpl\ndef ganforge_scalars(step, value): pass",
            "has the parameter 'value'; the hook takes step, values",
        ),
        (
            "from ganforge.plugins import hookimpl\n@hookimpl\ndef ganforge_components(): return None",
            "ganforge_components returned None",
        ),
        (
            "from ganforge.plugins import hookimpl\n@hookimpl\ndef ganforge_components(): return ['x']",
            "ganforge_components returned 'x', which is no ganforge Component",
        ),
        (
            "from ganforge.plugins import hookimpl\n@hookimpl\ndef ganforge_components():\n    yield 1 / 0",
            "ZeroDivisionError",
        ),
        (
            "from ganforge.plugins import Component, hookimpl\n@hookimpl\n"
            "def ganforge_components(): return [Component('los', 'x', 'm:x', 's')]",
            "unknown kind 'los'",
        ),
        (
            "from ganforge.plugins import hookimpl\n@hookimpl\ndef ganforge_recipes(): return 'nowhere'",
            "its folder of recipes nowhere does not exist",
        ),
    ],
)
def test_a_broken_plugin_is_reported_and_left_out(site, source, error):
    site.install("acme", {"acme_plugin": source})
    plugin = loaded("acme")
    assert error in (plugin.error or "")
    assert "\n" not in (plugin.error or "")
    assert plugin.components == ()
    assert plugin.module is None


def test_a_plugin_may_have_functions_of_its_own(site):
    site.install("acme", {"acme_plugin": "def ganforge_version(): pass\ndef images(): pass"})
    assert (loaded("acme").error, loaded("acme").hooks) == (None, ())


def test_the_hooks_of_a_plugin_are_noted(site):
    source = """
        from ganforge.plugins import hookimpl
        @hookimpl
        def ganforge_scalars(step, values): pass
        @hookimpl
        def ganforge_doctor(): return []
    """
    site.install("acme", {"acme_plugin": source})
    plugin = loaded("acme")
    assert (plugin.hooks, plugin.is_tracker) == (("ganforge_doctor", "ganforge_scalars"), True)
    assert not loaded("dtn").is_tracker


def test_a_package_that_cannot_be_imported_is_imported_once_and_keeps_quiet(site, capsys):
    package = site.path / "acme"
    package.mkdir()
    source = "print('hello')\nclass Odd(BaseException): pass\nraise Odd('why')"
    (package / "__init__.py").write_text(source, encoding="utf-8")
    (package / "plugin.py").write_text("", encoding="utf-8")
    site.install("acme", target="acme.plugin")
    assert loaded("acme").error == "Odd: why"
    assert capsys.readouterr().out == ""


def test_a_broken_plugin_has_no_hooks_left(site):
    source = """
        from ganforge.plugins import hookimpl
        @hookimpl
        def ganforge_scalars(step, values): raise RuntimeError("called")
        @hookimpl
        def ganforge_components(): raise RuntimeError("broken")
    """
    site.install("acme", {"acme_plugin": source})
    manager, _ = load_plugins()
    assert not manager.has_plugin("acme")
    manager.hook.ganforge_scalars(step=1, values={})


@pytest.mark.parametrize(("raised", "code"), [("KeyboardInterrupt", 130), ("KeyboardInterrupt(15)", 143)])
def test_a_keyboard_interrupt_at_import_is_the_users_and_names_the_plugin(site, raised, code):
    site.install("acme", {"acme_plugin": f"raise {raised}"})
    with pytest.raises(Interrupted) as caught:
        load_plugins()
    assert caught.value.message == "interrupted while the plugin 'acme' of ganforge-acme 1.0 was imported"
    assert caught.value.exit_code == code
    assert "--no-plugin acme" in (caught.value.fix or "")


@pytest.mark.parametrize("second", [LOSS, LOSS.replace("mine", "new", 1) + ", formerly=('mine',)"])
def test_a_component_that_is_declared_twice_breaks_its_plugin(site, second):
    site.install("acme", None, LOSS, second)
    assert loaded("acme").error == "it declares the loss 'mine' twice"


@pytest.mark.parametrize(
    ("source", "fix"),
    [
        ("import nothing_of_that_name", "install the package of the module 'nothing_of_that_name', which ganforge-"),
        ("import acme_plugin.part", "reinstall ganforge-acme, or report this to its author"),
        ("from ganforge.plugins import Nothing", "upgrade ganforge and ganforge-acme"),
        ("import ganforge.nothing", "upgrade ganforge and ganforge-acme"),
        ("1 / 0", "reinstall ganforge-acme, or report this to its author"),
        ("def ganforge_components(): return []", "report this to the author of ganforge-acme"),
    ],
)
def test_a_broken_plugin_comes_with_what_to_do(site, source, fix):
    site.install("acme", {"acme_plugin": source})
    assert (loaded("acme").fix or "").startswith(fix)


def test_an_error_that_cannot_even_be_printed_is_reported(site):
    source = "class Mute(Exception):\n    def __str__(self): raise self\nraise Mute"
    site.install("acme", {"acme_plugin": source})
    assert loaded("acme").error == "Mute"


def test_one_name_may_stand_for_components_of_several_kinds(site):
    site.install("acme", None, LOSS, LOSS.replace("loss", "metric", 1))
    assert loaded("acme").error is None


def test_what_a_plugin_prints_at_import_stays_out_of_stdout(site, capsys):
    site.install("acme", {"acme_plugin": "print('hello')"})
    loaded("acme")
    assert capsys.readouterr() == ("", "hello\n")


def test_two_distributions_of_one_plugin_name_are_both_refused_by_name(site):
    site.install("acme", None, LOSS, distribution="ganforge-acme")
    site.install("acme", None, LOSS, distribution="acme-tools")
    claims = [plugin for plugin in load_plugins()[1] if plugin.name == "acme"]
    assert len(claims) == 2
    for plugin in claims:
        assert (
            plugin.error == "the plugin name 'acme' is claimed by acme-tools and ganforge-acme; uninstall one of them"
        )


def test_a_first_party_name_is_refused_to_a_stranger_only(site):
    site.install("dtn", None, '"loss", "identity", "stranger:identity", "Not the real one."', distribution="stranger")
    claims = {plugin.distribution: plugin for plugin in load_plugins()[1] if plugin.name == "dtn"}
    assert claims["stranger"].error == "the plugin name 'dtn' belongs to ganforge-dtn; stranger must choose another"
    assert claims["ganforge-dtn"].error is None
    assert "identity" in [component.name for component in claims["ganforge-dtn"].components]


def test_two_plugins_cannot_be_one_module(site):
    site.install("acme", {"acme_plugin": ""})
    site.install("other", {"acme_plugin": ""})
    assert loaded("other").error == "its module 'acme_plugin' is already the plugin 'acme'"


@pytest.mark.parametrize(
    ("target", "error"),
    [
        ("acme_plugin:function", "its entry point names a function, not a module"),
        ("acme_plugin:nothing", "AttributeError"),
        ("not a module", "AttributeError"),
    ],
)
def test_an_entry_point_must_name_a_module(site, target, error):
    site.install("acme", {"acme_plugin": "def function(): pass"}, target=target)
    assert error in (loaded("acme").error or "")


def test_a_plugin_name_must_be_lower_case(site):
    site.install("Acme", {"acme_plugin": ""}, distribution="acme")
    assert "not lower-case" in (loaded("Acme").error or "")


def test_metadata_without_a_version_is_no_obstacle(site):
    site.install("acme", None, LOSS, version=None)
    assert (loaded("acme").version, loaded("acme").error) == ("?", None)


def test_entry_points_that_cannot_be_read_are_reported_if_they_may_be_a_plugins(site):
    site.metadata("acme-tools", "[ganforge]\nno equals sign\n")
    site.metadata("somebody-else", "[console_scripts]\nno equals sign\n")
    broken = [plugin for plugin in load_plugins()[1] if plugin.error]
    assert [plugin.name for plugin in broken] == ["acme-tools"]
    assert "its entry_points.txt cannot be read" in (broken[0].error or "")


def test_of_one_distribution_twice_on_the_path_the_first_counts(site, tmp_path, monkeypatch):
    site.install("acme", None, LOSS)
    hidden = type(site)(tmp_path / "hidden")
    hidden.path.mkdir()
    hidden.install("acme", {"acme_hidden": "1 / 0"}, distribution="ganforge_acme")
    monkeypatch.setattr(sys, "path", [*sys.path, str(hidden.path)])
    assert [plugin.error for plugin in load_plugins()[1] if plugin.name == "acme"] == [None]


def test_a_plugin_may_bring_a_folder_of_recipes(site, tmp_path):
    source = f"""
        from ganforge.plugins import hookimpl
        @hookimpl
        def ganforge_recipes(): return {str(tmp_path)!r}
    """
    site.install("acme", {"acme_plugin": source})
    assert loaded("acme").recipes == tmp_path
