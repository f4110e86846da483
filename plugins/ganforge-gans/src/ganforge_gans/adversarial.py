"""Adversarial losses of GANs that make images of noise: what D and G each minimise of D's scores.

Each is a class of pure functions of `real_verdict` = D(x) and `generated_verdict` = D(G(z)), scores [N, ...] without
bound; values are means over the batch.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import relu, softplus

from ganforge.method import monitor, term


class _Watched:
    """The monitors of losses whose D says `real` above zero."""

    @monitor(unit="share")
    def accuracy_real(self, real_verdict: Tensor) -> Tensor:
        """The share of real images that D recognises."""
        return (real_verdict > 0).float().mean()

    @monitor(unit="share")
    def accuracy_generated(self, generated_verdict: Tensor) -> Tensor:
        """The share of generated images that D recognises."""
        return (generated_verdict < 0).float().mean()


class NonSaturating(_Watched):
    """The cross-entropy of real and generated, G in its non-saturating form (Goodfellow et al., 2014, section 3)."""

    @term(updates="discriminator")
    def d_real(self, real_verdict: Tensor) -> Tensor:
        """-log sigmoid D(x)."""
        return softplus(-real_verdict).mean()

    @term(updates="discriminator")
    def d_generated(self, generated_verdict: Tensor) -> Tensor:
        """-log (1 - sigmoid D(G(z)))."""
        return softplus(generated_verdict).mean()

    @term(updates="generator")
    def g(self, generated_verdict: Tensor) -> Tensor:
        """-log sigmoid D(G(z))."""
        return softplus(-generated_verdict).mean()


class Hinge(_Watched):
    """The hinge loss: D lets be what is beyond a margin of 1 (Lim and Ye, 2017; Miyato et al., 2018, equation 16)."""

    @term(updates="discriminator")
    def d_real(self, real_verdict: Tensor) -> Tensor:
        """max(0, 1 - D(x))."""
        return relu(1 - real_verdict).mean()

    @term(updates="discriminator")
    def d_generated(self, generated_verdict: Tensor) -> Tensor:
        """max(0, 1 + D(G(z)))."""
        return relu(1 + generated_verdict).mean()

    @term(updates="generator", signed=True)
    def g(self, generated_verdict: Tensor) -> Tensor:
        """-D(G(z))."""
        return -generated_verdict.mean()


class Wasserstein:
    """The Wasserstein loss: D's mean scores should be far apart (Arjovsky et al., 2017).

    D must be kept from growing without bound: by `gans/gradient-penalty`, or by spectral norm.
    """

    @term(updates="discriminator", signed=True)
    def d(self, real_verdict: Tensor, generated_verdict: Tensor) -> Tensor:
        """The mean of D(G(z)) less that of D(x): minus the estimated distance."""
        return generated_verdict.mean() - real_verdict.mean()

    @term(updates="generator", signed=True)
    def g(self, generated_verdict: Tensor) -> Tensor:
        """-D(G(z))."""
        return -generated_verdict.mean()


class Relativistic:
    """D says how much more real than the average of the other kind an image is (Jolicoeur-Martineau, 2018).

    The relativistic average GAN, RaSGAN (section 4.2): with it, G also lowers the scores of real images.
    """

    @term(updates="discriminator")
    def d(self, real_verdict: Tensor, generated_verdict: Tensor) -> Tensor:
        """-log sigmoid(D(x) - mean D(G(z))) - log(1 - sigmoid(D(G(z)) - mean D(x)))."""
        return _more_real(real_verdict, generated_verdict)

    @term(updates="generator")
    def g(self, real_verdict: Tensor, generated_verdict: Tensor) -> Tensor:
        """The same with real and generated exchanged."""
        return _more_real(generated_verdict, real_verdict)

    @monitor(unit="share")
    def accuracy_real(self, real_verdict: Tensor, generated_verdict: Tensor) -> Tensor:
        """The share of real images that D scores above the average of the generated ones."""
        return (real_verdict > generated_verdict.mean()).float().mean()

    @monitor(unit="share")
    def accuracy_generated(self, real_verdict: Tensor, generated_verdict: Tensor) -> Tensor:
        """The share of generated images that D scores below the average of the real ones."""
        return (generated_verdict < real_verdict.mean()).float().mean()


def _more_real(better: Tensor, worse: Tensor) -> Tensor:
    """Small where the first scores exceed the mean of the second, and the second fall short of that of the first."""
    return softplus(worse.mean() - better).mean() + softplus(worse - better.mean()).mean()
