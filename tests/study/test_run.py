"""A study from its file to its table: what is run, what is shared, what a crash costs, and what is written."""

import csv
import io
import statistics

import pytest

from ganforge.engine.remeasure import remeasure
from ganforge.errors import RunError, UsageError
from ganforge.runs import strict_json
from ganforge.runs.directory import RunDirectory, create, list_runs
from ganforge.runs.lock import run_lock
from ganforge.study.saved import StudyFolder

FAILING = """
[variants.failing]
title = "a crash"
set = { "optimizers.generator.lr" = 1e38 }
"""


@pytest.fixture(scope="module")
def first(built, tmp_path_factory):
    """Run a study once, from nothing, two runs at a time."""
    bench = type(built)(built.root, built.cache, tmp_path_factory.mktemp("first"))
    return bench, bench.run(jobs=2)


def test_what_runs_build_on_is_made_first_and_once(first):
    bench, _ = first
    begun = [name.rpartition("-")[0] for name in bench.watched.begun_jobs]
    assert sorted(begun[:3]) == ["f", "judge", "judge-strided"]
    assert begun[3:] == ["transfer"] * 4
    assert set(bench.watched.ended_jobs.values()) == {None}
    assert bench.watched.most == 2


def test_the_table_is_what_the_runs_measured(first):
    bench, results = first
    assert [row.title for row in results.rows] == ["this one", "without f-constancy"]
    for row in results.rows:
        assert [run.status for run in row.runs.values()] == ["finished"] * 2
        assert {seed: len(run.name) > 0 for seed, run in row.runs.items()} == {0: True, 1: True}
        measured = [
            strict_json.loads(RunDirectory(bench.runs / run.name).metrics.read_bytes())["sets"]
            for run in row.runs.values()
        ]
        for name in ("validation", "test"):
            assert row.parts(name) == ["pooled", "strided"]
            for part in ("pooled", "strided"):
                values = [sets[name][f"transfer-accuracy/{part}"] for sets in measured]
                found = row.statistic(name, part)
                assert (found.mean, found.spread, found.n) == (statistics.mean(values), statistics.stdev(values), 2)
            means = [
                (sets[name]["transfer-accuracy/pooled"] + sets[name]["transfer-accuracy/strided"]) / 2
                for sets in measured
            ]
            assert row.statistic(name).values == tuple(means)
        seeds = [RunDirectory(bench.runs / run.name).recipe.read_text() for run in row.runs.values()]
        assert ["seed = 0" in seeds[0], "seed = 1" in seeds[1]] == [True, True]
        assert row.memory("process") > 2**20
        assert row.memory("gpu") is None


def test_every_form_of_the_table_says_the_same(first):
    bench, results = first
    folder = bench.runs / "study-small"
    row = results.rows[1]
    found = row.statistic("test")
    shown = f"{100 * found.mean:.2f} ± {100 * found.spread:.2f} (2){' *' * (row in results.best('test'))}"
    lines = (folder / "table.md").read_text().splitlines()
    (line,) = [line for line in lines if line.startswith("| without f-constancy") and "74.55" in line]
    assert [cell.strip() for cell in line.split("|")][3] == shown
    assert "* without f-constancy: g is free" in lines
    assert any("N/A" in line and "90.66" in line for line in lines)
    written = list(csv.DictReader(io.StringIO((folder / "table.csv").read_text())))
    (cell,) = [
        one
        for one in written
        if (one["row"], one["set"], one["metric"], one["part"]) == ("no-constancy", "test", "transfer-accuracy", "mean")
    ]
    assert (float(cell["mean"]), float(cell["spread"]), cell["n"]) == (found.mean, found.spread, "2")
    data = strict_json.loads((folder / "table.json").read_bytes())
    assert data["rows"][1]["sets"]["test"]["transfer-accuracy/mean"]["values"] == list(found.values)
    assert data["meanings"]["transfer-accuracy"] == {"unit": "share", "better": "higher"}
    assert data["rows"][1]["changes"] == {"losses.constancy.weight": 0}
    assert data["images"] == {"validation": 16, "test": 30}
    assert {one["run"] for one in data["rows"][0]["runs"].values()} == {
        run.name for run in results.rows[0].runs.values()
    }


def test_what_is_finished_is_not_run_again(first):
    bench, results = first
    again = bench.run()
    assert bench.watched.begun_jobs == []
    assert [row.runs for row in again.rows] == [row.runs for row in results.rows]


def test_a_page_that_cannot_be_written_costs_nothing_else(first, monkeypatch):
    bench, results = first
    asked = []

    def write_page(folder):
        asked.append(folder.path)
        raise OSError("no space left")

    monkeypatch.setattr("ganforge.study.run.write_page", write_page)
    again = bench.run()
    assert [row.runs for row in again.rows] == [row.runs for row in results.rows]
    assert asked == [bench.runs / "study-small"]


def test_a_study_that_grows_runs_only_what_is_new(first):
    bench, _ = first
    results = bench.run(bench.root.joinpath("study.toml").read_text(), "study.seeds=[0, 1, 2]", only=["best"])
    assert len(bench.watched.begun_jobs) == 1
    assert results.rows[0].statistic("test").n == 3
    assert [run.status for run in results.rows[1].runs.values()] == ["finished", "finished", "not run"]
    assert results.failed(["best"]) == []
    assert results.failed() == ["no-constancy (seed 2)"]
    assert "(2 of 3)" in (bench.runs / "study-small" / "table.md").read_text()


def test_two_studies_share_runs_of_the_same_content(first):
    bench, _ = first
    text = bench.root.joinpath("study.toml").read_text()
    bench.run(text.replace('name = "small"', 'name = "other"').replace("[variants.best]", "[variants.renamed]"))
    assert bench.watched.begun_jobs == []
    assert (bench.runs / "study-other" / "table.md").exists()


def test_a_crash_costs_its_own_numbers_only(bench, site):
    site.install(
        "acme",
        {
            "acme_losses": """
            import os, signal
            def abort(transferred_source):
                os.kill(os.getpid(), signal.SIGKILL)
            """
        },
        '"loss", "abort", "acme_losses:abort", "Dies."',
    )
    text = bench.write().read_text() + FAILING + '[variants.dying.set]\n"losses.dying" = { use = "acme/abort" }\n'
    results = bench.run(text, "study.seeds=[0]", jobs=2)
    rows = {row.name: row for row in results.rows}
    assert {name: [run.status for run in row.runs.values()] for name, row in rows.items()} == {
        "best": ["finished"],
        "no-constancy": ["finished"],
        "failing": ["failed"],
        "dying": ["killed"],
    }
    assert "not finite" in rows["failing"].runs[0].reason
    assert rows["dying"].runs[0].reason == "killed by SIGKILL"
    assert results.failed() == ["failing (seed 0)", "dying (seed 0)"]
    table = (bench.runs / "study-small" / "table.md").read_text()
    assert "| a crash | failed | failed |" in table
    assert "* No numbers of dying, seed 0: killed by SIGKILL." in table
    log = bench.runs / "study-small" / "logs" / f"{rows['failing'].runs[0].name}.log"
    assert "error: " in log.read_text()
    bench.run(text, "study.seeds=[0]", only=["failing"])
    assert bench.watched.begun_jobs == [rows["failing"].runs[0].name]


def test_what_builds_on_a_failure_is_not_begun(bare):
    (bare.root / "wild.toml").write_text(
        (bare.root / "encoder.toml").read_text() + '[optimizers.classifier]\nuse = "basics/sgd"\nlr = 1e38\n'
    )
    text = (
        bare.write()
        .read_text()
        .replace('"losses.constancy.weight" = 0', '"networks.encoder.weights.recipe" = "wild.toml"')
    )
    results = bare.run(text, "study.seeds=[0]", jobs=2)
    best, broken = (row.runs[0] for row in results.rows)
    assert (best.status, broken.status) == ("finished", "not run")
    assert "which it builds on, failed" in broken.reason
    assert broken.reason in (bare.runs / "study-small" / "table.md").read_text()


def test_a_search_ranks_by_validation_images_and_shows_no_test_number(bench):
    text = bench.write().read_text()
    text = text[: text.index("[variants.best]")] + '[search]\nmethod = "grid"\nkeys = { "train.steps" = [1, 2, 4] }\n'
    results = bench.run(text, jobs=2)
    assert {row.name for row in results.rows} == {"trial-000", "trial-001", "trial-002"}
    means = [row.statistic("validation").mean for row in results.rows]
    assert means == sorted(means, reverse=True)
    written = "".join((bench.runs / "study-small" / f"table.{form}").read_text() for form in ("md", "csv"))
    assert "test" not in written
    best = results.rows[0].changes["train.steps"]
    assert f"--set train.steps={best}" in written


def test_rows_are_named(bench):
    with pytest.raises(UsageError) as caught:
        bench.run(only=["bets"])
    assert caught.value.fix == "did you mean 'best'?"
    assert not any(run.name.startswith("transfer") for run in list_runs(bench.runs))


def test_two_processes_are_never_at_one_study(bench):
    folder = bench.runs / "study-small"
    folder.mkdir()
    with run_lock(folder), pytest.raises(RunError) as caught:
        bench.run()
    assert "in use" in caught.value.message


def test_a_run_of_the_same_name_is_left_alone(bench):
    create(bench.runs, "study-small")
    with pytest.raises(RunError) as caught:
        bench.run()
    assert "is a run" in caught.value.message


def test_a_run_whose_numbers_are_damaged_is_no_run_with_numbers(bench):
    results = bench.run(bench.write().read_text(), "study.seeds=[0]", only=["best"])
    metrics = RunDirectory(bench.runs / results.rows[0].runs[0].name).metrics
    for damage in (b"{", b"[]", b"{}", b'{"sets": {}}'):
        metrics.write_bytes(damage)
        read = StudyFolder(bench.runs / "study-small").read()
        assert read.failed(["best"]) == ["best (seed 0)"]
        assert "damaged" in read.rows[0].runs[0].reason
    again = bench.run(bench.write().read_text(), "study.seeds=[0]", only=["best"])
    assert again.failed(["best"]) == []
    assert again.rows[0].runs[0].sets == results.rows[0].runs[0].sets


def test_further_modes_of_batch_norm_have_columns_of_their_own(bench):
    text = bench.write().read_text().replace("seeds =", 'batch_norm = ["running", "batch"]\nseeds =')
    first = bench.run(
        text.replace('"batch"]', '"running"]').replace('["running", ', "["), "study.seeds=[0]", only=["best"]
    )
    assert len(bench.watched.begun_jobs) == 1
    results = bench.run(text, "study.seeds=[0]", only=["best"])
    assert len(bench.watched.begun_jobs) == 1  # measured anew, not trained anew
    row = results.rows[0]
    assert row.runs[0].name == first.rows[0].runs[0].name
    directory = RunDirectory(bench.runs / row.runs[0].name)
    sets = strict_json.loads(directory.metrics.read_bytes())["sets"]
    again = remeasure(directory, bench.place(), "batch").sets
    for part in ("pooled", "strided"):
        assert row.statistic("test [running]", part).mean == sets["test"][f"transfer-accuracy/{part}"]
        assert row.statistic("test [batch]", part).mean == again["test"][f"transfer-accuracy/{part}"]
    assert "| test [batch] |" in (bench.runs / "study-small" / "table.md").read_text()
    bench.run(text, "study.seeds=[0]", only=["best"])
    assert bench.watched.begun_jobs == []
