"""Studies read back from their folders, and how they are found."""

from __future__ import annotations

import shutil

import pytest

from ganforge.errors import RunError
from ganforge.runs import sealed
from ganforge.runs.directory import RunDirectory
from ganforge.study.saved import StudyFolder, find_run_or_study, find_study, is_study, last_error
from ganforge.study.tables import as_data

FAILING = '[variants.failing]\ntitle = "a crash"\nset = { "optimizers.generator.lr" = 1e38 }\n'


def test_what_is_read_back_is_what_was_shown(bench):
    text = bench.write().read_text().replace("also =", 'batch_norm = ["batch", "running"]\nalso =') + FAILING
    shown = bench.run(text, "study.seeds=[0]")
    folder = StudyFolder(bench.runs / "study-small")
    saved = folder.read()
    assert as_data(saved) == as_data(shown)
    assert saved.rows[2].runs[0].reason == shown.rows[2].runs[0].reason != ""
    # What the table forgets, the log knows.
    again = sealed.loads(folder.table.read_bytes())
    again["rows"][2]["runs"]["0"]["reason"] = ""
    folder.table.write_bytes(sealed.dumps(again))
    assert folder.read().rows[2].runs[0].reason == shown.rows[2].runs[0].reason
    # It has a page, and that is found by the study's name.
    assert folder.report.read_text(encoding="utf-8").startswith("<!doctype html>")
    found = find_run_or_study("small", bench.runs)
    assert found.path == folder.path
    name = saved.rows[0].runs[0].name
    assert find_run_or_study(name, bench.runs) == RunDirectory(bench.runs / name)
    # Where it has been moved away from its runs, these are missing.
    moved = bench.runs / "elsewhere"
    shutil.copytree(folder.path, moved / folder.path.name)
    shutil.copytree(bench.runs / name, moved / name)
    apart = find_study("small", moved)
    assert apart is not None
    assert [row.runs[0].status for row in apart.read().rows] == ["finished", "missing", "not run"]
    shutil.rmtree(moved / name)
    with pytest.raises(RunError, match="are not beside it"):
        apart.read()


def test_the_rows_of_a_search_are_read_back_in_their_order(bench):
    search = """
[search]
method = "grid"
[search.keys]
"losses.constancy.weight" = [0.0, 4.0]
"""
    text = bench.write().read_text().partition("[variants")[0] + search
    shown = bench.run(text, "study.seeds=[0]")
    saved = StudyFolder(bench.runs / "study-small").read()
    assert [row.name for row in saved.rows] == [row.name for row in shown.rows]
    assert saved.study.columns == ["validation"]
    assert as_data(saved) == as_data(shown)


@pytest.mark.parametrize("text", ["", ".", "..", "../small", "a/b"])
def test_what_is_no_name_finds_no_study(tmp_path, text):
    assert find_study(text, tmp_path) is None


def test_a_folder_with_a_study_file_alone_is_no_study(tmp_path):
    (tmp_path / "study.toml").write_text("[study]")
    assert not is_study(tmp_path)
    with pytest.raises(RunError, match="neither a run nor"):
        find_run_or_study("study", tmp_path)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("begun\nerror: first\nTraceback\nerror: last: of two\nbye\n", "last: of two"),
        ("no error: here\n", None),
        ("", None),
    ],
)
def test_the_last_error_counts(tmp_path, text, error):
    (tmp_path / "run.log").write_text(text)
    assert last_error(tmp_path / "run.log") == error


def test_without_a_log_there_is_no_error(tmp_path):
    assert last_error(tmp_path / "run.log") is None


def test_bytes_that_are_no_text_do_no_harm(tmp_path):
    (tmp_path / "run.log").write_bytes(b"\xff\xfe\nerror: \xff\n")
    assert last_error(tmp_path / "run.log") == "\N{REPLACEMENT CHARACTER}"


def test_no_file_of_a_study_is_read_changed(bench):
    text = bench.write().read_text().replace("also =", 'batch_norm = ["batch", "running"]\nalso =')
    shown = bench.run(text, "study.seeds=[0]")
    folder = StudyFolder(bench.runs / "study-small")
    for file in (folder.study, folder.table):
        whole = file.read_bytes()
        for damage in (whole.replace(b"90.66", b"96.66"), whole[: len(whole) * 9 // 10], b""):
            assert damage != whole
            file.write_bytes(damage)
            with pytest.raises(RunError, match=f"{file.name} is damaged"):
                folder.read()
        file.write_bytes(whole)
    # Numbers of a further mode are left out, and measured again when the study is called again.
    measured = folder.measured(shown.rows[0].runs[0].name, "batch")
    measured.write_bytes(measured.read_bytes().replace(b"0.", b"1.", 1))
    assert f"not measured in batch-norm mode batch: {measured.name}" in folder.read().rows[0].runs[0].reason
    assert as_data(bench.run(text, "study.seeds=[0]")) == as_data(shown)


@pytest.mark.parametrize("name", ["metrics.json", "weights/generator.safetensors", "journal.jsonl"])
def test_what_a_row_has_lost_is_made_again(bench, name):
    shown = bench.run(bench.write().read_text(), "study.seeds=[0]")
    file = bench.runs / shown.rows[0].runs[0].name / name
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    again = bench.run(bench.write().read_text(), "study.seeds=[0]")
    assert not again.failed()
    assert [run.sets for run in again.runs.values()] == [run.sets for run in shown.runs.values()]
    assert not name.startswith("weights") or file.read_bytes() == whole
    page = StudyFolder(bench.runs / "study-small").report.read_text(encoding="utf-8")
    assert ("the journal was damaged: lines of it are left out" in page) == (name == "journal.jsonl")
