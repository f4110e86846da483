"""Where a study's numbers come from: what all runs have in common, and what they do not."""

from __future__ import annotations

from typing import Any

from ganforge.study.report.material import gather
from ganforge.study.report.origins import children, data, environment


def test_what_all_runs_share_is_said_once(maker: Any) -> None:
    found = dict(environment(gather(maker.usual())))
    assert found["Fingerprint"] == [("device name", "a processor"), ("precision", "fp32")]
    assert found["Packages"] == [("torch", "2.15")]
    assert found["Plugins"] == [("acme", "ganforge-acme 1.2")]
    assert found["Machine"] == [("python", "3.11")]


def test_what_differs_is_counted(maker: Any) -> None:
    maker.usual()
    run = maker.run("late", 0)
    run.update_record({"fingerprint": {"device name": "another", "precision": "fp32"}})
    maker.row("late", "late", {0: "late"})
    found = dict(environment(gather(maker.written())))
    assert found["Fingerprint"] == [("device name", "a processor (10 runs), another (1 run)"), ("precision", "fp32")]


def test_data_and_what_rows_build_on_are_there_once(maker: Any) -> None:
    maker.usual()
    maker.row("moved", "moved", {0: maker.run("moved", street=3).name})
    material = gather(maker.written())
    assert [(one.name, one.component, one.digest[:2]) for one in data(material)] == [
        ("test", "acme/street", "00"),
        ("test", "acme/street", "03"),
    ]
    assert [(child.key, child.name, child.facts) for child in children(material)] == [
        ("judges.pooled", "judge-1", None)
    ]
