"""One photo has one geometry: training, `load`, `ganforge transfer` and judges make the same pixels of it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import ganforge as api
from ganforge.measuring.judges import trained_judge
from small_run import CLASSIFIER, TRANSFER, variant

DIRECT = variant(
    TRANSFER,
    {"method.use": "dtn/direct", "networks.generator.use": "dtn/digit-translator", "train.steps": 1},
)
"""A transfer by a generator that reads images: even hardly trained, it passes on their details."""
WIDE = (24, 40)
GEOMETRIES: dict[str, dict[str, Any]] = {
    "the dataset crops": {"size": 16},
    "the dataset crops to another size": {"size": [24, 32], "resize": 16},
    "the recipe stretches": {"resize": 16},
    "the recipe crops": {"resize": 16, "fit": "crop"},
}


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures of noise that is coarse enough to survive any resizing, wider than high."""
    folder = tmp_path_factory.mktemp("photos")
    draw = np.random.default_rng(3)
    for number in range(20):
        blocks = draw.integers(0, 256, (6, 10, 3), np.uint8).repeat(4, axis=0).repeat(4, axis=1)
        Image.fromarray(blocks).save(folder / f"{number:02d}.png")
    return folder


@pytest.fixture(params=GEOMETRIES.values(), ids=GEOMETRIES)
def source(request: pytest.FixtureRequest, photos: Path) -> dict[str, Any]:
    """A data table of the photos."""
    return {"use": "basics/image-folder", "path": str(photos), "validation": 4, **request.param}


@pytest.mark.promise(
    "A photo comes to the size of the networks in one way, in training, judges, `transfer` and `load`.", about="wrong"
)
def test_a_transfer_sees_what_training_saw(workshop: Any, source: Any, photos: Path, tmp_path: Path, ganforge: Any):
    recipe = workshop.parse(variant(DIRECT, {"data.source": source}))
    seen = workshop.data(recipe)["source"].images
    assert seen.shape[1:] == (16, 16, 3)
    run = workshop.run(recipe, tmp_path / "run")
    trained, files = api.load(run.path, device="cpu"), sorted(photos.iterdir())[:16]
    expected = trained(np.array(seen))
    assert len(np.unique(expected)) > 4, "the pictures do not show their photos"
    originals = np.stack([np.asarray(Image.open(file)) for file in files])
    assert originals.shape[1:3] == WIDE
    assert np.array_equal(trained(originals), expected)
    assert np.array_equal(trained(files), expected)
    assert np.array_equal(trained(torch.from_numpy(originals).permute(0, 3, 1, 2)).permute(0, 2, 3, 1), expected)
    assert ganforge("transfer", run.path, photos, "-o", tmp_path / "out", "--device", "cpu").code == 0
    made = np.stack([np.asarray(Image.open(tmp_path / "out" / file.name)) for file in files])
    assert np.array_equal(made[..., None], expected)


@pytest.mark.promise(
    "A photo comes to the size of the networks in one way, in training, judges, `transfer` and `load`.", about="wrong"
)
def test_a_judge_sees_what_its_training_saw(workshop: Any, source: Any, photos: Path, tmp_path: Path):
    for number, file in enumerate(sorted(photos.iterdir())):
        (tmp_path / "kinds" / str(number % 2)).mkdir(parents=True, exist_ok=True)
        (tmp_path / "kinds" / str(number % 2) / file.name).write_bytes(file.read_bytes())
    own = {"path": str(tmp_path / "kinds"), "classes_from": "folders", "validation": 0}
    recipe = workshop.parse(variant(CLASSIFIER, {"data.images": source | own}))
    seen = np.array(workshop.data(recipe)["images"].images)
    trained = api.load(workshop.run(recipe, tmp_path / "run").path, device="cpu")
    files = sorted(tmp_path.glob("kinds/*/*"))
    judge, originals = trained_judge(trained), np.stack([np.asarray(Image.open(file)) for file in files])
    assert torch.equal(judge(originals), judge(seen))
    assert torch.equal(trained(files), judge(seen))


def test_crop_of_a_recipe_is_that_of_a_dataset(workshop: Any, photos: Path):
    tables = [{"size": [18, 12]}, {"resize": [18, 12], "fit": "crop"}]
    use = {"use": "basics/image-folder", "path": str(photos)}
    seen = [
        workshop.data(workshop.parse(variant(TRANSFER, {"data.source": use | table})))["source"].images
        for table in tables
    ]
    assert np.array_equal(*seen)


def test_test_images_come_the_way_of_the_role_that_they_stand_for(workshop: Any):
    recipe = workshop.parse(variant(TRANSFER, {"data.source.fit": "crop"}))
    assert recipe.data["test"].table.fit == "crop"


def test_the_neutral_way_is_no_part_of_a_recipe_s_identity(workshop: Any):
    plain, stretch, cropped = (
        workshop.parse(variant(TRANSFER, changes))
        for changes in ({}, *({"data.source.fit": f} for f in ("stretch", "crop")))
    )
    assert plain.hash == stretch.hash != cropped.hash
    assert tomllib.loads(cropped.dumps())["data"]["source"]["fit"] == "crop"
