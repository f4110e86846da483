"""The losses of the DTN against direct float64 implementations of their equations."""

import math

import pytest
import torch
from torch import Tensor

from ganforge_basics.distances import cross_entropy, l1, mse, soft_labels
from ganforge_dtn.adversarial import BinaryAdversarial, SourceAdversarial, TernaryAdversarial
from ganforge_dtn.constancy import FConstancy
from ganforge_dtn.identity import Identity
from ganforge_dtn.total_variation import total_variation


def logits(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def minus_log_probability(row: list[float], label: int) -> float:
    return -math.log(math.exp(row[label]) / sum(math.exp(value) for value in row))


@pytest.mark.parametrize(
    ("term", "label"), [("d_source", 0), ("d_target", 1), ("d_real", 2), ("g_source", 2), ("g_target", 2)]
)
def test_ternary_terms_are_minus_the_log_of_ds_probability_of_their_class(term: str, label: int) -> None:
    verdict = logits(7, 3)
    expected = sum(minus_log_probability(row, label) for row in verdict.tolist()) / 7
    assert getattr(TernaryAdversarial(), term)(verdict).item() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("term", "sign"), [("d_source", 1), ("d_target", 1), ("d_real", -1), ("g_source", -1), ("g_target", -1)]
)
def test_binary_terms_are_the_log_loss_of_one_logit(term: str, sign: int) -> None:
    verdict = logits(7, 1)
    expected = sum(math.log1p(math.exp(sign * row[0])) for row in verdict.tolist()) / 7
    assert getattr(BinaryAdversarial(), term)(verdict).item() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("term", "sign"), [("d_source", 1), ("d_real", -1), ("g_source", -1)])
def test_the_baselines_terms_are_those_of_a_gan_on_the_source(term: str, sign: int) -> None:
    verdict = logits(7, 1)
    expected = sum(math.log1p(math.exp(sign * row[0])) for row in verdict.tolist()) / 7
    assert getattr(SourceAdversarial(), term)(verdict).item() == pytest.approx(expected, rel=1e-12)
    assert SourceAdversarial(source_weight=0.5).g_source(verdict) * 2 == SourceAdversarial().g_source(verdict)


@pytest.mark.parametrize("loss", [TernaryAdversarial, BinaryAdversarial])
def test_weights_scale_gs_terms_and_leave_ds_alone(loss: type) -> None:
    verdict = logits(5, loss.discriminator_outputs)
    plain, weighted = loss(), loss(source_weight=0.5, target_weight=3.0)
    assert weighted.g_source(verdict) == pytest.approx(0.5 * plain.g_source(verdict).item())
    assert weighted.g_target(verdict) == pytest.approx(3.0 * plain.g_target(verdict).item())
    assert weighted.d_source(verdict) == plain.d_source(verdict)


def test_monitors_are_the_shares_that_d_gets_right() -> None:
    verdict = torch.eye(3)[[0, 0, 0, 1, 2, 2]] * 4
    ternary = TernaryAdversarial()
    assert ternary.accuracy_source(verdict).item() == pytest.approx(3 / 6)
    assert ternary.accuracy_target(verdict).item() == pytest.approx(1 / 6)
    assert ternary.accuracy_real(verdict).item() == pytest.approx(2 / 6)
    one_logit = torch.tensor([[-1.0], [-2.0], [3.0], [4.0]])
    assert BinaryAdversarial().accuracy_source(one_logit).item() == 0.5
    assert BinaryAdversarial().accuracy_real(one_logit).item() == 0.5


def test_constancy_asks_for_what_its_distance_compares() -> None:
    assert FConstancy(distance=mse).quantities == ("source_code", "view_code")
    assert FConstancy(distance=soft_labels).quantities == ("source_logits", "view_logits")
    assert FConstancy(distance=cross_entropy).quantities == ("source_labels", "view_logits")
    assert FConstancy(distance=cross_entropy, reader="teacher").quantities == ("source_labels", "view_teacher_logits")
    standardized = FConstancy(distance=l1, standardize=True).quantities
    assert standardized == ("source_code", "view_code", "source_code_mean", "source_code_std")


def test_standardized_constancy_does_not_depend_on_the_scale_of_f() -> None:
    code, other = logits(6, 4), logits(6, 4, seed=1)
    mean, std = code.mean(0), code.std(0)
    loss = FConstancy(distance=mse, standardize=True)
    expected = sum(((code[i, j] - other[i, j]) / std[j]).item() ** 2 for i in range(6) for j in range(4)) / 24
    assert loss(code, other, mean, std).item() == pytest.approx(expected, rel=1e-12)
    scaled = loss(code * 50 + 3, other * 50 + 3, mean * 50 + 3, std * 50)
    assert scaled.item() == pytest.approx(expected, rel=1e-12)


def test_constancy_refuses_what_makes_no_sense() -> None:
    with pytest.raises(ValueError, match="standardize is for distances between codes"):
        FConstancy(distance=soft_labels, standardize=True)
    with pytest.raises(ValueError, match="with reader 'teacher' it may compare"):
        FConstancy(distance=mse, reader="teacher")


def test_identity_compares_images_and_nothing_else() -> None:
    images, drawn = logits(2, 1, 3, 3), logits(2, 1, 3, 3, seed=1)
    expected = sum((a - b) ** 2 for a, b in zip(images.flatten().tolist(), drawn.flatten().tolist(), strict=True)) / 18
    assert Identity(distance=mse)(images, drawn).item() == pytest.approx(expected, rel=1e-12)
    with pytest.raises(ValueError, match="images can only be compared"):
        Identity(distance=soft_labels)


@pytest.mark.parametrize("exponent", [1.0, 2.0])
def test_total_variation_is_equation_seven(exponent: float) -> None:
    image = logits(2, 3, 4, 5)
    expected = 0.0
    for n in range(2):
        for c in range(3):
            for i in range(3):
                for j in range(4):
                    right = (image[n, c, i, j + 1] - image[n, c, i, j]).item()
                    below = (image[n, c, i + 1, j] - image[n, c, i, j]).item()
                    expected += (right**2 + below**2) ** (exponent / 2)
    assert total_variation(image, exponent=exponent).item() == pytest.approx(expected / 2, rel=1e-5)


def test_total_variation_of_a_flat_image_has_a_finite_gradient() -> None:
    image = torch.zeros(1, 1, 4, 4, requires_grad=True)
    total_variation(image).backward()
    assert image.grad is not None
    assert torch.isfinite(image.grad).all()
