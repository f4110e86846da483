"""Total variation: a preference for smooth pictures."""

from __future__ import annotations

from torch import Tensor


def total_variation(transferred_source: Tensor, *, exponent: float = 1.0) -> Tensor:
    """The total variation of G(s) (L_TV; Taigman et al., equation 7).

    The sum over pixels of ((right - here)^2 + (below - here)^2)^(exponent / 2), summed over channels, mean over the
    batch. With exponent 1 this is the isotropic form.

    Args:
        transferred_source: G(s), [N, C, H, W].
        exponent: B in the paper.
    """
    here = transferred_source[..., :-1, :-1]
    right = transferred_source[..., :-1, 1:] - here
    below = transferred_source[..., 1:, :-1] - here
    # The root's slope is infinite at 0, where flat areas lie.
    squared = right**2 + below**2 + 1e-12
    return squared.pow(exponent / 2).sum((1, 2, 3)).mean()
