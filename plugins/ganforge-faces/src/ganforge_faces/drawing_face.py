"""The parts of a face as signed distances: the anatomy that portraits and avatars share.

Both domains draw the same parts of the same attributes with their own proportions and paint. Parts that an attribute
takes away are at distance -1 everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ganforge_faces.drawing import Length, band, box, ellipse
from ganforge_faces.drawing_draws import Draws, Floats

FRINGE, BELOW_EARS = -0.76, 0.9
MEDIUM, LONG = 0.72, 1.5


@dataclass(frozen=True)
class Face:
    """The parts of a block of faces.

    Attributes:
        draws: attributes and random numbers.
        x: position of each pixel, float32 [n, S, S].
        y: position of each pixel, float32 [n, S, S].
        width: half width of the head, [n, 1, 1].
        eye: half width of an eye, [n, 1, 1].
        volume: thickness of the hair on the head, [n, 1, 1].
    """

    draws: Draws
    x: Floats
    y: Floats
    width: Floats
    eye: Floats
    volume: Floats

    @property
    def head(self) -> Floats:
        """The head, narrower towards the chin."""
        taper = 1 - np.float32(0.2) * np.clip(self.y, 0, 1)
        return ellipse(self.x, self.y, self.width * taper, 1.0)

    @property
    def ears(self) -> Floats:
        """Both ears; the head covers their inner halves."""
        return ellipse(np.abs(self.x) - self.width, self.y - np.float32(0.02), 0.13, 0.2)

    @property
    def neck(self) -> Floats:
        """The neck, down to below the picture."""
        return box(self.x, self.y - np.float32(1.4), 0.36, 0.8)

    @property
    def shoulders(self) -> Floats:
        """The shoulders, cut off by the lower edge of the picture."""
        return ellipse(self.x, self.y - np.float32(2.05), 1.45, 0.72)

    @property
    def skull(self) -> Floats:
        """The outline of the hair on the head."""
        return ellipse(self.x, self.y + np.float32(0.06), self.width + self.volume, 1 + self.volume)

    @property
    def fringe(self) -> Floats:
        """The hair before the head: the top, and the sides down to the ears."""
        hairline = FRINGE + BELOW_EARS * np.square(self.x / self.width)
        return np.minimum(self.skull, np.float32(0.8) * (hairline - self.y))

    @property
    def back_hair(self) -> Floats:
        """The hair behind the head: none if short, to the chin if medium, to the shoulders if long."""
        length = self.draws.which("length")[:, None, None]
        end = np.array([0, MEDIUM, LONG], dtype=np.float32)[length] + self.draws.normal(0.06)
        wide = self.width + self.volume + 0.1 * np.clip(self.y, 0, 1)
        fall = np.minimum(np.minimum(wide - np.abs(self.x), self.y + np.float32(0.1)), end - self.y)
        return _only(length > 0, np.maximum(self.skull, fall))

    def eyes(self, shift: Length = 0.0, wide: Length = 1.0, high: Length = 0.62) -> Floats:
        """Return both eyes, or what is concentric with them: half axes as shares of `eye`, `shift` to the right."""
        x, y = self.around_eye(shift)
        return ellipse(x, y, self.eye * wide, self.eye * high)

    def brows(self, thin: float, thick: float, lift: float) -> Floats:
        """Return both eyebrows, arched, of these half thicknesses, `lift` above the eyes."""
        x, y = self.around_eye()
        thickness = np.where(self.draws.has("brows"), thick, thin).astype(np.float32)
        arch = y + lift + np.float32(0.8) * self.eye - 2 * np.square(x)
        return band(arch, x, 0.22, thickness)

    def glasses(self, lens: Length, thick: float) -> Floats:
        """Return two round rims of radius `lens` and half thickness `thick`, the bridge and the sides."""
        x, y = self.around_eye()
        rims = thick - np.abs(np.sqrt(np.square(x) + np.square(y)) - lens)
        side = band(y, np.abs(x) - lens - np.float32(0.12), 0.12, thick)
        away = np.minimum(side, 1.05 * self.width - np.abs(self.x))
        return _only(self.draws.has("glasses"), np.maximum(rims, away))

    def beard(self) -> Floats:
        """Return a full beard with a moustache, over which the mouth is drawn."""
        muzzle = ellipse(self.x, self.y - np.float32(0.06), 0.8 * self.width, 0.36)
        jaw = np.minimum(np.minimum(self.head + np.float32(0.06), -muzzle), self.y - np.float32(0.1))
        moustache = ellipse(self.x, self.y - np.float32(0.38), 0.34, 0.1)
        return _only(self.draws.has("beard"), np.maximum(jaw, moustache))

    def lips(self, wide: Length, thick: float) -> Floats:
        """Return the mouth: closed and straight, or open in a smile with the corners up."""
        y = self.y - np.float32(0.52)
        closed = ellipse(self.x, y, 0.75 * wide, thick)
        # Between two parabolas that meet at the corners, the lower one deeper.
        bow = np.square(self.x / wide)
        smile = np.minimum(y + 0.12 - 0.11 * bow, 0.14 - 0.2 * bow - y)
        return np.where(self.draws.has("mouth"), smile, closed)

    def teeth(self, lips: Floats, rim: float) -> Floats:
        """Return the teeth of a smile, `rim` within the lips."""
        return _only(self.draws.has("mouth"), lips - np.float32(rim))

    def around_eye(self, shift: Length = 0.0) -> tuple[Floats, Floats]:
        """Return positions about the nearer eye; `shift` moves both eyes to the right."""
        apart = np.float32(0.44) * self.width
        return np.abs(self.x) - apart - np.sign(self.x) * np.float32(shift), self.y + np.float32(0.04)


def _only(where: npt.NDArray[np.bool_], inside: Floats) -> Floats:
    return np.where(where, inside, np.float32(-1))
