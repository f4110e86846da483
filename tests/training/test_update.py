"""Numbers of optimizers and averages that change with the step, and losses that are computed lazily."""

import copy

import pytest
import torch

from ganforge.errors import RecipeError
from ganforge.quantities.planner import make_plan

BETWEEN = '{{ use = "basics/between", start = {}, end = {} }}'
GENERATOR = '[optimizers.generator]\nuse = "basics/adam"\nschedule = { use = "basics/cosine", warmup = 5 }\n'


def scheduled(workshop, *lines):
    table = "\n".join(["[optimizers.generator]", 'use = "basics/adam"', *lines]) + "\n"
    return workshop.changed((GENERATOR, table))


def groups(stepper):
    return stepper.parts.optimizers["generator"].param_groups


class TestSchedules:
    def test_give_the_numbers_of_an_optimizer(self, workshop):
        beta2, rate = BETWEEN.format(0.9, 0.98), BETWEEN.format(0.001, 0.002)
        stepper = workshop.stepper(scheduled(workshop, f"schedules = {{ beta2 = {beta2}, lr = {rate} }}"))
        for number in (0, 4, 7):
            stepper.step(number)
            share = number / 8
            assert [group["betas"] for group in groups(stepper)] == [(0.5, pytest.approx(0.9 + share * 0.08))]
            assert [group["lr"] for group in groups(stepper)] == [pytest.approx(0.001 + share * 0.001)]

    def test_give_the_decay_of_an_average(self, workshop):
        decays = []
        recipe = workshop.changed(("ema = 0.9\n", f"ema = 0.9\nschedules = {{ ema = {BETWEEN.format(0.05, 0.09)} }}\n"))
        stepper = workshop.stepper(recipe)
        average = stepper.parts.averages["generator"]
        before = {name: value.clone() for name, value in average.network.named_parameters()}
        for number in (0, 7):
            stepper.step(number)
            network = dict(stepper.parts.networks["generator"].named_parameters())
            name, value = next((name, value) for name, value in average.network.named_parameters() if value.ndim == 4)
            moved = (value.detach() - network[name].detach()) / (before[name] - network[name].detach())
            decays.append(moved[moved.isfinite()].median().item())
            before = {name: value.clone() for name, value in average.network.named_parameters()}
        assert decays == pytest.approx([0.05, 0.085], abs=1e-3)

    @pytest.mark.parametrize(
        ("lines", "message"),
        [
            ([f"schedules = {{ momentum = {BETWEEN.format(0.1, 0.2)} }}"], "has no number 'momentum' to schedule"),
            (
                ['schedule = "basics/constant"', f"schedules = {{ lr = {BETWEEN.format(0.1, 0.2)} }}"],
                "the learning rate of 'generator' is given here, and scaled by `schedule`",
            ),
            (
                [f"schedules = {{ beta2 = {BETWEEN.format(0.9, 1.3)} }}"],
                "'beta2' is 1.05 in step 3, and must be from 0",
            ),
            (["schedules = { beta2 = 0.9 }"], "must be a string or a table"),
        ],
    )
    def test_of_nothing_are_refused(self, workshop, lines, message):
        with pytest.raises(RecipeError, match=message):
            workshop.stepper(scheduled(workshop, *lines))

    def test_of_a_missing_average_are_refused(self, workshop):
        with pytest.raises(RecipeError, match="has no average whose decay could change"):
            workshop.changed(("ema = 0.9\n", f"schedules = {{ ema = {BETWEEN.format(0.1, 0.2)} }}\n"))


class TestLazyLosses:
    LAZY = ('[losses.identity]\nuse = "dtn/identity"\nweight = 15.0', '[losses.identity]\nuse = "dtn/identity"\n')

    def recipe(self, workshop, interval):
        return workshop.changed((self.LAZY[0], self.LAZY[1] + f"weight = 15.0\ninterval = {interval}"))

    def test_are_computed_in_every_so_many_steps(self, workshop):
        stepper = workshop.stepper(self.recipe(workshop, 3))
        for number in range(6):
            stepper.step(number)
        assert stepper.counts["identity"] == 2
        assert stepper.counts["constancy"] == 6

    def test_weigh_as_many_times_as_much(self, workshop):
        lazy = next(term for term in make_plan(self.recipe(workshop, 3)).phases[1].terms if term.name == "identity")
        assert lazy.factor(3, 8) == 3 * 15.0

    def test_count_the_updates_of_their_phase(self, workshop):
        phases = '[phases.d]\nupdate = "discriminator"\n[phases.g]\nupdate = "generator"\nstart = 1\ninterval = 2\n'
        recipe = workshop.changed((self.LAZY[0], self.LAZY[1] + "interval = 2"), ("[train]\n", f"{phases}[train]\n"))
        stepper = workshop.stepper(recipe)
        seen = []
        for number in range(8):
            stepper.step(number)
            seen.append(stepper.take_means().keys() & {"constancy", "identity"})
        assert seen[2::2] == [{"constancy", "identity"}, {"constancy"}, {"constancy", "identity"}]
        assert not any(seen[1::2])

    def test_join_the_update_of_their_phase(self, workshop):
        """In a step at which it acts, it is an ordinary loss of so much weight; in others, none."""
        always = workshop.changed((self.LAZY[0], self.LAZY[0].replace("15.0", "45.0")))
        never = workshop.changed((self.LAZY[0], self.LAZY[0].replace("15.0", "0.0")))
        lazy = workshop.stepper(self.recipe(workshop, 3))
        for number, recipe in ((0, always), (1, never)):
            other = workshop.stepper(recipe)
            other.load_state_dict(*copy.deepcopy(lazy.state_dict()))
            lazy.step(number)
            other.step(number)
            for one, two in zip(
                lazy.parts.networks["generator"].parameters(),
                other.parts.networks["generator"].parameters(),
                strict=True,
            ):
                assert torch.equal(one, two)

    def test_of_a_phase_alone_leave_it_out(self, workshop):
        phases = '[phases.d]\nupdate = "discriminator"\n[phases.g]\nupdate = "generator"\nterms = ["adversarial", '
        phases += '"constancy"]\n[phases.identity]\nupdate = "generator"\nterms = ["identity"]\n[train]'
        recipe = workshop.changed((self.LAZY[0], self.LAZY[1] + "weight = 15.0\ninterval = 4"), ("[train]", phases))
        stepper = workshop.stepper(recipe)
        for number in range(5):
            stepper.step(number)
        assert stepper.counts["identity"] == 2
        assert stepper.parts.averages["generator"].updates == 5 + 2
