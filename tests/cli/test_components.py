"""`ganforge list`."""

from __future__ import annotations

import json

import pytest

from ganforge.plugins.component import KINDS
from ganforge.plugins.registry import Registry

LOSS = '"loss", "mine", "acme_loss:function", "A loss of mine."'


def test_all_components_are_listed_under_their_kinds(ganforge):
    result = ganforge("list")
    assert (result.code, result.err) == (0, "")
    lines = result.out.splitlines()
    assert [line for line in lines if line and not line.startswith(" ")] == [k for k in KINDS if Registry().entries(k)]
    assert len([line for line in lines if line.startswith("  ")]) == len(Registry().entries())
    identity = next(line for line in lines if line.split()[:1] == ["dtn/identity"])
    assert identity.split(maxsplit=1)[1] == Registry().get("loss", "identity").summary


def test_a_kind_a_plugin_or_a_pattern_narrows_the_list(ganforge):
    def names(*arguments: str) -> list[str]:
        return [line.split()[0] for line in ganforge("list", *arguments).out.splitlines() if line.startswith("  ")]

    assert names("loss") == names("losses") == [entry.name for entry in Registry().entries("loss")]
    assert names("loss", "-p", "dtn") == [entry.name for entry in Registry().entries("loss", "dtn")]
    assert names("dtn/*") == names("--plugin", "dtn")
    assert names("losses/identity") == ["dtn/identity"]
    assert names("cosine", "-p", "basics") == ["basics/cosine", "basics/cosine"]


def test_for_programs_there_is_json(ganforge):
    found = json.loads(ganforge("list", "identity", "--json").out)
    assert found["broken"] == []
    [component] = found["components"]
    assert component == {
        "kind": "loss",
        "name": "dtn/identity",
        "summary": Registry().get("loss", "identity").summary,
        "distribution": "ganforge-dtn",
        "version": Registry().get("loss", "identity").plugin.version,
    }
    assert json.loads(ganforge("list", "nothing", "--json").out)["components"] == []


def test_a_third_partys_component_is_listed_like_any_other(ganforge, site):
    site.install("acme", None, LOSS)
    assert "  acme/mine" in ganforge("list").out


def test_a_broken_plugin_is_a_line_on_stderr(ganforge, site):
    site.install("acme", {"acme_plugin": "1 / 0"})
    result = ganforge("list", "loss")
    assert result.code == 0
    assert result.err == (
        "broken plugin 'acme' of ganforge-acme 1.0: ZeroDivisionError: division by zero\n"
        "  fix: reinstall ganforge-acme, or report this to its author\n"
    )
    result = ganforge("list", "acme/*")
    assert result.code == 2
    assert result.err.startswith("broken plugin 'acme'")
    assert "cannot be loaded: ZeroDivisionError" in result.err.splitlines()[-2]


def test_a_plugin_without_components_is_listed_as_what_it_does(ganforge, site, tmp_path):
    result = ganforge("list", "--plugin", "tensorboard")
    assert (result.code, result.err) == (0, "")
    assert result.out == (
        f"tensorboard, of {Registry().plugin('tensorboard').origin}, contributes no components; "
        "it tracks runs (`ganforge run --tracker tensorboard ...`)\n"
    )
    result = ganforge("list", "losses", "--plugin", "tensorboard")
    assert (result.code, result.out) == (2, "")
    assert "nothing matches 'losses' of the plugin 'tensorboard'\n  fix: tensorboard, of " in result.err
    site.install("empty", {"empty_plugin": ""})
    assert ganforge("list", "-p", "empty").out == (
        "empty, of ganforge-empty 1.0, contributes no components; it implements no hooks\n"
    )
    hooks = f"""
        from ganforge.plugins import hookimpl
        @hookimpl
        def ganforge_recipes(): return {str(tmp_path)!r}
        @hookimpl
        def ganforge_doctor(): return []
    """
    site.install("other", {"other_plugin": hooks})
    said = "it brings recipes (`ganforge recipes`), has checks of its own (`ganforge doctor`)\n"
    assert ganforge("list", "-p", "other").out.endswith(said)


@pytest.mark.parametrize("arguments", [(), ("--json",), ("losses",)])
def test_a_plugin_that_is_not_installed_is_a_mistake(ganforge, arguments):
    result = ganforge("list", "--plugin", "tensorbord", *arguments)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("error: there is no plugin 'tensorbord'\n  fix: did you mean 'tensorboard'? installed")


def test_what_is_no_component_may_be_a_plugin_or_a_slip_of_the_pen(ganforge):
    assert "fix: 'basics' is a plugin: `ganforge list --plugin basics`" in ganforge("list", "basics").err
    assert "fix: did you mean 'loss'?" in ganforge("list", "lossy").err
    assert "fix: did you mean 'dtn/identity'?" in ganforge("list", "dtn/identty").err
    assert "fix: `ganforge list --plugin dtn`" in ganforge("list", "qqqq", "-p", "dtn").err
    assert "fix: kinds: dataset, " in ganforge("list", "qqqqqqqqqqqq").err


def test_without_any_plugin_the_way_on_is_shown(ganforge, monkeypatch):
    monkeypatch.setattr("ganforge.plugins.loader.distributions", lambda: [])
    result = ganforge("list")
    assert (result.code, result.out) == (0, "")
    assert "pip install ganforge-basics" in result.err
