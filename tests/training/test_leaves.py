"""What changes with the step and is neither drawn nor computed from what is drawn."""

import pytest
import torch

from ganforge.errors import GanforgeError, RecipeError
from ganforge.method import Method, quantity
from ganforge.quantities.graph import Graph
from ganforge.quantities.plan import make_plan
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
