"""The paper's f, layer by layer."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional

from ganforge_digits.pooled_cnn import PooledCNN


def test_the_papers_layers() -> None:
    encoder = PooledCNN(in_channels=3, image_size=32)
    layers = [layer for block in encoder.features.children() for layer in block.children()]
    assert [type(layer).__name__ for layer in layers] == ["Conv2d", "MaxPool2d", "ReLU"] * 3 + ["Conv2d", "MaxPool2d"]
    assert [layer.out_channels for layer in layers if isinstance(layer, nn.Conv2d)] == [64, 128, 256, 128]
    assert [layer.kernel_size for layer in layers if isinstance(layer, nn.MaxPool2d)] == [2, 2, 2, 4]
    assert all(layer.stride == (1, 1) and layer.padding == (1, 1) for layer in layers if isinstance(layer, nn.Conv2d))


@pytest.mark.parametrize(("in_channels", "parameters"), [(3, 667_146), (1, 665_994)])
def test_parameter_counts(in_channels: int, parameters: int) -> None:
    by_hand = in_channels * 576 + 64 + 64 * 9 * 128 + 128 + 128 * 9 * 256 + 256 + 256 * 9 * 128 + 128 + 128 * 10 + 10
    encoder = PooledCNN(in_channels=in_channels, image_size=32)
    assert sum(parameter.numel() for parameter in encoder.parameters()) == parameters == by_hand


@pytest.mark.parametrize("image_size", [8, 32, 48])
def test_forward_pools_then_applies_relu_but_not_to_the_code(image_size: int) -> None:
    torch.manual_seed(0)
    encoder = PooledCNN(in_channels=1, image_size=image_size, width=8, code_dim=16)
    weights = list(encoder.features.parameters())
    hidden = images = torch.rand(4, 1, image_size, image_size, generator=torch.Generator().manual_seed(1)) * 2 - 1
    for layer in range(3):
        hidden = functional.conv2d(hidden, weights[2 * layer], weights[2 * layer + 1], padding=1)
        hidden = functional.max_pool2d(hidden.relu(), 2)
    expected = functional.conv2d(hidden, weights[6], weights[7], padding=1).amax(dim=(2, 3))
    torch.testing.assert_close(encoder(images), expected)
    assert (expected < 0).any()


def test_tanh_bounds_the_code() -> None:
    encoder = PooledCNN(in_channels=1, image_size=32, norm="batch", code_activation="tanh")
    code = encoder(torch.rand(8, 1, 32, 32, generator=torch.Generator().manual_seed(1)))
    assert code.abs().max() < 1
    assert isinstance(encoder.head_activation, nn.Identity)
