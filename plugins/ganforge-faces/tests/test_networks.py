"""Generators and discriminators of faces: sizes, shapes, published numbers of parameters, and rejected inputs."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch import nn

from ganforge.errors import ShapeError
from ganforge.image_size import sides
from ganforge_faces.discriminator import FaceDiscriminator
from ganforge_faces.generator import FaceGenerator
from ganforge_faces.replication import ReplicationDiscriminator, ReplicationGenerator
from ganforge_faces.residual import Falling, ResidualDiscriminator, ResidualGenerator, Rising

GENERATORS = (FaceGenerator, ResidualGenerator, ReplicationGenerator)
DISCRIMINATORS = (FaceDiscriminator, ResidualDiscriminator, ReplicationDiscriminator)


def parameters(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


@pytest.mark.parametrize("size", [64, 96, (96, 64)])
@pytest.mark.parametrize("generator", GENERATORS)
def test_codes_become_images(generator: type[nn.Module], size: int | tuple[int, int]) -> None:
    torch.manual_seed(0)
    images = generator(code_dim=5, out_channels=3, image_size=size, width=2)(torch.randn(2, 5) * 9)
    assert images.shape == (2, 3, *sides(size))
    assert images.abs().max() <= 1
    assert not torch.equal(images[0], images[1])


@pytest.mark.parametrize("size", [64, 96, (96, 64)])
@pytest.mark.parametrize("discriminator", DISCRIMINATORS)
def test_images_become_scores(discriminator: type[nn.Module], size: int | tuple[int, int]) -> None:
    torch.manual_seed(0)
    network = discriminator(in_channels=3, image_size=size, outputs=3, width=2)
    assert network(torch.randn(2, 3, *sides(size))).shape == (2, 3)
    with pytest.raises(ShapeError, match="another size than 32x32"):
        network(torch.zeros(2, 3, 32, 32))


@pytest.mark.parametrize("upsampling", ["nearest", "bilinear", "transposed"])
@pytest.mark.parametrize("mixing", [True, False])
@pytest.mark.parametrize("norm", ["none", "batch", "instance"])
def test_every_variant_of_the_generator_trains_all_of_its_weights(upsampling: str, mixing: bool, norm: str) -> None:
    torch.manual_seed(0)
    options = {"upsampling": upsampling, "mixing": mixing, "norm": norm, "width": 8}
    network = FaceGenerator(code_dim=5, out_channels=3, image_size=64, **options)  # type: ignore[arg-type]
    network(torch.randn(8, 5)).square().mean().backward()
    assert all(parameter.grad is not None and parameter.grad.abs().sum() > 0 for parameter in network.parameters())


def test_the_replication_has_the_published_number_of_parameters() -> None:
    # 7.34 and 2.96 million in the replication's code: convolutions with biases, and batch norms.
    channels = (512, 512, 256, 128, 64, 32)
    blocks = itertools.pairwise(channels)
    generator = sum(16 * a * b + b + 2 * b + b * b + b + 2 * b for a, b in blocks) + 16 * 32 * 3 + 3
    assert parameters(ReplicationGenerator(code_dim=512, out_channels=3, image_size=96)) == generator == 7_336_259
    channels = (3, 128, 256, 512, 256, 128)
    discriminator = sum(9 * a * b + 3 * b for a, b in itertools.pairwise(channels)) + 9 * 128 * 3 + 3
    assert parameters(ReplicationDiscriminator(in_channels=3, image_size=96)) == discriminator == 2_959_875


def test_six_blocks_leave_one_position_of_64_pixels() -> None:
    network = FaceDiscriminator(in_channels=3, image_size=64, width=4)
    assert network.verdict.weight.shape[2:] == (1, 1)
    assert [block[0].out_channels for block in network.blocks] == [4, 8, 16, 32, 32, 32]
    with pytest.raises(ShapeError, match="cannot be halved 7 times") as refused:
        FaceDiscriminator(in_channels=3, image_size=64, blocks=7)
    assert refused.value.fix == "blocks = 6 at most"


def test_a_residual_block_is_its_formula() -> None:
    torch.manual_seed(0)
    maps = torch.randn(2, 3, 4, 4)
    rising = Rising(3, 5, "none")
    doubled = maps.clamp_min(0).repeat_interleave(2, 2).repeat_interleave(2, 3)
    inner = rising.convolution2(nn.Conv2d.forward(rising.convolution1, doubled).clamp_min(0))
    expected = inner + rising.shortcut(maps.repeat_interleave(2, 2).repeat_interleave(2, 3))
    assert torch.allclose(rising(maps), expected, atol=1e-6)
    falling = Falling(3, 5, first=False)
    leaky = torch.where(maps > 0, maps, 0.2 * maps)
    inner = falling.convolution1(leaky)
    inner = nn.Conv2d.forward(falling.convolution2, torch.where(inner > 0, inner, 0.2 * inner))
    expected = (inner + falling.shortcut(maps)).unflatten(3, (2, 2)).unflatten(2, (2, 2)).mean((3, 5))
    assert torch.allclose(falling(maps), expected, atol=1e-6)


@pytest.mark.parametrize("discriminator", [FaceDiscriminator, ResidualDiscriminator])
def test_spectral_norm_bounds_every_layer(discriminator: type[nn.Module]) -> None:
    torch.manual_seed(0)
    options = {"norm": "none"} if discriminator is FaceDiscriminator else {}
    network = discriminator(in_channels=3, image_size=64, width=2, spectral_norm=True, **options)
    for _ in range(60):  # each pass improves the estimate of the largest singular value
        network(torch.zeros(1, 3, 64, 64))
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            assert torch.linalg.matrix_norm(module.weight.flatten(1), 2).item() == pytest.approx(1, rel=0.03)


@pytest.mark.parametrize("size", [9, 50, (64, 100)])
@pytest.mark.parametrize("network", [FaceGenerator, ResidualGenerator, ResidualDiscriminator, ReplicationDiscriminator])
def test_sizes_that_halving_never_reaches_are_refused(network: type[nn.Module], size: int | tuple[int, int]) -> None:
    channels = {"code_dim": 5, "out_channels": 3} if "Generator" in network.__name__ else {"in_channels": 3}
    with pytest.raises(ShapeError, match="pixels cannot be"):
        network(image_size=size, **channels)


def test_the_replication_enlarges_64_pixels_and_makes_no_fewer() -> None:
    with pytest.raises(ShapeError, match="48x48 are fewer"):
        ReplicationGenerator(code_dim=5, out_channels=3, image_size=48)
