"""A judge that took part in training is refused, or marked in every number and left out of every mean."""

import pytest

TEACHER = """
[variants.circular]
title = "through a judge"
[variants.circular.set]
"networks.teacher.use" = "digits/pooled-cnn"
"networks.teacher.in_channels" = 1
"networks.teacher.width" = 4
"networks.teacher.code_dim" = 8
"networks.teacher.weights" = { recipe = "judge.toml" }
"losses.constancy.distance" = "cross-entropy"
"losses.constancy.reader" = "teacher"
"""
MARKED = '"judges.pooled.circular" = true\n'


def test_a_judge_that_took_part_is_refused_and_the_mark_is_the_way_out(bench):
    (problem,) = bench.problems(bench.write().read_text() + TEACHER)
    assert "no judge may take part in training" in problem.message
    assert "circular = true" in problem.fix


def test_a_mark_on_a_judge_that_took_no_part_is_a_mistake(bench):
    text = bench.write().read_text() + TEACHER + MARKED.replace("pooled", "strided")
    messages = [problem.message for problem in bench.problems(text)]
    assert any("'strided' takes no part in training" in message for message in messages)


@pytest.fixture
def results(bench):
    return bench.run(bench.write().read_text() + TEACHER + MARKED, "study.seeds=[0]", only=["best", "circular"])


def test_every_number_is_marked_and_left_out_of_the_mean(bench, results):
    best, _, circular = results.rows
    assert best.parts("test") == ["pooled", "strided"]
    assert circular.parts("test") == ["pooled (circular)", "strided"]
    assert circular.statistic("test") == circular.statistic("test", "strided")
    assert circular.labels == ["source_labels"]
    table = (bench.runs / "study-small" / "table.md").read_text()
    value = circular.statistic("test", "pooled (circular)").mean
    assert f"| {100 * value:.2f} (1) (circular) |" in table
    assert "A judge marked (circular) took part in training" in table
    assert '"strided"' not in (bench.runs / "study-small" / "table.csv").read_text()
    journal = (bench.runs / circular.runs[0].name / "journal.jsonl").read_text()
    assert "transfer-accuracy/pooled (circular)" in journal
    assert '"transfer-accuracy/pooled":' not in journal


def test_a_number_that_the_run_s_own_f_reads_in_outputs_is_marked(bench):
    text = bench.write().read_text()
    results = bench.run(text, "study.seeds=[0]", 'study.also=["encoder-agreement"]', only=["best"])
    found = results.rows[0].statistic("test", metric="encoder-agreement")
    assert found.circular
    table = (bench.runs / "study-small" / "table.md").read_text()
    assert f"| {100 * found.mean:.2f} (1) (circular) |" in table
    assert "A number marked (circular) is read by a network that taught the run" in table
    lines = (bench.runs / "study-small" / "table.csv").read_text().split("\n")
    marks = {(line.split(",")[3], line.split(",")[5]) for line in lines[1:] if line}
    assert marks == {("transfer-accuracy", "False"), ("encoder-agreement", "True")}


def test_a_run_without_adversarial_losses_leaves_d_alone(bench):
    text = bench.write().read_text() + '[variants.plain.set]\n"losses.adversarial.weight" = 0\n'
    results = bench.run(text, "study.seeds=[0]", only=["plain"])
    journal = (bench.runs / results.rows[2].runs[0].name / "journal.jsonl").read_text()
    assert results.failed(["plain"]) == []
    assert "adversarial" not in journal
    assert "constancy" in journal
