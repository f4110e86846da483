"""Differences between runs, beside their metrics."""

import json

import pytest

from ganforge.cli.tables import print_comparison
from ganforge.errors import RunError
from ganforge.meaning import Meaning, Meanings
from ganforge.plugins.registry import Registry
from ganforge.runs import strict_json
from ganforge.runs.directory import RunDirectory, create
from ganforge.study.comparison import Comparison, compare


@pytest.fixture(scope="module")
def runs(built, tmp_path_factory):
    bench = type(built)(built.root, built.cache, tmp_path_factory.mktemp("compared"))
    results = bench.run("\n".join(bench.write().read_text().splitlines()), "study.seeds=[0]")
    return [RunDirectory(bench.runs / row.runs[0].name) for row in results.rows]


def test_only_what_differs_is_shown_beside_all_metrics(runs):
    found = compare(runs, Registry())
    assert found.differences == {"recipe": {"losses.constancy.weight": ["1.0", "0.0"]}}
    assert found.statuses == ["finished", "finished"]
    sets = [strict_json.loads(run.metrics.read_bytes())["sets"] for run in runs]
    for name in ("validation", "test"):
        assert found.metrics[name]["transfer-accuracy/pooled"] == [s[name]["transfer-accuracy/pooled"] for s in sets]
        assert found.metrics[name]["images"] == [s[name]["images"] for s in sets]


def test_versions_data_and_machine_count_too(runs, tmp_path):
    other = create(tmp_path, "other")
    record = runs[0].read_record()
    record["environment"]["packages"]["torch"] = "1.0"
    record["digests"]["test"] = "another"
    record["fingerprint"]["threads"] = 99
    record["kept"] = {}  # it has no metrics
    other.update_record(record)
    other.recipe.write_bytes(runs[0].recipe.read_bytes())
    (other.path / "recipes").mkdir()
    for file in (runs[0].path / "recipes").iterdir():
        (other.path / "recipes" / file.name).write_bytes(file.read_bytes())
    found = compare([runs[0], other], Registry())
    assert set(found.differences) == {"versions", "data", "machine"}
    assert found.differences["versions"]["torch"][1] == '"1.0"'
    assert list(found.differences["data"]) == ["test"]
    assert found.differences["machine"]["threads"][1] == "99"
    assert found.metrics["test"]["transfer-accuracy/pooled"][1] is None


def test_a_run_that_has_only_begun_can_be_compared(runs, tmp_path):
    found = compare([runs[0], create(tmp_path, "begun")], Registry())
    assert found.statuses == ["finished", "new"]
    assert found.differences["recipe"]["train.steps"] == ["4", "nothing"]


def test_damaged_metrics_are_said_to_be(runs, tmp_path):
    run = create(tmp_path, "damaged")
    run.metrics.write_text("{")
    with pytest.raises(RunError, match="damaged"):
        compare([run, run], Registry())


def test_values_are_better_or_worse_than_those_of_the_first_run(capsys):
    meanings = Meanings({"fid": Meaning("distance", "lower"), "accuracy": Meaning("share", "higher")})
    values = {
        "images": [9.0, 8.0, 9.0],
        "fid": [8.0, 9.0, 7.5],
        "accuracy/a": [0.5, 0.5, 0.25],
        "plain": [1.0, 2.0, 3.0],
        "fid/b": [None, 1.0, float("nan")],
    }
    print_comparison(Comparison(["one", "two", "three"], ["finished"] * 3, {}, {"test": values}, meanings))
    lines = [line.replace("│", " ").split() for line in capsys.readouterr().out.splitlines()]
    assert ["images", "9", "8", "9"] in lines
    assert ["fid", "8", "9", "worse", "7.5", "better"] in lines
    assert ["accuracy/a", "50.00%", "50.00%", "25.00%", "worse"] in lines
    assert ["plain", "1", "2", "3"] in lines
    assert ["fid/b", "-", "1", "nan"] in lines


def test_the_command_prints_tables_or_json(runs, ganforge):
    names = [str(run.path) for run in runs]
    code, out, _ = ganforge("compare", *names)
    assert code == 0
    assert "losses.constancy.weight" in out
    assert "transfer-accuracy/strided" in out
    code, out, _ = ganforge("compare", "--json", *names)
    assert json.loads(out)["differences"] == {"recipe": {"losses.constancy.weight": ["1.0", "0.0"]}}
    code, _, err = ganforge("compare", names[0])
    assert code == 2
    assert "two runs" in err
    code, _, err = ganforge("compare", names[0], "nowhere")
    assert code == 1
    assert "nowhere" in err
