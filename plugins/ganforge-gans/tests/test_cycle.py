"""CycleGAN's losses against their formulas, and its quantities with easily inverted networks."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from ganforge.method import DataFacts
from ganforge.quantities.graph import Graph
from ganforge.quantities.values import Values
from ganforge_gans.cycle import CycleGAN
from ganforge_gans.cycle_losses import CycleAdversarial, cycle_consistency, cycle_identity


class Shift(nn.Module):
    """Generator that adds a number to the mean of the channels."""

    def __init__(self, by: float, channels: int = 1) -> None:
        super().__init__()
        self.by, self.channels, self.in_channels = by, channels, 4 - channels

    def forward(self, images: Tensor) -> Tensor:
        return images.mean(1, keepdim=True).expand(-1, self.channels, -1, -1) + self.by


@pytest.fixture
def values() -> Values:
    """Quantities of a source with three equal channels and a grey target; G adds 2, F subtracts 2."""
    draw = torch.Generator().manual_seed(0)
    batch = {
        "source": torch.rand(4, 1, 8, 8, generator=draw).expand(-1, 3, -1, -1),
        "target": torch.rand(4, 1, 8, 8, generator=draw),
    }
    networks: dict[str, nn.Module] = {
        "generator": Shift(2.0, 1),
        "reverse_generator": Shift(-2.0, 3),
        "discriminator": nn.Identity(),
        "source_discriminator": nn.Identity(),
    }
    method = CycleGAN()
    return Values(Graph(CycleGAN, networks, batch), method, networks, batch.__getitem__)


def test_there_and_back_again(values: Values) -> None:
    source, target = values["source"], values["target"]
    assert torch.allclose(values["transferred_source"], source[:, :1] + 2)
    assert torch.allclose(values["transferred_target"], target.expand(-1, 3, -1, -1) - 2)
    given = (source, values["reconstructed_source"], target, values["reconstructed_target"])
    assert cycle_consistency(*given).item() == pytest.approx(0, abs=1e-6)
    kept = (source, values["kept_source"], target, values["kept_target"])
    assert cycle_identity(*kept).item() == pytest.approx(4, rel=1e-6)


def test_each_discriminator_judges_its_own_domain(values: Values) -> None:
    for name, quantity in (
        ("target_real_verdict", "target"),
        ("target_generated_verdict", "transferred_source"),
        ("source_real_verdict", "source"),
        ("source_generated_verdict", "transferred_target"),
    ):
        assert torch.equal(values[name], values[quantity])


def test_adversarial_terms_are_least_squares() -> None:
    loss, real, fake = CycleAdversarial(), torch.tensor([0.5, 1.5]), torch.tensor([0.2, -0.4])
    apart = (0.25 + (0.04 + 0.16) / 2) / 2
    assert loss.d_target(real, fake).item() == pytest.approx(apart)
    assert loss.d_source(real, fake).item() == pytest.approx(apart)
    assert loss.g_target(fake).item() == loss.g_source(fake).item() == pytest.approx((0.64 + 1.96) / 2)
    assert loss.accuracy_target(real, fake).item() == loss.accuracy_source(real, fake).item() == 0.75


def test_sizes_and_channels_follow_from_the_data() -> None:
    data = {"source": DataFacts(32, 3, 10), "target": DataFacts(32, 1, None)}

    def facts(role: str) -> dict[str, Any]:
        return CycleGAN().facts(role, data, {}, {})

    assert facts("generator") == {"image_size": 32, "in_channels": 3, "out_channels": 1}
    assert facts("reverse_generator") == {"image_size": 32, "in_channels": 1, "out_channels": 3}
    assert facts("discriminator")["in_channels"] == 1
    assert facts("source_discriminator")["in_channels"] == 3
