"""Optimizers against the papers' formulas, and their state against an interruption."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from ganforge.errors import RecipeError
from ganforge_basics.optimizers import adam, adamw, sgd

Build = Callable[..., torch.optim.Optimizer]

every_optimizer = pytest.mark.parametrize(
    ("build", "options"),
    [
        (adam, {"lr": 0.1, "weight_decay": 0.01}),
        (adamw, {"lr": 0.1, "weight_decay": 0.1}),
        (sgd, {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01, "nesterov": True}),
    ],
)


def parameters() -> list[nn.Parameter]:
    generator = torch.Generator().manual_seed(0)
    return [nn.Parameter(torch.randn(*shape, generator=generator)) for shape in ((64, 33), (7,), (1,))]


def advance(optimizer: torch.optim.Optimizer, params: list[nn.Parameter], steps: range) -> None:
    for step in steps:
        generator = torch.Generator().manual_seed(100 + step)
        for param in params:
            param.grad = torch.randn(param.shape, generator=generator)
        optimizer.step()


def one_step(build: Build, gradient: float, start: float = 1.0, steps: int = 1, **options: Any) -> float:
    param = nn.Parameter(torch.tensor([start]))
    optimizer = build([param], **options)
    for _ in range(steps):
        param.grad = torch.tensor([gradient])
        optimizer.step()
    return param.item()


def test_adams_first_step_is_the_learning_rate_against_the_gradients_sign() -> None:
    assert one_step(adam, 5.0, lr=0.1) == pytest.approx(0.9)
    assert one_step(adam, -0.01, lr=0.1) == pytest.approx(1.1)


def test_adams_weight_decay_is_part_of_the_gradient_and_adamws_is_not() -> None:
    assert one_step(adam, -1.0, lr=0.1, weight_decay=3.0) == pytest.approx(0.9)  # -1 + 3 * 1 turns the sign
    assert one_step(adamw, -1.0, lr=0.1, weight_decay=3.0) == pytest.approx(1.0 * (1 - 0.1 * 3) + 0.1)


def test_sgd_with_and_without_nesterov() -> None:
    assert one_step(sgd, 2.0, lr=0.1, momentum=0.0) == pytest.approx(0.8)
    assert one_step(sgd, 2.0, lr=0.1, momentum=0.9, steps=2) == pytest.approx(1 - 0.1 * 2 - 0.1 * (2 + 0.9 * 2))
    assert one_step(sgd, 2.0, lr=0.1, momentum=0.9, nesterov=True) == pytest.approx(1 - 0.1 * (2 + 0.9 * 2))
    assert one_step(sgd, 0.0, lr=0.1, weight_decay=0.5) == pytest.approx(1 - 0.1 * 0.5)


def test_the_betas_default_to_dcgans() -> None:
    assert adam(parameters()).param_groups[0]["betas"] == (0.5, 0.999)
    assert adamw(parameters()).param_groups[0]["betas"] == (0.5, 0.999)


@every_optimizer
def test_the_fused_step_agrees_with_the_plain_one(build: Build, options: dict[str, Any]) -> None:
    ours, theirs = parameters(), parameters()
    fused = build(ours, **options)
    plain = build(theirs, **options)
    for group in plain.param_groups:
        group["fused"] = False
    assert fused.param_groups[0]["fused"] is True
    advance(fused, ours, range(10))
    advance(plain, theirs, range(10))
    for a, b in zip(ours, theirs, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-6)


@every_optimizer
def test_an_interruption_changes_no_bit(build: Build, options: dict[str, Any]) -> None:
    whole, parts = parameters(), parameters()
    advance(build(whole, **options), whole, range(10))

    first = build(parts, **options)
    advance(first, parts, range(6))
    resumed = [nn.Parameter(param.detach().clone()) for param in parts]
    second = build(resumed, **options)
    second.load_state_dict(first.state_dict())
    advance(second, resumed, range(6, 10))
    assert all(torch.equal(a, b) for a, b in zip(whole, resumed, strict=True))


@every_optimizer
def test_parameters_may_come_from_an_iterator(build: Build, options: dict[str, Any]) -> None:
    optimizer = build(iter(parameters()), **options)
    assert len(optimizer.param_groups[0]["params"]) == 3


def test_nesterov_without_momentum_is_a_users_mistake() -> None:
    with pytest.raises(RecipeError, match="momentum"):
        sgd(parameters(), momentum=0.0, nesterov=True)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@every_optimizer
def test_cuda_is_fused_too(build: Build, options: dict[str, Any]) -> None:
    params = [nn.Parameter(param.detach().cuda()) for param in parameters()]
    assert build(params, **options).param_groups[0]["fused"] is True
