"""The method of unconditional GANs: its noise, its views, and its gradients."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from ganforge.method import DataFacts
from ganforge.quantities.graph import Graph
from ganforge.quantities.values import Values
from ganforge_gans.unconditional import Unconditional


class Generator(nn.Module):
    """Generator with the first number of the noise in every pixel."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(()))

    def forward(self, code: Tensor) -> Tensor:
        return torch.tanh(self.scale * code[:, :1, None, None]).expand(-1, 1, 8, 8)


class Discriminator(nn.Module):
    """Discriminator with the squared mean of the pixels as its score."""

    def forward(self, images: Tensor) -> Tensor:
        return images.flatten(1).mean(1, keepdim=True).square()


def values(method: Unconditional) -> Values:
    draw = torch.Generator().manual_seed(0)
    batch = {"images": torch.rand(4, 1, 8, 8, generator=draw) * 2 - 1, "latent": method.latent(4, draw)}
    batch["mixing"] = method.mixing(4, draw)
    networks: dict[str, nn.Module] = {"generator": Generator(), "discriminator": Discriminator()}
    return Values(Graph(Unconditional, networks, ["images"]), method, networks, batch.__getitem__)


def darker(images: Tensor, generator: torch.Generator) -> Tensor:
    return images / 2


def test_noise_is_standard_normal_and_mixing_is_uniform() -> None:
    method, draw = Unconditional(latent_dim=20), torch.Generator().manual_seed(0)
    latent, mixing = method.latent(5000, draw), method.mixing(5000, draw)
    assert latent.shape == (5000, 20)
    assert latent.mean().item() == pytest.approx(0, abs=0.02)
    assert latent.std().item() == pytest.approx(1, abs=0.02)
    assert mixing.shape == (5000, 1, 1, 1)
    assert 0 <= mixing.min() < 0.01 < 0.99 < mixing.max() < 1
    assert mixing.mean().item() == pytest.approx(0.5, abs=0.02)


def test_without_views_d_sees_images_as_they_are() -> None:
    found = values(Unconditional())
    assert found["real_view"] is found["images"]
    assert found["generated_view"] is found["generated"]


def test_views_change_both_kinds_before_d_alone() -> None:
    found = values(Unconditional(views=[darker]))
    for seen, given in (("real_view", "images"), ("generated_view", "generated")):
        assert torch.allclose(found[seen], (found[given] + 1) / 2 - 1)
    assert torch.equal(found["real_verdict"], Discriminator()(found["real_view"]))
    assert torch.equal(found["generated_verdict"], Discriminator()(found["generated_view"]))


def test_gradients_pass_the_views_to_the_generator() -> None:
    found = values(Unconditional(views=[darker]))
    (slope,) = torch.autograd.grad(found["generated_verdict"].mean(), found["generator"].scale)
    assert slope != 0


def test_gradients_of_d_are_taken_where_they_should_be() -> None:
    found = values(Unconditional())

    def slope(images: Tensor) -> Tensor:
        return (2 * images.flatten(1).mean(1) / 64)[:, None, None, None].expand_as(images)

    assert torch.allclose(found["real_gradient"], slope(found["images"]), atol=1e-7)
    between = found["mixing"] * found["images"] + (1 - found["mixing"]) * found["generated"]
    assert torch.allclose(found["interpolate_gradient"], slope(between), atol=1e-7)


def test_sizes_follow_from_the_data_and_the_noise() -> None:
    data = {"images": DataFacts(32, 3, None)}
    method = Unconditional(latent_dim=7)
    assert method.facts("generator", data, {}, {}) == {"image_size": 32, "out_channels": 3, "code_dim": 7}
    assert method.facts("discriminator", data, {}, {}) == {"image_size": 32, "in_channels": 3, "outputs": 1}
