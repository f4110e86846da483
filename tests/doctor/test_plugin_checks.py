"""Each plugin as the doctor sees it, and the checks that plugins bring themselves."""

from __future__ import annotations

import sys

import pytest

from ganforge.doctor import Finding, plugin_checks
from ganforge.doctor.plugin_checks import own_checks, plugins, registered

LOSS = '"loss", "mine", "acme_loss:mine", "A loss."'


def found() -> dict[str, Finding]:
    return {finding.name: finding for finding in plugins(*registered())}


def test_a_plugin_in_order_is_named_with_its_version_api_and_components(site):
    site.install("acme", None, LOSS)
    finding = found()["acme"]
    assert (finding.state, finding.text, finding.fix) == ("ok", "ganforge-acme 1.0, API 1, 1 component", None)
    facts = dict(finding.facts)
    assert facts.pop("seconds") >= 0
    assert facts == {
        "plugin": "acme",
        "distribution": "ganforge-acme",
        "version": "1.0",
        "api": 1,
        "state": "loaded",
        "reason": None,
        "fix": None,
        "components": 1,
        "printed": "",
        "imported": (),
        "changed": (),
    }


def test_a_broken_plugin_is_an_error_with_reason_and_fix(site):
    site.install("acme", {"acme_plugin": "print('hello')\nimport nothing_of_that_name"})
    finding = found()["acme"]
    assert finding.state == finding.facts["state"].replace("broken", "error") == "error"
    assert finding.text == (
        "ganforge-acme 1.0 cannot be loaded: ModuleNotFoundError: No module named 'nothing_of_that_name' "
        "(printed 'hello')"
    )
    assert finding.fix == "install the package of the module 'nothing_of_that_name', which ganforge-acme needs"


@pytest.mark.parametrize(
    ("source", "remark"),
    [
        ("print('hello')", "printed 'hello'"),
        ("import os; os.chdir('/')", "changed the working directory (restored)"),
        ("import sys; sys.modules.setdefault('jax', sys)", "imported jax"),
    ],
)
def test_a_plugin_that_works_and_misbehaves_is_a_warning(site, monkeypatch, source, remark):
    monkeypatch.setattr(sys, "modules", sys.modules)
    site.install("acme", {"acme_plugin": source})
    finding = found()["acme"]
    sys.modules.pop("jax", None)
    assert finding.state == "warning"
    assert finding.text == f"ganforge-acme 1.0, API 1, 0 components; {remark}"
    assert finding.fix == "report this to the author of ganforge-acme, or go without it: ganforge --no-plugin acme"


def test_a_slow_import_is_a_warning_with_its_seconds(site, monkeypatch):
    monkeypatch.setattr(plugin_checks, "SLOW", 0.05)
    site.install("acme", {"acme_plugin": "import time; time.sleep(0.06)"})
    assert "s to import" in found()["acme"].text


def test_a_plugin_that_is_switched_off_is_in_order(site, monkeypatch):
    site.install("acme", {"acme_plugin": "1 / 0"})
    monkeypatch.setenv("GANFORGE_NO_PLUGINS", "acme")
    finding = found()["acme"]
    assert (finding.state, finding.facts["state"]) == ("ok", "off")
    assert finding.text == "ganforge-acme 1.0, switched off by --no-plugin acme"


def test_a_choice_of_what_is_not_installed_is_an_error(monkeypatch):
    monkeypatch.setenv("GANFORGE_PLUGINS", "dtm")
    [finding] = found().values()
    assert (finding.name, finding.state) == ("selection", "error")
    assert finding.text == "GANFORGE_PLUGINS names the plugin 'dtm', which is not installed"


def test_a_distribution_that_is_installed_twice_is_a_warning_that_says_which_is_used(site, tmp_path, monkeypatch):
    site.install("acme", None, LOSS)
    later = type(site)(tmp_path / "later")
    later.path.mkdir()
    later.install("acme", {"acme_other": ""}, version="0.9")
    monkeypatch.setattr(sys, "path", [*sys.path, str(later.path), str(later.path)])
    assert found()["acme"].state == "ok"
    finding = found()["ganforge-acme"]
    assert (finding.state, finding.fix) == ("warning", "uninstall it until only one is left")
    used, other = f"1.0 in {site.path}", f"0.9 in {later.path}"
    assert finding.text == f"installed more than once: {used} is used, and {other} is not"
    assert finding.facts == {"copies": [used, other]}


def test_metadata_without_a_name_is_no_obstacle(site):
    (site.path / "acme-1.dist-info").mkdir()
    (site.path / "acme-1.dist-info" / "entry_points.txt").write_text("[ganforge]\nacme = acme_plugin\n")
    (site.path / "acme_plugin.py").write_text("")
    assert found()["acme"].text == "? ?, API 1, 0 components"


def checks(site, body: str) -> list[Finding]:
    source = f"from ganforge.plugins import hookimpl\n@hookimpl\ndef ganforge_doctor():\n{body}"
    site.install("acme", {"acme_plugin": source})
    registry, _ = registered()
    assert not registry.broken
    return list(own_checks(registry))


def test_a_plugins_own_checks_are_told_under_its_name(site):
    answers = [("licence", "ok", "valid"), ("server", "warning", "slow\n today"), ("disk", "error", "x")]
    body = f"    yield from {answers!r}"
    assert checks(site, body) == [
        Finding("acme: licence", "ok", "valid"),
        Finding("acme: server", "warning", "slow today"),
        Finding("acme: disk", "error", "x"),
    ]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("    raise RuntimeError('no\\nluck')", "its check failed: RuntimeError: no luck"),
        ("    raise SystemExit(1)", "its check failed: SystemExit: 1"),
        ("    class Odd(BaseException): pass\n    raise Odd('why')", "its check failed: Odd: why"),
        (
            "    return [('a', 'fine', 'b')]",
            "its check failed: it gave ('a', 'fine', 'b'), which is no (name, state, text)",
        ),
        ("    return ['abc']", "its check failed: it gave 'abc', which is no (name, state, text)"),
        ("    return 3", "its check failed: TypeError: 'int' object is not iterable"),
    ],
)
def test_a_check_that_fails_is_an_error_of_the_plugin(site, body, text):
    [finding] = checks(site, body)
    assert (finding.name, finding.state, finding.text) == ("acme", "error", text)
    assert finding.fix == "report this to the author of ganforge-acme"


def test_the_check_of_one_plugin_does_not_keep_another_from_being_asked(site):
    good = "from ganforge.plugins import hookimpl\n@hookimpl\ndef ganforge_doctor(): return [('x', 'ok', 'y')]"
    site.install("good", {"good_plugin": good})
    found = checks(site, "    1 / 0")
    assert [(finding.name, finding.state) for finding in found] == [("acme", "error"), ("good: x", "ok")]


def test_what_a_check_prints_stays_out_of_stdout(site, capsys):
    checks(site, "    print('hello')\n    return []")
    assert capsys.readouterr().out == ""
