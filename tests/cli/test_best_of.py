"""`ganforge transfer --best-of folder`: of each person's photographs, the one that f finds kept best."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import ganforge as api
from ganforge.errors import RunError
from small_run import CLASSIFIER, GAN, TRANSFER, variant, write_images

SMALL = {"judges": None, "data.test": None, "train.steps": 2, "data.source.validation": None}


@pytest.fixture(autouse=True)
def _place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GANFORGE_CACHE", str(tmp_path / "cache"))
    for name, channels in (("street", 3), ("writing", 1)):
        write_images(tmp_path, name, 30, channels)
    (tmp_path / "encoder.toml").write_text(CLASSIFIER)


def trained(ganforge, tmp_path, recipe: str) -> str:
    (tmp_path / "recipe.toml").write_text(recipe)
    result = ganforge("run", "recipe.toml", "--data", ".", "-o", "run")
    assert result.code == 0, result.err
    return "run"


@pytest.fixture(params=["dtn/dtn", "dtn/standardized"])
def run(request, ganforge, tmp_path):
    return trained(ganforge, tmp_path, variant(TRANSFER, {**SMALL, "method.use": request.param}))


@pytest.fixture
def people(tmp_path):
    """Write photographs of two people, one of whom has a folder within a folder."""
    draw, folder = np.random.default_rng(1), tmp_path / "photos"
    for name in ("anna/1.png", "anna/2.png", "anna/3.png", "b.c/ben/1.png", "b.c/ben/2.png"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(draw.integers(0, 256, (16, 16, 3), np.uint8)).save(path)
    return folder


@torch.no_grad()
def distance(transfer, path: Path) -> float:
    """Return ||f(x) - f(G(x))|| from the networks alone."""
    networks, statistics = transfer.networks, transfer.forward.statistics
    image = torch.from_numpy(np.asarray(Image.open(path)).copy()).permute(2, 0, 1)[None].float() / 127.5 - 1
    code = networks["encoder"](image)
    if statistics:
        code = (code - statistics["source_mean"]) / statistics["source_spread"]
    again = networks["encoder"](networks["generator"](code).expand(-1, 3, -1, -1))
    if statistics:
        again = (again - statistics["target_mean"]) / statistics["target_spread"]
    return float((code - again).square().sum().sqrt())


def pictures(folder: Path) -> dict[str, np.ndarray]:
    files = (path for path in folder.rglob("*.png") if path.name != "contact-sheet.png")
    return {path.relative_to(folder).as_posix(): np.asarray(Image.open(path)) for path in files}


def test_each_person_gives_the_picture_of_the_photograph_kept_best(ganforge, run, people, tmp_path):
    result = ganforge("transfer", run, "photos", "-o", "out", "--best-of", "folder")
    assert (result.code, result.err) == (0, "")
    transfer = api.load(run, device="cpu")
    lines, made = result.out.splitlines(), pictures(tmp_path / "out")
    assert set(made) == {"anna.png", "b.c/ben.png"}
    for line, name, count in zip(lines, ("anna", "b.c/ben"), (3, 2), strict=False):
        found = {path: distance(transfer, path) for path in sorted((people / name).iterdir())}
        best = min(found, key=found.__getitem__)
        assert line == f"{name}: {best.name}, at a distance of {found[best]:.4g}, of {count}"
        assert np.array_equal(made[f"{name}.png"], transfer(str(best))[..., 0])
        assert len(set(found.values())) == count
    assert lines[2:] == ["2 written to out"]


def test_distances_are_those_of_each_image_alone_and_together(run, people):
    transfer = api.load(run, device="cpu")
    paths = sorted((people / "anna").iterdir())
    found = transfer.distances([str(path) for path in paths])
    assert (found.shape, found.dtype) == ((3,), np.float64)
    assert found.tolist() == pytest.approx([distance(transfer, path) for path in paths], rel=1e-4)
    assert transfer.distances(str(paths[1])).tolist() == pytest.approx([found[1]])


def test_images_of_the_folder_itself_are_one_person(ganforge, run, people, tmp_path):
    result = ganforge("transfer", run, "photos/anna", "-o", "out", "--best-of", "folder")
    assert result.out.startswith("anna: ")
    assert set(pictures(tmp_path / "out")) == {"anna.png"}


def test_a_file_that_cannot_be_read_is_not_chosen_and_a_person_of_such_alone_is_left_out(
    ganforge, run, people, tmp_path
):
    for name in ("anna/0.png", "cem/1.png"):
        (people / name).parent.mkdir(exist_ok=True)
        (people / name).write_bytes(b"no image")
    result = ganforge("transfer", run, "photos", "-o", "out", "--best-of", "folder", "--on-bad", "skip")
    assert result.code == 0
    assert "anna: " in result.out
    assert result.out.endswith("2 written to out, 2 skipped (2 unreadable)\n")
    assert "left out 2 of 7 images" in result.err
    assert set(pictures(tmp_path / "out")) == {"anna.png", "b.c/ben.png"}
    strict = ganforge("transfer", run, "photos", "-o", "again", "--best-of", "folder")
    assert strict.code == 1
    assert "2 of 7 images cannot be used" in strict.err


def test_two_people_of_one_name_are_refused(ganforge, run, people):
    (people / "photos").mkdir()
    for path in ("1.png", "photos/1.png"):
        Image.fromarray(np.zeros((16, 16, 3), np.uint8)).save(people / path)
    result = ganforge("transfer", run, "photos", "-o", "out", "--best-of", "folder")
    assert result.code == 2
    assert "would be written to one file" in result.err


def test_a_single_file_is_nothing_to_choose_from(ganforge, run, people):
    result = ganforge("transfer", run, "photos/anna/1.png", "--best-of", "folder")
    assert result.code == 2
    assert "is no folder to choose from" in result.err


WITHOUT_F = """
[recipe]
name = "without-f"
[data.images]
use = "basics/npz"
path = "street.npz"
[networks.generator]
use = "conditional/tint"
[method]
use = "conditional/domains"
[losses.loss]
use = "conditional/sameness"
[train]
steps = 1
batch_size = 4
"""


@pytest.mark.parametrize(
    ("recipe", "said"), [(GAN, "makes its images of noise"), (WITHOUT_F, "has no f to compare images with")]
)
def test_a_run_without_f_says_so_once(ganforge, site, people, tmp_path, recipe, said):
    site.metadata("ganforge-conditional", "[ganforge]\nconditional = conditional\n")
    run = trained(ganforge, tmp_path, recipe)
    result = ganforge("transfer", run, "photos", "-o", "out", "--best-of", "folder")
    assert result.code != 0
    assert said in result.err
    assert result.err.count("error") == 1
    assert not (tmp_path / "out").exists()
    with pytest.raises(RunError, match=said):
        api.load(run, device="cpu").distances(np.zeros((2, 16, 16, 3), np.uint8))
