"""Adversarial losses of unconditional GANs: the terms of D and of G as functions of D's scores.

Each loss is a class of pure functions of `real_verdict` = D(x) and `generated_verdict` = D(G(z)), unbounded scores
[N, ...]; values are means over the batch.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import relu, softplus

from ganforge.method import monitor, term


class _Watched:
    """Monitors of losses that read a score above zero as `real`."""

    @monitor(unit="share")
    def accuracy_real(self, real_verdict: Tensor) -> Tensor:
        """Share of real images that D recognises."""
        return (real_verdict > 0).float().mean()

    @monitor(unit="share")
    def accuracy_generated(self, generated_verdict: Tensor) -> Tensor:
        """Share of generated images that D recognises."""
        return (generated_verdict < 0).float().mean()


class NonSaturating(_Watched):
    """Cross-entropy of real and generated images, non-saturating for G (Goodfellow et al., 2014, section 3).

    D's terms are equation 1 of the paper.

    Example:
        >>> import torch
        >>> NonSaturating().g(torch.zeros(2, 1))  # log 2: D does not know
        tensor(0.6931)
    """

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
    """Hinge loss: D ignores scores beyond a margin of 1 (Lim and Ye, 2017; Miyato et al., 2018, equations 16, 17).

    Example:
        >>> import torch
        >>> Hinge().d_real(torch.tensor([[2.0], [0.5]]))
        tensor(0.2500)
    """

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
    """Wasserstein loss: the difference of D's mean scores (Arjovsky et al., 2017, equation 2).

    D must be Lipschitz: add `gans/gradient-penalty`, or set spectral norm.

    Example:
        >>> import torch
        >>> Wasserstein().d(torch.tensor([[3.0]]), torch.tensor([[1.0]]))
        tensor(-2.)
    """

    @term(updates="discriminator", signed=True)
    def d(self, real_verdict: Tensor, generated_verdict: Tensor) -> Tensor:
        """Mean of D(G(z)) minus mean of D(x): the negative of the estimated distance."""
        return generated_verdict.mean() - real_verdict.mean()

    @term(updates="generator", signed=True)
    def g(self, generated_verdict: Tensor) -> Tensor:
        """-D(G(z))."""
        return -generated_verdict.mean()


class Relativistic:
    """Relativistic average loss: scores relative to the mean of the other kind (Jolicoeur-Martineau, 2018).

    RaSGAN in section 4 of the paper. G also lowers the scores of real images.

    Example:
        >>> import torch
        >>> Relativistic().accuracy_real(torch.tensor([[1.0], [3.0]]), torch.tensor([[2.0]]))
        tensor(0.5000)
    """

    @term(updates="discriminator")
    def d(self, real_verdict: Tensor, generated_verdict: Tensor) -> Tensor:
        """-log sigmoid(D(x) - mean D(G(z))) - log(1 - sigmoid(D(G(z)) - mean D(x)))."""
        return _more_real(real_verdict, generated_verdict)

    @term(updates="generator")
    def g(self, real_verdict: Tensor, generated_verdict: Tensor) -> Tensor:
        """Loss of D with real and generated exchanged."""
        return _more_real(generated_verdict, real_verdict)

    @monitor(unit="share")
    def accuracy_real(self, real_verdict: Tensor, generated_verdict: Tensor) -> Tensor:
        """Share of real images with a score above the mean of the generated ones."""
        return (real_verdict > generated_verdict.mean()).float().mean()

    @monitor(unit="share")
    def accuracy_generated(self, real_verdict: Tensor, generated_verdict: Tensor) -> Tensor:
        """Share of generated images with a score below the mean of the real ones."""
        return (generated_verdict < real_verdict.mean()).float().mean()


def _more_real(better: Tensor, worse: Tensor) -> Tensor:
    """Return a loss that is small where `better` exceeds the mean of `worse` and `worse` is below that of `better`."""
    return softplus(worse.mean() - better).mean() + softplus(worse - better.mean()).mean()
