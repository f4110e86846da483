"""The convolutions for plugins: the same numbers and gradients as torch's, in every shape and layout."""

import copy

import pytest
import torch
from torch import nn

from ganforge.layers import Conv2d, ConvTranspose2d, DoublingConv2d, HalvingConv2d

CASES = {
    "whole map": (Conv2d, (6, 5, 4), {}, (3, 6, 4, 4)),
    "whole rectangle": (Conv2d, (6, 5, (4, 3)), {}, (3, 6, 4, 3)),
    "whole map without bias": (Conv2d, (6, 5, 4), {"bias": False}, (3, 6, 4, 4)),
    "point to point": (Conv2d, (6, 5, 1), {}, (3, 6, 1, 1)),
    "larger map": (Conv2d, (6, 5, 4), {}, (3, 6, 7, 5)),
    "padded": (Conv2d, (6, 5, 4), {"padding": 1}, (3, 6, 4, 4)),
    "padded by name": (Conv2d, (6, 5, 3), {"padding": "same"}, (3, 6, 3, 3)),
    "groups": (Conv2d, (6, 4, 4), {"groups": 2}, (3, 6, 4, 4)),
    "halving": (Conv2d, (6, 5, 4), {"stride": 2, "padding": 1}, (3, 6, 8, 8)),
    "dilated": (Conv2d, (6, 5, 3), {"dilation": 2}, (3, 6, 5, 5)),
    "valid": (Conv2d, (6, 5, 4), {"padding": "valid"}, (3, 6, 4, 4)),
    "no batch": (Conv2d, (6, 5, 4), {}, (6, 4, 4)),
    "from a point": (ConvTranspose2d, (6, 5, 4), {}, (3, 6, 1, 1)),
    "from a point to a rectangle": (ConvTranspose2d, (6, 5, (4, 3)), {}, (3, 6, 1, 1)),
    "from a point without bias": (ConvTranspose2d, (6, 5, 4), {"bias": False}, (3, 6, 1, 1)),
    "from a point, dilated": (ConvTranspose2d, (6, 5, 3), {"dilation": 2}, (3, 6, 1, 1)),
    "from a point, cut": (ConvTranspose2d, (6, 5, 4), {"padding": 1}, (3, 6, 1, 1)),
    "from a point, groups": (ConvTranspose2d, (6, 4, 4), {"groups": 2}, (3, 6, 1, 1)),
    "from a map": (ConvTranspose2d, (6, 5, 4), {"stride": 2, "padding": 1}, (3, 6, 3, 2)),
    "from an image": (ConvTranspose2d, (6, 5, 4), {}, (6, 1, 1)),
}


PAIRS = {
    "doubling": (DoublingConv2d, lambda convolution: nn.Sequential(nn.Upsample(scale_factor=2), convolution)),
    "halving": (HalvingConv2d, lambda convolution: nn.Sequential(convolution, nn.AvgPool2d(2))),
}


def assert_same(ours, theirs, maps):
    """Compare values, gradients and their gradients, to 1e-12."""
    found = []
    for layer in (ours, theirs):
        given = maps.clone().requires_grad_()
        made = layer(given)
        first = torch.autograd.grad(made.sin().sum(), [given, *layer.parameters()], create_graph=True)
        second = torch.autograd.grad(first[0].square().sum(), [given, next(layer.parameters())])
        found.append([made, *first, *second])
    torch.testing.assert_close(*found, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("last", [False, True], ids=["contiguous", "channels last"])
@pytest.mark.parametrize("case", CASES)
def test_values_and_gradients_are_those_of_torch(case, last):
    torch.manual_seed(0)
    kind, sizes, options, shape = CASES[case]
    ours = kind(*sizes, **options).double()
    theirs = getattr(nn, kind.__name__)(*sizes, **options).double()
    theirs.load_state_dict(copy.deepcopy(ours.state_dict()))
    maps = torch.randn(shape, dtype=torch.float64)
    if last and len(shape) == 4:
        ours, theirs, maps = (one.to(memory_format=torch.channels_last) for one in (ours, theirs, maps))
    assert_same(ours, theirs, maps)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("size", [(2, 2), (6, 4)])
@pytest.mark.parametrize("pair", PAIRS)
def test_two_layers_in_one_are_those_of_torch(pair, size, bias):
    torch.manual_seed(0)
    kind, by_torch = PAIRS[pair]
    ours = kind(6, 5, bias=bias).double()
    convolution = nn.Conv2d(6, 5, 3, padding=1, bias=bias).double()
    convolution.load_state_dict(copy.deepcopy(ours.state_dict()))
    assert_same(ours, by_torch(convolution), torch.randn(3, 6, *size, dtype=torch.float64))


def test_an_odd_row_is_left_out_of_the_averages():
    layer, maps = HalvingConv2d(2, 3), torch.randn(1, 2, 5, 7)
    expected = nn.functional.avg_pool2d(nn.Conv2d.forward(layer, maps), 2)
    torch.testing.assert_close(layer(maps), expected)


def test_an_asked_size_is_given():
    layer = ConvTranspose2d(2, 3, 4, stride=2)
    assert layer(torch.zeros(1, 2, 1, 1), output_size=[5, 4]).shape == (1, 3, 5, 4)
