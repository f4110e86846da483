"""What changes with the step and is neither drawn nor computed from what is drawn."""

import pytest
import torch

from ganforge.errors import GanforgeError, RecipeError
from ganforge.method import Method, quantity
from ganforge.quantities.graph import Graph
from ganforge.quantities.planner import make_plan
from ganforge.runs import strict_json

RIPENING = ("method.use=toys/ripening", 'losses.ripening.use="toys/ripening"')


class TestProgress:
    def test_is_the_share_of_the_steps_that_are_done_for_losses_and_quantities(self, workshop):
        stepper = workshop.stepper(workshop.recipe(*RIPENING))
        seen = []
        for number in (0, 2, 6):
            stepper.step(number)
            seen.append(stepper.take_means()["ripening"])
        assert seen == [0, 0.25 * 1.5, 0.75 * 1.5]

    @pytest.mark.parametrize(("precision", "dtype"), [("fp32", torch.float32), ("fp64", torch.float64)])
    def test_is_a_scalar_of_the_type_of_images(self, workshop, precision, dtype):
        stepper = workshop.stepper(workshop.recipe(f"train.precision={precision}", *RIPENING))
        stepper.plan.moment.step = 2
        progress = stepper.leaves.values(0)["progress"]
        assert (progress.shape, progress.dtype, progress.item()) == ((), dtype, 0.25)

    def test_is_1_when_networks_are_measured(self, workshop, tmp_path):
        recipe = workshop.recipe(*RIPENING, 'metrics.ripeness.use="toys/ripeness"', "train.steps=2")
        metrics = strict_json.loads(workshop.run(recipe, tmp_path / "run").metrics.read_bytes())
        assert metrics["sets"]["test"]["ripeness"] == 1

    def test_reaches_augmentations_of_data(self, workshop):
        stepper = workshop.stepper(workshop.recipe('data.source.augment=["toys/fading"]'))
        plain = workshop.stepper(workshop.recipe()).batches["source"].images(0)
        stepper.plan.moment.step = 2
        assert torch.allclose(stepper.batches["source"].images(0), (plain + 1) * 0.75 - 1, atol=1e-6)

    def test_reaches_augmentations_that_a_method_is_given(self, workshop):
        plan = make_plan(workshop.recipe('method.views=["toys/fading"]'))
        images = torch.rand(2, 1, 4, 4) * 2 - 1
        plan.moment.step = 6
        assert torch.allclose(plan.method.transferred_view(images), (images + 1) * 0.25 - 1, atol=1e-6)
        plan.moment.step = None
        assert torch.equal(plan.method.transferred_view(images), torch.full((2, 1, 4, 4), -1.0))

    def test_steps_leave_the_moment_as_it_was(self, workshop):
        stepper = workshop.stepper(workshop.recipe(*RIPENING))
        stepper.step(3)
        assert stepper.plan.moment.progress == 1

    @pytest.mark.parametrize(
        ("change", "line"),
        [
            ('data.source.augment=["basics/noise", "toys/curious"]', "data.source.augment.1"),
            ('method.views=["toys/curious"]', "method.views.0"),
        ],
    )
    def test_an_augmentation_that_asks_for_something_else_is_refused(self, workshop, change, line):
        with pytest.raises(RecipeError, match=r"'toys/curious' asks for 'weather', which there is not") as caught:
            make_plan(workshop.recipe(change))
        assert "--set" in str(caught.value)

    def test_no_method_may_give_the_name_another_meaning(self):
        class Clash(Method):
            @quantity("[]")
            def progress(self):
                return 0

        with pytest.raises(GanforgeError, match="Clash gives 'progress' a meaning of its own"):
            Graph(Clash, [], [])


LECAM = ('losses.lecam={ use = "toys/lecam", decay = 0.75 }',)


def verdicts(stepper, number):
    """What D says of t and of G(s) in a step that is not performed."""
    values = stepper.leaves.values(number)
    return values["real_verdict"].mean().item(), values["source_verdict"].mean().item()


class TestStates:
    def test_of_a_loss_are_functions_of_their_old_values_and_of_what_the_losses_saw(self, workshop):
        stepper = workshop.stepper(workshop.recipe("train.precision=fp64", *LECAM))
        assert stepper.leaves.states == {"lecam.real_mean": 0, "lecam.fake_mean": 0}
        real_mean = fake_mean = 0.0
        for number in range(3):
            real, fake = verdicts(stepper, number)
            expected = (real - fake_mean) ** 2, (real_mean - fake) ** 2
            stepper.step(number, watch=True)
            means = stepper.take_means()
            assert means["lecam.d"] >= sum(expected)  # the mean of squares is at least the square of the mean
            assert means["lecam.gap"] == pytest.approx(real_mean - fake_mean, rel=1e-9)
            fake_mean = 0.75 * fake_mean + 0.25 * fake + 0.01 * real_mean
            real_mean = 0.75 * real_mean + 0.25 * real
            assert stepper.leaves.states["lecam.real_mean"].item() == pytest.approx(real_mean, rel=1e-9)
            assert stepper.leaves.states["lecam.fake_mean"].item() == pytest.approx(fake_mean, rel=1e-9)
            # Numbers are in the journal, by name.
            assert means["lecam.real_mean"] == stepper.leaves.states["lecam.real_mean"].item()

    def test_take_what_the_phases_have_computed(self, workshop):
        seen = {}
        for changes in ((), LECAM):
            stepper = workshop.stepper(workshop.recipe(*changes))
            calls = []
            stepper.parts.networks["discriminator"].register_forward_hook(lambda *_, calls=calls: calls.append(1))
            stepper.step(0)
            seen[changes] = len(calls)
        assert seen[()] == seen[LECAM]

    def test_compute_what_no_phase_has(self, workshop):
        phases = (
            '[phases.generator]\nupdate = "generator"\n[phases.discriminator]\nupdate = "discriminator"\nstart = 5\n'
        )
        lecam = '[losses.lecam]\nuse = "toys/lecam"\n'
        stepper = workshop.stepper(workshop.changed(("[train]\n", f"{phases}{lecam}[train]\n")))
        stepper.step(0)
        assert stepper.leaves.states["lecam.real_mean"] != 0

    def test_of_a_lazy_loss_change_where_it_acts(self, workshop):
        stepper = workshop.stepper(workshop.recipe('losses.lecam={ use = "toys/lecam", interval = 3 }'))
        seen = []
        for number in range(5):
            stepper.step(number)
            seen.append(stepper.leaves.states["lecam.real_mean"].item())
        assert seen[0] == seen[1] == seen[2] != seen[3] == seen[4]

    def test_of_a_method_are_there_for_its_quantities(self, workshop):
        stepper = workshop.stepper(workshop.recipe("method.use=toys/pooled", 'losses.pool.use="toys/on-pool"'))
        before = stepper.leaves.states["pool"]
        assert torch.equal(before, torch.zeros(4, 1, 16, 16))
        values = stepper.leaves.values(0)
        made, choice = values["transferred_source"].detach(), values["choice"]
        stepper.step(0)
        assert torch.equal(before, torch.zeros(4, 1, 16, 16))
        place = int(choice[1] * 4)
        torch.testing.assert_close(stepper.leaves.states["pool"][place], made[1])
        assert not stepper.leaves.states["pool"].requires_grad

    def test_that_nobody_asks_for_are_not_kept(self, workshop):
        assert workshop.stepper(workshop.recipe("method.use=toys/pooled")).leaves.states == {}

    def test_of_an_augmentation_drive_it(self, workshop):
        use = '["basics/noise", { use = "toys/adaptive", target = 2.0, speed = 0.5 }]'
        stepper = workshop.stepper(workshop.recipe(f"data.target.augment={use}"))
        name = "data.target.augment.1.probability"
        assert stepper.leaves.states == {name: 0.5}
        stepper.step(0)
        assert stepper.leaves.states == {name: 0}
        plain = workshop.stepper(workshop.recipe('data.target.augment=["basics/noise"]'))
        assert torch.equal(stepper.batches["target"].images(1), plain.batches["target"].images(1))

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ('losses.x.use="toys/forgetful"', "the state 'mean' of 'toys/forgetful' asks for 'weather'"),
            ('losses.x.use="toys/nosy"', "the loss 'toys/nosy' asks for 'real_mean': the method has no quantity"),
        ],
    )
    def test_that_ask_for_what_there_is_not_are_refused(self, workshop, change, message):
        with pytest.raises(RecipeError, match=message) as caught:
            make_plan(workshop.recipe(change, *LECAM))
        (problem,) = caught.value.problems
        assert problem.key == "losses.x"
        assert problem.where

    @pytest.mark.parametrize(
        ("loss", "message"),
        [
            ("growing", r"the state 'x.seen' begins as a tensor \[\] and becomes a tensor \[2\]"),
            ("headless", r"the state 'x.seen' has no first value: 'weather'"),
        ],
    )
    def test_that_cannot_be_kept_are_refused_before_training(self, workshop, tmp_path, loss, message):
        with pytest.raises(GanforgeError, match=message) as caught:
            workshop.run(workshop.recipe(f'losses.x.use="toys/{loss}"'), tmp_path / "run")
        assert caught.value.where

    def test_are_no_part_of_what_is_measured(self, workshop, tmp_path):
        recipe = workshop.recipe("method.use=toys/pooled", 'metrics.x.use="toys/of-pool"')
        with pytest.raises(RecipeError, match=r"computed from .*pool, which measuring does not give"):
            workshop.run(recipe, tmp_path / "run")


HALF_TO_ALL = '{ use = "basics/between", start = 0.5, end = 1.0 }'
IMAGES = torch.rand(2000, 1, 2, 2, generator=torch.Generator().manual_seed(0)) * 0.9 + 0.05


def augmentation(workshop, table):
    """The plan of a recipe with an augmentation, and what the augmentation makes of images at a step."""
    plan = make_plan(workshop.recipe(f"data.source.augment=[{table}]"))

    def changed(step=None, images=IMAGES):
        plan.moment.step = step
        return plan.augmentations["source"][0](images, torch.Generator().manual_seed(1))

    return plan, changed


class TestAmounts:
    def test_a_probability_is_there_for_every_augmentation(self, workshop):
        _, changed = augmentation(workshop, '{ use = "toys/dark", probability = 0.25 }')
        dark = (changed() == 0).all((1, 2, 3))
        assert dark.float().mean().item() == pytest.approx(0.25, abs=0.03)
        assert torch.equal(changed()[~dark], IMAGES[~dark])

    @pytest.mark.parametrize("name", ["toys/dark", "basics/cutout"])
    def test_a_probability_may_change_with_the_step(self, workshop, name):
        option = ", size = 1.0" if name == "basics/cutout" else ""
        _, changed = augmentation(workshop, f'{{ use = "{name}", probability = {HALF_TO_ALL}{option} }}')
        shares = [(changed(step) != IMAGES).any(3).any(2).any(1).float().mean().item() for step in (0, 4, 7, None)]
        assert shares == pytest.approx([0.5, 0.75, 0.9375, 1.0], abs=0.04)

    def test_a_strength_may_change_with_the_step(self, workshop):
        _, changed = augmentation(workshop, f'{{ use = "toys/dark", strength = {HALF_TO_ALL} }}')
        assert torch.allclose(changed(0), IMAGES * 0.5)
        assert torch.allclose(changed(4), IMAGES * 0.25)
        assert torch.equal(changed(), torch.zeros_like(IMAGES))

    @pytest.mark.parametrize("name", ["noise", "affine", "color"])
    def test_a_strength_scales_what_an_augmentation_does(self, workshop, name):
        images = torch.rand(8, 3, 8, 8, generator=torch.Generator().manual_seed(2))
        _, full = augmentation(workshop, f'"basics/{name}"')
        _, half = augmentation(workshop, f'{{ use = "basics/{name}", strength = 0.5 }}')
        _, scheduled = augmentation(workshop, f'{{ use = "basics/{name}", strength = {HALF_TO_ALL} }}')
        assert torch.equal(scheduled(0, images), half(None, images))
        assert torch.equal(scheduled(None, images), full(None, images))
        assert 0 < (half(None, images) - images).abs().mean() < 0.8 * (full(None, images) - images).abs().mean()

    def test_reach_augmentations_that_a_method_is_given(self, workshop):
        plan = make_plan(workshop.recipe(f'method.views=[{{ use = "toys/dark", strength = {HALF_TO_ALL} }}]'))
        plan.moment.step = 0
        assert torch.allclose(plan.method.transferred_view(IMAGES), (IMAGES + 1) * 0.5 - 1)

    def test_a_number_that_is_an_option_stays_one(self, workshop):
        plan, _ = augmentation(workshop, '{ use = "basics/blur", probability = 0.3 }')
        assert plan.augmentations["source"][0].keywords == {"probability": 0.3}
        assert plan.moment.augmentations == []

    def test_of_1_leave_the_identity_as_it_is(self, workshop):
        hashes = {
            text: workshop.recipe(f'data.source.augment=[{{ use = "basics/noise"{text} }}]').hash
            for text in ("", ", probability = 1.0", ", strength = 1", ", probability = 0.9", ", strength = 0.9")
        }
        assert hashes[""] == hashes[", probability = 1.0"] == hashes[", strength = 1"]
        assert len(set(hashes.values())) == 3

    def test_are_written_down(self, workshop):
        table = f'{{ use = "basics/blur", probability = {HALF_TO_ALL} }}'
        recipe = workshop.recipe(f"data.source.augment=[{table}]")
        (written,) = recipe.resolved()["data"]["source"]["augment"]
        assert (written["probability"]["use"], written["probability"]["end"]) == ("basics/between", 1.0)
        assert "basics/between" in [use.entry.name for use in recipe.uses()]

    @pytest.mark.parametrize(
        ("table", "message"),
        [
            ('{ use = "toys/dark", probability = 1.5 }', "probability must be a number from 0 to 1, or a scheduler"),
            ('{ use = "toys/dark", strength = true }', "strength must be a number from 0 to 1, or a scheduler"),
            ('{ use = "basics/noise", strength = 2.0 }', "strength .*less than or equal to 1"),
            ('{ use = "basics/cutout", strength = 0.5 }', "'basics/cutout' has no option 'strength'"),
            ('{ use = "toys/adaptive", probability = 0.5 }', "'toys/adaptive' has no option 'probability'"),
            ('{ use = "toys/dark", probability = "basics/nothing" }', "there is no scheduler 'basics/nothing'"),
            (
                '{ use = "toys/dark", probability = { use = "basics/between", start = 0.0, end = 2.0 } }',
                "the probability of 'toys/dark' is 1.25 in step 5, and must be from 0 to 1",
            ),
        ],
    )
    def test_that_are_none_are_refused(self, workshop, table, message):
        with pytest.raises(RecipeError, match=message) as caught:
            make_plan(workshop.recipe(f"data.source.augment=[{table}]"))
        assert all(problem.where for problem in caught.value.problems)
