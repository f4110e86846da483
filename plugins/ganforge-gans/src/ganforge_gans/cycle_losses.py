"""The losses of CycleGAN: adversarial in both directions, there and back again, and identity (Zhu et al., 2017)."""

from __future__ import annotations

from torch import Tensor

from ganforge.method import monitor, term


class CycleAdversarial:
    """Least squares in both directions: scores should be 1 for real and 0 for generated images (Mao et al., 2017).

    Zhu et al., equation 1 in the form of section 4; a discriminator's loss is halved, as theirs is.
    """

    @term(updates="discriminator")
    def d_target(self, target_real_verdict: Tensor, target_generated_verdict: Tensor) -> Tensor:
        """The target discriminator: ((D(t) - 1)² + D(G(s))²) / 2."""
        return _told_apart(target_real_verdict, target_generated_verdict)

    @term(updates="source_discriminator")
    def d_source(self, source_real_verdict: Tensor, source_generated_verdict: Tensor) -> Tensor:
        """The source discriminator: ((D(s) - 1)² + D(F(t))²) / 2."""
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
        """The share of places that the target discriminator recognises."""
        return _recognised(target_real_verdict, target_generated_verdict)

    @monitor(unit="share")
    def accuracy_source(self, source_real_verdict: Tensor, source_generated_verdict: Tensor) -> Tensor:
        """The share of places that the source discriminator recognises."""
        return _recognised(source_real_verdict, source_generated_verdict)


def cycle_consistency(
    source: Tensor, reconstructed_source: Tensor, target: Tensor, reconstructed_target: Tensor
) -> Tensor:
    """The mean absolute difference of images and what they are there and back again, both ways (equation 2).

    The paper's weight is 10. It concerns both generators: a phase should update them together.

    Args:
        source: s, [N, C, H, W].
        reconstructed_source: F(G(s)).
        target: t.
        reconstructed_target: G(F(t)).
    """
    return (reconstructed_source - source).abs().mean() + (reconstructed_target - target).abs().mean()


def cycle_identity(source: Tensor, kept_source: Tensor, target: Tensor, kept_target: Tensor) -> Tensor:
    """The mean absolute change of images that are of the wanted domain already (section 5.2).

    The paper's weight is half that of the cycle, where it is used at all.

    Args:
        source: s, [N, C, H, W].
        kept_source: F(s).
        target: t.
        kept_target: G(t).
    """
    return (kept_source - source).abs().mean() + (kept_target - target).abs().mean()


def _told_apart(real: Tensor, generated: Tensor) -> Tensor:
    return ((real - 1).square().mean() + generated.square().mean()) / 2


def _recognised(real: Tensor, generated: Tensor) -> Tensor:
    return ((real > 0.5).float().mean() + (generated < 0.5).float().mean()) / 2
