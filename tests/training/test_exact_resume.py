"""A run that was stopped and resumed ends with the same bits as one that was not: weights, optimizers, losses, metrics.

Each variant is run once without a stop, and once stopped by a real SIGTERM after given steps and resumed each time in
fresh objects, as `ganforge resume` would. None of the intervals divides the number of steps.
"""

import pytest

from stops import assert_same, run_with_stops

INTERVALS = ("train.log_every=7", "train.validate_every=9", "train.sample_every=11", "train.checkpoint_every=13")
AUGMENT = ('data.source.augment=["basics/noise", "basics/affine"]', 'data.target.augment=["basics/cutout"]')
VARIANTS = {
    "as it is": (),
    "bf16": ("train.precision=bf16",),
    "contiguous": ("train.channels_last=false",),
    "augmented": (*AUGMENT, 'method.views=["basics/noise"]'),
    "recalibrated": ("evaluate.batch_norm=recalibrated",),
    "scheduled losses": (
        'losses.identity.schedule={ use = "basics/linear-decay" }',
        "optimizers.generator.clip_norm=0.5",
    ),
    "spectral norm": ("networks.discriminator.spectral_norm=true",),
    "progress": (
        "method.use=toys/ripening",
        'losses.ripening.use="toys/ripening"',
        'data.source.augment=["toys/fading"]',
        'method.views=["toys/fading", { use = "basics/noise", strength = { use = "basics/ramp", length = 9 } }]',
        'data.target.augment=[{ use = "basics/affine", probability = { use = "basics/cosine" } }]',
    ),
    "direct": ("method.use=dtn/direct", "networks.generator.use=dtn/digit-translator"),
    "standardized": ("losses.constancy.standardize=true", "networks.generator.ema=0.5"),
    "standardized by domain": ("method.use=dtn/standardized", *AUGMENT, 'metrics.codes.use="dtn/code-constancy"'),
}


@pytest.mark.promise("A run that is stopped and resumed at any step ends with the same bits.", about="runs")
def test_stopped_after_every_one_of_40_steps(workshop, tmp_path):
    recipe = workshop.recipe("train.steps=40", *INTERVALS)
    straight = workshop.run(recipe, tmp_path / "straight")
    stopped = run_with_stops(workshop, recipe, tmp_path / "stopped", range(1, 41))
    assert_same(workshop, straight, stopped)
    assert [note for note in workshop.notes.notes if note.startswith("resumed")] == [
        f"resumed at step {step}" for step in range(1, 41)
    ]


@pytest.mark.parametrize("variant", VARIANTS)
def test_stopped_a_few_times(workshop, tmp_path, variant):
    recipe = workshop.recipe("train.steps=20", *INTERVALS, *VARIANTS[variant])
    straight = workshop.run(recipe, tmp_path / "straight")
    stopped = run_with_stops(workshop, recipe, tmp_path / "stopped", {1, 9, 10, 17, 20})
    assert_same(workshop, straight, stopped)


def test_states_stopped_after_every_step(workshop, tmp_path):
    recipe = workshop.recipe(
        "train.steps=10",
        *INTERVALS,
        "method.use=toys/pooled",
        'losses.lecam.use="toys/lecam"',
        'losses.pool={ use = "toys/on-pool", interval = 3 }',
        'data.target.augment=["toys/adaptive"]',
        'method.views=["toys/adaptive"]',
    )
    straight = workshop.run(recipe, tmp_path / "straight")
    stopped = run_with_stops(workshop, recipe, tmp_path / "stopped", range(1, 11))
    assert_same(workshop, straight, stopped)
    kept = {name for name in workshop.outcome(straight)["checkpoint"] if name.startswith("states.")}
    assert kept == {
        "states.lecam.real_mean",
        "states.lecam.fake_mean",
        "states.pool",
        "states.data.target.augment.0.probability",
        "states.method.views.0.probability",
    }


def test_phases_that_rest(workshop, tmp_path):
    phases = """
[phases.discriminator]
update = "discriminator"
hysteresis = [3.25, 3.28]
[phases.generator]
update = "generator"
lower_bound = 10.0
repeat = 2
interval = 3
[train]
"""
    recipe = workshop.changed(("[train]\n", phases), ("steps = 8", "steps = 20"), ("log_every = 3", "log_every = 1"))
    straight = workshop.run(recipe, tmp_path / "straight")
    held = [
        line["discriminator.held_back"] for line in workshop.outcome(straight)["journal"] if line["event"] == "losses"
    ]
    assert 0 < sum(held) < 20  # it rests sometimes, so there is something to forget
    stopped = run_with_stops(workshop, recipe, tmp_path / "stopped", {3, 8, 13})
    assert_same(workshop, straight, stopped)


def test_a_classifier_with_dropout_and_its_own_optimizer(workshop, tmp_path):
    recipe = workshop.recipe(
        "train.steps=20",
        *INTERVALS[:2],
        *INTERVALS[3:],
        "networks.classifier.dropout=0.3",
        "networks.classifier.norm=batch",
        "networks.classifier.ema=0.8",
        "optimizers.classifier.use=toys/counting",
        'data.images.augment=["basics/color"]',
        name="judge",
    )
    straight = workshop.run(recipe, tmp_path / "straight")
    stopped = run_with_stops(workshop, recipe, tmp_path / "stopped", {2, 9, 19})
    assert_same(workshop, straight, stopped)


def test_another_seed_is_another_result(workshop, tmp_path):
    runs = [
        workshop.run(workshop.recipe("train.steps=4", *changes), tmp_path / str(len(changes)))
        for changes in ((), ("recipe.seed=6",))
    ]
    first, second = (workshop.outcome(run)["files"] for run in runs)
    assert first["generator.safetensors"] != second["generator.safetensors"]
    assert first["encoder.safetensors"] == second["encoder.safetensors"]


def test_accumulation_lazy_losses_and_schedules(workshop, tmp_path):
    recipe = workshop.recipe(
        "train.steps=14",
        *INTERVALS,
        "train.accumulate=2",
        "losses.identity.interval=3",
        'networks.generator.schedules={ ema = { use = "basics/between", start = 0.1, end = 0.9 } }',
        'optimizers.generator.schedules={ beta2 = { use = "basics/between", start = 0.9, end = 0.99 } }',
    )
    straight = workshop.run(recipe, tmp_path / "straight")
    stopped = run_with_stops(workshop, recipe, tmp_path / "stopped", {1, 6, 12})
    assert_same(workshop, straight, stopped)
