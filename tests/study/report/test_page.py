"""The page of a study: that everything is on it, that nothing escapes it, and what it says when things are missing."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ganforge.errors import RunError
from ganforge.study.report.page import write_page
from ganforge.study.saved import StudyFolder
from html_page import Page

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'{{7*7}}&"


def page(folder: StudyFolder) -> Page:
    found = Page(write_page(folder))
    assert found.open == []
    assert len(found.ids) == len(set(found.ids))
    return found


def test_everything_is_on_it(maker: Any) -> None:
    found = page(maker.usual())
    for section in ("answer", "chart", "table", "pictures", "curves", "differences", "provenance", "next"):
        assert section in found.ids
    links = [str(link["href"]) for link in found.all("a")]
    assert all(link[1:] in found.ids for link in links if link.startswith("#"))
    for fact in (
        "street -> writing: which row is best?",
        "8 of 10 runs finished",
        "91.00 % for “all of it”",
        "No numbers of too fast, seeds 0, 1: the loss is not finite.",
        "all of it: as published",
        "A judge marked (circular) took part in training",
        "train.steps = 400",
        "losses.constancy.weight = 0",
        "00" * 32,
        "only a part of the official file",
        "a processor",
        "study.toml",
        'name = "best-0"',
        "judge-1 is not beside",
    ):
        assert fact in found.text
    assert re.search(r"ganforge report \S+study-made-up", found.text)


def test_runs_are_linked_by_relative_paths(maker: Any) -> None:
    folder = maker.usual()
    links = [str(link["href"]) for link in page(folder).all("a")]
    reports = [link for link in links if not link.startswith("#")]
    assert set(reports) == {
        f"../{row}-{seed}/report.html" for row in ("best", "less", "taught", "circular") for seed in (0, 1)
    }
    assert all((folder.path / link).is_file() for link in reports)


def test_it_needs_nothing_but_itself(maker: Any) -> None:
    found = page(maker.usual())
    text = re.sub(r"data:image/png;base64,[A-Za-z0-9+/=]*", "", found.source)
    assert not re.search(r"https?:|//[a-z]|@import|url\(", text)
    assert all(str(image["src"]).startswith("data:image/png;base64,") for image in found.all("img"))
    assert not any("src" in script for script in found.all("script"))
    assert all(image["alt"] for image in found.all("img"))


def test_hostile_names_are_only_text(maker: Any) -> None:
    maker.description = "harmless"
    says = {"pooled": 0.9, HOSTILE: 0.8}
    runs = maker.several("one", [says, says], labels=[HOSTILE])
    maker.row("one", HOSTILE, runs, note=HOSTILE, changes={HOSTILE: HOSTILE}, reference={HOSTILE: HOSTILE, "x": 1.0})
    maker.row("two", "two", {0: "two"}, status=HOSTILE, reason=HOSTILE)
    found = page(maker.written())
    assert "<script>alert(1)" in found.text
    assert len(found.all("script")) == 1
    assert not any("onerror" in attributes for _, attributes in found.elements)


def test_a_study_that_has_just_begun_has_a_page(maker: Any) -> None:
    maker.row("one", "one", {0: "one-0"}, status="not run")
    found = page(maker.written())
    assert "There is no answer yet" in found.text
    assert "chart" not in found.ids
    assert "pictures" not in found.ids


def test_runs_that_are_gone_are_missing_and_all_gone_is_an_error(maker: Any) -> None:
    folder = maker.usual()
    shutil.rmtree(maker.root / "best-0")
    assert "1 missing" in page(folder).text
    before = folder.report.read_bytes()
    for path in maker.root.glob("*-*"):
        if path != folder.path:
            shutil.rmtree(path)
    with pytest.raises(RunError, match="are not beside it"):
        write_page(folder)
    assert folder.report.read_bytes() == before


def test_a_damaged_run_costs_its_own_numbers_only(maker: Any) -> None:
    folder = maker.usual()
    (maker.root / "best-0" / "run.json").write_text("{")
    (maker.root / "best-1" / "metrics.json").write_text("[]")
    found = page(folder)
    assert "40.00 % for “without the loss”" in found.text
    assert "damaged" in found.text


@pytest.mark.parametrize(
    "text", ["", "[]", '{"rows": [{}]}', '{"rows": [3]}', '{"rows": [{"runs": {"0": {"run": "../x"}}}]}']
)
def test_a_damaged_table_is_named(maker: Any, text: str) -> None:
    folder = maker.usual()
    folder.table.write_text(text, encoding="utf-8")
    with pytest.raises(RunError, match="is damaged") as caught:
        write_page(folder)
    assert str(folder.path) in caught.value.message


def test_twelve_rows_of_three_seeds_stay_below_the_limit(maker: Any) -> None:
    """With pictures of noise, which no format makes small."""
    says = {"pooled": 0.9, "strided": 0.8, "residual": 0.85, "replication": 0.95}
    for row in range(12):
        runs = {seed: maker.run(f"row-{row}-{seed}", seed, says, side=32).name for seed in range(3)}
        maker.row(f"row-{row}", f"row {row}", runs, reference={"paper": 90.66})
    path = write_page(maker.written())
    assert path.stat().st_size < 5_000_000
    found = Page(path)
    assert len(found.all("tbody")) > 12
    assert "no pictures" not in found.text


def test_the_verb_finds_studies_by_name_and_by_folder(maker: Any, tmp_path: Path) -> None:
    folder = maker.usual()
    code = (
        "import sys; from ganforge.cli import main; sys.argv[0] = 'ganforge'; main(); "
        "assert 'torch' not in sys.modules, 'a report needs no torch'"
    )

    def report(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", code, "report", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)

    for name in ("made-up", "study-made-up", str(folder.path)):
        done = report(name)
        assert done.returncode == 0, done.stderr
        assert "report.html" in done.stdout
        folder.report.unlink()
    assert report("made-up", "-o", "pages/mine.html").returncode == 0
    assert "../runs/best-0/report.html" in (tmp_path / "pages" / "mine.html").read_text(encoding="utf-8")
    assert not folder.report.exists()
    failed = report("made-upp")
    assert failed.returncode == 1
    assert "did you mean 'made-up'?" in failed.stderr
    assert "Traceback" not in failed.stderr
