"""The losses and quantities of classifiers, plain and adapted."""

import math

import pytest
import torch
from torch import Tensor, nn

from ganforge_basics.adapted_classifier import AdaptedClassifier
from ganforge_basics.classification import classification
from ganforge_basics.classifier import Classifier
from ganforge_basics.consistency import consistency


class Reader(nn.Module):
    """Encoder with the mean of each channel as its code, and a head that doubles the code."""

    in_channels = 3

    def __init__(self) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(3))

    def forward(self, images: Tensor) -> Tensor:
        return images.mean((2, 3)) * self.gain

    def classify(self, code: Tensor) -> Tensor:
        return code * 2


def softmax(row: list[float]) -> list[float]:
    total = sum(math.exp(value) for value in row)
    return [math.exp(value) / total for value in row]


def test_classification_is_the_cross_entropy() -> None:
    scores, labels = torch.randn(5, 4, dtype=torch.float64), torch.tensor([0, 1, 2, 3, 0])
    expected = -sum(math.log(softmax(row)[label]) for row, label in zip(scores.tolist(), labels.tolist(), strict=True))
    assert classification(scores, labels).item() == pytest.approx(expected / 5, rel=1e-12)


@pytest.mark.parametrize("align", [False, True])
def test_consistency_counts_only_sure_guesses(align: bool) -> None:
    draw = torch.Generator().manual_seed(0)
    guesses, views = torch.randn(2, 8, 3, dtype=torch.float64, generator=draw) * torch.tensor([3.0, 1.0]).view(2, 1, 1)
    rows = [softmax(row) for row in guesses.tolist()]
    if align:
        means = [sum(row[k] for row in rows) / 8 for k in range(3)]
        rows = [[p / mean for p, mean in zip(row, means, strict=True)] for row in rows]
        rows = [[p / sum(row) for p in row] for row in rows]
    expected, sure = 0.0, 0
    for row, view in zip(rows, views.tolist(), strict=True):
        if max(row) >= 0.8:
            sure += 1
            expected -= math.log(softmax(view)[row.index(max(row))]) / 8
    assert 0 < sure < 8
    assert consistency(guesses, views, threshold=0.8, align=align).item() == pytest.approx(expected, rel=1e-12)


def test_guesses_get_no_gradient() -> None:
    guesses, views = torch.randn(4, 3, requires_grad=True), torch.randn(4, 3, requires_grad=True)
    consistency(guesses, views, threshold=0.0).backward()
    assert guesses.grad is None
    assert views.grad is not None
    assert views.grad.abs().sum() > 0


def test_the_adapted_classifier_never_asks_for_target_labels() -> None:
    needs = {need for quantity in AdaptedClassifier.quantities().values() for need in quantity.needs}
    assert "target_labels" not in needs
    assert AdaptedClassifier.select is None
    assert Classifier.select == "accuracy"


def test_guesses_come_from_the_image_and_learning_from_its_view() -> None:
    network, image = Reader(), torch.rand(2, 1, 4, 4) * 2 - 1
    method = AdaptedClassifier(views=[lambda images, generator: 1 - images])
    assert not method.target_logits(network, image).requires_grad
    assert torch.allclose(method.target_logits(network, image), image.mean((2, 3)).expand(2, 3) * 2)
    view = method.target_view(image)
    assert torch.allclose(view, -image, atol=1e-6)
    assert method.view_logits(network, view).requires_grad
