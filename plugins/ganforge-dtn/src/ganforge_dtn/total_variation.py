"""Total variation loss: a preference for smooth images."""

from __future__ import annotations

from torch import Tensor


def total_variation(transferred_source: Tensor, *, exponent: float = 1.0) -> Tensor:
    """Return the total variation of G(s) (L_TV; Taigman et al., 2016, equation 7).

    The sum over pixels and channels of ((right - here)^2 + (below - here)^2)^(exponent / 2), averaged over the batch.
    Exponent 1 gives the isotropic form.

    Args:
        transferred_source: G(s), [N, C, H, W].
        exponent: B in the paper.

    Example:
        >>> import torch
        >>> total_variation(torch.tensor([[[[0.0, 3.0], [4.0, 0.0]]]]))
        tensor(5.)
    """
    here = transferred_source[..., :-1, :-1]
    right = transferred_source[..., :-1, 1:] - here
    below = transferred_source[..., 1:, :-1] - here
    # The constant keeps the gradient of the root finite in flat areas.
    squared = right**2 + below**2 + 1e-12
    return squared.pow(exponent / 2).sum((1, 2, 3)).mean()
