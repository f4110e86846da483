"""CycleGAN's networks: shapes, receptive fields, and rejected inputs."""

from __future__ import annotations

import pytest
import torch

from ganforge.errors import ShapeError
from ganforge_gans.translation import PatchDiscriminator, ResidualTranslator


@pytest.mark.parametrize(("size", "given", "wanted"), [(16, 3, 1), (32, 1, 3), (20, 1, 1)])
def test_images_become_images_of_the_same_size(size: int, given: int, wanted: int) -> None:
    torch.manual_seed(0)
    generator = ResidualTranslator(in_channels=given, out_channels=wanted, image_size=size, width=4, blocks=2)
    images = generator(torch.randn(2, given, size, size))
    assert images.shape == (2, wanted, size, size)
    assert images.abs().max() <= 1


def test_every_pixel_counts() -> None:
    torch.manual_seed(0)
    generator = ResidualTranslator(in_channels=1, out_channels=1, image_size=16, width=4, blocks=1, init="default")
    images = torch.randn(1, 1, 16, 16, requires_grad=True)
    (slope,) = torch.autograd.grad(generator(images).square().sum(), images)
    assert (slope != 0).all()


@pytest.mark.parametrize(("halvings", "field"), [(1, 16), (2, 34), (3, 70)])
def test_a_score_sees_a_patch_of_the_size_stated(halvings: int, field: int) -> None:
    torch.manual_seed(0)
    discriminator = PatchDiscriminator(in_channels=1, norm="none", width=2, halvings=halvings, init="default")
    images = torch.randn(1, 1, 128, 128, requires_grad=True)
    scores = discriminator(images)
    middle = scores[0, 0, scores.shape[2] // 2, scores.shape[3] // 2]
    (slope,) = torch.autograd.grad(middle, images)
    seen = slope[0, 0].abs().sum(0).nonzero().flatten()
    assert int(seen.max() - seen.min()) + 1 == field


def test_small_images_have_few_patches() -> None:
    assert PatchDiscriminator(in_channels=3, width=2, halvings=2)(torch.zeros(2, 3, 32, 32)).shape == (2, 1, 6, 6)


def test_sizes_that_cannot_be_halved_twice_are_refused() -> None:
    with pytest.raises(ShapeError, match="18x18 pixels cannot be shrunk evenly by a factor of 4"):
        ResidualTranslator(in_channels=1, out_channels=1, image_size=18)


def test_images_of_another_size_are_refused() -> None:
    generator = ResidualTranslator(in_channels=1, out_channels=1, image_size=16, width=2, blocks=0)
    with pytest.raises(ShapeError, match="writes images of 16x16 pixels and was given 32x32"):
        generator(torch.zeros(1, 1, 32, 32))


@pytest.mark.parametrize(("halvings", "least"), [(1, 6), (3, 24)])
def test_images_that_leave_no_patch_are_refused(halvings: int, least: int) -> None:
    discriminator = PatchDiscriminator(in_channels=1, width=2, halvings=halvings)
    assert discriminator(torch.zeros(2, 1, least, least)).shape == (2, 1, 1, 1)
    with pytest.raises(ShapeError, match=f"too small to be halved {halvings} times .* that takes {least}"):
        discriminator(torch.zeros(2, 1, least - 1, 128))
