"""A generator that reads images: D's layers, then g's."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from ganforge.errors import ShapeError
from ganforge_dtn.discriminator import DigitDiscriminator
from ganforge_dtn.generator import DigitGenerator
from ganforge_dtn.translator import DigitTranslator


def build(**options: Any) -> DigitTranslator:
    torch.manual_seed(0)
    return DigitTranslator(**{"in_channels": 3, "out_channels": 1, "image_size": 16, "width": 4, **options})


def some_images(count: int = 8, size: int = 16) -> Tensor:
    return torch.rand(count, 3, size, size, generator=torch.Generator().manual_seed(1)) * 2 - 1


@pytest.mark.parametrize("size", [8, 16, 32, 64])
def test_images_keep_their_size_and_get_other_channels(size: int) -> None:
    translated = build(image_size=size, out_channels=2)(some_images(2, size))
    assert translated.shape == (2, 2, size, size)
    assert translated.abs().max() <= 1


def test_it_is_d_with_a_code_for_scores_and_then_g() -> None:
    translator = build(code_dim=10)
    reader = DigitDiscriminator(in_channels=3, image_size=16, outputs=10, width=4)
    writer = DigitGenerator(code_dim=10, out_channels=1, image_size=16, width=4)
    reader.load_state_dict(translator.encoder.state_dict())
    writer.load_state_dict(translator.generator.state_dict())
    torch.testing.assert_close(translator(some_images()), writer(reader(some_images())))


@pytest.mark.parametrize("options", [{}, {"norm": "none"}, {"activation": "leaky-relu"}, {"init": "dcgan"}])
def test_every_parameter_gets_a_finite_gradient(options: dict[str, Any]) -> None:
    translator = build(**options)
    translator(some_images()).square().sum().backward()
    for name, parameter in translator.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name


def test_without_a_norm_images_do_not_mix() -> None:
    translator = build(norm="none")
    torch.testing.assert_close(translator(some_images())[:4], translator(some_images()[:4]))


def test_output_none_is_unbounded() -> None:
    translator = build(norm="none", output="none")
    assert translator(some_images() * 1000).abs().max() > 1


def test_a_size_that_doubling_never_gives_is_refused() -> None:
    with pytest.raises(ShapeError, match="34x34"):
        build(image_size=34)
