"""The origin of a study's numbers: common to all runs, or different between them."""

from __future__ import annotations

from typing import Any

from ganforge.report.facts import Facts
from ganforge.study.report.page import children_of, origins, provenance
from ganforge.study.saved import StudyFolder


def facts(folder: StudyFolder) -> list[Facts]:
    return [run.facts for run in folder.read().runs.values() if run.facts]


def test_what_all_runs_share_is_said_once(maker: Any) -> None:
    found = dict(provenance(facts(maker.usual())))
    assert found["Fingerprint"] == [("device name", "a processor"), ("precision", "fp32")]
    assert found["Packages"] == [("torch", "2.15")]
    assert found["Plugins"] == [("acme", "ganforge-acme 1.2")]
    assert found["Machine"] == [("python", "3.11")]


def test_what_differs_is_counted(maker: Any) -> None:
    maker.usual()
    run = maker.run("late", 0)
    run.update_record({"fingerprint": {"device name": "another", "precision": "fp32"}})
    maker.row("late", "late", {0: "late"})
    found = dict(provenance(facts(maker.written())))
    assert found["Fingerprint"] == [("device name", "a processor (10 runs), another (1 run)"), ("precision", "fp32")]


def test_data_and_what_rows_build_on_are_there_once(maker: Any) -> None:
    maker.usual()
    maker.row("moved", "moved", {0: maker.run("moved", street=3).name})
    found = facts(maker.written())
    assert [(one.name, one.component, one.digest[:2]) for one in origins(found)] == [
        ("test", "acme/street", "00"),
        ("test", "acme/street", "03"),
    ]
    assert [(child.key, child.name, child.facts) for child in children_of(found)] == [
        ("judges.pooled", "judge-1", None)
    ]
