"""Self-supervised training: its loss against a naive implementation, its quantities, and its measure."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from ganforge_faces.copy_retrieval import copy_retrieval
from ganforge_faces.residual_encoder import ResidualEncoder
from ganforge_faces.self_supervised import SelfSupervised
from ganforge_faces.vicreg import vicreg


def codes(seed: int, count: int = 6, size: int = 4) -> Tensor:
    return torch.randn(count, 2, size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def naive_vicreg(first: Tensor, second: Tensor) -> float:
    count, size = first.shape
    distance = sum((first[n, d] - second[n, d]) ** 2 for n in range(count) for d in range(size)) / (count * size)
    total = 25 * float(distance)
    for view in (first, second):
        means = [sum(view[n, d] for n in range(count)) / count for d in range(size)]
        for a in range(size):
            for b in range(size):
                moment = sum((view[n, a] - means[a]) * (view[n, b] - means[b]) for n in range(count)) / count
                if a == b:
                    total += 25 / 2 * max(0.0, 1 - math.sqrt(float(moment) + 1e-4)) / size
                else:
                    total += float(moment) ** 2 / size
    return total


def test_vicreg_is_its_formula_over_both_domains() -> None:
    source, target = codes(0) * 0.5, codes(1, count=9)
    expected = naive_vicreg(*source.unbind(1)) + naive_vicreg(*target.unbind(1))
    assert vicreg(source, target).item() == pytest.approx(expected, rel=1e-9)
    only = vicreg(source, target, variance=0, covariance=0)
    assert only.item() == pytest.approx(25 * sum((v[:, 0] - v[:, 1]).square().mean().item() for v in (source, target)))


def test_views_are_read_in_one_pass_and_kept_apart() -> None:
    torch.manual_seed(0)
    encoder = ResidualEncoder(in_channels=3, width=4, code_dim=8).eval()
    first, second = torch.rand(2, 4, 3, 32, 32)
    found = SelfSupervised().source_codes(encoder, first, second)
    assert found.shape == (4, 2, 8)
    for view, code in zip((first, second), found.unbind(1), strict=True):
        assert torch.allclose(encoder(view), code, atol=1e-5)


def test_a_copy_is_the_mirror_image_at_half_the_resolution() -> None:
    images = torch.rand(2, 3, 8, 8)
    copy = SelfSupervised().copy_code(nn.Flatten(), images).unflatten(1, (3, 8, 8))
    means = images.flip(3).unflatten(3, (4, 2)).unflatten(2, (4, 2)).mean((3, 5))
    # Bilinear doubling keeps a quarter of the nearest pixel's square in each corner of four.
    assert torch.allclose(copy[..., 0, 0], means[..., 0, 0], atol=1e-6)
    assert torch.allclose(copy[..., 7, 7], means[..., 3, 3], atol=1e-6)


def test_copy_retrieval_counts_the_copies_that_are_nearest_to_their_originals() -> None:
    code = torch.randn(20, 6, generator=torch.Generator().manual_seed(0))
    assert copy_retrieval(code, code * 3) == pytest.approx(1, abs=0.05)
    assert copy_retrieval(code, code.roll(1, 0)) == 0
    half = torch.where(torch.arange(20)[:, None] < 10, code, code.roll(1, 0))
    assert copy_retrieval(code, half) == 0.5


def test_a_code_has_its_size_for_images_of_any_size() -> None:
    encoder = ResidualEncoder(in_channels=3, width=4, code_dim=8)
    for size in (32, 64, 100):
        assert encoder(torch.zeros(2, 3, size, size)).shape == (2, 8)
