"""What a run will compute, and every mistake in that at once, with its line."""

import pytest

from ganforge.errors import GanforgeError, RecipeError
from ganforge.marks import Marks
from ganforge.quantities.planner import make_plan

PHASES = """
[phases.read]
update = "discriminator"
terms = ["adversarial.d_real", "adversarial.d_source"]
interval = 2

[phases.write]
update = "generator"
terms = {terms}
repeat = 3

[train]
"""
FORGETFUL = """
[recipe]
name = "forgetful"

[data.images]
use = "basics/npz"
path = "writing.npz"

[networks.generator]
use = "conditional/writer"

[networks.discriminator]
use = "conditional/critic"

[method]
use = "conditional/forgetful"

[losses.adversarial]
use = "gans/hinge"

[train]
steps = 2
batch_size = 2
"""


def problems(recipe):
    with pytest.raises(RecipeError) as caught:
        make_plan(recipe)
    return caught.value.problems


def line_of(recipe, fragment, text=None):
    """Where a fragment of the recipe's text stands, as messages say it."""
    text = (recipe.document.path.read_text() if text is None else text).split("\n")
    return f"{recipe.document.path}:{next(n for n, line in enumerate(text, 1) if fragment in line)}"


def with_phases(workshop, terms='["adversarial", "constancy", "identity"]', *overrides):
    folder = workshop.root / "transfer.toml"
    text = folder.read_text().replace("[train]\n", PHASES.format(terms=terms))
    return workshop.changed(("[train]\n", PHASES.format(terms=terms)), *overrides), text


class TestTerms:
    def test_the_methods_phases_take_the_terms_of_their_network(self, workshop):
        plan = make_plan(workshop.recipe())
        assert {phase.name: [term.name for term in phase.terms] for phase in plan.phases} == {
            "discriminator": ["adversarial.d_source", "adversarial.d_target", "adversarial.d_real"],
            "generator": ["adversarial.g_source", "adversarial.g_target", "constancy", "identity"],
        }
        assert plan.trained == ("generator", "discriminator")

    def test_a_term_knows_what_it_needs_and_its_weight(self, workshop):
        plan = make_plan(workshop.recipe())
        terms = {term.name: term for phase in plan.phases for term in phase.terms}
        assert terms["constancy"].needs == ("source_code", "view_code")
        assert terms["constancy"].factor(0, 8) == 15.0
        assert terms["adversarial.g_source"].factor(0, 8) == 1.0
        assert plan.wanted[:3] == ["source_verdict", "target_verdict", "real_verdict"]
        assert set(plan.wanted) >= {"source_code", "view_code", "target", "transferred_target"}

    def test_a_schedule_scales_the_weight(self, workshop):
        recipe = workshop.recipe('losses.constancy.schedule={ use = "basics/ramp", length = 4 }')
        term = next(t for phase in make_plan(recipe).phases for t in phase.terms if t.name == "constancy")
        assert [term.factor(step, 8) for step in (0, 1, 3, 7)] == [3.75, 7.5, 15.0, 15.0]

    def test_a_loss_of_weight_0_is_not_there(self, workshop):
        plan = make_plan(workshop.recipe("losses.constancy.weight=0"))
        assert "constancy" not in plan.losses
        assert "view_code" not in plan.wanted

    def test_a_phase_may_still_name_a_loss_of_weight_0(self, workshop):
        recipe, _ = with_phases(workshop, '["adversarial", "constancy", "identity", "adversarial.d_target"]')
        assert recipe is not None
        changed, _ = with_phases(
            workshop, '["adversarial", "constancy"]', ("weight = 15.0\n\n[opt", "weight = 0\n\n[opt")
        )
        with pytest.raises(RecipeError) as caught:
            make_plan(changed)
        # d_target and no other term is left without a phase: `identity`, of weight 0, is no mistake.
        assert ["adversarial.d_target" in problem.message for problem in caught.value.problems] == [True]

    def test_monitors_watch_only_what_the_losses_ask_for(self, workshop):
        every = make_plan(workshop.recipe())
        accuracies = {f"adversarial.accuracy_{name}" for name in ("source", "target", "real")}
        assert set(every.monitors) == {*accuracies, "transferred_source.diversity"}
        blind = make_plan(workshop.recipe("losses.adversarial.weight=0"))
        assert set(blind.monitors) == {"transferred_source.diversity"}
        unpictured = make_plan(workshop.recipe("losses.adversarial.weight=0", "losses.constancy.weight=0"))
        assert unpictured.monitors == {}


class TestPhases:
    def test_the_calendar_of_a_phase(self, workshop):
        recipe, _ = with_phases(workshop, '["adversarial", "constancy", "identity"]\nstart = 2\nstop = 9\ninterval = 3')
        with pytest.raises(RecipeError):
            make_plan(recipe)  # d_target is in no phase
        recipe, _ = with_phases(
            workshop,
            '["adversarial", "constancy", "identity"]\nstart = 2\nstop = 9\ninterval = 3',
            ('"adversarial.d_source"]', '"adversarial.d_source", "adversarial.d_target"]'),
        )
        read, write = make_plan(recipe).phases
        assert [step for step in range(8) if read.acts(step)] == [0, 2, 4, 6]
        assert [step for step in range(15) if write.acts(step)] == [3, 6]

    def test_a_loss_named_in_a_phase_gives_its_terms_for_that_network(self, workshop):
        recipe, _ = with_phases(
            workshop,
            '["adversarial", "constancy", "identity"]',
            ('terms = ["adversarial.d_real", "adversarial.d_source"]', 'terms = ["adversarial"]'),
        )
        read, write = make_plan(recipe).phases
        assert [term.name for term in read.terms] == [f"adversarial.d_{name}" for name in ("source", "target", "real")]
        assert [term.name for term in write.terms][:2] == ["adversarial.g_source", "adversarial.g_target"]


class TestMistakes:
    def test_a_term_in_no_phase(self, workshop):
        recipe, text = with_phases(workshop)
        (problem,) = problems(recipe)
        assert "no phase minimises the term 'adversarial.d_target'" in problem.message
        assert problem.where == line_of(recipe, "[losses.adversarial]", text)

    def test_an_unknown_term_names_the_nearest(self, workshop):
        recipe, text = with_phases(workshop, '["adversarial", "constancy", "identty"]')
        found = {problem.message: problem for problem in problems(recipe)}
        problem = found["there is no loss term 'identty'"]
        assert problem.fix == "did you mean 'identity'?"
        assert problem.where == line_of(recipe, '"identty"', text)

    def test_a_phase_of_an_unknown_network(self, workshop):
        recipe, _ = with_phases(
            workshop,
            '["adversarial", "constancy", "identity"]\n[phases.more]\nupdate = "generater"',
            ('"adversarial.d_source"]', '"adversarial"]'),
        )
        (problem,) = problems(recipe)
        assert problem.message == "there is no network 'generater'"
        assert "'generator'" in problem.fix

    def test_a_term_that_does_not_go_through_the_network(self, workshop):
        recipe, text = with_phases(workshop, '["adversarial", "constancy", "identity", "adversarial.d_real"]')
        found = [problem for problem in problems(recipe) if "cannot minimise" in problem.message]
        assert [problem.message for problem in found] == [
            "the phase 'write' cannot minimise 'adversarial.d_real': it does not go through 'generator'"
        ]
        assert found[0].where == line_of(recipe, "[phases.write]", text)

    def test_a_network_that_no_phase_updates(self, workshop):
        text = workshop.root.joinpath("transfer.toml").read_text()
        phases = '[phases.only]\nupdate = "generator"\n\n[train]\n'
        recipe = workshop.changed(("[train]\n", phases))
        messages = {problem.message: problem for problem in problems(recipe)}
        problem = messages["the losses go through the network 'discriminator', which no phase updates"]
        assert problem.where == line_of(recipe, "[networks.discriminator]", text)

    def test_a_frozen_network_that_a_phase_updates(self, workshop):
        recipe = workshop.changed(
            (
                'use = "dtn/digit-discriminator"',
                'use = "dtn/digit-discriminator"\nfrozen = true\nweights = { file = "d" }',
            )
        )
        (problem,) = problems(recipe)
        assert problem.message == "the network 'discriminator' is frozen, but a phase updates it"

    def test_a_judge_that_takes_part_in_training(self, workshop):
        recipe = workshop.changed(('recipe = "judge.toml"', 'recipe = "encoder.toml"'))
        (problem,) = problems(recipe)
        assert "the judge 'pooled' is the network 'encoder' of this run" in problem.message
        assert problem.where == line_of(recipe, "[judges.pooled]")

    def test_a_judge_that_a_network_began_with(self, workshop, tmp_path):
        # encoder <- first: the judge is what the encoder's own training began with.
        first = (workshop.root / "encoder.toml").read_text().replace('"encoder"', '"first"')
        (workshop.root / "first.toml").write_text(first)
        second = first.replace('"first"', '"second"').replace(
            "width = 4", 'width = 4\nweights = { recipe = "first.toml" }'
        )
        (workshop.root / "second.toml").write_text(second)
        recipe = workshop.changed(
            ('recipe = "encoder.toml"', 'recipe = "second.toml"'), ('recipe = "judge.toml"', 'recipe = "first.toml"')
        )
        (problem,) = problems(recipe)
        assert "no judge may take part in training" in problem.message

    def test_a_loss_of_class_scores_with_an_encoder_without_a_head(self, workshop):
        text = (workshop.root / "encoder.toml").read_text()
        flat = text.replace('use = "digits/strided-cnn"\nwidth = 4\ncode_dim = 8', 'use = "toys/flat"')
        loss, metric = problems(workshop.parse(flat))
        says = "asks for 'logits', class scores of the classifier, and 'toys/flat' has no head"
        assert loss.message == f"the loss 'basics/classification' {says}"
        assert metric.message == f"the metric 'basics/accuracy' {says}"
        assert loss.where == line_of(workshop.recipe(), "[losses.classification]", flat)
        assert metric.where == line_of(workshop.recipe(), "[networks.classifier]", flat)

    def test_a_loss_that_asks_for_a_network(self, workshop):
        use = '[losses.identity]\nuse = "dtn/identity"'
        recipe = workshop.changed((use, use.replace("dtn/identity", "toys/of-module")))
        (problem,) = problems(recipe)
        assert problem.message == "the loss 'toys/of-module' asks for 'generator', which is a network"
        assert str(problem.where) == line_of(recipe, "[losses.identity]")

    def test_a_loss_that_asks_for_what_the_recipe_lacks(self, workshop):
        recipe = workshop.changed(
            (
                '[losses.constancy]\nuse = "dtn/f-constancy"',
                '[losses.constancy]\nuse = "dtn/f-constancy"\ndistance = "soft-labels"\nreader = "teacher"',
            )
        )
        messages = [problem.message for problem in problems(recipe)]
        assert any("'source_teacher_logits': 'teacher' needs [networks.teacher]" in message for message in messages)

    def test_all_are_told_at_once(self, workshop):
        recipe, _ = with_phases(
            workshop,
            '["adversarial", "constancy", "identity", "nothing"]',
            ('recipe = "judge.toml"', 'recipe = "encoder.toml"'),
            ('use = "dtn/f-constancy"', 'use = "dtn/f-constancy"\ndistance = "cross-entropy"\nstandardize = true'),
        )
        messages = "\n".join(problem.message for problem in problems(recipe))
        for piece in ("standardize is for distances between codes", "'nothing'", "d_target", "judge"):
            assert piece in messages


def test_labels_used_are_those_that_reach_a_loss(workshop):
    assert make_plan(workshop.recipe()).labels_used == []
    assert make_plan(workshop.recipe("losses.constancy.distance=cross-entropy")).labels_used == ["source_labels"]
    assert make_plan(workshop.recipe(name="encoder")).labels_used == ["images_labels"]
    removed = workshop.recipe("losses.constancy.distance=cross-entropy", "losses.constancy.weight=0")
    assert make_plan(removed).labels_used == []


class TestTheOutput:
    @pytest.fixture
    def forgetful(self, workshop):
        """A GAN whose output needs a class that is none of its inputs."""
        return workshop.parse(FORGETFUL)

    def test_what_is_no_input_is_one_message_with_the_line_of_the_method(self, forgetful):
        (problem,) = problems(forgetful)
        assert problem.message == (
            "the output 'generated' of the method 'conditional/forgetful' is computed from 'label', "
            "not only from its inputs (latent)"
        )
        assert problem.fix == "add 'label' to `inputs` of the method"
        assert problem.where == line_of(forgetful, "conditional/forgetful", FORGETFUL)

    @pytest.mark.parametrize(
        ("attributes", "message"),
        [
            ({"inputs": ("latent", "label", "hum")}, "makes its outputs of 'hum', which is none of its images"),
            ({"inputs": ()}, "computed from 'label' and 'latent', not only from its inputs ()"),
            ({"output": "generatde"}, "the method has no quantity 'generatde'"),
        ],
    )
    def test_other_mistakes_of_a_method_are_too(self, workshop, monkeypatch, attributes, message):
        text = FORGETFUL.replace("forgetful", "cgan")
        recipe = workshop.parse(text)
        for name, value in attributes.items():
            monkeypatch.setattr(recipe.method_class, name, value)
        found = problems(recipe)
        assert message in found[0].message
        assert {problem.where for problem in found} == {line_of(recipe, "conditional/cgan", text)}

    def test_images_of_two_roles_are(self, workshop, monkeypatch):
        recipe = workshop.recipe()
        monkeypatch.setattr(recipe.method_class, "inputs", ("source", "target"))
        (problem,) = problems(recipe)
        assert "of the images of source and target" in problem.message

    def test_a_statistic_is(self, workshop, monkeypatch):
        recipe = workshop.recipe()
        monkeypatch.setattr(recipe.method_class, "output", "source_code_mean")
        (problem,) = problems(recipe)
        assert "is a statistic of the training images" in problem.message

    def test_a_given_value_is_trained_from_data(self, workshop, monkeypatch):
        recipe = workshop.parse(FORGETFUL)
        monkeypatch.setattr(
            recipe.method_class.latent, "ganforge_marks", Marks(drawn=("[N, latent_dim]", "lables", None))
        )
        with pytest.raises(GanforgeError, match="'latent' of the method Forgetful is trained from 'lables'"):
            make_plan(recipe)
