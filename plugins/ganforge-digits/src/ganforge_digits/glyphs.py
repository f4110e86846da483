"""The digits of the fonts of matplotlib, as signed distance fields.

Sampled at any size and position, one field gives sharp, blurred, bolder or outlined digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

import numpy as np

from ganforge.errors import DataError
from ganforge_digits.draws import Floats, Labels

FONTS = (
    "DejaVuSans",
    "DejaVuSans-Bold",
    "DejaVuSans-Oblique",
    "DejaVuSans-BoldOblique",
    "DejaVuSansMono",
    "DejaVuSansMono-Bold",
    "DejaVuSerif",
    "DejaVuSerif-Bold",
    "DejaVuSerif-Italic",
    "DejaVuSerif-BoldItalic",
    "STIXGeneral",
    "STIXGeneralBol",
    "STIXGeneralItalic",
    "STIXGeneralBolIta",
    "cmb10",
    "cmr10",
    "cmss10",
    "cmtt10",
)
CELL = 48  # samples along a side of a field
HEIGHT = 32  # samples along the height of a digit
FINE = 3  # scale of the drawn glyph relative to its field


@dataclass(frozen=True)
class Glyphs:
    """Ten digits in several fonts; the unit of length is the height of a digit.

    Attributes:
        fields: float32 [fonts, 10, CELL, CELL], distance to the digit's edge, positive inside; the digit is centred in
            the cell.
        widths: float32 [fonts, 10].
    """

    fields: Floats
    widths: Floats

    def distance(self, font: Labels, digit: Labels, x: Floats, y: Floats) -> Floats:
        """Return the signed distance to the edge of a digit, positive inside, by bilinear interpolation.

        Args:
            font: index of the font, [n].
            digit: the digit, [n].
            x: positions to the right of the digit's middle, [n, H, W], in heights of a digit.
            y: positions below it, [n, H, W].

        Returns:
            float32 [n, H, W]; outside the cell, the distance at its border.
        """
        middle = (CELL - 1) / 2
        column = np.clip(x * HEIGHT + middle, 0, CELL - 1.001)
        row = np.clip(y * HEIGHT + middle, 0, CELL - 1.001)
        left, top = column.astype(np.int32), row.astype(np.int32)
        right_share, bottom_share = column - left, row - top
        corner = (font * 10 + digit).astype(np.int32)[:, None, None] * (CELL * CELL) + top * CELL + left
        flat = self.fields.reshape(-1)
        upper = flat[corner] * (1 - right_share) + flat[corner + 1] * right_share
        lower = flat[corner + CELL] * (1 - right_share) + flat[corner + CELL + 1] * right_share
        result: Floats = upper * (1 - bottom_share) + lower * bottom_share
        return result


@cache
def load_glyphs() -> Glyphs:
    """Return every digit of `FONTS`; draw them once.

    Raises:
        DataError: matplotlib, or one of its fonts, is not installed.
    """
    folder = _font_folder()
    drawn = [[_field(folder / f"{font}.ttf", digit) for digit in "0123456789"] for font in FONTS]
    return Glyphs(
        fields=np.array([[field for field, _ in font] for font in drawn], dtype=np.float32),
        widths=np.array([[width for _, width in font] for font in drawn], dtype=np.float32),
    )


def _font_folder() -> Path:
    """Find matplotlib's fonts without importing it, which takes a second."""
    spec = find_spec("matplotlib")
    if spec is None or spec.origin is None:
        raise DataError("matplotlib, which provides the fonts, is not installed", fix="pip install matplotlib")
    return Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf"


def _field(path: Path, digit: str) -> tuple[Floats, float]:
    """Return the signed distance field [CELL, CELL] and the width of a digit, in heights of a digit."""
    from PIL import Image, ImageDraw, ImageFont
    from scipy.ndimage import distance_transform_edt

    height, side = HEIGHT * FINE, CELL * FINE
    try:
        # Read here, because Pillow would replace a missing file by a system font of that name; the basic layout,
        # because the other one depends on libraries that Pillow may lack.
        font = ImageFont.truetype(BytesIO(path.read_bytes()), 1000, layout_engine=ImageFont.Layout.BASIC)
    except OSError as error:
        fix = "pip install --force-reinstall matplotlib"
        raise DataError(f"{path} cannot be read as a font: {error}", fix=fix) from None
    _, top, _, bottom = font.getbbox("0")
    font = font.font_variant(size=1000 * height / (bottom - top))
    picture = Image.new("L", (side, side))
    ImageDraw.Draw(picture).text((side / 2, side / 2), digit, fill=255, font=font, anchor="mm")
    inside = np.asarray(picture) > 127
    rows, columns = (np.flatnonzero(inside.any(axis=axis)) for axis in (1, 0))
    # The anchor centres the line and the advance width; this centres the ink.
    inside = np.roll(inside, [(side - 1 - ends[0] - ends[-1]) // 2 for ends in (rows, columns)], axis=(0, 1))
    fine = distance_transform_edt(inside) - distance_transform_edt(~inside)
    field = fine.reshape(CELL, FINE, CELL, FINE).mean(axis=(1, 3)) / height
    return field.astype(np.float32), len(columns) / height
