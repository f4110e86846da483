"""One step: what is computed how often, which weights it changes, and what it reports."""

import copy

import pytest
import torch
from torch.nn import functional

from ganforge.quantities.graph import Graph
from ganforge.quantities.values import Values

D_PHASE = (
    '[phases.discriminator]\nupdate = "discriminator"\n{d}\n[phases.generator]\nupdate = "generator"\n{g}\n[train]\n'
)


def with_phases(workshop, d="", g="", *changes):
    return workshop.changed(("[train]\n", D_PHASE.format(d=d, g=g)), *changes)


def weights(stepper, role):
    return [parameter.detach().clone() for parameter in stepper.parts.networks[role].parameters()]


def changed(stepper, role, before):
    return any(not torch.equal(a, b) for a, b in zip(weights(stepper, role), before, strict=True))


@pytest.fixture
def calls(monkeypatch):
    """How many images each network has read, by role, per call."""
    counted = {}

    def watch(stepper):
        for role, network in stepper.parts.networks.items():
            counted[role] = []
            network.register_forward_hook(lambda module, inputs, output, role=role: counted[role].append(len(output)))
        return counted

    return watch


class TestWhatIsComputed:
    def test_g_runs_once_per_domain_and_f_only_on_what_g_made(self, workshop, calls):
        stepper = workshop.stepper(workshop.recipe())
        seen = calls(stepper)
        stepper.step(0)
        # f(s) and f(t) are looked up; G(s) and G(t) serve D and g; D reads three kinds for itself and two for g.
        assert seen == {"encoder": [6], "generator": [6, 6], "discriminator": [6] * 5}

    def test_watching_computes_nothing_more(self, workshop, calls):
        stepper = workshop.stepper(workshop.recipe())
        seen = calls(stepper)
        stepper.step(0, watch=True)
        assert seen == {"encoder": [6], "generator": [6, 6], "discriminator": [6] * 5}

    def test_repeated_updates_of_g_recompute_what_went_through_it(self, workshop, calls):
        stepper = workshop.stepper(with_phases(workshop, g="repeat = 3"))
        seen = calls(stepper)
        stepper.step(0)
        assert seen["generator"] == [6] * 6
        assert seen["discriminator"] == [6] * (3 + 6)
        assert seen["encoder"] == [6] * 3

    def test_augmented_images_are_read_by_f_in_every_step(self, workshop, calls):
        recipe = workshop.recipe('data.source.augment=["basics/noise"]')
        stepper = workshop.stepper(recipe)
        seen = calls(stepper)
        stepper.step(0)
        assert seen["encoder"] == [6, 6]  # s, and G(s); f(t) is still looked up

    def test_what_is_looked_up_is_what_would_be_computed(self, workshop, monkeypatch):
        recipe = workshop.recipe("train.precision=fp64")
        looked_up = workshop.stepper(recipe)
        monkeypatch.setattr(Graph, "constants", lambda *arguments: [])
        computed = workshop.stepper(recipe)
        for number in range(3):
            looked_up.step(number)
            computed.step(number)
            for name, value in computed.take_means().items():
                assert looked_up.sums.pop(name).item() == pytest.approx(value, rel=1e-12)


class TestUpdates:
    def test_each_phase_changes_its_network_alone(self, workshop):
        stepper = workshop.stepper(with_phases(workshop, g="start = 1"))
        before = {role: weights(stepper, role) for role in stepper.parts.networks}
        stepper.step(0)
        assert changed(stepper, "discriminator", before["discriminator"])
        assert not changed(stepper, "generator", before["generator"])
        stepper.step(1)
        assert changed(stepper, "generator", before["generator"])
        assert not changed(stepper, "encoder", before["encoder"])

    def test_networks_that_share_a_phase_move_by_one_gradient(self, workshop):
        adam = '[optimizers.generator]\nuse = "basics/adam"\nschedule = { use = "basics/cosine", warmup = 5 }\n'
        roles = ("generator", "discriminator")
        sgd = "".join(f'[optimizers.{role}]\nuse = "basics/sgd"\nlr = 0.1\n' for role in roles)
        terms = '["adversarial.d_source", "adversarial.g_source"]'

        def moved(update):
            phases = f"[phases.first]\nupdate = {update}\nterms = {terms}\n"
            later = '[phases.later]\nupdate = ["generator", "discriminator"]\nstart = 5\n'
            stepper = workshop.stepper(workshop.changed((adam, sgd), ("[train]\n", f"{phases}{later}[train]\n")))
            before = {role: weights(stepper, role) for role in roles}
            stepper.step(0)
            return {
                role: torch.cat([(a - b).flatten() for a, b in zip(weights(stepper, role), old, strict=True)])
                for role, old in before.items()
            }

        together = moved('["generator", "discriminator"]')
        for role in roles:
            alone = moved(f'"{role}"')
            assert alone[role].abs().max() > 0
            assert torch.allclose(together[role], alone[role], atol=1e-7)
            assert all(alone[other].abs().max() == 0 for other in roles if other != role)

    def test_no_gradient_is_left_behind(self, workshop):
        stepper = workshop.stepper(workshop.recipe())
        stepper.step(0)
        assert all(p.grad is None for network in stepper.parts.networks.values() for p in network.parameters())

    def test_the_learning_rate_follows_its_schedule(self, workshop):
        stepper = workshop.stepper(workshop.recipe())
        (group,) = stepper.parts.optimizers["generator"].param_groups
        rates = []
        for number in range(4):
            stepper.step(number)
            rates.append(group["lr"])
        assert rates == pytest.approx([2e-4 * (number + 1) / 5 for number in range(4)])
        assert stepper.parts.optimizers["discriminator"].param_groups[0]["lr"] == 2e-4

    @pytest.mark.parametrize("clip", [1e-3, 1e3])
    def test_the_gradient_is_clipped_to_its_norm(self, workshop, clip):
        sgd = (
            'use = "basics/adam"\nschedule = { use = "basics/cosine", warmup = 5 }',
            'use = "basics/sgd"\nlr = 1.0\nmomentum = 0.0',
        )
        free = workshop.stepper(workshop.changed(sgd))
        clipped = workshop.stepper(workshop.changed((sgd[0], f"{sgd[1]}\nclip_norm = {clip}")))
        moved = []
        for stepper in (free, clipped):
            before = weights(stepper, "generator")
            stepper.step(0)
            after = weights(stepper, "generator")
            moved.append(torch.cat([(a - b).flatten() for a, b in zip(after, before, strict=True)]))
        norm = moved[0].norm()
        assert moved[1].norm().item() == pytest.approx(min(clip, norm.item()), rel=1e-4)
        assert functional.cosine_similarity(moved[0], moved[1], dim=0).item() == pytest.approx(1, abs=1e-5)

    def test_the_average_follows_every_update(self, workshop):
        stepper = workshop.stepper(with_phases(workshop, g="repeat = 2"))
        stepper.step(0)
        stepper.step(1)
        assert stepper.parts.averages["generator"].updates == 4

    def test_a_step_draws_by_its_number_alone(self, workshop):
        recipe = workshop.recipe("networks.classifier.dropout=0.5", name="encoder")
        steppers = [workshop.stepper(recipe) for _ in range(2)]
        for stepper, seed in zip(steppers, (1, 2), strict=True):
            torch.manual_seed(seed)
            stepper.step(5)
        first, second = (weights(stepper, "classifier") for stepper in steppers)
        assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


class TestHoldingBack:
    @pytest.mark.parametrize(("bound", "held"), [("1e9", True), ("-1e9", False)])
    def test_a_lower_bound(self, workshop, calls, bound, held):
        stepper = workshop.stepper(with_phases(workshop, d=f"lower_bound = {bound}"))
        before = weights(stepper, "discriminator")
        seen = calls(stepper)
        stepper.step(0)
        assert changed(stepper, "discriminator", before) != held
        # What D has said of G(s) and G(t) holds for g, too, when D has not changed since.
        assert seen["discriminator"] == [6] * (3 if held else 5)
        means = stepper.take_means()
        assert means["discriminator.held_back"] == float(held)
        assert means["adversarial.d_real"] > 0

    @pytest.mark.parametrize(
        ("rests", "low", "high", "held"),
        [(False, 0.0, 1e9, False), (False, 1e8, 1e9, True), (True, 0.0, 1e9, True), (True, 0.0, 1e-9, False)],
    )
    def test_hysteresis_rests_below_the_first_until_above_the_second(self, workshop, rests, low, high, held):
        stepper = workshop.stepper(with_phases(workshop, d=f"hysteresis = [{low}, {high}]"))
        stepper.resting = {"discriminator"} if rests else set()
        before = weights(stepper, "discriminator")
        stepper.step(0)
        assert changed(stepper, "discriminator", before) != held
        assert stepper.resting == ({"discriminator"} if held else set())

    def test_a_phase_held_back_is_not_repeated(self, workshop):
        stepper = workshop.stepper(with_phases(workshop, d="lower_bound = 1e9\nrepeat = 4"))
        stepper.step(0)
        assert stepper.counts["discriminator.held_back"] == 1


class TestReports:
    def test_losses_are_those_of_the_networks_as_they_were(self, workshop):
        stepper = workshop.stepper(workshop.recipe("train.precision=fp64"))
        f, g, d = (copy.deepcopy(stepper.parts.networks[role]) for role in ("encoder", "generator", "discriminator"))
        s, t = (stepper.batches[role].images(0) for role in ("source", "target"))
        stepper.step(0, watch=True)
        means = stepper.take_means()
        fake_s, fake_t = g(f(s)), g(f(t.expand(-1, 3, -1, -1)))
        verdicts = {"source": d(fake_s), "target": d(fake_t), "real": d(t)}
        for label, (name, verdict) in enumerate(verdicts.items()):
            expected = functional.cross_entropy(verdict, torch.full((6,), label))
            assert means[f"adversarial.d_{name}"] == pytest.approx(expected.item(), rel=1e-9)
            share = (verdict.argmax(1) == label).double().mean()
            assert means[f"adversarial.accuracy_{name}"] == pytest.approx(share.item())
        # Without its weight of 15, as the paper's equation has it.
        assert means["identity"] == pytest.approx(functional.mse_loss(fake_t, t).item(), rel=1e-9)
        code = f(fake_s.expand(-1, 3, -1, -1))
        assert means["constancy"] == pytest.approx(functional.mse_loss(code, f(s)).item(), rel=1e-9)

    def test_means_are_over_the_steps_since_the_last_report(self, workshop):
        stepper = workshop.stepper(workshop.recipe())
        single = []
        for number in range(4):
            stepper.step(number, watch=number == 3)
            single.append(stepper.take_means())
        again = workshop.stepper(workshop.recipe())
        for number in range(4):
            again.step(number, watch=number == 3)
        means = again.take_means()
        for name in ("identity", "adversarial.d_real"):
            assert means[name] == pytest.approx(sum(found[name] for found in single) / 4, rel=1e-6)
        # Monitors were looked at once.
        assert means["adversarial.accuracy_real"] == single[3]["adversarial.accuracy_real"]
        assert "adversarial.accuracy_real" not in single[0]
        assert again.take_means() == {}


class TestPrecision:
    def test_bf16_keeps_weights_in_fp32_and_losses_near(self, workshop):
        exact, rounded = (workshop.stepper(workshop.recipe(f"train.precision={name}")) for name in ("fp32", "bf16"))
        for stepper in (exact, rounded):
            stepper.step(0)
        assert {p.dtype for p in rounded.parts.networks["generator"].parameters()} == {torch.float32}
        found, expected = rounded.take_means(), exact.take_means()
        assert found == pytest.approx(expected, rel=2e-2)
        assert found != expected

    def test_losses_are_computed_in_full_precision(self, workshop, monkeypatch):
        stepper = workshop.stepper(workshop.recipe("train.precision=bf16"))
        given = []
        original = Values.__getitem__

        def seen(values, name):
            value = original(values, name)
            if isinstance(value, torch.Tensor):
                given.append(value.dtype)
            return value

        monkeypatch.setattr(Values, "__getitem__", seen)
        stepper.step(0)
        assert torch.bfloat16 in given
        assert all(value.dtype == torch.float32 for value in stepper.sums.values())


CENTROIDS = """
[recipe]
name = "centroids"
[data.images]
use = "basics/npz"
path = "street.npz"
[networks.reader]
use = "toys/flat"
in_channels = 3
weights = { file = "unused.safetensors" }
[networks.shift]
use = "toys/shift"
[method]
use = "toys/centroids"
[losses.approach]
use = "toys/approach"
[train]
steps = 4
batch_size = 6
precision = "fp32"
"""


def test_a_statistic_is_taken_over_all_images_and_their_labels(workshop):
    images = workshop.images("images", 60, 3)
    flat = {"scale": torch.tensor([1.0, 2.0, 3.0])}
    stepper = workshop.stepper(workshop.parse(CENTROIDS), {"images": images}, {"reader": flat})
    stepper.step(2)
    code = stepper.parts.networks["reader"](images.tensor(slice(None)))
    labels = torch.from_numpy(images.labels)
    centroids = torch.stack([code[labels == label].mean(0) for label in range(10)])
    rows = stepper.batches["images"].indices(2)
    expected = functional.mse_loss(code[rows], centroids[labels[rows]])
    assert stepper.take_means()["approach"] == pytest.approx(expected.item(), rel=1e-5)
