"""The replication's f, layer by layer, and the effects of its options."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from ganforge_digits.strided_cnn import StridedCNN


def codes(encoder: StridedCNN, images: int = 16, channels: int = 1) -> Tensor:
    result: Tensor = encoder(torch.rand(images, channels, 32, 32, generator=torch.Generator().manual_seed(1)) * 2 - 1)
    return result


def convolutions(encoder: StridedCNN) -> list[nn.Conv2d]:
    return [layer for layer in encoder.modules() if isinstance(layer, nn.Conv2d)]


def kinds(encoder: StridedCNN) -> list[str]:
    return [type(layer).__name__ for block in encoder.features.children() for layer in block.children()]


@pytest.mark.parametrize(("in_channels", "parameters"), [(3, 896_522), (1, 895_370)])
def test_the_replications_parameter_counts(in_channels: int, parameters: int) -> None:
    encoder = StridedCNN(in_channels=in_channels, image_size=32)
    assert sum(parameter.numel() for parameter in encoder.parameters()) == parameters


def test_the_replications_layers() -> None:
    encoder = StridedCNN(in_channels=3, image_size=32)
    assert [
        (c.in_channels, c.out_channels, c.kernel_size[0], c.stride[0], c.padding[0]) for c in convolutions(encoder)
    ] == [
        (3, 64, 3, 2, 1),
        (64, 128, 3, 2, 1),
        (128, 256, 3, 2, 1),
        (256, 128, 4, 1, 0),
    ]
    assert kinds(encoder) == ["Conv2d", "ReLU"] * 3 + ["Conv2d"]


def test_forward_is_four_convolutions_with_three_relus() -> None:
    encoder = StridedCNN(in_channels=1, image_size=32)
    weights = list(encoder.features.parameters())
    hidden = torch.rand(16, 1, 32, 32, generator=torch.Generator().manual_seed(1)) * 2 - 1
    for layer in range(3):
        hidden = functional.conv2d(hidden, weights[2 * layer], weights[2 * layer + 1], stride=2, padding=1).relu()
    expected = (hidden.flatten(1) @ weights[6].flatten(1).T) + weights[7]
    torch.testing.assert_close(codes(encoder), expected)


def test_the_code_is_unbounded_and_comes_before_the_relu() -> None:
    encoder = StridedCNN(in_channels=1, image_size=32)
    with torch.no_grad():
        convolutions(encoder)[3].weight.mul_(1e3)
    assert codes(encoder).min() < -1
    assert codes(encoder).max() > 1


@pytest.mark.parametrize(("image_size", "kernel"), [(8, 1), (16, 2), (48, 6), (64, 8)])
def test_the_last_kernel_covers_what_is_left_of_the_image(image_size: int, kernel: int) -> None:
    encoder = StridedCNN(in_channels=1, image_size=image_size, width=4)
    assert convolutions(encoder)[3].kernel_size == (kernel, kernel)


def test_tanh_bounds_the_code_and_takes_the_heads_activation_away() -> None:
    encoder = StridedCNN(in_channels=1, image_size=32, norm="batch", code_activation="tanh")
    code = codes(encoder)
    assert code.abs().max() < 1
    assert code.min() < -0.5
    assert encoder.head is not None
    torch.testing.assert_close(encoder.classify(code), code @ encoder.head.weight.T + encoder.head.bias)


def test_batch_norm_follows_every_convolution_and_replaces_its_bias() -> None:
    encoder = StridedCNN(in_channels=1, image_size=32, norm="batch")
    assert kinds(encoder) == ["Conv2d", "BatchNorm2d", "ReLU"] * 3 + ["Conv2d", "BatchNorm2d"]
    assert all(layer.bias is None for layer in convolutions(encoder))
    code = codes(encoder, images=64)
    torch.testing.assert_close(code.mean(dim=0), torch.zeros(128), atol=1e-4, rtol=0)
    torch.testing.assert_close(code.var(dim=0, unbiased=False), torch.ones(128), atol=1e-2, rtol=0)


def test_leaky_relu_is_the_activation_of_the_head_too() -> None:
    encoder = StridedCNN(in_channels=1, image_size=32, activation="leaky-relu")
    assert kinds(encoder) == ["Conv2d", "LeakyReLU"] * 3 + ["Conv2d"]
    code = codes(encoder)
    assert encoder.head is not None
    leaky = torch.where(code > 0, code, 0.2 * code)
    torch.testing.assert_close(encoder.classify(code), leaky @ encoder.head.weight.T + encoder.head.bias)


def test_width_scales_the_hidden_channels_but_not_the_code() -> None:
    encoder = StridedCNN(in_channels=1, image_size=32, width=8)
    assert [layer.out_channels for layer in convolutions(encoder)] == [8, 16, 32, 128]


def test_dropout_acts_on_hidden_activations_in_training_only() -> None:
    encoder = StridedCNN(in_channels=1, image_size=32, dropout=0.3)
    assert kinds(encoder) == ["Conv2d", "ReLU", "Dropout"] * 3 + ["Conv2d"]
    assert not torch.equal(codes(encoder), codes(encoder))
    encoder.eval()
    assert torch.equal(codes(encoder), codes(encoder))
