"""Distances against closed forms and loops in plain Python floats, which are float64."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from ganforge.errors import ShapeError
from ganforge_basics.distances import combined, cosine, cross_entropy, l1, mse, soft_labels

Distance = Callable[[Tensor, Tensor], Tensor]

tensors = pytest.mark.parametrize("distance", [mse, l1, cosine, combined, soft_labels])


def pair(*shape: int, dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    reference, value = torch.randn(2, *shape, generator=generator, dtype=torch.float64).to(dtype)
    return reference, value


def rows(tensor: Tensor) -> list[list[float]]:
    return [row.tolist() for row in tensor.flatten(1).double()]


def probabilities(scores: list[float], temperature: float = 1.0) -> list[float]:
    exponentials = [math.exp(score / temperature) for score in scores]
    return [value / sum(exponentials) for value in exponentials]


def test_mse_and_l1_are_means_over_everything() -> None:
    reference, value = pair(4, 3, 5, 5)
    gaps = [a - b for r, v in zip(rows(reference), rows(value), strict=True) for a, b in zip(r, v, strict=True)]
    assert mse(reference, value).item() == pytest.approx(sum(gap**2 for gap in gaps) / len(gaps), rel=1e-6)
    assert l1(reference, value).item() == pytest.approx(sum(abs(gap) for gap in gaps) / len(gaps), rel=1e-6)


def test_cosine_is_the_mean_over_samples_of_one_minus_the_cosine() -> None:
    reference, value = pair(4, 3, 2, 2)
    angles = [
        1 - sum(a * b for a, b in zip(r, v, strict=True)) / (math.hypot(*r) * math.hypot(*v))
        for r, v in zip(rows(reference), rows(value), strict=True)
    ]
    assert cosine(reference, value).item() == pytest.approx(sum(angles) / 4, rel=1e-5)


def test_cosine_ignores_length_and_knows_its_corners() -> None:
    reference, _ = pair(4, 6, dtype=torch.float64)
    assert cosine(reference, 37.0 * reference).item() == pytest.approx(0, abs=1e-12)
    assert cosine(reference, -0.01 * reference).item() == pytest.approx(2, abs=1e-12)
    across, up = torch.tensor([[3.0, 0.0]]), torch.tensor([[0.0, 5.0]])
    assert cosine(across, up).item() == pytest.approx(1)


def test_a_sample_of_zeros_counts_one_and_leaves_gradients_finite() -> None:
    value = torch.zeros(2, 3, requires_grad=True)
    distance = cosine(torch.ones(2, 3), value)
    distance.backward()
    assert distance.item() == 1
    assert value.grad is not None
    assert torch.isfinite(value.grad).all()


def test_combined_is_the_weighted_sum() -> None:
    reference, value = pair(4, 6)
    assert combined(reference, value) == mse(reference, value) + cosine(reference, value)
    assert combined(reference, value, mse=0.0, cosine=2.0) == 2 * cosine(reference, value)
    assert combined(reference, value, mse=3.0, cosine=0.0) == 3 * mse(reference, value)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 4.0])
def test_soft_labels_is_the_divergence_written_out(temperature: float) -> None:
    reference, value = pair(5, 4)
    expected = 0.0
    for wanted_scores, given_scores in zip(rows(reference), rows(value), strict=True):
        wanted, given = probabilities(wanted_scores, temperature), probabilities(given_scores, temperature)
        expected += sum(p * math.log(p / q) for p, q in zip(wanted, given, strict=True))
    result = soft_labels(reference, value, temperature=temperature).item()
    assert result == pytest.approx(expected / 5 * temperature**2, rel=1e-5)


def test_soft_labels_by_hand() -> None:
    wanted, given = torch.tensor([[0.75, 0.25]]).log(), torch.tensor([[0.5, 0.5]]).log()
    assert soft_labels(wanted, given).item() == pytest.approx(0.75 * math.log(1.5) + 0.25 * math.log(0.5), rel=1e-6)
    assert soft_labels(wanted, wanted + 7).item() == pytest.approx(0, abs=1e-6)


def test_soft_labels_teaches_the_value_and_not_the_reference() -> None:
    reference, value = pair(3, 4)
    soft_labels(reference.requires_grad_(), value.requires_grad_()).backward()
    assert reference.grad is None
    assert value.grad is not None
    torch.testing.assert_close(value.grad, (value.softmax(1) - reference.softmax(1)).detach() / 3)


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 1.0])
def test_cross_entropy_is_the_mean_of_minus_log_probability(smoothing: float) -> None:
    scores, _ = pair(5, 4)
    labels = torch.tensor([0, 3, 1, 1, 2])
    expected = 0.0
    for label, row in zip(labels.tolist(), rows(scores), strict=True):
        logs = [math.log(p) for p in probabilities(row)]
        expected -= (1 - smoothing) * logs[label] + smoothing * sum(logs) / 4
    assert cross_entropy(labels, scores, label_smoothing=smoothing).item() == pytest.approx(expected / 5, rel=1e-5)


@tensors
def test_a_tensor_is_at_no_distance_from_itself_and_some_from_another(distance: Distance) -> None:
    reference, value = pair(4, 6, dtype=torch.float64)
    assert distance(reference, reference).item() == pytest.approx(0, abs=1e-12)
    assert distance(reference, value).item() > 0.01


@tensors
@pytest.mark.parametrize("narrow", [torch.bfloat16, torch.float16])
def test_half_precision_is_only_the_inputs_precision(distance: Distance, narrow: torch.dtype) -> None:
    reference, value = pair(4, 6, dtype=narrow)
    result = distance(reference, value)
    assert result.dtype == torch.float32
    assert result.shape == ()
    assert torch.equal(result, distance(reference.float(), value.float()))


@tensors
def test_mixed_and_double_precision_keep_the_wider(distance: Distance) -> None:
    reference, value = pair(4, 6, dtype=torch.float64)
    assert distance(reference, value).dtype == torch.float64
    assert distance(reference.float(), value.bfloat16()).dtype == torch.float32


def test_cross_entropy_computes_in_float32_at_least() -> None:
    scores, _ = pair(3, 4, dtype=torch.float64)
    labels = torch.tensor([0, 3, 1])
    assert cross_entropy(labels, scores).dtype == torch.float64
    assert cross_entropy(labels, scores.bfloat16()).dtype == torch.float32
    assert torch.equal(cross_entropy(labels.to(torch.uint8), scores), cross_entropy(labels, scores))


@tensors
def test_the_value_gets_a_finite_gradient(distance: Distance) -> None:
    reference, value = pair(4, 6)
    distance(reference, value.requires_grad_()).backward()
    assert value.grad is not None
    assert torch.isfinite(value.grad).all()
    assert value.grad.abs().max() > 0


@tensors
@pytest.mark.parametrize(("reference", "value"), [((4, 1, 8, 8), (4, 3, 8, 8)), ((4, 6), (1, 6)), ((4, 6), (6,))])
def test_shapes_that_differ_are_refused_where_torch_would_broadcast(
    distance: Distance, reference: tuple[int, ...], value: tuple[int, ...]
) -> None:
    with pytest.raises(ShapeError) as caught:
        distance(torch.zeros(reference), torch.zeros(value))
    assert str(list(reference)) in caught.value.message
    assert str(list(value)) in caught.value.message


@pytest.mark.parametrize(("labels", "scores"), [((3,), (4, 5)), ((3, 1), (3, 5)), ((3,), (3,))])
def test_cross_entropy_refuses_labels_that_do_not_fit(labels: tuple[int, ...], scores: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match="do not fit"):
        cross_entropy(torch.zeros(labels, dtype=torch.int64), torch.zeros(scores))
