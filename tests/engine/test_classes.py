"""Classes by name: whatever a table lacks, a label stands for the same class in all that a run reads and measures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from ganforge.data.images import Images
from ganforge.engine.remeasure import remeasure
from ganforge.engine.run import find_or_run
from ganforge.errors import DataError
from ganforge.measuring.classes import Classes
from ganforge.quantities.planner import plan_all
from ganforge.runs import strict_json
from small_run import CLASSIFIER, TRANSFER, variant

COLORS = {"blue": (30, 60, 220), "green": (20, 200, 40), "red": (220, 30, 30), "yellow": (230, 220, 40)}
LEARNING = {
    "train.steps": 100,
    "train.batch_size": 16,
    "train.validate_every": 100,
    "optimizers.classifier": {"use": "basics/adam", "lr": 5e-3, "betas": [0.9, 0.999]},
}
FOLDER = {"use": "basics/image-folder", "classes_from": "folders"}


def pictures(name, count, seed=0):
    """Noisy pictures of a colour."""
    noise = np.random.default_rng(seed).integers(-20, 21, (count, 16, 16, 3))
    return np.clip(noise + COLORS[name], 0, 255).astype(np.uint8)


@pytest.fixture
def shop(workshop, tmp_path):
    """A workshop with folders of its own."""
    place = replace(workshop.place, data_root=tmp_path, cache=tmp_path / "cache", runs=tmp_path / "runs")
    return replace(workshop, root=tmp_path, place=place)


def folders(shop, path, *classes, names=None, count=10):
    """Write a folder for each class, empty for a name in brackets; `names` are other names of the folders."""
    for index, name in enumerate(classes):
        place = shop.root / path / (names[index] if names else name.strip("()"))
        place.mkdir(parents=True)
        for number, pixels in enumerate(pictures(name, count, index) if name in COLORS else ()):
            Image.fromarray(pixels).save(place / f"{number}.png")
    return FOLDER | {"path": path}


def classifier(shop, images, test=None, **changes):
    """Return a recipe of a classifier that learns the colours."""
    tables = {"data.images": images} | ({"data.test": test} if test else {})
    return shop.parse(variant(CLASSIFIER, tables | LEARNING | changes))


def results(run):
    return strict_json.loads(run.metrics.read_bytes())["sets"]


@pytest.mark.promise(
    "Classes are matched by name: a test folder that lacks a class, or has it empty, shifts no label.", about="wrong"
)
@pytest.mark.parametrize("there", [("green", "red"), ("(blue)", "green", "red"), ("red",)])
def test_a_test_folder_that_lacks_a_class_shifts_no_label(shop, there):
    images = folders(shop, "train", "blue", "green", "red", count=20)
    run = shop.run(classifier(shop, images, folders(shop, "test", *there)), shop.root / "run")
    assert results(run)["test"]["accuracy"] == 1.0
    assert remeasure(run, shop.place).sets == results(run)


def test_an_empty_class_of_the_training_keeps_its_number(shop):
    images = folders(shop, "train", "blue", "(green)", "red")
    run = shop.run(classifier(shop, images, folders(shop, "test", "red", "blue")), shop.root / "run")
    assert results(run)["test"]["accuracy"] == 1.0
    assert run.read_record()["facts"]["images"]["class_names"] == ["blue", "green", "red"]
    said = "[data.images]: the classes and their labels are 0 blue, 1 green (no images), 2 red"
    assert said in shop.notes.notes


@pytest.mark.promise("Whole numbers as the names of class folders are the labels.", about="wrong")
def test_numbers_as_names_of_folders_are_the_labels(shop):
    images = folders(shop, "train", "blue", "green", "red", "yellow", names=["0", "1", "3", "7"])
    np.savez(shop.root / "test.npz", images=pictures("yellow", 5), labels=np.full(5, 7))
    run = shop.run(classifier(shop, images, {"use": "basics/npz", "path": "test.npz"}), shop.root / "run")
    assert results(run)["test"]["accuracy"] == 1.0
    assert run.read_record()["facts"]["images"]["classes"] == 8
    assert any("the names of the class folders are the labels: 0, 1, 3, 7" in note for note in shop.notes.notes)


@pytest.mark.promise("Labels that a classifier or a judge cannot give are an error before training.", about="wrong")
def test_a_class_that_was_never_trained_is_an_error_before_training(shop):
    images = folders(shop, "train", "green", "red")
    recipe = classifier(shop, images, folders(shop, "test", "blue", "green", "red"))
    with pytest.raises(DataError, match=r"\[data.test\] has images of classes that .*does not know: blue") as caught:
        shop.run(recipe, shop.root / "run")
    assert "classes = [1, 2] in [data.test]" in caught.value.fix
    assert "it knows green, red" in caught.value.fix
    assert caught.value.where == recipe.document.where(("data", "test"))
    assert not (shop.root / "run" / "journal.jsonl").exists()


def test_a_class_without_training_images_is_said(shop):
    """Labels from 1 in training, from 0 in the test: one number is of two classes, or one class was never seen."""
    for name, start in (("train", 1), ("test", 0)):
        np.savez(shop.root / f"{name}.npz", images=pictures("red", 30), labels=start + np.arange(30) % 3)
    tables = ({"use": "basics/npz", "path": f"{name}.npz"} for name in ("train", "test"))
    shop.run(classifier(shop, *tables, **{"train.steps": 1}), shop.root / "run")
    assert "[data.test] has images of classes that [data.images] has none of: 0" in shop.notes.notes


@pytest.mark.promise("Labels that a classifier or a judge cannot give are an error before training.", about="wrong")
@pytest.mark.parametrize("of", ["recipe", "file"])
def test_labels_beyond_those_of_a_judge_are_an_error_before_training(workshop, tmp_path, of):
    judge = {"recipe": "judge.toml"}
    if of == "file":
        weights = (
            find_or_run(plan_all(workshop.recipe(name="judge")), workshop.place).weights / "classifier.safetensors"
        )
        judge = {
            "use": "digits/pooled-cnn",
            "width": 4,
            "code_dim": 8,
            "classes": 10,
            "weights": {"file": str(weights)},
        }
    recipe = workshop.parse(variant(TRANSFER, {"judges.pooled": judge}))
    place = replace(workshop.place, data_root=tmp_path, cache=tmp_path / "cache")
    for name in ("street", "writing", "test"):
        with np.load(workshop.root / f"{name}.npz") as file:
            shift = name != "writing"
            np.savez(tmp_path / f"{name}.npz", images=file["images"], labels=file["labels"] + shift)
    with pytest.raises(DataError, match="the judge 'pooled' does not know: 10") as caught:
        replace(workshop, place=place).run(recipe, tmp_path / "run")
    assert "it knows 0, 1, 2" in caught.value.fix
    assert not (tmp_path / "run" / "journal.jsonl").exists()


def transfer(shop, source, test, target, **changes):
    """Return a transfer whose encoder and judge are classifiers of colours, trained on folders of their own."""
    for name, network, seed in (("encoder", "strided-cnn", 1), ("judge", "pooled-cnn", 2)):
        options = {"recipe.name": name, "recipe.seed": seed, "networks.classifier.use": f"digits/{network}"}
        options |= {"data.images": FOLDER | {"path": f"for-{name}"}}
        options |= LEARNING
        (shop.root / f"{name}.toml").write_text(variant(CLASSIFIER, options))
    metrics = ("basics/untransferred-accuracy", "dtn/encoder-accuracy")
    tables = {"data.source": source, "data.test": test, "data.target": target}
    tables["metrics"] = {name.split("/")[1]: {"use": name} for name in metrics}
    return shop.parse(variant(TRANSFER, tables | changes))


@pytest.fixture
def colors(shop):
    """Tables of a transfer: no two of them, and no network, have the same classes in the same order."""
    folders(shop, "for-encoder", "green", "red", "yellow", count=20)
    folders(shop, "for-judge", "blue", "green", "red", "yellow", count=20)
    source, target = folders(shop, "source", "red", "yellow"), folders(shop, "target", "red")
    return {"source": source, "test": folders(shop, "test", "red", "(amber)"), "target": target}


@pytest.mark.promise(
    "Scores of encoders and judges belong to classes by name, whatever the order of the classes.", about="wrong"
)
def test_scores_of_encoders_and_judges_are_matched_by_name(shop, colors):
    run = shop.run(transfer(shop, **colors), shop.root / "run")
    values = results(run)["test"]
    assert values["encoder-accuracy"] == 1.0
    assert values["untransferred-accuracy/pooled"] == 1.0
    assert run.read_record()["facts"]["source"]["class_names"] == ["green", "red", "yellow"]
    assert remeasure(run, shop.place).sets == results(run)


def test_weights_from_a_file_have_classes_by_number(shop, colors):
    recipe = transfer(shop, **colors)
    shop.run(recipe, shop.root / "run")
    [weights] = (shop.root / "runs").glob("encoder-*/weights/classifier.safetensors")
    changes = {"networks.encoder.weights": {"file": str(weights)}, "networks.encoder.classes": 3}
    with pytest.raises(DataError, match=r"the classes of \[data.source\] \(red, yellow\) cannot be matched with"):
        shop.run(transfer(shop, **colors, **changes), shop.root / "fewer")
    colors["source"] = folders(shop, "all", "green", "red", "yellow")
    shop.run(transfer(shop, **colors, **changes), shop.root / "as-many")
    said = "the classes of [data.source] (green, red, yellow) are matched by position with 0, 1, 2"
    assert said in shop.notes.notes


def test_measuring_again_goes_by_the_classes_that_the_run_was_trained_on(shop):
    images = folders(shop, "train", "blue", "green", "red", count=20) | {"validation": 12}
    run = shop.run(classifier(shop, images, folders(shop, "test", "green", "red")), shop.root / "run")
    (shop.root / "test" / "red").rename(shop.root / "test" / "blue")
    remeasure(run, shop.place)
    assert f"the data of [data.test] is not what {run.path} began with" in shop.notes.notes
    (shop.root / "train" / "blue").rename(shop.root / "train" / "yellow")
    with pytest.raises(DataError, match=r"\[data.images\] has images of classes that .* does not know: yellow"):
        remeasure(run, shop.place)


def test_words_and_numbers_are_matched_by_position_only_if_there_are_as_many(shop):
    images = folders(shop, "train", "blue", "green", "red", "yellow")
    for name, colors in {"all": [*COLORS], "three": [*COLORS][:3]}.items():
        arrays = [pictures(color, 5) for color in colors]
        np.savez(shop.root / f"{name}.npz", images=np.concatenate(arrays), labels=np.repeat(range(len(colors)), 5))
    run = shop.run(classifier(shop, images, {"use": "basics/npz", "path": "all.npz"}), shop.root / "run")
    assert results(run)["test"]["accuracy"] == 1.0
    said = "the classes of [data.test] (0, 1, 2, 3) are matched by position with blue, green, red, yellow"
    assert said in shop.notes.notes
    recipe = classifier(shop, {"use": "basics/npz", "path": "three.npz"}, images)
    with pytest.raises(
        DataError, match=r"the classes of \[data.test\] .* cannot be matched with .*\(0, 1, 2\)"
    ) as caught:
        shop.run(recipe, shop.root / "other")
    assert caught.value.where == recipe.document.where(("data", "test"))
    assert "named by their numbers" in caught.value.fix


@pytest.mark.parametrize(
    ("recipe", "judge", "columns"),
    [
        ("green red", "green red", None),
        ("green red", "green red blue", None),
        ("green red blue", "green red", None),
        ("green red", "blue green red", [1, 2, 0]),
        ("green red blue", "yellow blue red", [None, 2, 1, 0]),
        ("green red yellow", "blue green red", [1, 2, None, 0]),
        ("green red", "0 1", None),
        ("0 1 2", "0 1", None),
        ("", "green red", None),
    ],
)
def test_columns_of_a_judge_s_scores(recipe, judge, columns):
    assert Classes(tuple(recipe.split()), {"j": tuple(judge.split())}).columns("j") == columns


@pytest.mark.parametrize("arguments", [{"class_names": ["a", "b"]}, {"labels": np.zeros(2, int), "class_names": "aa"}])
def test_names_belong_to_labels_and_are_unique(arguments):
    with pytest.raises(DataError, match="the names of classes must be unique"):
        Images(np.zeros((2, 4, 4, 1), np.uint8), **arguments)
