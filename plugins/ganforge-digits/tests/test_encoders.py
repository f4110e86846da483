"""The contract of every digit encoder."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.nn import functional

from ganforge.errors import ShapeError
from ganforge_digits.encoder import Encoder
from ganforge_digits.pooled_cnn import PooledCNN
from ganforge_digits.residual_cnn import ResidualCNN
from ganforge_digits.strided_cnn import StridedCNN


def build(name: str, image_size: int = 32, **options: Any) -> Encoder:
    torch.manual_seed(0)
    if name == "residual-cnn":  # takes any size, so it does not ask for one
        return ResidualCNN(**options)
    return {"strided-cnn": StridedCNN, "pooled-cnn": PooledCNN}[name](image_size=image_size, **options)


every_encoder = pytest.mark.parametrize("name", ["strided-cnn", "pooled-cnn", "residual-cnn"])


@every_encoder
@pytest.mark.parametrize(
    ("image_size", "in_channels", "code_dim", "classes"), [(8, 1, 8, 2), (32, 3, 128, 10), (40, 4, 5, 7)]
)
def test_codes_and_scores_have_the_shapes_that_the_attributes_promise(
    name: str, image_size: int, in_channels: int, code_dim: int, classes: int
) -> None:
    encoder = build(name, image_size, in_channels=in_channels, code_dim=code_dim, classes=classes, width=4)
    code = encoder(torch.rand(3, in_channels, image_size, image_size))
    assert (encoder.in_channels, encoder.code_dim, encoder.classes) == (in_channels, code_dim, classes)
    assert code.shape == (3, code_dim)
    assert encoder.classify(code).shape == (3, classes)


@every_encoder
def test_a_single_image_keeps_its_batch_dimension(name: str) -> None:
    encoder = build(name, in_channels=1).eval()
    assert encoder(torch.zeros(1, 1, 32, 32)).shape == (1, 128)


@every_encoder
def test_every_parameter_gets_a_finite_gradient(name: str) -> None:
    encoder = build(name, in_channels=3)
    images = torch.rand(8, 3, 32, 32, generator=torch.Generator().manual_seed(1)) * 2 - 1
    functional.cross_entropy(encoder.classify(encoder(images)), torch.arange(8)).backward()
    for parameter_name, parameter in encoder.named_parameters():
        assert parameter.grad is not None, parameter_name
        assert torch.isfinite(parameter.grad).all(), parameter_name
        assert parameter.grad.abs().max() > 0, parameter_name


@every_encoder
def test_the_head_sees_only_what_is_positive_in_the_code(name: str) -> None:
    encoder = build(name, in_channels=1)
    code = torch.randn(4, 128, generator=torch.Generator().manual_seed(1))
    assert encoder.head is not None
    expected = code.clamp(min=0) @ encoder.head.weight.T + encoder.head.bias
    torch.testing.assert_close(encoder.classify(code), expected)
    assert (code < 0).any(), "classify changed the code in place"


@every_encoder
def test_evaluation_treats_each_image_alone_and_twice_alike(name: str) -> None:
    encoder = build(name, in_channels=1, dropout=0.5).eval()
    images = torch.rand(6, 1, 32, 32, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        scores = encoder.classify(encoder(images))
        again = encoder.classify(encoder(images))
        alone = torch.cat([encoder.classify(encoder(image[None])) for image in images])
    assert torch.equal(scores, again)
    torch.testing.assert_close(scores, alone)


@every_encoder
def test_dropout_makes_training_random_and_adds_no_parameter(name: str) -> None:
    plain, dropped = build(name, in_channels=1), build(name, in_channels=1, dropout=0.5)
    assert plain.state_dict().keys() == dropped.state_dict().keys()
    code = torch.ones(4, 128)
    assert torch.equal(plain.classify(code), plain.classify(code))
    assert not torch.equal(dropped.classify(code), dropped.classify(code))


@every_encoder
def test_without_classes_there_is_no_head_and_asking_for_scores_says_so(name: str) -> None:
    encoder = build(name, in_channels=1, classes=None).eval()
    code = encoder(torch.zeros(2, 1, 32, 32))
    assert not any("head" in key for key in encoder.state_dict())
    with pytest.raises(ShapeError, match="without classes") as caught:
        encoder.classify(code)
    assert caught.value.fix is not None


@pytest.mark.parametrize("name", ["strided-cnn", "pooled-cnn"])
def test_a_size_that_cannot_be_halved_three_times_is_refused(name: str) -> None:
    with pytest.raises(ShapeError, match="28x28") as caught:
        build(name, 28, in_channels=1)
    assert "32" in str(caught.value.fix)


@every_encoder
def test_labels_of_a_few_images_can_be_learnt_by_heart(name: str) -> None:
    encoder = build(name, in_channels=1, width=16)
    images = torch.rand(20, 1, 32, 32, generator=torch.Generator().manual_seed(1)) * 2 - 1
    labels = torch.arange(20) % 10
    optimizer = torch.optim.Adam(encoder.parameters(), lr=3e-3)
    for _ in range(60):
        optimizer.zero_grad()
        functional.cross_entropy(encoder.classify(encoder(images)), labels).backward()
        optimizer.step()
    assert torch.equal(encoder.classify(encoder(images)).argmax(dim=1), labels)
