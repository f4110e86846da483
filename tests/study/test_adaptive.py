"""An adaptive search: round after round from runs of its own, stopped and gone on with, and the table in the end."""

import os
import random
import shutil
import signal
import time
from dataclasses import replace

import pytest

from ganforge.errors import Interrupted, RunError, UsageError
from ganforge.runs import strict_json
from ganforge.runs.directory import list_runs
from ganforge.runs.lock import running
from ganforge.study.adaptive import extended, resumed
from ganforge.study.processes import Slot, StudyListener
from ganforge.study.run import run_study
from ganforge.study.study import with_trials

HEAD = """
[study]
name = "small"
base = "transfer.toml"
seeds = [0]
metric = "constancy"                # a number that each trial has another of

[study.set]
"metrics.constancy" = { use = "dtn/constancy" }
"metrics.transfer-accuracy" = { use = "basics/transfer-accuracy" }
"""
SEARCH = """
[search]
method = "tpe"
trials = 7
startup = 3
direction = "minimize"

[search.keys]
"optimizers.generator.lr" = { low = 1e-4, high = 1e-2, log = true }
"train.steps" = [1, 2, 3]
"""


class Stopping(StudyListener):
    """Sends this process SIGINT when so many runs have ended."""

    def __init__(self, after):
        self.after = after

    def ended(self, job, reason):
        self.after -= 1
        if self.after == 0:
            os.kill(os.getpid(), signal.SIGINT)


@pytest.fixture(scope="module")
def text():
    return HEAD + SEARCH


@pytest.fixture(scope="module")
def undisturbed(built, text, tmp_path_factory):
    """Run the search without a break, two runs at a time."""
    runs = tmp_path_factory.mktemp("undisturbed") / "runs"
    shutil.copytree(built.runs, runs)
    bench = type(built)(built.root, built.cache, runs)
    return bench, bench.run(text, jobs=2)


def drawn(row):
    """Return the values that the search gave to a trial."""
    return {key: row.changes[key] for key in ("optimizers.generator.lr", "train.steps")}


def suggested(bench):
    return strict_json.loads((bench.runs / "study-small" / "trials.json").read_bytes())["trials"]


def test_trials_are_rows_ranked_by_validation_images_alone(undisturbed):
    bench, results = undisturbed
    trials = sorted(results.rows, key=lambda row: row.name)
    assert [row.name for row in trials] == [f"trial-{number:03}" for number in range(7)]
    assert [drawn(row) for row in trials] == suggested(bench)
    assert len({tuple(drawn(row).values()) for row in trials}) == 7
    for row in trials:
        (run,) = row.runs.values()
        assert run.status == "finished"
        assert run.facts.setting("train", "steps") == drawn(row)["train.steps"]
    assert [row.score for row in results.rows] == sorted({row.score for row in trials})
    assert bench.watched.most <= 2
    written = "".join((bench.runs / "study-small" / f"table.{form}").read_text() for form in ("md", "csv"))
    assert "test" not in written
    assert f"Best on validation images: {results.rows[0].name}, --set " in written


def test_the_first_trials_are_those_of_a_random_search(undisturbed, bench, text):
    _, results = undisturbed
    study = bench.study(text.replace('method = "tpe"', "").replace("startup = 3", ""))
    first = sorted(results.rows, key=lambda row: row.name)[:3]
    hashes = [row.runs[0].facts.record["hash"] for row in first]
    assert hashes == [study.recipes[variant.name][0].hash for variant in study.variants[:3]]


def test_stopped_it_goes_on_with_the_same_trials_to_the_same_table(undisturbed, bench, text):
    whole, _ = undisturbed
    with pytest.raises(Interrupted):
        bench.run(text, jobs=2, watcher=Stopping(after=4))
    before = suggested(bench)
    assert len(before) == 5
    # A row that was suggested can be asked for, which suggests no more.
    bench.run(text, only=["trial-004"])
    assert suggested(bench) == before
    with pytest.raises(UsageError):
        bench.run(text, only=["trial-005"])
    bench.run(text, jobs=2)
    assert bench.table() == whole.table()
    assert suggested(bench) == suggested(whole)


@pytest.mark.slow
def test_killed_at_random_moments_it_ends_with_the_same_table(undisturbed, bench, text):
    whole, _ = undisturbed

    def workers():
        return [run for run in list_runs(bench.runs) if running(run.path)]

    for _ in range(4):
        process = bench.begin(bench.write(text), "--jobs", "2")
        while process.poll() is None and not workers():
            time.sleep(0.02)
        time.sleep(random.uniform(0, 4))
        process.kill()
        process.communicate()
        while workers():
            time.sleep(0.02)
    bench.run(text, jobs=2)
    assert bench.table() == whole.table()
    assert suggested(bench) == suggested(whole)


def test_what_was_suggested_stays_whatever_runs_side_by_side_or_is_added(undisturbed, text):
    bench, results = undisturbed
    again = bench.run(text, jobs=1)
    assert bench.watched.begun_jobs == []
    assert [drawn(row) for row in again.rows] == [drawn(row) for row in results.rows]
    before = suggested(bench)
    fewer = bench.run(text, "search.trials=5")
    assert sorted(row.name for row in fewer.rows)[-1] == "trial-004"
    assert bench.watched.begun_jobs == []
    more = bench.run(text, "search.trials=8")
    assert len(bench.watched.begun_jobs) == 1
    assert len(more.rows) == 8
    assert suggested(bench)[:7] == before


def test_another_search_and_another_recipe_begin_anew(undisturbed, text):
    bench, _ = undisturbed
    place = bench.place()
    for overrides in (["search.seed=1"], ["train.batch_size=5"], ["study.metric=transfer-accuracy"]):
        study = bench.study(text, *overrides)
        assert len(resumed(study, bench.runs / "study-small", place.registry).drawn) == 3
    study = bench.study(text, "study.seeds=[0, 1]")
    assert len(resumed(study, bench.runs / "study-small", place.registry).drawn) == 7


@pytest.mark.parametrize("damage", [b"{", b"[]", b'{"trials": []}', None])
def test_a_damaged_file_is_refused(undisturbed, text, tmp_path, damage):
    bench, _ = undisturbed
    kept = strict_json.loads((bench.runs / "study-small" / "trials.json").read_bytes())
    kept["trials"][-1]["train.steps"] = 4
    (tmp_path / "trials.json").write_bytes(strict_json.dumps(kept).encode() if damage is None else damage)
    with pytest.raises(RunError) as caught:
        resumed(bench.study(text), tmp_path, bench.place().registry)
    assert "trials.json is damaged" in caught.value.message
    assert "delete it" in caught.value.fix


def test_a_failed_trial_costs_itself_and_counts_as_bad(bench, text):
    wild = text.replace("high = 1e-2", "high = 1e38").replace("[1, 2, 3]", "[3]")
    results = bench.run(wild, "search.trials=4")
    states = {run.status for row in results.rows for run in row.runs.values()}
    assert states == {"finished", "failed"}
    assert [row.score is None for row in results.rows] == sorted(row.score is None for row in results.rows)
    assert len(results.rows) == 4


def test_a_combination_that_no_recipe_can_have_is_a_row_that_says_so(bench, text):
    study = bench.study(text, "train.batch_size=5")
    found = [{"optimizers.generator.lr": 1e-3, "train.steps": steps} for steps in (0, -1, 3)]
    grown = with_trials(study, found, bench.place().registry)
    refused, other, usual = grown.variants[3:]
    assert [refused.name, other.name, usual.name, grown.open] == ["trial-003", "trial-004", "trial-005", 1]
    assert refused.name not in grown.recipes
    assert "train.steps" in refused.note
    train = grown.recipes[usual.name][0].train
    assert [usual.note, train.steps, train.batch_size] == ["", 3, 5]
    results = run_study(grown, bench.place(), [Slot("cpu", 1)], only=["trial-003", "trial-005"])
    for page in ("table.md", "report.html"):
        written = (bench.runs / "study-small" / page).read_text()
        assert refused.note in written
        assert other.note in written
    assert results.failed(["trial-003", "trial-005"]) == []


def test_rounds_keep_all_places_busy(undisturbed, tmp_path, text):
    bench, results = undisturbed
    study = bench.study(text)
    place = bench.place()
    first = replace(results, rows=tuple(row for row in results.rows if row.name < "trial-003"))
    for slots, seeds, count in [(1, 1, 1), (3, 1, 3), (9, 1, 4), (1, 2, 1), (3, 2, 2)]:
        several = replace(study, table=study.table.model_copy(update={"seeds": list(range(seeds))}))
        assert len(extended(several, first, slots, tmp_path, place.registry).drawn) == 3 + count
