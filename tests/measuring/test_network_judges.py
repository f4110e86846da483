"""Pretrained networks as judges: what they read, how images reach them, and which metrics they serve."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from ganforge.data.transform import convert
from ganforge.engine.run import find_or_run
from ganforge.errors import RecipeError, RunError, ShapeError
from ganforge.measuring.judges import load_judges
from ganforge.measuring.trained import Trained
from ganforge.quantities.planner import make_plan, plan_all
from ganforge.runs import strict_json
from ganforge_basics.metrics.frechet_distance import frechet_distance
from ganforge_basics.metrics.kernel_distance import kernel_distance
from ganforge_basics.metrics.retrieval import retrieval
from workshop import registry

JUDGE = '[judges.pooled]\nrecipe = "judge.toml"\n'
FLAT = '[judges.flat]\nuse = "toys/flat"\nweights = { file = "flat.safetensors" }\n'
POOLED = '[judges.pooled]\nuse = "digits/pooled-cnn"\nwidth = 4\ncode_dim = 8\n'
METRICS = """
[metrics.frechet-distance]
use = "basics/frechet-distance"
[metrics.kernel-distance]
use = "basics/kernel-distance"
[metrics.retrieval]
use = "basics/retrieval"
"""


@pytest.fixture
def room(workshop: Any) -> Any:
    """The folder with weights for `toys/flat`, and those of the judge, in files."""
    save_file({"scale": torch.tensor([2.0])}, workshop.root / "flat.safetensors")
    run = child_runs(workshop, workshop.recipe())["judges", "pooled"]
    shutil.copy(run.weights / "classifier.safetensors", workshop.root / "pooled.safetensors")
    return workshop


def child_runs(workshop: Any, recipe: Any) -> Any:
    return {key: find_or_run(plan_all(child), workshop.place) for key, child in recipe.children.items()}


def loaded(workshop: Any, *changes: tuple[str, str]) -> Any:
    recipe = workshop.changed(*changes)
    place, data = workshop.place, workshop.data(recipe)
    plan: Any = SimpleNamespace(
        recipe=recipe, children={key: make_plan(child) for key, child in recipe.children.items()}
    )
    return load_judges(plan, child_runs(workshop, recipe), data, place.registry, place.device)


class ByHand:
    """Codes that `toys/flat` with a scale of 2 gives pictures of one channel: twice the mean, and its square."""

    def features(self, pictures: Any) -> torch.Tensor:
        """float32 [N, 2]."""
        means = 2 * (torch.from_numpy(convert(pictures, None, 1)).float() / 127.5 - 1).mean((1, 2))
        return torch.cat([means, means**2], 1)


def test_a_judge_without_a_head_from_a_file_serves_fid_kid_and_retrieval(room: Any, tmp_path: Any) -> None:
    run = room.run(room.changed((JUDGE, FLAT + METRICS)), tmp_path / "run")
    recorded: Any = strict_json.loads(run.metrics.read_bytes())
    with np.load(room.root / "test.npz") as test, np.load(room.root / "writing.npz") as real:
        inputs, targets = test["images"], real["images"]
    outputs = Trained(run, room.place.registry, room.place.device)(inputs)
    by_hand: Any = {"flat": ByHand()}
    expected = {
        "frechet-distance": frechet_distance(outputs, targets, by_hand)["flat"],
        "kernel-distance": kernel_distance(outputs, targets, by_hand)["flat"],
        **{f"retrieval/{part}": value for part, value in retrieval(inputs, outputs, by_hand).items()},
    }
    found = {name.removesuffix("/flat"): value for name, value in recorded["sets"]["test"].items()}
    del found["images"]
    expected = {name.removesuffix("/flat"): value for name, value in expected.items()}
    assert found == pytest.approx(expected, rel=1e-4, abs=1e-6)
    assert 1 < found["retrieval/median-rank"] < 30


@pytest.mark.parametrize("weights", ['{ file = "pooled.safetensors" }', '{ recipe = "judge.toml" }'])
def test_a_network_judges_as_the_recipe_that_trained_it(room: Any, weights: str) -> None:
    pictures = room.images("any", 20, 1).images
    expected = loaded(room)["pooled"]
    judge = loaded(room, (JUDGE, f"{POOLED}weights = {weights}\n"))["pooled"]
    torch.testing.assert_close(judge(pictures), expected(pictures))
    torch.testing.assert_close(judge.features(pictures), expected.features(pictures))
    assert judge(pictures).shape == (20, 10)


class TestHowImagesReachIt:
    @pytest.fixture
    def pictures(self, room: Any) -> Any:
        return room.images("any", 5, 3, size=24).images

    def test_as_outputs_should_look_unless_the_table_says(self, room: Any, pictures: Any) -> None:
        judge = loaded(room, (JUDGE, FLAT))["flat"]
        torch.testing.assert_close(judge.features(pictures), ByHand().features(convert(pictures, 16, 1)))

    @pytest.mark.parametrize(("key", "fit"), [("", "stretch"), ('fit = "crop"\n', "crop")])
    def test_in_the_way_to_its_size_of_its_table(self, room: Any, pictures: Any, key: str, fit: Any) -> None:
        wide = pictures[:, :14]
        judge = loaded(room, (JUDGE, f"{FLAT}resize = 12\n{key}"))["flat"]
        torch.testing.assert_close(judge.features(wide), ByHand().features(convert(wide, 12, 1, fit)))

    def test_in_the_channels_and_range_of_its_table(self, room: Any, pictures: Any) -> None:
        save_file({"scale": torch.tensor([1.0, 1.0, 3.0])}, room.root / "rgb.safetensors")
        table = FLAT.replace("flat.safe", "rgb.safe") + 'resize = 12\nchannels = 3\nnormalize = "unit"\n'
        judge = loaded(room, (JUDGE, table))["flat"]
        means = torch.from_numpy(convert(pictures, 12)).float().mean((1, 2)) / 255 * torch.tensor([1.0, 1.0, 3.0])
        torch.testing.assert_close(judge.features(pictures), torch.cat([means, means**2], 1))

    def test_a_normalisation_of_other_channels_has_its_line(self, room: Any) -> None:
        table = f"{FLAT}normalize = {{ mean = [0, 0, 0], std = [1, 1, 1] }}\n"
        with pytest.raises(RecipeError, match="reads images of 1 channels, and they are normalised for another") as e:
            loaded(room, (JUDGE, table))
        assert e.value.problems[0].where == room.changed((JUDGE, table)).document.where(("judges", "flat"))


def test_weights_that_do_not_fit_have_their_line(room: Any) -> None:
    table = FLAT.replace("flat.safe", "pooled.safe")
    with pytest.raises(ShapeError, match="do not fit Flat") as caught:
        loaded(room, (JUDGE, table))
    assert caught.value.where == room.changed((JUDGE, table)).document.where(("judges", "flat"))


def test_a_metric_that_declares_nothing_is_told_what_a_judge_lacks(room: Any) -> None:
    judge = loaded(room, (JUDGE, FLAT))["flat"]
    with pytest.raises(RunError, match="the judge flat has no class scores: Flat has no head") as caught:
        judge(room.images("any", 2, 1).images)
    assert "use metrics of features" in str(caught.value.fix)


def test_the_result_of_a_network_s_recipe_cannot_judge_as_a_file(room: Any) -> None:
    """Only the finished run shows that the file is the network's."""
    run = child_runs(room, room.recipe())["networks", "encoder"]
    shutil.copy(run.weights / "classifier.safetensors", room.root / "copied.safetensors")
    table = '[judges.copied]\nuse = "digits/strided-cnn"\nwidth = 4\ncode_dim = 8\nchannels = 3\n'
    table += 'weights = { file = "copied.safetensors" }\n'
    with pytest.raises(RecipeError, match="the judge 'copied' are those of the network 'encoder'") as caught:
        loaded(room, (JUDGE, table))
    assert "circular = true" in str(caught.value)
    assert list(loaded(room, (JUDGE, f"{table}circular = true\n"))) == ["copied (circular)"]


class TestBroughtAlong:
    @pytest.fixture
    def file(self, site: Any) -> Any:
        """Weights in a package that cannot be imported."""
        folder = site.path / "brought_weights"
        folder.mkdir()
        (folder / "__init__.py").write_text("raise RuntimeError('imported')")
        save_file({"scale": torch.tensor([2.0])}, folder / "flat.safetensors")
        return folder / "flat.safetensors"

    @pytest.fixture
    def room(self, room: Any, site: Any, file: Any) -> Any:
        """The folder with the plugin `brought`, whose encoder `flat` comes with these weights."""
        weights = f"weights='brought_weights:flat.safetensors', sha256='{digest(file)}'"
        site.install("brought", None, f"'encoder', 'flat', 'toys:Flat', 'A code without a head.', {weights}")
        return replace(room, place=replace(room.place, registry=registry()))

    def test_a_judge_needs_no_weights_table(self, room: Any) -> None:
        pictures = room.images("any", 5, 1).images
        judge = loaded(room, (JUDGE, '[judges.flat]\nuse = "brought/flat"\n'))["flat"]
        torch.testing.assert_close(judge.features(pictures), ByHand().features(pictures))

    def test_a_damaged_file_is_refused(self, room: Any, file: Any) -> None:
        save_file({"scale": torch.tensor([3.0])}, file)
        with pytest.raises(RunError, match="are not what their plugin declares"):
            loaded(room, (JUDGE, '[judges.flat]\nuse = "brought/flat"\n'))

    def test_neither_does_a_frozen_network(self, room: Any, tmp_path: Any) -> None:
        encoder = 'use = "digits/strided-cnn"\nwidth = 4\ncode_dim = 8\nweights = { recipe = "encoder.toml" }'
        metrics = '[metrics.code]\nuse = "toys/mean-code"\n'
        recipe = room.changed((encoder, 'use = "brought/flat"'), ("[train]", f"{metrics}[train]"))
        with pytest.raises(ShapeError, match="scale is"):  # for three channels, and there is one
            room.run(recipe, tmp_path / "run")


def digest(file: Any) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
