"""The metrics that f computes: shares, and distances against loops in plain Python floats."""

from __future__ import annotations

import math

import pytest
import torch

from ganforge_dtn.metrics import constancy, encoder_accuracy, encoder_agreement


def test_accuracy_and_agreement_are_shares_of_images() -> None:
    before = torch.eye(4)
    after = torch.eye(4)[[0, 1, 3, 3]]
    assert encoder_accuracy(before, torch.tensor([0, 1, 0, 0])) == 0.5
    assert encoder_agreement(before, after) == 0.75


def test_constancy_is_the_mean_divergence_and_the_mean_angle() -> None:
    generator = torch.Generator().manual_seed(1)
    codes, scores = torch.randn(2, 20, 6, generator=generator), torch.randn(2, 20, 4, generator=generator)
    divergence = angle = 0.0
    for wanted, given in zip(*scores.double().softmax(2).tolist(), strict=True):
        divergence += sum(p * math.log(p / q) for p, q in zip(wanted, given, strict=True)) / 20
    for before, after in zip(*codes.double().tolist(), strict=True):
        product = sum(a * b for a, b in zip(before, after, strict=True))
        angle += (1 - product / (math.hypot(*before) * math.hypot(*after))) / 20
    assert constancy(*codes, *scores) == pytest.approx({"soft-labels": divergence, "cosine": angle}, rel=1e-9)


def test_what_f_reads_the_same_is_at_distance_zero() -> None:
    code, scores = torch.randn(5, 6), torch.randn(5, 4)
    assert constancy(code, code, scores, scores) == pytest.approx({"soft-labels": 0, "cosine": 0}, abs=1e-12)
