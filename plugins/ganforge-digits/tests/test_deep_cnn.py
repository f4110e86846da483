"""The encoder of the shipped recipes: its shapes, its layers, and gradients for all parameters."""

import pytest
import torch
from torch import nn

from ganforge.errors import ShapeError
from ganforge_digits.deep_cnn import DeepCNN


@pytest.mark.parametrize(("channels", "size", "width", "code_dim"), [(3, 32, 32, 128), (1, 16, 4, 8), (2, 64, 4, 16)])
def test_codes_and_scores_have_the_declared_sizes(channels: int, size: int, width: int, code_dim: int) -> None:
    network = DeepCNN(in_channels=channels, image_size=size, width=width, code_dim=code_dim)
    code = network(torch.randn(2, channels, size, size))
    assert code.shape == (2, code_dim)
    assert network.classify(code).shape == (2, 10)
    assert (network.in_channels, network.code_dim, network.classes) == (channels, code_dim, 10)


def test_seven_convolutions_of_which_every_second_halves() -> None:
    network = DeepCNN(in_channels=3, image_size=32)
    layers = [layer for layer in network.modules() if isinstance(layer, nn.Conv2d)]
    assert [layer.out_channels for layer in layers] == [32, 32, 64, 64, 128, 128, 128]
    assert [layer.stride[0] for layer in layers] == [1, 2, 1, 2, 1, 2, 1]
    assert [layer.kernel_size[0] for layer in layers] == [3, 3, 3, 3, 3, 3, 4]
    assert sum(parameter.numel() for parameter in network.parameters()) == 551_018


def test_the_code_is_unbounded_and_every_parameter_gets_a_gradient() -> None:
    network = DeepCNN(in_channels=1, image_size=16, width=4)
    code = network(torch.randn(8, 1, 16, 16))
    assert code.min() < 0
    network.classify(code).square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in network.parameters())


def test_sizes_that_cannot_be_halved_three_times_are_refused() -> None:
    with pytest.raises(ShapeError, match="20x20 pixels cannot be shrunk evenly by a factor of 8"):
        DeepCNN(in_channels=3, image_size=20)
