"""Adversarial losses of the DTN: D classifies G(s), G(t) and t; g makes its images pass for t.

Each term is the batch mean of a cross-entropy, so every group of images has equal weight, whatever its size.
"""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional

from ganforge.method import monitor, term

FAKE_SOURCE, FAKE_TARGET, REAL = 0, 1, 2


def _is(verdict: Tensor, label: int) -> Tensor:
    """Return -log of D's probability of this class, averaged over the batch."""
    labels = torch.full((verdict.shape[0],), label, dtype=torch.long, device=verdict.device)
    return functional.cross_entropy(verdict, labels)


def _share(verdict: Tensor, label: int) -> Tensor:
    return (verdict.argmax(1) == label).float().mean()


class TernaryAdversarial:
    """Adversarial loss of three classes, G(s), G(t) and t (L_D, L_GANG; Taigman et al., 2016, equations 3, 4).

    Args:
        source_weight: factor of g's term on G(s).
        target_weight: factor of g's term on G(t).

    Example:
        >>> TernaryAdversarial().d_real(torch.zeros(2, 3))  # log 3: D does not know
        tensor(1.0986)
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
        """Share of G(s) that D recognises."""
        return _share(source_verdict, FAKE_SOURCE)

    @monitor(unit="share")
    def accuracy_target(self, target_verdict: Tensor) -> Tensor:
        """Share of G(t) that D recognises."""
        return _share(target_verdict, FAKE_TARGET)

    @monitor(unit="share")
    def accuracy_real(self, real_verdict: Tensor) -> Tensor:
        """Share of t that D recognises."""
        return _share(real_verdict, REAL)


class SourceAdversarial:
    """Adversarial loss of G(s) against t with one logit (R_GAN; Taigman et al., 2016, equation 1).

    G(t) has no part in it. g minimises the non-saturating form (Goodfellow et al., 2014, section 3).

    Args:
        source_weight: factor of g's term.

    Example:
        >>> SourceAdversarial().g_source(torch.zeros(2, 1))  # log 2: D does not know
        tensor(0.6931)
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
        """Share of G(s) that D recognises as generated."""
        return (source_verdict < 0).float().mean()

    @monitor(unit="share")
    def accuracy_real(self, real_verdict: Tensor) -> Tensor:
        """Share of t that D recognises as real."""
        return (real_verdict > 0).float().mean()


class BinaryAdversarial(SourceAdversarial):
    """Adversarial loss of two classes, generated and real, with one logit (Goodfellow et al., 2014, equation 1).

    g minimises the non-saturating form (section 3). With a `target_weight` of 0, D still classifies G(t) as generated.

    Args:
        source_weight: factor of g's term on G(s).
        target_weight: factor of g's term on G(t).

    Example:
        >>> BinaryAdversarial().d_target(torch.zeros(2, 1))  # log 2: D does not know
        tensor(0.6931)
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
        """Share of G(t) that D recognises as generated."""
        return (target_verdict < 0).float().mean()
