"""Mistakes in a study: all at once, each with its line and what to do, before anything runs."""

import sys

import pytest

from ganforge.errors import UsageError
from ganforge.study.check import load_study


def line(text, part):
    return text[: text.index(part)].count("\n") + 1


@pytest.fixture
def text(bench):
    return bench.write().read_text()


@pytest.mark.parametrize(
    ("before", "after", "message", "fix"),
    [
        ("seeds = [0, 1]", "sedes = [0, 1]", "there is no key study.sedes", "did you mean 'seeds'?"),
        ("seeds = [0, 1]", 'seeds = ["a"]', 'study.seeds.0 must be an integer, not "a"', "once with each seed"),
        ("seeds = [0, 1]", "seeds = [1, 1]", "a seed is there twice", "each seed is one run"),
        ('name = "small"', 'name = "a/b"', "study.name", "letters"),
        ('base = "transfer.toml"', 'base = "transfre.toml"', "there is no recipe 'transfre.toml'", None),
        (
            'metric = "transfer-accuracy"',
            'metric = "transfer-acuracy"',
            "'transfer' has no metric 'transfer-ac",
            "transfer-accuracy",
        ),
        ('also = ["encoder-accuracy"]', 'also = ["encoder"]', "'transfer' has no metric 'encoder'", "encoder-accuracy"),
        ("seeds = [0, 1]", 'sets = ["tset"]', "'transfer' measures no image set 'tset'", "did you mean 'test'?"),
        ("[variants.best]", "[variant.best]", "there is no section [variant]", "did you mean 'variants'?"),
        ("[variants.best]", '[variants."a b"]', "'a b' cannot name a row", "letters"),
        ("note = ", "nte = ", "there is no key variants.no-constancy.nte", "did you mean 'note'?"),
        (
            '"losses.constancy.weight" = 0',
            '"losses.constancy.wight" = 0',
            "'dtn/f-constancy' has no option",
            "'weight'",
        ),
        ('"losses.constancy.weight" = 0', '"losses.constancy.weight" = "x"', "losses.constancy.weight must be", None),
        (
            '"losses.constancy.weight" = 0',
            "losses.constancy.weight = 0",
            "'losses' is no key of a recipe",
            'write "losses.constancy.weight" in quotes',
        ),
        ('"losses.constancy.weight" = 0', '"recipe.seed" = 0', "a study sets recipe.seed itself", "[study]"),
    ],
)
def test_one_mistake_gives_one_problem_with_its_line(bench, text, before, after, message, fix):
    changed = text.replace(before, after)
    assert changed != text
    (problem,) = bench.problems(changed)
    assert message in problem.message
    assert problem.where == f"{bench.root / 'study.toml'}:{line(changed, after)}"
    assert fix is None or fix in (problem.fix or "")


def test_all_mistakes_are_reported_at_once_in_the_order_of_their_lines(bench, text):
    changed = text.replace("constancy.weight", "constancy.wight").replace('["encoder-accuracy"]', '["encoder"]')
    changed += '[variants.third]\nset = { "train.steps" = 0, "networks.generator.use" = "dtn/nothing" }\n'
    messages = [problem.message for problem in bench.problems(changed)]
    assert len(messages) == 4
    assert "encoder" in messages[0]
    assert "wight" in messages[1]
    assert {"train.steps" in message for message in messages[2:]} == {True, False}


def test_a_mistake_that_a_row_makes_elsewhere_names_the_row(bench, text):
    changed = text + '[variants.third]\nset = { "phases.only.update" = "generator" }\n'
    messages = [problem.message for problem in bench.problems(changed)]
    assert messages
    assert all(message.startswith("with the changes of third: ") for message in messages)


def test_a_mistake_in_the_base_is_reported_once(bench, text):
    (bench.root / "broken.toml").write_text((bench.root / "transfer.toml").read_text().replace("steps", "stpes"))
    problems = bench.problems(text.replace('"transfer.toml"', '"broken.toml"'))
    assert {problem.fix for problem in problems} >= {"did you mean 'steps'?"}
    assert len(problems) == len(set(problems))
    assert all(problem.where.startswith(str(bench.root / "broken.toml")) for problem in problems)


def test_a_part_of_a_metric_may_be_shown(bench, text):
    study = bench.study(text.replace('also = ["encoder-accuracy"]', 'also = ["transfer-accuracy/pooled"]'))
    assert study.table.also == ["transfer-accuracy/pooled"]
    (problem,) = bench.problems(text.replace('also = ["encoder-accuracy"]', 'also = ["encoder/pooled"]'))
    assert "has no metric 'encoder/pooled'" in problem.message


def test_one_row_may_have_another_base(bench, text):
    other = (bench.root / "transfer.toml").read_text().replace("steps = 4", "steps = 5")
    (bench.root / "other.toml").write_text(other)
    study = bench.study(text.replace("note =", 'base = "other.toml"\nnote ='))
    steps = [recipe.train.steps for _, _, recipe in study.runs()]
    assert steps == [4, 4, 5, 5]


def test_rows_do_not_change_each_other(bench, text):
    shared = text.replace("[variants.best]", '[study.set]\n"judges.extra" = { recipe = "judge.toml" }\n[variants.best]')
    changed = shared.replace('set = { "losses', 'set = { "judges.extra.recipe" = "judge_strided.toml", "losses')
    judges = {v.name: r.judges["extra"].table.recipe for v, _, r in bench.study(changed).runs()}
    assert judges == {"best": "judge.toml", "no-constancy": "judge_strided.toml"}


def test_assignments_go_to_the_study_or_to_every_recipe_and_win(bench, text):
    changed = text.replace('set = { "losses', 'set = { "train.steps" = 9, "losses')
    study = bench.study(changed, "study.seeds=[5]", "train.steps=2")
    found = [(variant.name, seed, recipe.train.steps) for variant, seed, recipe in study.runs()]
    assert found == [("best", 5, 2), ("no-constancy", 5, 2)]
    (problem, *_) = bench.problems(text, "train.stpes=2")
    assert (problem.where, problem.fix) == ("--set train.stpes=2", "did you mean 'steps'?")


def test_what_is_written_down_is_the_same_study_with_its_assignments(bench, text, tmp_path):
    study = bench.study(text, "train.steps=2", "study.seeds=[3]")
    copy = tmp_path / "copy.toml"
    copy.write_text(study.dumps())
    again = load_study(copy, bench.place().registry)
    assert [recipe.hash for _, _, recipe in again.runs()] == [recipe.hash for _, _, recipe in study.runs()]


def test_a_recipe_is_no_study(bench):
    with pytest.raises(UsageError) as caught:
        load_study(bench.root / "transfer.toml", bench.place().registry)
    assert "ganforge run" in str(caught.value.fix)


def test_nothing_to_run_is_a_mistake(bench, text):
    (problem,) = bench.problems(text[: text.index("[variants.best]")])
    assert problem.message == "there is nothing to run"


SEARCH = """
[search]
trials = 3
keys = { "optimizers.generator.lr" = { low = 1e-4, high = 1e-2, log = true } }
"""


def test_a_search_adds_rows_and_looks_at_validation_images_alone(bench, text):
    study = bench.study(text + SEARCH)
    assert [variant.name for variant in study.variants] == [
        "best",
        "no-constancy",
        "trial-000",
        "trial-001",
        "trial-002",
    ]
    assert study.table.sets == ["validation"]
    (problem,) = bench.problems(text.replace("seeds =", 'sets = ["validation", "test"]\nseeds =') + SEARCH)
    assert "validation images alone" in problem.message


@pytest.mark.parametrize(
    ("metric", "more", "direction"),
    [
        ("transfer-accuracy", "", "maximize"),
        ("constancy", "", "minimize"),
        ("constancy", 'direction = "maximize"\n', "maximize"),
    ],
)
def test_a_search_goes_in_the_direction_of_its_metric(bench, text, metric, more, direction):
    tables = """[study.set]
"metrics.constancy" = { use = "dtn/constancy" }
"metrics.transfer-accuracy" = { use = "transfer-accuracy" }
"metrics.encoder-accuracy" = { use = "encoder-accuracy" }
[variants.best]"""
    changed = text.replace('metric = "transfer-accuracy"', f'metric = "{metric}"').replace("[variants.best]", tables)
    study = bench.study(changed + SEARCH.replace("trials = 3\n", f"trials = 3\n{more}"))
    assert study.search.direction == direction


MANY = list(range(1000))


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("low = 1e-4", "low = 1", "low must be less than high"),
        ("low = 1e-4", "low = 0", "low must be greater than 0"),
        ("log = true", "lg = true", 'there is no key search.keys."optimizers.generator.lr".lg'),
        ("{ low = 1e-4, high = 1e-2, log = true }", "[]", "at least 1 item"),
        ("{ low = 1e-4, high = 1e-2, log = true }", "[-1.0]", "optimizers.generator.lr"),
        ("trials = 3", "", "random needs trials"),
        ("trials = 3", 'trials = 3\nmethod = "grid"', "grid takes no trials"),
        ("trials = 3", 'method = "tpe"', "tpe needs trials"),
        ("trials = 3", 'trials = 3\nmethod = "tpe"', "tpe needs more trials than its startup of 10"),
        ("trials = 3", "trials = 3\nstartup = 2", "random takes no startup"),
        ("trials = 3", 'method = "grid"', "a grid needs a list"),
        ("trials = 3", "trials = 9_000_000_000_000_000_000", "at most 10,000"),
        (SEARCH, f'[search]\nmethod = "grid"\nkeys = {{ a = {MANY}, b = {MANY} }}', "grid has 1,000,000 trials"),
        ("generator.lr", "generator.l", "has no option 'l'"),
    ],
)
def test_mistakes_in_a_search(bench, text, before, after, message):
    problems = bench.problems(text + SEARCH.replace(before, after))
    assert message in problems[0].message


ADAPTIVE = """
[search]
method = "tpe"
trials = 20
startup = 2
keys = { "optimizers.generator.lr" = { low = 1e-4, high = 1e-2, log = true }, "train.steps" = [1, 2, 3] }
"""


def test_an_adaptive_search_begins_with_the_rows_that_are_known(bench, text):
    study = bench.study(text + ADAPTIVE)
    assert [variant.name for variant in study.variants][-2:] == ["trial-000", "trial-001"]
    assert [{"train.steps", "optimizers.generator.lr"} == set(changes) for changes in study.drawn] == [True, True]
    assert study.open == 18
    assert bench.study(text + SEARCH).open == 0


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("low = 1e-4, high = 1e-2, log = true", "low = -1e-9, high = 1.0", "optimizers.generator.lr"),
        ("high = 1e-2", "high = 1e-2, lg = true", "there is no key search.keys"),
        ("[1, 2, 3]", "[1, 2, 3, 4, 5, 6, 7, 8, 9, -1]", "train.steps must be"),
        ('"train.steps"', '"train.stpes"', "there is no key train.stpes"),
    ],
)
def test_every_choice_and_both_ends_are_checked_before_anything_runs(bench, text, before, after, message):
    problems = bench.problems(text + ADAPTIVE.replace(before, after))
    assert [message in problem.message for problem in problems] == [True]
    assert problems[0].where == f"{bench.root / 'study.toml'}:{line(text + ADAPTIVE, 'keys =')}"


def test_a_mistake_that_only_one_choice_makes_elsewhere_names_the_choice(bench, text):
    changed = ADAPTIVE.replace('"train.steps" = [1, 2, 3]', '"method.use" = ["dtn/dtn", "basics/classifier"]')
    messages = [problem.message for problem in bench.problems(text + changed)]
    assert messages
    assert all(message.startswith("with the changes of ") for message in messages)
    assert all('use = "basics/classifier": ' in message for message in messages)


def test_without_optuna_the_fix_is_said(bench, text, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    (problem,) = bench.problems(text + ADAPTIVE)
    assert problem.message == "tpe needs Optuna, which is not installed"
    assert problem.fix == 'pip install "ganforge[optuna]"'
    assert problem.where == f"{bench.root / 'study.toml'}:{line(text + ADAPTIVE, 'method =')}"
    assert bench.study(text + SEARCH).drawn


def test_a_written_row_cannot_be_called_like_a_trial(bench, text):
    (problem,) = bench.problems(text.replace("[variants.best]", "[variants.trial-000]") + SEARCH)
    assert "could be a trial" in problem.message
