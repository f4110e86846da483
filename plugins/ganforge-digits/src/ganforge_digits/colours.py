"""Colours of a sign: muted as in photographs, and far enough apart in lightness to be read."""

from __future__ import annotations

import numpy as np

from ganforge_digits.draws import Draws, Floats

LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)  # weights of red, green and blue (ITU-R BT.601)


def tinted(draws: Draws, luma: Floats) -> Floats:
    """Return random colours of a given luma.

    Args:
        draws: random numbers of one block.
        luma: float32 [n, 1, 1], in 0..1.

    Returns:
        float32 [n, 3, 1, 1], red, green and blue in 0..1, of exactly this luma.
    """
    # Most things in a street are near grey; paint is mostly between orange-brown and blue, rarely red or green.
    strength = np.where(draws.chance(0.25), draws.normal(0.22), draws.normal(0.05))
    green = 0.35 * draws.normal(1.0) * np.abs(strength)
    red, blue = -strength, strength
    tint = np.stack([red - 0.5 * green, green, blue - 0.5 * green], axis=1)
    tint -= np.tensordot(tint, LUMA, axes=(1, 0))[:, None]
    # The largest share of the tint that keeps every channel in 0..1.
    room = np.where(tint > 0, 1 - luma[:, None], luma[:, None])
    share = np.minimum(1, (room / np.maximum(np.abs(tint), 1e-6)).min(axis=1, keepdims=True))
    colour: Floats = luma[:, None] + share * tint
    return colour


def contrasting(draws: Draws, contrast: float) -> tuple[Floats, Floats]:
    """Return colours for a sign and its digits, dark on light or light on dark.

    Args:
        draws: random numbers of one block.
        contrast: least difference of their lumas, in 0..0.5.

    Returns:
        sign and digits, float32 [n, 3, 1, 1] each, in 0..1.
    """
    sign = draws.uniform(0, 1)
    below, above = sign - contrast, 1 - contrast - sign  # range of the digits' luma on either side
    darker = np.where((below >= 0) & (above >= 0), draws.chance(0.5), below >= 0)
    digits = np.where(darker, below * draws.uniform(0, 1), 1 - above * draws.uniform(0, 1))
    return tinted(draws, sign), tinted(draws, digits.astype(np.float32))
