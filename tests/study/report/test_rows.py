"""The table of a study's page: what cells say and sort by, what rows are marked with, and what they open to."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from ganforge.runs.journal import Journal
from ganforge.study.report.page import own_changes, write_page
from ganforge.study.tables import columns
from html_page import Page

Cell = tuple[str, str, float | None]
EMPTY: Cell = ("", "", None)


def markup(folder: Any, target: Path | None = None) -> dict[str, str]:
    """Return the HTML of each row of the table, by the row's name."""
    bodies = write_page(folder, target).read_text(encoding="utf-8").split("<tbody data-order")[1:]
    names = [row.name for row in folder.read().rows]
    return {name: body.partition("</section>")[0] for name, body in zip(names, bodies, strict=True)}


def cells(folder: Any) -> dict[str, list[Cell]]:
    """Return the text, small print and sort key of each cell, by row."""
    results = folder.read()
    found = [[(cell.text, cell.about, cell.key) for cell in column.cells] for column in columns(results)]
    return {row.name: [column[place] for column in found] for place, row in enumerate(results.rows)}


def test_there_is_a_column_for_everything(maker: Any) -> None:
    assert [(column.head, column.about) for column in columns(maker.usual().read())] == [
        ("validation", ""),
        ("test", ""),
        ("test [batch]", ""),
        ("paper", "reference"),
        ("poster", "reference"),
        ("encoder-accuracy", "test"),
        ("labels", "in losses"),
        ("time", "of training"),
        ("memory", "at most"),
    ]


def test_cells_say_mean_spread_and_n(maker: Any) -> None:
    found = cells(maker.usual())
    best = found["best"]
    assert best[:3] == [("91.00", "± 1.41, n 2", pytest.approx(0.91))] * 3
    assert best[3:5] == [("90.66", "", 90.66), ("N/A", "", None)]
    assert best[5:] == [("96.00", "± 0.00, n 2", 0.96), ("none", "", 0), ("1:23", "", 83), ("1.0 GiB", "", 2**30)]
    assert found["taught"][6] == ("source_labels", "", 1)
    assert found["plain"][1][0] == "9.10"
    assert found["crashed"] == [EMPTY] * 9


def test_missing_seeds_show_in_n(maker: Any) -> None:
    maker.row("one", "one", {0: maker.run("one-0").name, 1: "one-1"}, status="not run")
    assert cells(maker.written())["one"][1] == ("50.00", "n 1 of 2", 0.5)


def test_rows_are_marked(maker: Any) -> None:
    folder = maker.usual()
    with Journal(maker.root / "less-1" / "journal.jsonl", pytest.fail) as journal:
        journal.write({"event": "warning", "step": 40, "name": "collapse", "text": "all outputs are alike"})
    found = {
        name: re.findall(r'<span class="mark( bad)?" title="[^"]+">([^<]+)</span>', text)
        for name, text in markup(folder).items()
    }
    marks = {name: [(text, bool(bad)) for bad, text in tags] for name, tags in found.items()}
    assert marks == {
        "best": [("best", False)],
        "less": [("warned", True)],
        "taught": [("supervised", False)],
        "circular": [("circular", True), ("supervised", False)],
        "crashed": [("failed", True)],
        "plain": [],
    }
    assert "seed 1, step 40: all outputs are alike" in markup(folder)["less"]


def test_a_row_opens_to_seeds_and_judges(maker: Any) -> None:
    found = markup(maker.usual())
    tables = re.findall(r"<table>(.*?)</table>", found["circular"], re.DOTALL)
    said = [re.findall(r">\s*([^<>\s][^<>]*)<", text) for text in tables]
    assert [words[0] for words in said] == ["validation", "test", "test [batch]"]
    assert said[1][1:] == [
        *("pooled", "strided ↻", "mean"),
        *("seed 0", "92.00", "99.00", "92.00"),
        *("seed 1", "93.00", "98.00", "93.00"),
        *("mean", "92.50", "98.50", "92.50"),
    ]
    assert re.findall(r'<td class="bad">([^<]+)</td>', tables[1]) == ["99.00", "98.00", "98.50"]
    assert "<table>" not in found["crashed"]


def test_runs_are_linked_and_failures_have_their_reason(maker: Any, tmp_path: Path) -> None:
    folder = maker.usual()
    found = markup(folder)
    assert '<a href="../best-1/report.html">best-1</a>' in found["best"]
    assert "<a " not in found["crashed"]
    text = " ".join(Page(write_page(folder)).text.split())
    assert "seed 1: best-1 step 200 of 400 kept, 1:23" in text
    assert "seed 0: crashed-0 failed: the loss is not finite" in text
    elsewhere = markup(folder, tmp_path / "pages" / "page.html")
    assert '<a href="../runs/best-0/report.html">best-0</a>' in elsewhere["best"]


def test_changes_are_those_that_are_not_shared(maker: Any) -> None:
    maker.usual()
    maker.row(
        "other-base",
        "another recipe",
        {0: "none"},
        status="not run",
        base="other.toml",
        changes={"train.steps": 500, "a.b": [1, "x"]},
    )
    results = maker.written().read()
    found = {row.name: own_changes(results, row) for row in results.rows}
    assert found["best"] == []
    assert found["less"] == [("losses.constancy.weight", "0")]
    assert found["other-base"] == [("base", "other.toml"), ("train.steps", "500"), ("a.b", '[1, "x"]')]
