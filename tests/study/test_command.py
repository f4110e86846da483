"""`ganforge study`, and the other verbs given a study: what is printed, and the exit codes."""

import pytest

FAILING = '[variants.failing]\ntitle = "a crash"\nset = { "optimizers.generator.lr" = 1e38 }\n'


@pytest.fixture
def study(bench, ganforge):
    def run(text, *arguments):
        options = ["--data", bench.root, "--runs", bench.runs, "--cache", bench.cache, "--device", "cpu"]
        return ganforge("study", str(bench.write(text)), *map(str, options), *arguments)

    return run


def test_the_tables_are_printed_and_a_failure_is_exit_code_1(bench, study):
    text = bench.write().read_text() + FAILING
    code, out, err = study(text, "--jobs", "2", "--threads", "1", "--set", "study.seeds=[0]")
    assert code == 1
    assert "1 of the runs failed: failing (seed 0)" in err
    assert str(bench.runs / "study-small" / "logs") in err
    assert "3 runs to make" in out
    assert "without f-constancy" in out
    assert "90.66" in out
    assert "test, pooled" in out
    code, out, _ = study(text, "--only", "best", "--set", "study.seeds=[0]")
    assert code == 0
    assert "every run is there" in out


def test_a_mistake_is_exit_code_2_and_nothing_is_run(bench, study):
    code, out, err = study(bench.write().read_text().replace("constancy.weight", "constancy.wight"))
    assert (code, out) == (2, "")
    assert "did you mean 'weight'?" in err
    assert not (bench.runs / "study-small").exists()


def test_check_finds_the_mistakes_of_a_study(bench, ganforge):
    code, out, _ = ganforge("check", str(bench.write()))
    assert (code, out) == (0, f"{bench.root / 'study.toml'}: no mistakes; 2 rows, 2 seeds\n")
    text = bench.write().read_text()
    code, _, err = ganforge("check", str(bench.write(text.replace('"losses.constancy.weight" = 0', '"a" = 0'))))
    assert code == 2
    assert "'a' is no key of a recipe" in err


def test_a_study_is_not_run_as_a_recipe(bench, ganforge):
    code, _, err = ganforge("run", str(bench.write()))
    assert code == 2
    assert "ganforge study" in err


@pytest.mark.parametrize("study", ["table1", "unseen_digit"])
def test_a_shipped_study_has_no_mistakes(ganforge, study):
    code, out, err = ganforge("check", study)
    assert (code, err) == (0, "")
    assert study in out


def test_the_shipped_study_is_listed_and_copied_with_all_that_it_builds_on(ganforge, tmp_path):
    _, out, _ = ganforge("recipes")
    assert any(line.startswith("table1 ") and len(line.split()) > 5 for line in out.splitlines())
    code, out, _ = ganforge("copy", "table1", str(tmp_path))
    assert code == 0
    copied = {line.removeprefix(f"{tmp_path}/") for line in out.splitlines()}
    assert copied >= {"table1.toml", "dtn_svhn_mnist.toml", "mnist_teacher.toml", "replication/mnist_judge.toml"}
    assert ganforge("check", str(tmp_path / "table1.toml"))[0] == 0
