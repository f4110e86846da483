"""The replication's D, layer by layer, and the effects of its options."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from ganforge.errors import ShapeError
from ganforge.image_size import sides
from ganforge_dtn.discriminator import DigitDiscriminator


def build(**options: Any) -> DigitDiscriminator:
    torch.manual_seed(0)
    return DigitDiscriminator(**{"in_channels": 1, "image_size": 32, **options})


def some_images(count: int = 8, channels: int = 1, size: int = 32) -> Tensor:
    return torch.rand(count, channels, size, size, generator=torch.Generator().manual_seed(1)) * 2 - 1


def kinds(discriminator: DigitDiscriminator) -> list[str]:
    return [type(layer).__name__ for block in discriminator.blocks.children() for layer in block.children()]


def convolutions(discriminator: DigitDiscriminator) -> list[nn.Conv2d]:
    return [layer for layer in discriminator.modules() if isinstance(layer, nn.Conv2d)]


def test_the_replications_parameter_count() -> None:
    assert sum(parameter.numel() for parameter in build().parameters()) == 1_182_403


def test_the_replications_layers() -> None:
    discriminator = build()
    assert [
        (c.in_channels, c.out_channels, c.kernel_size[0], c.stride[0], c.padding[0], c.bias is not None)
        for c in convolutions(discriminator)
    ] == [
        (1, 64, 4, 2, 1, True),
        (64, 128, 4, 2, 1, True),
        (128, 256, 4, 2, 1, True),
        (256, 128, 4, 1, 0, True),
        (128, 3, 1, 1, 0, True),
    ]
    middle = ["Conv2d", "BatchNorm2d", "LeakyReLU"]
    assert kinds(discriminator) == ["Conv2d", "LeakyReLU", *middle, *middle, "Conv2d", "LeakyReLU", "Conv2d"]


def test_forward_matches_the_layers_written_out() -> None:
    discriminator = build().double()
    hidden = images = some_images().double()
    for layer, convolution in enumerate(convolutions(discriminator)):
        weight, bias = convolution.weight, convolution.bias
        hidden = functional.conv2d(hidden, weight, bias, stride=2 if layer < 3 else 1, padding=1 if layer < 3 else 0)
        if layer in (1, 2):
            mean, variance = hidden.mean(dim=(0, 2, 3)), hidden.var(dim=(0, 2, 3), unbiased=False)
            hidden = (hidden - mean.view(1, -1, 1, 1)) / (variance.view(1, -1, 1, 1) + 1e-5).sqrt()
        if layer < 4:
            hidden = torch.where(hidden > 0, hidden, 0.2 * hidden)
    torch.testing.assert_close(discriminator(images), hidden[:, :, 0, 0])


@pytest.mark.parametrize("downsample", ["stride", "pool"])
@pytest.mark.parametrize(
    ("image_size", "in_channels", "outputs", "channels"),
    [(8, 3, 1, [8, 16, 1]), (32, 1, 3, [8, 16, 32, 16, 3]), (64, 3, 5, [8, 16, 32, 64, 16, 5])],
)
def test_scores_for_several_image_sizes(
    downsample: str, image_size: int, in_channels: int, outputs: int, channels: list[int]
) -> None:
    discriminator = build(
        image_size=image_size, in_channels=in_channels, outputs=outputs, downsample=downsample, width=8
    )
    assert [c.out_channels for c in convolutions(discriminator)] == channels
    assert discriminator(some_images(2, in_channels, image_size)).shape == (2, outputs)


@pytest.mark.parametrize("image_size", [28, 96, (96, 64)])
def test_other_sizes(image_size: int | tuple[int, int]) -> None:
    images = torch.zeros(2, 1, *sides(image_size))
    assert DigitDiscriminator(in_channels=1, image_size=image_size, width=2)(images).shape == (2, 3)


@pytest.mark.parametrize("image_size", [4, 34, 100])
def test_a_size_that_cannot_be_halved_is_refused(image_size: int) -> None:
    with pytest.raises(ShapeError, match=f"{image_size}x{image_size}") as caught:
        build(image_size=image_size)
    assert caught.value.fix is not None


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"norm": "none"},
        {"norm": "none", "spectral_norm": True},
        {"downsample": "pool", "activation": "relu"},
        {"init": "dcgan"},
    ],
)
def test_every_weight_and_the_images_get_a_finite_gradient(options: dict[str, Any]) -> None:
    discriminator = build(**options)
    images = some_images().requires_grad_()
    functional.cross_entropy(discriminator(images), torch.arange(8) % 3).backward()
    weights = [(name, p) for name, p in discriminator.named_parameters() if not name.endswith("bias")]
    assert len(weights) >= 5
    for name, parameter in [("images", images), *weights]:
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name
        assert parameter.grad.abs().max() > 0, name


def test_pooling_halves_where_stride_did() -> None:
    first = ["Conv2d", "MaxPool2d", "ReLU"]
    middle = ["Conv2d", "BatchNorm2d", "MaxPool2d", "ReLU"]
    discriminator = build(downsample="pool", activation="relu")
    assert kinds(discriminator) == [*first, *middle, *middle, "Conv2d", "ReLU", "Conv2d"]
    assert [c.stride[0] for c in convolutions(discriminator)] == [1] * 5


def test_spectral_norm_makes_every_largest_singular_value_one() -> None:
    discriminator = build(norm="none", spectral_norm=True)
    for _ in range(50):  # each training pass is one power iteration
        discriminator(some_images(2))
    for convolution in convolutions(discriminator.eval()):
        values = torch.linalg.svdvals(convolution.weight.detach().flatten(1).double())
        assert values[0].item() == pytest.approx(1.0, abs=0.02)


def test_spectral_norm_allows_several_passes_before_one_backward() -> None:
    discriminator = build(spectral_norm=True)
    scores = discriminator(some_images()) + discriminator(-some_images())
    scores.sum().backward()
    assert all(torch.isfinite(p.grad).all() for p in discriminator.parameters() if p.grad is not None)


@pytest.mark.parametrize("options", [{}, {"spectral_norm": True}])
def test_evaluation_is_repeatable_and_changes_nothing(options: dict[str, Any]) -> None:
    discriminator = build(**options)
    discriminator(some_images())
    discriminator.eval()
    before = {name: value.clone() for name, value in discriminator.state_dict().items()}
    assert torch.equal(discriminator(some_images()), discriminator(some_images()))
    assert all(torch.equal(value, before[name]) for name, value in discriminator.state_dict().items())


def test_training_resumes_from_the_state_dict_to_the_same_bits() -> None:
    discriminator = build(spectral_norm=True)
    discriminator(some_images())
    other = build(spectral_norm=True, init="dcgan")
    other.load_state_dict(discriminator.state_dict())
    assert torch.equal(other(some_images()), discriminator(some_images()))


def test_images_larger_than_declared_are_refused() -> None:
    network = DigitDiscriminator(in_channels=1, image_size=16)
    with pytest.raises(ShapeError, match="32x32"):
        network(torch.zeros(2, 1, 32, 32))
