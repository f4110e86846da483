"""The replication's g, layer by layer, and the effects of its options."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from ganforge.errors import ShapeError
from ganforge.image_size import sides
from ganforge_dtn.generator import DigitGenerator


def build(**options: Any) -> DigitGenerator:
    torch.manual_seed(0)
    return DigitGenerator(**{"code_dim": 128, "out_channels": 1, "image_size": 32, **options})


def some_codes(count: int = 8, code_dim: int = 128, scale: float = 1.0) -> Tensor:
    return scale * torch.randn(count, code_dim, generator=torch.Generator().manual_seed(1))


def kinds(generator: DigitGenerator) -> list[str]:
    return [type(layer).__name__ for block in generator.blocks.children() for layer in block.children()]


def convolutions(generator: DigitGenerator) -> list[nn.ConvTranspose2d]:
    return [layer for layer in generator.modules() if isinstance(layer, nn.ConvTranspose2d)]


def test_the_replications_parameter_count() -> None:
    assert sum(parameter.numel() for parameter in build().parameters()) == 1_181_505


def test_the_replications_layers() -> None:
    generator = build()
    assert [
        (c.in_channels, c.out_channels, c.kernel_size[0], c.stride[0], c.padding[0], c.bias is not None)
        for c in convolutions(generator)
    ] == [(128, 256, 4, 1, 0, True), (256, 128, 4, 2, 1, True), (128, 64, 4, 2, 1, True), (64, 1, 4, 2, 1, True)]
    middle = ["ConvTranspose2d", "BatchNorm2d", "ReLU"]
    assert kinds(generator) == ["ConvTranspose2d", "ReLU", *middle, *middle, "ConvTranspose2d", "Tanh"]


def test_forward_matches_the_layers_written_out() -> None:
    generator = build().double()
    codes = some_codes().double()
    first, second, third, last = convolutions(generator)
    assert first.bias is not None
    hidden = (torch.einsum("nc,cohw->nohw", codes, first.weight) + first.bias.view(1, -1, 1, 1)).relu()
    for convolution in (second, third):
        hidden = functional.conv_transpose2d(hidden, convolution.weight, convolution.bias, stride=2, padding=1)
        mean, variance = hidden.mean(dim=(0, 2, 3)), hidden.var(dim=(0, 2, 3), unbiased=False)
        hidden = (hidden - mean.view(1, -1, 1, 1)) / (variance.view(1, -1, 1, 1) + 1e-5).sqrt()
        hidden = hidden.relu()
    expected = functional.conv_transpose2d(hidden, last.weight, last.bias, stride=2, padding=1).tanh()
    torch.testing.assert_close(generator(codes), expected)


@pytest.mark.parametrize(("image_size", "channels"), [(8, [64, 3]), (16, [128, 64, 3]), (64, [512, 256, 128, 64, 3])])
def test_other_image_sizes_add_or_drop_blocks(image_size: int, channels: list[int]) -> None:
    generator = build(image_size=image_size, out_channels=3, code_dim=5)
    assert [c.out_channels for c in convolutions(generator)] == channels
    assert generator(some_codes(2, 5)).shape == (2, 3, image_size, image_size)


@pytest.mark.parametrize("image_size", [28, 96, (96, 64)])
def test_other_sizes(image_size: int | tuple[int, int]) -> None:
    network = DigitGenerator(code_dim=5, out_channels=1, image_size=image_size, width=2)
    assert network(torch.zeros(2, 5)).shape == (2, 1, *sides(image_size))


@pytest.mark.parametrize("image_size", [4, 34, 100])
def test_a_size_that_doubling_never_gives_is_refused(image_size: int) -> None:
    with pytest.raises(ShapeError, match=f"{image_size}x{image_size}") as caught:
        build(image_size=image_size)
    assert caught.value.fix is not None


def test_tanh_keeps_images_in_range_and_none_does_not() -> None:
    codes = some_codes(scale=50.0)
    assert build()(codes).abs().max() <= 1
    assert build(output="none", norm="none")(codes).abs().max() > 1


@pytest.mark.parametrize(
    "options",
    [{}, {"norm": "none"}, {"norm": "instance"}, {"activation": "leaky-relu", "output": "none"}, {"init": "dcgan"}],
)
def test_every_parameter_that_matters_gets_a_finite_gradient(options: dict[str, Any]) -> None:
    generator = build(bias_before_norm=False, **options)
    codes = some_codes().requires_grad_()
    generator(codes).square().sum().backward()
    for name, parameter in [("codes", codes), *generator.named_parameters()]:
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name
        assert parameter.grad.abs().max() > 0, name


def test_a_bias_before_a_norm_changes_no_image() -> None:
    generator = build()
    images = generator(some_codes())
    bias = convolutions(generator)[1].bias
    assert bias is not None
    torch.nn.init.constant_(bias, 3.0)
    torch.testing.assert_close(generator(some_codes()), images, atol=1e-4, rtol=0)


@pytest.mark.parametrize(
    ("options", "biases"),
    [
        ({}, [True, True, True, True]),
        ({"bias_before_norm": False}, [True, False, False, True]),
        ({"bias_before_norm": False, "norm": "none"}, [True, True, True, True]),
    ],
)
def test_only_a_norm_makes_a_bias_superfluous(options: dict[str, Any], biases: list[bool]) -> None:
    assert [c.bias is not None for c in convolutions(build(**options))] == biases


def test_batch_norm_mixes_the_batch_in_training_and_not_in_evaluation() -> None:
    generator = build()
    codes = some_codes()
    assert not torch.allclose(generator(codes)[:4], generator(codes[:4]), atol=1e-3)
    generator.eval()
    torch.testing.assert_close(generator(codes)[:4], generator(codes[:4]))
    assert torch.equal(generator(codes), generator(codes))


def test_instance_norm_never_mixes_the_batch() -> None:
    generator = build(norm="instance")
    codes = some_codes()
    torch.testing.assert_close(generator(codes)[:4], generator(codes[:4]))


def test_parameters_keep_their_names_whatever_the_activation() -> None:
    assert build().state_dict().keys() == build(activation="leaky-relu", output="none").state_dict().keys()
