"""Warnings of a training that goes wrong: when they are given, when not, and that a resumed run gives the same."""

import random
import signal

import pytest
import torch

from ganforge.engine.run import run
from ganforge.errors import Interrupted
from ganforge.marks import Marks
from ganforge.quantities.planner import make_plan, plan_all
from ganforge.quantities.terms import diversity
from ganforge.runs import journal, strict_json
from ganforge.training.health import Health
from ganforge.training.step import Stepper
from ganforge_dtn.adversarial import SourceAdversarial
from small_run import CLASSIFIER, HANDWRITING, STREET, TRANSFER, variant

FEW = {"count": 300, "resize": 16}
NETWORK = {"use": "digits/strided-cnn", "norm": "batch", "width": 8, "code_dim": 16}
ENCODER = variant(
    CLASSIFIER,
    {
        "recipe": {"name": "digits-encoder"},
        "data.images": STREET | FEW,
        "networks.classifier": NETWORK,
        "train": {"steps": 60, "batch_size": 32},
    },
)
DIGITS = variant(
    TRANSFER,
    {
        "recipe": {"name": "digits"},
        "data": {"source": STREET | FEW, "target": HANDWRITING | FEW},
        "networks.encoder": NETWORK | {"weights": {"recipe": "digits-encoder.toml"}},
        "networks.generator": {"use": "dtn/digit-generator", "width": 8},
        "networks.discriminator.width": 8,
        "losses.constancy": {"use": "dtn/f-constancy", "distance": "soft-labels", "weight": 4.0},
        "losses.identity.weight": 10.0,
        "optimizers.generator": {"use": "basics/adam", "lr": 5e-4},
        "optimizers.discriminator": {"use": "basics/adam", "lr": 2e-4},
        "judges": None,
        "train": {"steps": 200, "batch_size": 16, "precision": "fp32", "log_every": 10},
    },
)

PATHOLOGIES = {
    "d-has-won": ("optimizers.discriminator.lr=2e-3", "optimizers.generator.lr=1e-6"),
    "collapse": ("optimizers.generator.use=basics/sgd", "optimizers.generator.lr=100"),
    "unstable.discriminator": ("optimizers.discriminator.lr=2e-2",),
}
HEALTHY = {
    "as it is": (),
    "each step": ("train.log_every=1",),
    "small batches": ("train.batch_size=8", "train.log_every=20"),
    "binary": ("losses.adversarial.use=dtn/binary-adversarial",),
    "squared errors": ("losses.constancy.distance=mse", "losses.constancy.weight=15.0"),
}


@pytest.fixture
def watch(workshop):
    """What watches the small domain transfer, given one level of all of D's and of all of g's terms a time."""
    plan = make_plan(workshop.recipe())
    health = Health(plan)

    def observe(step, d=1.0, g=1.0, accuracy=0.8, spread=0.9, watching=health):
        terms = [term for phase in plan.phases for term in phase.terms]
        means = {term.name: d if term.updates == "discriminator" else g for term in terms}
        means |= {name: accuracy if "accuracy" in name else spread for name in plan.monitors}
        return [warned.name for warned in watching.observe(step, means)]

    observe.fresh = lambda: Health(plan)
    return observe


def warnings(directory):
    return [record for record in journal.read_journal(directory.journal) if record["event"] == "warning"]


def test_diversity_is_the_ratio_of_pairwise_distances():
    images, real = torch.rand(7, 3, 4, 4, dtype=torch.float64), torch.rand(5, 3, 4, 4, dtype=torch.float64)

    def mean_square_distance(pictures):
        return torch.cdist(pictures.flatten(1), pictures.flatten(1)).square().mean()

    expected = (mean_square_distance(images) / mean_square_distance(real)).sqrt()
    assert diversity(images, real).item() == pytest.approx(expected.item())
    assert diversity(images[:1].expand(7, -1, -1, -1), real).item() == 0
    assert torch.isfinite(diversity(images, torch.zeros_like(real)))


class TestACondition:
    @pytest.mark.parametrize(
        ("name", "bad"),
        [
            ("d-has-won", {"accuracy": 1.0, "d": 0.05}),
            ("d-has-won", {"d": 0.003}),
            ("collapse", {"spread": 0.1}),
        ],
    )
    def test_it_is_told_once_until_it_ends(self, watch, name, bad):
        bad_ones = [*range(10, 101, 10), *range(150, 201, 10)]
        told = {step: watch(step, **(bad if step in bad_ones else {})) for step in range(10, 201, 10)}
        assert [step for step, found in told.items() if name in found] == [30, 170]

    def test_a_moment_is_not_told(self, watch):
        for step in range(10, 400, 10):
            moment = {"accuracy": 1.0, "spread": 0.0} if step % 30 else {}
            assert watch(step, d=0.05, **moment) == []

    def test_a_small_batch_that_d_happens_to_recognise_is_not_told(self, watch):
        for step in range(10, 400, 10):
            assert watch(step, d=0.3, accuracy=1.0) == []

    def test_a_moment_without_it_does_not_end_it(self, watch):
        told = [watch(step, spread=0.9 if step == 60 else 0.0) for step in range(10, 201, 10)]
        assert [found for found in told if found] == [["collapse"]]

    def test_a_log_of_each_step_is_judged_every_ten(self, watch):
        told = {step: watch(step, spread=0.0) for step in range(1, 51)}
        assert [step for step, found in told.items() if found] == [30]

    def test_it_says_since_when_and_what_to_do(self, workshop):
        plan = make_plan(workshop.recipe())
        health = Health(plan)
        terms = [term for phase in plan.phases for term in phase.terms]
        means = {term.name: 0.05 if term.updates == "discriminator" else 2.5 for term in terms}
        means |= dict.fromkeys(plan.monitors, 1.0)
        (warned,) = [warned for step in (20, 40, 60) for warned in health.observe(step, means)]
        assert warned.since == 20
        for part in ("D has won", "100%", "2.5", "since step 20", "spectral_norm", "lower_bound"):
            assert part in warned.text


class TestALoss:
    def test_that_swings(self, watch):
        told = [watch(step, d=3.0 if step % 20 else 1.0) for step in range(10, 301, 10)]
        assert [found for found in told if found] == [["unstable.discriminator"]]

    def test_that_grows(self, watch):
        told = [watch(step, g=0.01 * 1.02**step) for step in range(10, 301, 10)]
        assert [found for found in told if found] == [["unstable.generator"]]

    def test_that_is_next_to_nothing_at_first(self, watch):
        watch(10, g=0.01)
        for step in range(20, 301, 10):
            assert watch(step, g=0.5 if step < 200 else 0.8) == []

    def test_that_falls_or_rises_steadily(self, watch):
        for step in range(10, 1001, 10):
            assert watch(step, d=0.3 + 2 * 0.99**step, g=1 + step / 200) == []

    def test_that_is_small_may_jitter(self, watch):
        watch(10, d=1.0)
        for step in range(20, 300, 10):
            assert watch(step, d=0.02 if step % 20 else 0.04) == []

    def test_that_was_negative_once_is_left_alone(self, watch):
        watch(10, g=-2.0)
        for step in range(20, 300, 10):
            assert watch(step, d=3.0 if step % 20 else -1.0, g=0.01 * 1.02**step) == []

    @pytest.mark.parametrize("signed", [True, False])
    def test_that_may_be_negative_says_so(self, workshop, monkeypatch, signed):
        monkeypatch.setattr(SourceAdversarial.g_source, "ganforge_marks", Marks(updates="generator", signed=signed))
        plan = make_plan(workshop.recipe("losses.adversarial.use=dtn/binary-adversarial"))
        health, terms = Health(plan), [term for phase in plan.phases for term in phase.terms]
        told = [
            warned.name
            for step in range(10, 301, 10)
            for warned in health.observe(
                step, {term.name: 0.01 * 1.02**step if term.updates == "generator" else 1.0 for term in terms}
            )
        ]
        assert told == ([] if signed else ["unstable.generator"])

    @pytest.mark.parametrize("seed", range(20))
    def test_that_is_noisy(self, watch, seed):
        draw = random.Random(seed)
        for step in range(20, 4001, 20):
            d, g = (level * draw.lognormvariate(0, 0.1) for level in (0.5, 1.8))
            assert watch(step, d=d, g=g, accuracy=draw.uniform(0.7, 1), spread=draw.uniform(0.4, 1.1)) == []


def test_its_state_survives_a_checkpoint(watch):
    draw = random.Random(1)
    levels = [
        {"d": draw.choice([0.2, 3.0]), "spread": draw.choice([0.0, 0.0, 0.0, 1.0]), "accuracy": draw.choice([0.5, 1.0])}
        for _ in range(300)
    ]
    straight, told = watch.fresh(), []
    expected = [watch(4 * step, **level, watching=straight) for step, level in enumerate(levels, 1)]
    health = watch.fresh()
    for step, level in enumerate(levels, 1):
        state = strict_json.loads(strict_json.dumps(health.state_dict()).encode())
        health = watch.fresh()
        health.load_state_dict(state)
        told.append(watch(4 * step, **level, watching=health))
    assert told == expected
    assert {name for found in told for name in found} == {"collapse", "unstable.discriminator"}


def test_a_method_without_a_discriminator_is_watched_for_its_loss_alone(workshop):
    health = Health(make_plan(workshop.recipe(name="encoder")))
    told = [
        warned.name
        for step in range(10, 301, 10)
        for warned in health.observe(step, {"classification": 2.0 if step < 100 else 40.0})
    ]
    assert told == ["unstable.classifier"]


class TestRuns:
    @pytest.fixture
    def digits(self, studio, workshop):
        """Runs the transfer of synthetic digits with changes; the run directory."""
        (studio.root / "digits-encoder.toml").write_text(ENCODER)
        (studio.root / "digits.toml").write_text(DIGITS)

        def perform(directory, *changes):
            return run(plan_all(workshop.recipe(*changes, name="digits")), workshop.place, directory)

        return perform

    @pytest.mark.parametrize("name", PATHOLOGIES)
    def test_a_planted_pathology_is_named(self, digits, workshop, tmp_path, name):
        found = warnings(digits(tmp_path / "run", "train.steps=120", *PATHOLOGIES[name]))
        assert found[0]["name"] == name
        assert f"warning: {found[0]['text']}" in workshop.notes.notes

    def test_a_healthy_run_is_silent(self, digits, workshop, tmp_path):
        directory = digits(tmp_path / "run", "train.steps=100")
        assert warnings(directory) == []
        assert not [note for note in workshop.notes.notes if note.startswith("warning")]
        *_, last = (record for record in journal.read_journal(directory.journal) if record["event"] == "losses")
        assert 0.3 < last["transferred_source.diversity"] < 1.5

    def test_a_resumed_run_warns_as_one_that_was_not_stopped(self, digits, workshop, tmp_path, monkeypatch):
        changes = (*PATHOLOGIES["collapse"], "train.steps=50", "train.log_every=7")
        straight = digits(tmp_path / "straight", *changes)
        stops, perform = {5, 20, 29, 36}, Stepper.step

        def stopping(stepper, number, watch=False):
            perform(stepper, number, watch)
            if number + 1 in stops:
                stops.discard(number + 1)
                signal.raise_signal(signal.SIGTERM)

        monkeypatch.setattr(Stepper, "step", stopping)
        while stops:
            with pytest.raises(Interrupted):
                digits(tmp_path / "stopped", *changes)
        stopped = digits(tmp_path / "stopped", *changes)
        assert warnings(straight)
        assert workshop.outcome(straight) == workshop.outcome(stopped)

    @pytest.mark.slow
    @pytest.mark.parametrize("seed", [1, 2, 3])
    @pytest.mark.parametrize("name", PATHOLOGIES)
    def test_pathologies_whatever_the_seed(self, digits, tmp_path, name, seed):
        found = warnings(digits(tmp_path / "run", f"recipe.seed={seed}", *PATHOLOGIES[name]))
        assert found[0]["name"] == name

    @pytest.mark.slow
    @pytest.mark.parametrize("variant", HEALTHY)
    def test_healthy_runs(self, digits, tmp_path, variant):
        assert warnings(digits(tmp_path / "run", "recipe.seed=7", "train.steps=600", *HEALTHY[variant])) == []
