"""`ganforge plugin check`."""

from __future__ import annotations

import json

import pytest

from ganforge.testing.checks import checks_of

SOURCE = '''
def half(step, steps):
    """Half of it."""
    return 0.5

def falling(step, steps):
    """It falls."""
    return 1 - 2 * step / steps
'''
HALF = '"scheduler", "half", "acme_parts:half", "Half of it."'
ALL = len(checks_of("scheduler"))
FALLING = '"scheduler", "falling", "acme_parts:falling", "It falls."'


def test_a_plugin_without_flaws_is_a_table_and_exit_code_0(ganforge, site):
    site.install("acme", {"acme_parts": SOURCE}, HALF)
    result = ganforge("plugin", "check", "acme", "--component", "half")
    assert (result.code, result.err) == (0, "")
    assert result.out == f"scheduler acme/half  {ALL} passed\n\n{ALL} passed\n"


def test_a_flaw_says_what_why_and_how_to_fix_it(ganforge, site):
    site.install("acme", {"acme_parts": SOURCE}, HALF, FALLING)
    result = ganforge("plugin", "check", "acme", "--component", "scheduler/*")
    assert (result.code, result.err) == (1, "")
    table, flaw, end = result.out.strip().split("\n\n")
    assert table.splitlines() == [
        f"scheduler acme/falling  {ALL - 1} passed, 1 failed",
        f"scheduler acme/half     {ALL} passed",
    ]
    what, why, fix = flaw.splitlines()
    assert what == "failed: scheduler acme/falling, numbers: step 98 of 100: the factor is -0.96"
    assert why.startswith("  why   They are written into the journal")
    assert fix.startswith("  fix   Return `float(value)`")
    assert end == f"{2 * ALL - 1} passed, 1 failed"


def test_one_check_of_everything(ganforge, site):
    site.install("acme", {"acme_parts": SOURCE}, HALF, FALLING)
    result = ganforge("plugin", "check", "acme", "--only", "summary", "--only", "numbers")
    assert result.out.splitlines()[:2] == [
        "scheduler acme/falling  1 passed, 1 failed",
        "scheduler acme/half     2 passed",
    ]


def test_for_programs_there_is_json(ganforge, site):
    site.install("acme", {"acme_parts": SOURCE}, FALLING)
    result = ganforge("plugin", "check", "acme", "--component", "falling", "--only", "numbers", "--json")
    assert result.code == 1
    [found] = json.loads(result.out)
    assert list(found) == ["kind", "name", "check", "outcome", "what", "why", "fix"]
    assert (found["kind"], found["name"]) == ("scheduler", "acme/falling")
    assert (found["check"], found["outcome"]) == ("numbers", "failed")
    assert found["what"] == "step 98 of 100: the factor is -0.96"


def test_what_cannot_be_looked_at_is_said_once(ganforge, tmp_path):
    result = ganforge("plugin", "check", "basics", "--component", "npz", "--data", tmp_path)
    assert result.code == 0
    [line] = [line for line in result.out.splitlines() if line.startswith("skipped")]
    assert line.startswith("skipped: dataset basics/npz, runs, ")
    assert line.endswith(": its files are its user's: give its options 'path'")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["acne"], "there is no plugin 'acne'\n  fix: did you mean 'acme'?"),
        (["acme", "--component", "hafl"], "the plugin has no component 'hafl'\n  fix: did you mean 'half'?"),
        (["acme", "--only", "sumary"], "there is no check 'sumary' here\n  fix: did you mean 'summary'?"),
    ],
)
def test_a_slip_of_the_pen_is_answered(ganforge, site, arguments, message):
    site.install("acme", {"acme_parts": SOURCE}, HALF)
    result = ganforge("plugin", "check", *arguments)
    assert result.code == 2
    assert message in result.err


def test_what_a_component_prints_does_not_spoil_the_json(ganforge, site):
    site.install("acme", {"acme_parts": SOURCE.replace("return 0.5", "print('hello')\n    return 0.5")}, HALF)
    result = ganforge("plugin", "check", "acme", "--component", "half", "--only", "runs", "--json")
    assert [one["outcome"] for one in json.loads(result.out)] == ["passed"]
    assert "hello" in result.err


def test_a_plugin_that_cannot_be_loaded_is_that_error(ganforge, site):
    site.install("acme", {"acme_plugin": "1 / 0"})
    result = ganforge("plugin", "check", "acme")
    assert result.code == 2
    assert "the plugin 'acme' of ganforge-acme 1.0 cannot be loaded: ZeroDivisionError" in result.err


def test_a_stranger_that_claims_its_name_keeps_no_plugin_from_being_checked(ganforge, site):
    site.install("basics", {"stranger_plugin": ""}, distribution="stranger")
    result = ganforge("plugin", "check", "basics", "--component", "plugin", "--only", "recipes")
    assert (result.code, result.err) == (0, "")


def test_a_plugin_that_is_switched_off_is_not_checked(ganforge):
    result = ganforge("--no-plugin", "dtn", "plugin", "check", "dtn")
    assert result.code == 2
    assert result.err.endswith("is switched off by --no-plugin dtn\n  fix: switch it on again\n")
