"""Drawing by signed distances: shapes that tell how far inside each pixel is, and a canvas that is filled with them.

A distance is positive inside, in units of half a head's height, as are all positions: x to the right and y down from
the middle of the head. Distances are exact at a shape's edge up to a factor near 1, which is all that antialiasing
needs. A union of shapes is the maximum of their distances, an intersection the minimum.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ganforge_faces.drawing_draws import Floats

Length = Floats | float


@dataclass
class Canvas:
    """Pictures under way.

    Attributes:
        x: position of each pixel, float32 [n, S, S].
        y: position of each pixel, float32 [n, S, S].
        sharpness: pixels per unit, [n, 1, 1]; less softens the edges.
        scene: colours, float32 [n, 3, S, S] in 0..1.
    """

    x: Floats
    y: Floats
    sharpness: Floats
    scene: Floats

    def fill(self, inside: Floats, colour: Floats) -> None:
        """Paint a colour, [n, 3, 1, 1] or [n, 3, S, S], where a distance is positive."""
        cover = np.clip(inside * self.sharpness + np.float32(0.5), 0, 1)[:, None]
        self.scene += (colour - self.scene) * cover


def ellipse(x: Floats, y: Floats, wide: Length, high: Length) -> Floats:
    """Return the distance of an ellipse about the origin with these half axes."""
    radius = np.sqrt(np.square(x / wide) + np.square(y / high))
    inside: Floats = (1 - radius) * np.minimum(wide, high)
    return inside


def box(x: Floats, y: Floats, wide: Length, high: Length) -> Floats:
    """Return the distance of a rectangle about the origin with these half sides."""
    return np.minimum(wide - np.abs(x), high - np.abs(y))


def band(offset: Floats, along: Floats, long: Length, thick: Length) -> Floats:
    """Return the distance of a stroke of half thickness `thick`, of `offset` across and |`along`| < `long` along it."""
    return np.minimum(thick - np.abs(offset), long - np.abs(along))
