"""Gradient penalties with a linear D of known gradient, and their gradient in D's parameters."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from ganforge_gans.gradients import input_gradient
from ganforge_gans.penalties import gradient_penalty, r1


class Linear(nn.Module):
    """Discriminator D(x) = w·x."""

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight)

    def forward(self, images: Tensor) -> Tensor:
        return (images * self.weight).flatten(1).sum(1, keepdim=True)


@pytest.fixture
def critic() -> Linear:
    return Linear(torch.randn(2, 4, 4, generator=torch.Generator().manual_seed(0)).double())


@pytest.fixture
def images() -> Tensor:
    return torch.randn(5, 2, 4, 4, generator=torch.Generator().manual_seed(1)).double()


def test_the_gradient_of_a_linear_critic_is_its_weight(critic: Linear, images: Tensor) -> None:
    gradient = input_gradient(critic, images)
    assert torch.equal(gradient, critic.weight.expand_as(images))


def test_penalties_of_a_linear_critic(critic: Linear, images: Tensor) -> None:
    norm = critic.weight.detach().square().sum().sqrt().item()
    gradient = input_gradient(critic, images)
    assert gradient_penalty(gradient).item() == pytest.approx((norm - 1) ** 2, rel=1e-12)
    assert gradient_penalty(gradient, target=0.0).item() == pytest.approx(norm**2, rel=1e-12)
    assert r1(gradient).item() == pytest.approx(norm**2 / 2, rel=1e-12)


def test_they_are_differentiable_in_the_critics_weights(critic: Linear, images: Tensor) -> None:
    weight = critic.weight.detach()
    (slope,) = torch.autograd.grad(gradient_penalty(input_gradient(critic, images)), critic.weight)
    assert torch.allclose(slope, 2 * (weight.norm() - 1) * weight / weight.norm(), rtol=1e-10)
    (slope,) = torch.autograd.grad(r1(input_gradient(critic, images)), critic.weight)
    assert torch.allclose(slope, weight, rtol=1e-10)


def test_the_second_derivative_of_a_deep_critic_is_right() -> None:
    torch.manual_seed(0)
    critic = nn.Sequential(nn.Conv2d(1, 3, 3), nn.Tanh(), nn.Flatten(), nn.Linear(12, 1)).double()
    images = torch.randn(2, 1, 4, 4, dtype=torch.float64)
    weight = critic[0].weight

    def penalty(value: Tensor) -> Tensor:
        class Changed(nn.Module):
            def forward(self, given: Tensor) -> Tensor:
                found: Tensor = torch.func.functional_call(critic, {"0.weight": value}, given)
                return found

        return gradient_penalty(input_gradient(Changed(), images))

    assert torch.autograd.gradcheck(penalty, weight.detach().clone().requires_grad_())


def test_nothing_flows_back_to_the_images(critic: Linear, images: Tensor) -> None:
    made = (images * 1.0).requires_grad_()
    gradient = input_gradient(critic, made)
    assert torch.autograd.grad(gradient.sum(), made, allow_unused=True) == (None,)


def test_it_is_computed_where_gradients_are_off_and_in_enough_bits(images: Tensor) -> None:
    critic = Linear(torch.ones(2, 4, 4))
    with torch.no_grad():
        gradient = input_gradient(critic, images.bfloat16())
    assert gradient.dtype == torch.float32
    assert gradient.requires_grad
