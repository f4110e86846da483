"""The moving average follows its network by the rule that its docstring gives."""

import pytest
import torch
from torch import nn

from ganforge.networks.average import Average


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3)).to(memory_format=torch.channels_last)


def changed(source):
    with torch.no_grad():
        for tensor in source.state_dict().values():
            if tensor.is_floating_point():
                tensor.add_(torch.randn_like(tensor))
            else:
                tensor.add_(1)


@pytest.mark.parametrize("decay", [0.3, 0.999])
def test_the_average_is_the_recursion_by_hand(decay):
    source = network()
    average = Average(source, decay)
    expected = {name: tensor.clone().double() for name, tensor in source.named_parameters()}
    for count in range(25):
        changed(source)
        average.update()
        share = min(decay, (1 + count) / (10 + count))
        for name, tensor in source.named_parameters():
            expected[name] = share * expected[name] + (1 - share) * tensor.detach().double()
    for name, tensor in average.network.named_parameters():
        torch.testing.assert_close(tensor.double(), expected[name], rtol=1e-5, atol=1e-6)


def test_buffers_are_those_of_the_network():
    source = network()
    average = Average(source, 0.9)
    changed(source)
    average.update()
    for mine, theirs in zip(average.network.buffers(), source.buffers(), strict=True):
        assert torch.equal(mine, theirs)


def test_the_average_is_a_frozen_copy_in_eval_mode_with_the_same_layout():
    source = network()
    average = Average(source, 0.9)
    assert not average.network.training
    assert not any(parameter.requires_grad for parameter in average.network.parameters())
    assert average.network[0].weight.data_ptr() != source[0].weight.data_ptr()
    assert average.network[0].weight.stride() == source[0].weight.stride()
    assert source.training
    assert all(parameter.requires_grad for parameter in source.parameters())
