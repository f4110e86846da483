"""DCGAN's networks: shapes, sizes, initial weights, and rejected inputs."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from ganforge.errors import ShapeError
from ganforge.image_size import sides
from ganforge_gans.dcgan import DCGANDiscriminator, DCGANGenerator


def parameters(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


@pytest.mark.parametrize("size", [8, 16, 32, 64])
@pytest.mark.parametrize("norm", ["none", "batch", "instance", "layer"])
def test_noise_becomes_images_and_images_scores(size: int, norm: str) -> None:
    torch.manual_seed(0)
    generator = DCGANGenerator(code_dim=5, out_channels=3, image_size=size, norm=norm, width=4)  # type: ignore[arg-type]
    discriminator = DCGANDiscriminator(in_channels=3, image_size=size, norm=norm, width=4)  # type: ignore[arg-type]
    images = generator(torch.randn(2, 5))
    assert images.shape == (2, 3, size, size)
    assert images.abs().max() <= 1
    assert discriminator(images).shape == (2, 1)


def test_the_sizes_of_the_paper() -> None:
    # At 64x64 with width 64: 512, 256, 128, 64 channels; a norm has a scale and a shift.
    generator = DCGANGenerator(code_dim=100, out_channels=3, image_size=64)
    between = sum(16 * 2 * c * c for c in (256, 128, 64)) + sum(2 * c for c in (512, 256, 128, 64))
    assert parameters(generator) == 16 * 100 * 512 + between + 16 * 64 * 3 + 3
    discriminator = DCGANDiscriminator(in_channels=3, image_size=64)
    between = sum(16 * 2 * c * c for c in (64, 128, 256)) + sum(2 * c for c in (128, 256, 512))
    assert parameters(discriminator) == 16 * 3 * 64 + 64 + between + 16 * 512 + 1


def test_weights_begin_as_the_paper_draws_them() -> None:
    torch.manual_seed(0)
    generator = DCGANGenerator(code_dim=100, out_channels=1, image_size=32, width=16)
    weights = torch.cat([m.weight.flatten() for m in generator.modules() if isinstance(m, nn.ConvTranspose2d)])
    assert weights.mean().item() == pytest.approx(0, abs=1e-3)
    assert weights.std().item() == pytest.approx(0.02, rel=0.02)


def test_spectral_norm_bounds_every_convolution() -> None:
    torch.manual_seed(0)
    discriminator = DCGANDiscriminator(in_channels=1, image_size=16, norm="none", spectral_norm=True, width=4)
    images = torch.randn(4, 1, 16, 16)
    for _ in range(50):  # each pass improves the estimate of the largest singular value
        discriminator(images)
    for module in discriminator.modules():
        if isinstance(module, nn.Conv2d):
            largest = torch.linalg.matrix_norm(module.weight.flatten(1), 2)
            assert largest.item() == pytest.approx(1, rel=0.02)


def test_layer_norm_judges_image_by_image_and_batch_norm_does_not() -> None:
    torch.manual_seed(0)
    images = torch.randn(4, 1, 16, 16)
    for norm, alone in (("layer", True), ("batch", False)):
        discriminator = DCGANDiscriminator(in_channels=1, image_size=16, norm=norm, width=4)  # type: ignore[arg-type]
        same = torch.allclose(discriminator(images)[:2], discriminator(images[:2]), atol=1e-6)
        assert same == alone


@pytest.mark.parametrize("size", [9, 100, 34, 4])
def test_sizes_that_doubling_never_reaches_are_refused(size: int) -> None:
    for build in (
        lambda: DCGANGenerator(code_dim=5, out_channels=1, image_size=size),
        lambda: DCGANDiscriminator(in_channels=1, image_size=size),
    ):
        with pytest.raises(ShapeError, match=f"{size}x{size} pixels cannot be halved"):
            build()


@pytest.mark.parametrize("size", [12, 28, 96, (96, 64), (32, 48)])
def test_other_sizes(size: int | tuple[int, int]) -> None:
    height, width = sides(size)
    images = DCGANGenerator(code_dim=5, out_channels=1, image_size=size, width=2)(torch.zeros(2, 5))
    assert images.shape == (2, 1, height, width)
    assert DCGANDiscriminator(in_channels=1, image_size=size, width=2)(images).shape == (2, 1)


def test_d_refuses_images_of_another_size() -> None:
    discriminator = DCGANDiscriminator(in_channels=1, image_size=16, width=4)
    with pytest.raises(ShapeError, match="another size than 32x32"):
        discriminator(torch.zeros(1, 1, 32, 32))
