"""Adversarial losses against sums over single images in float64, at random and at extreme scores."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from ganforge.marks import marks_of
from ganforge_gans.adversarial import Hinge, NonSaturating, Relativistic, Wasserstein


def scores(seed: int, count: int = 7) -> Tensor:
    return torch.randn(count, 1, generator=torch.Generator().manual_seed(seed)).double() * 2


REAL, FAKE = scores(0), scores(1)


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def mean(values: list[float]) -> float:
    return math.fsum(values) / len(values)


def over(function: Callable[[float], float], tensor: Tensor) -> float:
    return mean([function(x) for x in tensor.flatten().tolist()])


def test_non_saturating_is_the_cross_entropy() -> None:
    loss = NonSaturating()
    assert loss.d_real(REAL).item() == pytest.approx(over(lambda x: -math.log(sigmoid(x)), REAL), rel=1e-12)
    assert loss.d_generated(FAKE).item() == pytest.approx(over(lambda x: -math.log(1 - sigmoid(x)), FAKE), rel=1e-12)
    assert loss.g(FAKE).item() == pytest.approx(over(lambda x: -math.log(sigmoid(x)), FAKE), rel=1e-12)


def test_a_d_that_cannot_tell_pays_log_2_for_each_kind() -> None:
    loss, unsure = NonSaturating(), torch.zeros(3, 1)
    assert loss.d_real(unsure).item() == loss.d_generated(unsure).item() == pytest.approx(math.log(2))


def test_non_saturating_survives_scores_that_would_overflow() -> None:
    assert NonSaturating().g(torch.tensor([[-1e4]])).item() == pytest.approx(1e4)


def test_hinge_lets_be_what_is_beyond_the_margin() -> None:
    loss = Hinge()
    assert loss.d_real(REAL).item() == pytest.approx(over(lambda x: max(0.0, 1 - x), REAL), rel=1e-12)
    assert loss.d_generated(FAKE).item() == pytest.approx(over(lambda x: max(0.0, 1 + x), FAKE), rel=1e-12)
    assert loss.g(FAKE).item() == pytest.approx(-over(float, FAKE), rel=1e-12)
    assert loss.d_real(torch.tensor([[1.0], [5.0]])).item() == 0
    assert loss.d_generated(torch.tensor([[-1.0], [-5.0]])).item() == 0


def test_wasserstein_is_a_difference_of_means() -> None:
    loss = Wasserstein()
    assert loss.d(REAL, FAKE).item() == pytest.approx(over(float, FAKE) - over(float, REAL), rel=1e-12)
    assert loss.g(FAKE).item() == pytest.approx(-over(float, FAKE), rel=1e-12)


def test_relativistic_compares_with_the_mean_of_the_other_kind() -> None:
    loss = Relativistic()
    real_mean, fake_mean = over(float, REAL), over(float, FAKE)
    expected = over(lambda x: -math.log(sigmoid(x - fake_mean)), REAL)
    expected += over(lambda x: -math.log(1 - sigmoid(x - real_mean)), FAKE)
    assert loss.d(REAL, FAKE).item() == pytest.approx(expected, rel=1e-12)
    exchanged = over(lambda x: -math.log(sigmoid(x - real_mean)), FAKE)
    exchanged += over(lambda x: -math.log(1 - sigmoid(x - fake_mean)), REAL)
    assert loss.g(REAL, FAKE).item() == pytest.approx(exchanged, rel=1e-12)


def test_relativistic_does_not_see_a_common_shift() -> None:
    loss = Relativistic()
    assert loss.d(REAL + 5, FAKE + 5).item() == pytest.approx(loss.d(REAL, FAKE).item(), rel=1e-12)


@pytest.mark.parametrize("loss", [NonSaturating(), Hinge()])
def test_accuracies_are_shares_of_the_right_sign(loss: NonSaturating | Hinge) -> None:
    verdict = torch.tensor([[-1.0], [2.0], [3.0], [-4.0]])
    assert loss.accuracy_real(verdict).item() == loss.accuracy_generated(verdict).item() == 0.5
    assert loss.accuracy_real(verdict.abs()).item() == 1
    assert loss.accuracy_generated(verdict.abs()).item() == 0


def test_relativistic_accuracies_compare_with_the_mean() -> None:
    real, fake = torch.tensor([[1.0], [3.0]]), torch.tensor([[0.0], [4.0]])
    assert Relativistic().accuracy_real(real, fake).item() == 0.5
    assert Relativistic().accuracy_generated(real, fake).item() == 0.5


@pytest.mark.parametrize("loss", [NonSaturating, Hinge, Wasserstein, Relativistic])
def test_g_gets_its_images_to_score_higher_and_d_lower(loss: type) -> None:
    """The gradient of each term has the sign that its name implies."""
    real, fake = REAL.float().requires_grad_(), FAKE.float().requires_grad_()
    given = {"real_verdict": real, "generated_verdict": fake}
    for name, function in inspect.getmembers(loss(), inspect.ismethod):
        role = marks_of(function).updates
        if role is None or "generated_verdict" not in inspect.signature(function).parameters:
            continue
        value = function(*(given[need] for need in inspect.signature(function).parameters))
        (slope,) = torch.autograd.grad(value, fake)
        assert (slope.sum() > 0) == (role == "discriminator"), name
