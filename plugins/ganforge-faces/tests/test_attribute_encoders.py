"""Encoders with a head that scores classes by their attributes."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from ganforge.errors import ShapeError
from ganforge_basics.classification import classification
from ganforge_basics.distances import soft_labels
from ganforge_faces.attribute_cnn import AttributeCNN
from ganforge_faces.attribute_encoder import AttributeEncoder
from ganforge_faces.attribute_head import AttributeHead
from ganforge_faces.attribute_residual_cnn import AttributeResidualCNN
from ganforge_faces.attributes import SIZES, to_values


def build(kind: type[AttributeEncoder], image_size: int = 32, **options: Any) -> AttributeEncoder:
    torch.manual_seed(0)
    if kind is AttributeResidualCNN:  # takes any size, so it does not ask for one
        return AttributeResidualCNN(**options)
    return AttributeCNN(image_size=image_size, **options)


every_encoder = pytest.mark.parametrize("kind", [AttributeCNN, AttributeResidualCNN])


@every_encoder
@pytest.mark.parametrize(("image_size", "in_channels", "code_dim"), [(32, 1, 8), (48, 3, 64), (64, 3, 5)])
def test_codes_and_scores_have_the_shapes_that_the_attributes_promise(
    kind: type[AttributeEncoder], image_size: int, in_channels: int, code_dim: int
) -> None:
    encoder = build(kind, image_size, in_channels=in_channels, code_dim=code_dim, width=4)
    code = encoder(torch.rand(3, in_channels, image_size, image_size))
    assert (encoder.in_channels, encoder.code_dim, code.shape) == (in_channels, code_dim, (3, code_dim))
    assert encoder.classify(code).shape == (3, 576)


@every_encoder
def test_every_parameter_gets_a_gradient_and_a_few_images_are_learnt_by_heart(kind: type[AttributeEncoder]) -> None:
    encoder = build(kind, in_channels=3, width=8)
    draw = torch.Generator().manual_seed(1)
    images, labels = torch.rand(16, 3, 32, 32, generator=draw) * 2 - 1, torch.randint(576, (16,), generator=draw)
    optimizer = torch.optim.Adam(encoder.parameters(), lr=3e-3)
    for _ in range(60):
        optimizer.zero_grad()
        functional.cross_entropy(encoder.classify(encoder(images)), labels).backward()
        assert all(one.grad is not None and one.grad.abs().max() > 0 for one in encoder.parameters())
        optimizer.step()
    assert torch.equal(encoder.classify(encoder(images)).argmax(1), labels)


@every_encoder
def test_without_classes_there_is_no_head_and_asking_for_scores_says_so(kind: type[AttributeEncoder]) -> None:
    encoder = build(kind, in_channels=1, classes=None).eval()
    code = encoder(torch.zeros(2, 1, 32, 32))
    assert not any("head" in key for key in encoder.state_dict())
    with pytest.raises(ShapeError, match="without classes") as caught:
        encoder.classify(code)
    assert caught.value.fix is not None


@every_encoder
def test_other_classes_than_the_attributes_combinations_are_refused(kind: type[AttributeEncoder]) -> None:
    with pytest.raises(ShapeError, match="576 combinations of values, and the data 10 classes") as caught:
        build(kind, in_channels=1, classes=10)
    assert "synthetic-portraits" in str(caught.value.fix)


@pytest.fixture
def head() -> AttributeHead:
    torch.manual_seed(0)
    return AttributeHead(6, math.prod(SIZES), SIZES).double()


def codes(seed: int, count: int = 5) -> torch.Tensor:
    return torch.randn(count, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def groups(head: AttributeHead, code: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """Return the scores of each attribute's values."""
    scores = code @ head.values.weight.T + head.values.bias
    return torch.split(scores, list(SIZES), dim=1)


def test_a_class_has_the_sum_of_its_values_scores(head: AttributeHead) -> None:
    expected = [
        sum(own[:, value] for own, value in zip(groups(head, codes(1)), values, strict=True))
        for values in itertools.product(*map(range, SIZES))
    ]
    torch.testing.assert_close(head(codes(1)), torch.stack(expected, dim=1))  # type: ignore[arg-type]


def test_classification_is_the_sum_of_the_attributes_cross_entropies(head: AttributeHead) -> None:
    labels = torch.tensor([0, 575, 17, 300, 444])
    values = torch.from_numpy(to_values(labels.numpy()))
    expected = sum(functional.cross_entropy(own, values[:, i]) for i, own in enumerate(groups(head, codes(1))))
    torch.testing.assert_close(classification(head(codes(1)), labels), expected)


@pytest.mark.parametrize("temperature", [1.0, 2.5])
def test_soft_labels_are_the_sum_of_the_attributes_divergences(head: AttributeHead, temperature: float) -> None:
    parts: Callable[[int], list[torch.Tensor]] = lambda seed: [  # noqa: E731
        (own / temperature).softmax(1) for own in groups(head, codes(seed))
    ]
    divergences = [(p * (p / q).log()).sum(1).mean() for p, q in zip(parts(1), parts(2), strict=True)]
    found = soft_labels(head(codes(1)), head(codes(2)), temperature=temperature)
    torch.testing.assert_close(found, sum(divergences) * temperature**2)


def test_the_best_class_has_the_best_value_of_each_attribute(head: AttributeHead) -> None:
    best = to_values(head(codes(1, 50)).argmax(1).numpy())
    for column, own in enumerate(groups(head, codes(1, 50))):
        np.testing.assert_array_equal(best[:, column], own.argmax(1).numpy())


def test_half_precision_does_not_round_the_sums(head: AttributeHead) -> None:
    assert head.bfloat16()(codes(1).bfloat16()).dtype == torch.float32
