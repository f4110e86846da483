"""No update is made from a loss or gradient that is not finite, and the message names the first that was not."""

import math

import pytest
import torch
from torch.optim import SGD, Adam, AdamW, RMSprop

from ganforge.errors import TrainingError
from ganforge.training.update import FiniteGuard

CPU = torch.device("cpu")
FUSED = {
    "adam": lambda params: Adam(params, fused=True),
    "adamw": lambda params: AdamW(params, fused=True),
    "sgd": lambda params: SGD(params, lr=0.1, momentum=0.9, fused=True),
}


def weights():
    return [torch.nn.Parameter(torch.arange(1.0, 4.0)), torch.nn.Parameter(torch.ones(2, 2))]


def update(guard, params, optimizer, step, *, loss=1.0, gradient=1.0, phase="generator", name="constancy"):
    """One update as the step makes it, with a given loss and gradient."""
    gradients = [torch.full_like(param, gradient) for param in params]
    guard.require_finite(phase, step, {"other": torch.tensor(1.0), name: torch.tensor(loss)}, gradients, optimizer)
    for param, value in zip(params, gradients, strict=True):
        param.grad = value
    optimizer.step()


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
class TestOnTheCPU:
    def test_a_loss_stops_at_once_with_the_weights_untouched(self, bad):
        guard, params = FiniteGuard(CPU), weights()
        optimizer = Adam(params)
        update(guard, params, optimizer, 0)
        before = [param.detach().clone() for param in params]
        with pytest.raises(TrainingError, match="the loss 'constancy' is not finite in step 2") as caught:
            update(guard, params, optimizer, 1, loss=bad)
        assert "learning rate" in caught.value.fix
        assert all(torch.equal(param, kept) for param, kept in zip(params, before, strict=True))

    def test_a_gradient_is_named_when_the_losses_were_finite(self, bad):
        guard, params = FiniteGuard(CPU), weights()
        with pytest.raises(TrainingError, match="the gradient of the phase 'generator' is not finite in step 8"):
            update(guard, params, Adam(params), 7, gradient=bad)
        assert torch.equal(params[0].detach(), torch.arange(1.0, 4.0))

    def test_a_loss_is_named_before_the_gradient_that_follows_from_it(self, bad):
        guard, params = FiniteGuard(CPU), weights()
        with pytest.raises(TrainingError, match="the loss 'constancy'"):
            update(guard, params, Adam(params), 0, loss=bad, gradient=bad)


def test_parameters_without_a_gradient_do_no_harm():
    guard = FiniteGuard(CPU)
    guard.require_finite("generator", 0, {"identity": torch.tensor(1.0)}, [None, torch.ones(2)], Adam(weights()))
    guard.require_finite("generator", 1, {"identity": torch.tensor(1.0)}, [None], Adam(weights()))
    guard.raise_if_tripped()


def test_large_finite_values_pass():
    guard, params = FiniteGuard(CPU), weights()
    update(guard, params, Adam(params), 0, loss=3e38, gradient=1e18)
    guard.raise_if_tripped()


@pytest.mark.parametrize("make", FUSED.values(), ids=FUSED)
class TestDeferred:
    def test_the_update_is_skipped_and_so_are_all_after_it(self, make):
        guard, params = FiniteGuard(CPU, deferred=True), weights()
        optimizer = make(params)
        update(guard, params, optimizer, 0)
        before = [param.detach().clone() for param in params]
        update(guard, params, optimizer, 1, gradient=math.nan)
        update(guard, params, optimizer, 2)
        assert all(torch.equal(param, kept) for param, kept in zip(params, before, strict=True))
        with pytest.raises(TrainingError, match="the gradient of the phase 'generator' is not finite in step 2"):
            guard.raise_if_tripped()

    def test_another_network_is_not_updated_either(self, make):
        guard, params, others = FiniteGuard(CPU, deferred=True), weights(), weights()
        update(guard, params, make(params), 0, loss=math.nan, phase="discriminator", name="d_real")
        update(guard, others, make(others), 0)
        assert torch.equal(others[0].detach(), torch.arange(1.0, 4.0))
        with pytest.raises(TrainingError, match="the loss 'd_real' is not finite in step 1"):
            guard.raise_if_tripped()

    def test_without_trouble_it_is_the_same_update(self, make):
        updated = []
        for deferred in (False, True):
            guard, params = FiniteGuard(CPU, deferred=deferred), weights()
            optimizer = make(params)
            for step in range(3):
                update(guard, params, optimizer, step, gradient=0.5 * step)
            guard.raise_if_tripped()
            updated.append(params)
        assert all(torch.equal(one, other) for one, other in zip(*updated, strict=True))


def test_an_optimizer_that_cannot_skip_an_update_is_checked_before_each():
    guard, params = FiniteGuard(CPU, deferred=True), weights()
    with pytest.raises(TrainingError, match="in step 1"):
        update(guard, params, RMSprop(params), 0, gradient=math.nan)
    assert torch.equal(params[0].detach(), torch.arange(1.0, 4.0))


def test_the_earliest_step_is_named_whatever_the_phase():
    guard, params = FiniteGuard(CPU, deferred=True), weights()
    optimizer = Adam(params, fused=True)
    update(guard, params, optimizer, 3, phase="generator", name="identity")
    update(guard, params, optimizer, 4, phase="discriminator", name="d_real", loss=math.nan)
    update(guard, params, optimizer, 4, phase="generator", name="identity", loss=math.nan)
    update(guard, params, optimizer, 5, phase="discriminator", name="d_real", loss=math.nan)
    with pytest.raises(TrainingError, match="the loss 'd_real' is not finite in step 5"):
        guard.raise_if_tripped()


def test_losses_of_another_precision_are_watched_together():
    guard = FiniteGuard(CPU)
    terms = {"one": torch.tensor(1.0), "two": torch.tensor(math.nan, dtype=torch.float64)}
    with pytest.raises(TrainingError, match="'two'"):
        guard.require_finite("generator", 0, terms, [torch.ones(2, dtype=torch.float64)], Adam(weights()))
