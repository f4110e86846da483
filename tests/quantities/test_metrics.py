"""What metrics ask of judges and networks, checked with the recipe; and which of them are circular."""

from __future__ import annotations

from typing import Any

import pytest

from ganforge.errors import RecipeError
from ganforge.quantities.planner import make_plan

JUDGE = '[judges.pooled]\nrecipe = "judge.toml"\n'
FLAT = '[judges.flat]\nuse = "toys/flat"\nweights = { file = "flat.safetensors" }\n'
FRECHET = '[metrics.fid]\nuse = "basics/frechet-distance"\n'
ACCURACY = '[metrics.right]\nuse = "basics/transfer-accuracy"\n'


def problems(recipe: Any) -> Any:
    with pytest.raises(RecipeError) as caught:
        make_plan(recipe)
    return caught.value.problems


class TestWhatJudgesOffer:
    def test_class_scores_of_a_judge_without_a_head_are_one_error_with_its_line(self, workshop: Any) -> None:
        recipe = workshop.changed((JUDGE, FLAT + FRECHET + ACCURACY))
        (problem,) = problems(recipe)
        assert problem.message == (
            "the metric 'basics/transfer-accuracy' asks for class scores, and the judge 'flat' has none"
        )
        assert problem.where == recipe.document.where(("metrics", "right"))
        assert problem.where != recipe.document.where(("judges", "flat"))

    def test_a_metric_that_is_the_method_s_default_is_blamed_on_the_judge(self, workshop: Any) -> None:
        recipe = workshop.changed((JUDGE, FLAT))
        (problem,) = problems(recipe)
        assert problem.where == recipe.document.where(("judges", "flat"))
        assert "[metrics]" in problem.fix

    def test_features_are_all_that_some_metrics_need(self, workshop: Any) -> None:
        plan = make_plan(workshop.changed((JUDGE, FLAT + FRECHET)))
        assert plan.metrics["fid"].judges is None

    def test_a_metric_may_ask_some_judges_alone(self, workshop: Any) -> None:
        both = (JUDGE, JUDGE + FLAT + FRECHET + ACCURACY)
        (problem,) = problems(workshop.changed(both))
        assert problem.fix == 'judges = ["pooled"] in [metrics.right]'
        plan = make_plan(workshop.changed((both[0], f'{both[1]}judges = ["pooled"]\n')))
        assert plan.metrics["right"].judges == {"pooled"}

    @pytest.mark.parametrize(
        ("metric", "message"),
        [
            (f'{ACCURACY}judges = ["poled"]\n', "there is no judge 'poled'"),
            ('[metrics.x]\nuse = "dtn/encoder-accuracy"\njudges = ["pooled"]\n', "asks no judges"),
        ],
    )
    def test_judges_must_be_there_and_asked(self, workshop: Any, metric: str, message: str) -> None:
        (problem,) = problems(workshop.changed((JUDGE, JUDGE + metric)))
        assert message in problem.message
        assert problem.key.endswith(".judges")

    def test_a_head_of_a_file_has_as_many_classes_as_its_table_says(self, workshop: Any) -> None:
        named = FLAT.replace("toys/flat", "toys/named")
        with pytest.raises(RecipeError, match="the judge 'flat' needs the option 'classes' of 'toys/named'"):
            workshop.changed((JUDGE, named))
        assert make_plan(workshop.changed((JUDGE, f"{named}classes = 10\n"))).metrics


class TestCircular:
    def test_f_after_f_constancy_is_and_f_on_the_source_is_not(self, workshop: Any) -> None:
        plan = make_plan(workshop.recipe())
        assert plan.gradient_givers == {"encoder", "discriminator"}
        assert {name: metric.circular for name, metric in plan.metrics.items()} == {
            "transfer-accuracy": False,
            "encoder-accuracy": False,
            "encoder-agreement": True,
        }

    def test_f_that_gave_no_gradient_may_read_outputs(self, workshop: Any) -> None:
        plan = make_plan(workshop.recipe("losses.constancy.weight=0"))
        assert plan.gradient_givers == {"discriminator"}
        assert not plan.metrics["encoder-agreement"].circular

    def test_only_phases_that_train_the_output_s_networks_count(self, workshop: Any) -> None:
        plan = make_plan(workshop.recipe("losses.constancy.weight=0", "losses.adversarial.weight=0"))
        assert plan.gradient_givers == frozenset()


class TestJudgesByFile:
    @pytest.fixture
    def taught(self, workshop: Any) -> Any:
        """A transfer whose f and whose judge come from the same file."""
        (workshop.root / "f.safetensors").write_bytes(b"f")
        (workshop.root / "copy.safetensors").write_bytes(b"f")
        encoder = ('{ recipe = "encoder.toml" }', '{ file = "f.safetensors" }')
        judge = '[judges.f]\nuse = "digits/strided-cnn"\nweights = { file = "copy.safetensors" }\nchannels = 3\n'
        return lambda more="": workshop.changed(encoder, (JUDGE, judge + more))

    def test_one_that_is_a_network_of_the_run_is_refused(self, taught: Any) -> None:
        recipe = taught()
        (problem,) = problems(recipe)
        assert "the judge 'f' is the network 'encoder' of this run" in problem.message
        assert problem.where == recipe.document.where(("judges", "f"))
        assert make_plan(taught("circular = true\n"))

    def test_what_no_recipe_tells_a_user_may(self, workshop: Any) -> None:
        (workshop.root / "other.safetensors").write_bytes(b"other")
        judge = '[judges.f]\nuse = "digits/strided-cnn"\nweights = { file = "other.safetensors" }\ncircular = true\n'
        assert make_plan(workshop.changed((JUDGE, judge)))
