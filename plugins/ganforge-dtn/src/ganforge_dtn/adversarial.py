"""The adversarial losses: who is who for D, and that g should pass for real.

Each term is a batch mean of a cross-entropy, so every group of images counts alike, whatever its size.
"""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional

from ganforge.method import monitor, term

FAKE_SOURCE, FAKE_TARGET, REAL = 0, 1, 2


def _is(verdict: Tensor, label: int) -> Tensor:
    """-log of the probability that D gives this class."""
    labels = torch.full((verdict.shape[0],), label, dtype=torch.long, device=verdict.device)
    return functional.cross_entropy(verdict, labels)


def _share(verdict: Tensor, label: int) -> Tensor:
    return (verdict.argmax(1) == label).float().mean()


class TernaryAdversarial:
    """D tells G(s), G(t) and t apart; g wants both of its kinds taken for t (Taigman et al., equations 3 and 4).

    Args:
        source_weight: factor of g's term on G(s).
        target_weight: factor of g's term on G(t).
    """

    discriminator_outputs: ClassVar[int] = 3

    def __init__(self, *, source_weight: float = 1.0, target_weight: float = 1.0) -> None:
        self.source_weight = source_weight
        self.target_weight = target_weight

    @term(updates="discriminator")
    def d_source(self, source_verdict: Tensor) -> Tensor:
        """-log D1(G(s))."""
        return _is(source_verdict, FAKE_SOURCE)

    @term(updates="discriminator")
    def d_target(self, target_verdict: Tensor) -> Tensor:
        """-log D2(G(t))."""
        return _is(target_verdict, FAKE_TARGET)

    @term(updates="discriminator")
    def d_real(self, real_verdict: Tensor) -> Tensor:
        """-log D3(t)."""
        return _is(real_verdict, REAL)

    @term(updates="generator")
    def g_source(self, source_verdict: Tensor) -> Tensor:
        """-log D3(G(s))."""
        return self.source_weight * _is(source_verdict, REAL)

    @term(updates="generator")
    def g_target(self, target_verdict: Tensor) -> Tensor:
        """-log D3(G(t))."""
        return self.target_weight * _is(target_verdict, REAL)

    @monitor(unit="share")
    def accuracy_source(self, source_verdict: Tensor) -> Tensor:
        """The share of G(s) that D recognises."""
        return _share(source_verdict, FAKE_SOURCE)

    @monitor(unit="share")
    def accuracy_target(self, target_verdict: Tensor) -> Tensor:
        """The share of G(t) that D recognises."""
        return _share(target_verdict, FAKE_TARGET)

    @monitor(unit="share")
    def accuracy_real(self, real_verdict: Tensor) -> Tensor:
        """The share of t that D recognises."""
        return _share(real_verdict, REAL)


class SourceAdversarial:
    """D tells G(s) from t with one logit, and G(t) is left alone (R_GAN; Taigman et al., equation 1).

    g minimises the non-saturating form (Goodfellow et al., 2014).

    Args:
        source_weight: factor of g's term.
    """

    discriminator_outputs: ClassVar[int] = 1

    def __init__(self, *, source_weight: float = 1.0) -> None:
        self.source_weight = source_weight

    @term(updates="discriminator")
    def d_source(self, source_verdict: Tensor) -> Tensor:
        """-log(1 - D(G(s)))."""
        return functional.softplus(source_verdict).mean()

    @term(updates="discriminator")
    def d_real(self, real_verdict: Tensor) -> Tensor:
        """-log D(t)."""
        return functional.softplus(-real_verdict).mean()

    @term(updates="generator")
    def g_source(self, source_verdict: Tensor) -> Tensor:
        """-log D(G(s))."""
        return self.source_weight * functional.softplus(-source_verdict).mean()

    @monitor(unit="share")
    def accuracy_source(self, source_verdict: Tensor) -> Tensor:
        """The share of G(s) that D recognises as generated."""
        return (source_verdict < 0).float().mean()

    @monitor(unit="share")
    def accuracy_real(self, real_verdict: Tensor) -> Tensor:
        """The share of t that D recognises as real."""
        return (real_verdict > 0).float().mean()


class BinaryAdversarial(SourceAdversarial):
    """D tells generated from real with one logit; g wants its images taken for real (Goodfellow et al., 2014).

    g minimises the non-saturating form. With `target_weight` 0 in g, D still sees G(t) as generated.

    Args:
        source_weight: factor of g's term on G(s).
        target_weight: factor of g's term on G(t).
    """

    def __init__(self, *, source_weight: float = 1.0, target_weight: float = 1.0) -> None:
        super().__init__(source_weight=source_weight)
        self.target_weight = target_weight

    @term(updates="discriminator")
    def d_target(self, target_verdict: Tensor) -> Tensor:
        """-log(1 - D(G(t)))."""
        return functional.softplus(target_verdict).mean()

    @term(updates="generator")
    def g_target(self, target_verdict: Tensor) -> Tensor:
        """-log D(G(t))."""
        return self.target_weight * functional.softplus(-target_verdict).mean()

    @monitor(unit="share")
    def accuracy_target(self, target_verdict: Tensor) -> Tensor:
        """The share of G(t) that D recognises as generated."""
        return (target_verdict < 0).float().mean()
