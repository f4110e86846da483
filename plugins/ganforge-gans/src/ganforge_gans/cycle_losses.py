"""The losses of CycleGAN: adversarial, cycle consistency and identity, each in both directions (Zhu et al., 2017)."""

from __future__ import annotations

from torch import Tensor

from ganforge.method import monitor, term


class CycleAdversarial:
    """Least-squares adversarial loss in both directions (Mao et al., 2017, equation 2 with a = 0, b = c = 1).

    This is equation 1 of Zhu et al. (2017) in the least-squares form of their section 4. A discriminator's loss is
    halved, as in their appendix.

    Example:
        >>> import torch
        >>> CycleAdversarial().d_target(torch.ones(1, 1), torch.ones(1, 1))
        tensor(0.5000)
    """

    @term(updates="discriminator")
    def d_target(self, target_real_verdict: Tensor, target_generated_verdict: Tensor) -> Tensor:
        """((D(t) - 1)² + D(G(s))²) / 2, of the target discriminator."""
        return _told_apart(target_real_verdict, target_generated_verdict)

    @term(updates="source_discriminator")
    def d_source(self, source_real_verdict: Tensor, source_generated_verdict: Tensor) -> Tensor:
        """((D(s) - 1)² + D(F(t))²) / 2, of the source discriminator."""
        return _told_apart(source_real_verdict, source_generated_verdict)

    @term(updates="generator")
    def g_target(self, target_generated_verdict: Tensor) -> Tensor:
        """(D(G(s)) - 1)²."""
        return (target_generated_verdict - 1).square().mean()

    @term(updates="reverse_generator")
    def g_source(self, source_generated_verdict: Tensor) -> Tensor:
        """(D(F(t)) - 1)²."""
        return (source_generated_verdict - 1).square().mean()

    @monitor(unit="share")
    def accuracy_target(self, target_real_verdict: Tensor, target_generated_verdict: Tensor) -> Tensor:
        """Share of patches that the target discriminator classifies correctly."""
        return _recognised(target_real_verdict, target_generated_verdict)

    @monitor(unit="share")
    def accuracy_source(self, source_real_verdict: Tensor, source_generated_verdict: Tensor) -> Tensor:
        """Share of patches that the source discriminator classifies correctly."""
        return _recognised(source_real_verdict, source_generated_verdict)


def cycle_consistency(
    source: Tensor, reconstructed_source: Tensor, target: Tensor, reconstructed_target: Tensor
) -> Tensor:
    """Return the mean absolute error of reconstructed images, both ways (L_cyc; Zhu et al., 2017, equation 2).

    The paper's weight is 10 (section 4). The loss trains both generators: update them together in one phase.

    Args:
        source: s, [N, C, H, W].
        reconstructed_source: F(G(s)).
        target: t.
        reconstructed_target: G(F(t)).

    Example:
        >>> import torch
        >>> cycle_consistency(torch.zeros(2), torch.ones(2), torch.zeros(2), torch.zeros(2))
        tensor(1.)
    """
    return (reconstructed_source - source).abs().mean() + (reconstructed_target - target).abs().mean()


def cycle_identity(source: Tensor, kept_source: Tensor, target: Tensor, kept_target: Tensor) -> Tensor:
    """Return the mean absolute change of images already in the output domain (Zhu et al., 2017, section 5.2).

    The paper uses it in some applications, with half the weight of cycle consistency.

    Args:
        source: s, [N, C, H, W].
        kept_source: F(s).
        target: t.
        kept_target: G(t).

    Example:
        >>> import torch
        >>> cycle_identity(torch.zeros(2), torch.ones(2), torch.zeros(2), torch.zeros(2))
        tensor(1.)
    """
    return (kept_source - source).abs().mean() + (kept_target - target).abs().mean()


def _told_apart(real: Tensor, generated: Tensor) -> Tensor:
    return ((real - 1).square().mean() + generated.square().mean()) / 2


def _recognised(real: Tensor, generated: Tensor) -> Tensor:
    return ((real > 0.5).float().mean() + (generated < 0.5).float().mean()) / 2
