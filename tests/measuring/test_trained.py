"""A finished run as a function of images."""

import numpy as np
import pytest
import torch
from PIL import Image

from ganforge.engine.remeasure import remeasure
from ganforge.errors import DataError, RunError
from ganforge.measuring.trained import Trained
from ganforge.runs import strict_json
from ganforge.runs.directory import create


@pytest.fixture(scope="module")
def finished(studio, tmp_path_factory):
    return studio.run(studio.recipe("networks.encoder.width=4"), tmp_path_factory.mktemp("trained") / "run")


@pytest.fixture
def transfer(finished, workshop):
    return Trained(finished, workshop.place.registry, torch.device("cpu"))


def pictures(count, channels=3, size=16):
    return np.random.default_rng(1).integers(0, 256, (count, size, size, channels), np.uint8)


def test_pictures_are_what_the_networks_make_of_them(transfer):
    images = pictures(5)
    made = transfer(images)
    assert made.dtype == np.uint8
    assert made.shape == (5, 16, 16, 1)
    f, g = transfer.networks["encoder"], transfer.networks["generator"]
    with torch.no_grad():
        expected = g(f(torch.from_numpy(images).permute(0, 3, 1, 2).float() / 127.5 - 1))
    expected = ((expected.permute(0, 2, 3, 1) + 1) * 127.5).round().numpy()
    assert np.abs(made - expected).max() <= 1
    assert transfer.makes_pictures
    assert transfer.image_size == 16


def test_tensors_give_tensors(transfer):
    images = pictures(3)
    tensor = torch.from_numpy(images).permute(0, 3, 1, 2)
    made = transfer(tensor)
    assert made.dtype == torch.uint8
    assert torch.equal(made, torch.from_numpy(transfer(images)).permute(0, 3, 1, 2))


@pytest.fixture
def photo(tmp_path):
    """One picture, and each form in which a user may have it."""
    [pixels] = pictures(1)
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    forms = {
        "array": pixels,
        "PIL": Image.fromarray(pixels),
        "path": tmp_path / "photo.png",
        "text": str(tmp_path / "photo.png"),
        "uint16": pixels.astype(np.uint16) * 257,
    }
    return pixels, forms


@pytest.mark.promise("One image given to a loaded run makes one picture, in whatever form it is given.", about="wrong")
def test_one_image_gives_one_picture_in_whatever_form_it_comes(transfer, photo):
    pixels, forms = photo
    [expected] = transfer(pixels[None])
    for name, form in forms.items():
        made = transfer(form)
        assert (made.shape, made.dtype) == ((16, 16, 1), np.uint8), name
        assert np.array_equal(made, expected), name
    tensor = transfer(torch.from_numpy(pixels).permute(2, 0, 1))
    assert np.array_equal(tensor.permute(1, 2, 0), expected)
    assert np.array_equal(transfer(pixels[..., 0]), transfer(pixels[None, ..., :1])[0])
    grey = transfer(torch.from_numpy(pixels[..., 0]))
    assert np.array_equal(grey.permute(1, 2, 0), transfer(pixels[..., 0]))


def test_a_list_may_hold_every_form_of_an_image_and_every_size(transfer, photo):
    pixels, forms = photo
    made = transfer([*forms.values(), pictures(1, size=40)[0]])
    assert made.shape == (6, 16, 16, 1)
    assert np.array_equal(made[:5], np.repeat(transfer(pixels[None]), 5, axis=0))
    tensors = transfer([torch.from_numpy(pixels).permute(2, 0, 1)] * 2)
    assert (tensors.shape, tensors.dtype) == ((2, 1, 16, 16), torch.uint8)


RGB, GREY = np.zeros((16, 16, 3), np.uint8), np.zeros((16, 16), np.uint8)


@pytest.mark.promise(
    "An array that could be several things is refused with the line that says what is meant.", about="wrong"
)
@pytest.mark.parametrize(
    ("given", "fix"),
    [
        (RGB.transpose(2, 0, 1), "for one RGB image give image.transpose(1, 2, 0), for grey images"),
        (np.stack([RGB] * 5).transpose(0, 3, 1, 2), "images.transpose(0, 2, 3, 1)"),
        (np.zeros((16, 16, 4), np.uint8), "images[..., :3]"),
        (np.zeros((2, 16, 16, 4), np.uint8), "images[..., :3]"),
        (torch.from_numpy(RGB), "movedim(-1, 0)"),
        (torch.from_numpy(np.stack([RGB] * 5)), "movedim(-1, 1)"),
        (torch.from_numpy(np.stack([GREY] * 5)), "unsqueeze(1)"),
        (RGB / 255, "(images * 255).round().astype(np.uint8)"),
        (torch.zeros(3, 16, 16), "(images * 255).round().to(torch.uint8)"),
        (Image.new("F", (16, 16)), 'image.convert("RGB")'),
        ([RGB, np.stack([RGB] * 2)], "lists of single images"),
        ([], "at least one"),
        ({"image": RGB}, "a list of images"),
    ],
)
def test_what_could_be_several_things_is_refused_with_what_to_write(transfer, given, fix):
    with pytest.raises(DataError) as caught:
        transfer(given)
    assert fix in caught.value.fix


def test_a_file_that_is_missing_and_no_image_at_all_are_said(transfer, tmp_path):
    with pytest.raises(DataError, match=r"b\.png is missing"):
        transfer(tmp_path / "b.png")
    with pytest.raises(DataError) as caught:
        transfer(np.zeros((0, 8, 8, 3), np.uint8))
    assert "at least one image" in caught.value.fix
    with pytest.raises(DataError) as caught:
        transfer(np.zeros((4, 16, 16), np.uint8))
    assert "image[:3].transpose(1, 2, 0)" in caught.value.fix


def test_a_file_that_is_no_image_and_a_folder_are_data_errors(transfer, tmp_path):
    (tmp_path / "notes.png").write_text("no image")
    with pytest.raises(DataError, match=r"image 1 of the list: .*notes\.png is no PNG"):
        transfer([RGB, tmp_path / "notes.png"])
    with pytest.raises(DataError, match="is a folder") as caught:
        transfer(tmp_path)
    assert "ganforge transfer" in caught.value.fix


def test_size_and_channels_are_taken_care_of(transfer):
    assert transfer(pictures(2, size=40)).shape == (2, 16, 16, 1)
    grey = pictures(2, channels=1)
    assert np.array_equal(transfer(grey), transfer(grey[..., 0]))
    assert np.array_equal(transfer(grey), transfer(np.repeat(grey, 3, axis=3)))


def test_a_generator_that_reads_images_gets_them(studio, workshop, tmp_path):
    recipe = studio.recipe("method.use=dtn/direct", "networks.generator.use=dtn/digit-translator")
    directory = studio.run(recipe, tmp_path / "run")
    transfer = Trained(directory, workshop.place.registry, torch.device("cpu"))
    images = pictures(5)
    with torch.no_grad():
        expected = transfer.networks["generator"](torch.from_numpy(images).permute(0, 3, 1, 2).float() / 127.5 - 1)
    expected = ((expected.permute(0, 2, 3, 1) + 1) * 127.5).round().numpy()
    assert np.abs(transfer(images) - expected).max() <= 1
    recorded = strict_json.loads(directory.metrics.read_bytes())["sets"]
    assert remeasure(directory, workshop.place).sets == recorded


def test_many_images_are_those_of_each_alone(transfer):
    images = pictures(7)
    apart = np.concatenate([transfer(image[None]) for image in images])
    assert np.abs(transfer(images).astype(int) - apart.astype(int)).max() <= 1


def test_a_classifier_gives_class_scores(studio, workshop, tmp_path):
    judge = Trained(
        studio.run(studio.recipe(name="judge"), tmp_path / "run"), workshop.place.registry, torch.device("cpu")
    )
    scores = judge(pictures(4, channels=1))
    assert scores.shape == (4, 10)
    assert scores.dtype == torch.float32
    assert not judge.makes_pictures


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((2, 16, 16, 3), np.float32),
        np.zeros((0, 16, 16, 3), np.uint8),
        torch.zeros(2, 3, 16, 16),
        np.zeros((2, 16, 16, 4), np.uint8),
        [[1, 2], [3, 4]],
    ],
)
def test_what_are_no_images_is_refused(transfer, images):
    with pytest.raises(DataError) as caught:
        transfer(images)
    assert caught.value.fix


def test_a_run_without_a_result_says_how_to_get_one(workshop, tmp_path):
    begun = create(tmp_path, "run")
    workshop.recipe(name="judge").write(begun.path)
    with pytest.raises(RunError, match="has no result yet") as caught:
        Trained(begun, workshop.place.registry, torch.device("cpu"))
    assert "ganforge resume" in caught.value.fix


def test_the_networks_are_frozen_and_stay_as_they_are(transfer):
    before = {name: t.clone() for name, t in transfer.networks["generator"].state_dict().items()}
    transfer(pictures(3))
    assert all(torch.equal(t, before[name]) for name, t in transfer.networks["generator"].state_dict().items())
    assert not any(p.requires_grad for network in transfer.networks.values() for p in network.parameters())
