"""Initial weights: their distribution and their random source."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from ganforge_dtn.discriminator import DigitDiscriminator
from ganforge_dtn.generator import DigitGenerator
from ganforge_dtn.initialization import Init, initialize


def networks(init: Init) -> list[nn.Module]:
    torch.manual_seed(0)
    return [
        DigitGenerator(code_dim=128, out_channels=3, image_size=32, init=init),
        DigitDiscriminator(in_channels=3, image_size=32, init=init),
    ]


def test_dcgan_draws_narrow_normals_and_zero_biases() -> None:
    for network in networks("dcgan"):
        for module in network.modules():
            if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
                assert module.weight.mean().item() == pytest.approx(0, abs=4 * 0.02 / module.weight.numel() ** 0.5)
                assert module.weight.std().item() == pytest.approx(0.02, rel=0.15)
            elif isinstance(module, nn.BatchNorm2d):
                assert module.weight.mean().item() == pytest.approx(1, abs=4 * 0.02 / module.weight.numel() ** 0.5)
                assert module.weight.std().item() == pytest.approx(0.02, rel=0.3)
            else:
                continue
            assert module.bias is not None
            assert not module.bias.any()


def test_default_leaves_pytorchs_own_weights() -> None:
    torch.manual_seed(0)
    expected = nn.ConvTranspose2d(128, 256, 4).weight
    generator = networks("default")[0]
    first = next(module for module in generator.modules() if isinstance(module, nn.ConvTranspose2d))
    assert torch.equal(first.weight, expected)


def test_instance_norms_are_drawn_too() -> None:
    torch.manual_seed(0)
    norm = nn.InstanceNorm2d(64, affine=True)
    initialize(nn.Sequential(norm), "dcgan")
    assert 0 < norm.weight.std() < 0.04
    assert not norm.bias.any()
