"""The metric that selects the checkpoint: any of the recipe's, by its declared direction, on what is held out."""

import pytest

from ganforge.errors import RecipeError
from ganforge.runs import journal, strict_json
from stops import run_with_stops

GAN = """
[recipe]
name = "digits"
seed = 3
[data.images]
use = "basics/npz"
path = "writing.npz"
validation = 12
[networks.generator]
use = "gans/dcgan-generator"
width = 4
[networks.discriminator]
use = "gans/dcgan-discriminator"
width = 4
[method]
use = "gans/unconditional"
latent_dim = 3
[losses.adversarial]
use = "gans/non-saturating"
[optimizers.generator]
use = "basics/adam"
lr = 0.05
schedule = { use = "basics/multistep", milestones = [7], factor = 100.0 }
[judges.pooled]
recipe = "judge.toml"
[metrics.frechet-distance]
use = "basics/frechet-distance"
[metrics.class-shares]
use = "basics/class-shares"
[train]
steps = 12
batch_size = 6
precision = "fp32"
validate_every = 2
checkpoint_every = 3
select = "frechet-distance"
"""


def measured(run):
    """The selecting metric by step, as validation found it."""
    events = [line for line in journal.read_journal(run.journal) if line["event"] == "validation"]
    return {line["step"]: line["frechet-distance/pooled"] for line in events}


def test_a_frechet_distance_keeps_the_step_at_which_it_was_lowest(workshop, tmp_path):
    # On some processors the last step is the best one of the first seed, but hardly of each of six.
    for seed in range(3, 9):
        run = workshop.run(workshop.parse(GAN.replace("seed = 3", f"seed = {seed}")), tmp_path / f"run-{seed}")
        found = measured(run)
        metrics = strict_json.loads(run.metrics.read_bytes())
        assert metrics["step"] == min(found, key=found.get)
        if metrics["step"] < 12:
            break
    assert metrics["step"] < 12
    assert (metrics["score"], metrics["select"], metrics["better"]) == (
        found[metrics["step"]],
        "frechet-distance",
        "lower",
    )
    assert metrics["sets"]["validation"]["images"] == 12
    assert metrics["sets"]["validation"]["frechet-distance/pooled"] == pytest.approx(metrics["score"], rel=1e-4)
    assert "the last step is kept: nothing selects" not in workshop.notes.notes


def test_it_keeps_the_same_step_when_it_was_stopped(workshop, tmp_path):
    recipe = workshop.parse(GAN)
    straight = workshop.run(recipe, tmp_path / "straight")
    stopped = run_with_stops(workshop, recipe, tmp_path / "stopped", {9})
    assert workshop.outcome(stopped) == workshop.outcome(straight)


def test_validation_is_held_out_of_training_and_compared_with_nothing_else(workshop, tmp_path):
    """Other images to compare with in the end change what is measured in the end, and no validation."""
    text = GAN.replace(
        "[networks.generator]",
        '[data.test-images]\nuse = "basics/npz"\npath = "writing.npz"\nlimit = 5\n[networks.generator]',
    )
    some, others = (
        workshop.run(workshop.parse(one), tmp_path / name) for one, name in ((GAN, "some"), (text, "others"))
    )
    assert measured(some) == measured(others)


def test_a_part_may_select(workshop, tmp_path):
    text = GAN.replace('"frechet-distance"\n', '"class-shares/smallest/pooled"\n')
    run = workshop.run(workshop.parse(text), tmp_path / "run")
    metrics = strict_json.loads(run.metrics.read_bytes())
    assert metrics["better"] == "higher"
    assert metrics["score"] == metrics["sets"]["validation"]["class-shares/smallest/pooled"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"frechet-distance"\n', '"kernel-distance"\n', "there is no metric 'kernel-distance' to select by"),
        ('[judges.pooled]\nrecipe = "judge.toml"\n', "", "'frechet-distance' cannot select: there are no judges"),
        ("validation = 12\n", "", "nothing is held out to select a checkpoint on"),
        ('"frechet-distance"\n', '"class-shares/class-3"\n', "does not declare which values are better"),
        ('"frechet-distance"\n', '"frechet-distance/poled"\n', "gives no 'frechet-distance/poled' to select by"),
    ],
)
def test_what_cannot_select_is_refused_with_its_line(workshop, tmp_path, old, new, message):
    text = new.join(GAN.rsplit(old, 1))
    with pytest.raises(RecipeError, match=message) as caught:
        workshop.run(workshop.parse(text), tmp_path / "run")
    line = next(number for number, line in enumerate(text.split("\n"), 1) if line.startswith("select"))
    assert str(caught.value).startswith(f"{workshop.root / 'transfer.toml'}:{line}: ")


def test_a_run_that_nothing_selects_says_so(workshop, tmp_path):
    text = GAN.replace("validation = 12\n", "").replace('select = "frechet-distance"\n', "")
    run = workshop.run(workshop.parse(text), tmp_path / "run")
    assert "the last step is kept: nothing selects" in workshop.notes.notes
    assert strict_json.loads(run.metrics.read_bytes())["step"] == 12


def test_a_method_s_metric_that_validation_cannot_give_selects_nothing(workshop, tmp_path):
    recipe = workshop.changed(('[judges.pooled]\nrecipe = "judge.toml"\n', ""))
    run = workshop.run(recipe, tmp_path / "run")
    said = "the last step is kept: nothing selects, as validation has no judges for 'transfer-accuracy'"
    assert said in workshop.notes.notes
    metrics = strict_json.loads(run.metrics.read_bytes())
    assert (metrics["score"], metrics["select"], metrics["better"]) == (None, None, None)


def test_a_named_selection_that_is_the_method_s_own_changes_nothing(workshop, tmp_path):
    named = workshop.changed(("[train]", '[train]\nselect = "transfer-accuracy"'))
    one, other = workshop.run(workshop.changed(), tmp_path / "one"), workshop.run(named, tmp_path / "other")
    assert workshop.outcome(one) == workshop.outcome(other)
