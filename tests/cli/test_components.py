"""`ganforge list`."""

from __future__ import annotations

import json

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


def test_without_any_plugin_the_way_on_is_shown(ganforge, monkeypatch):
    monkeypatch.setattr("ganforge.plugins.loader.distributions", lambda: [])
    result = ganforge("list")
    assert (result.code, result.out) == (0, "")
    assert "pip install ganforge-basics" in result.err
