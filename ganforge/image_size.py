"""Image sizes: a number of pixels for squares, or height and width."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from ganforge.errors import ShapeError

Pixels = Annotated[int, Field(ge=1, le=2**13)]
# Distinguished by their form, so that a mistake in one is not reported as a mistake in the other too.
ImageSize = Annotated[
    Annotated[Pixels, Tag("side")] | Annotated[tuple[Pixels, Pixels], Tag("sides")],
    Discriminator(lambda value: "sides" if isinstance(value, list | tuple) else "side"),
]
"""The annotation of an option `image_size`: 32, or (96, 64) for height 96 and width 64."""
Fit = Literal["stretch", "crop"]
"""Ways of an image to a size: the whole, bilinear, or its largest centred part of that shape, bicubic."""


def sides(size: int | tuple[int, int]) -> tuple[int, int]:
    """Return height and width."""
    return (size, size) if isinstance(size, int) else size


def as_size(height: int, width: int) -> int | tuple[int, int]:
    """Return height and width in their short form: one number for a square."""
    return height if height == width else (height, width)


def shown(size: int | tuple[int, int]) -> str:
    """Return a size as text, such as `96x64`."""
    return "x".join(map(str, sides(size)))


def halvings(size: int | tuple[int, int], least: int = 4, most: int = 15) -> tuple[int, tuple[int, int]]:
    """Return the number of even halvings of a size, and the grid that is left.

    The grid is the smallest with a shorter side of at least `least` pixels and a longer one of at most `most`: 32 is
    halved three times, to 4x4; 96x64 four times, to 6x4.

    Raises:
        ShapeError: there is no such grid, or the size cannot be halved at all.
    """
    height, width = sides(size)
    for count in range(min(height, width).bit_length(), 0, -1):
        if height % (1 << count) == 0 and width % (1 << count) == 0:
            grid = height >> count, width >> count
            if min(grid) >= least and max(grid) <= most:
                return count, grid
    raise ShapeError(
        f"images of {shown(size)} pixels cannot be halved to a grid of {least} to {most} pixels a side",
        fix="resize them so that both sides are 4 to 15 times the same power of two: 32, 64, 96, [96, 64] ...",
    )


def divided(size: int | tuple[int, int], by: int) -> tuple[int, int]:
    """Return the grid that is left when a network shrinks a size by a factor.

    Raises:
        ShapeError: a side is not a multiple of the factor.
    """
    height, width = sides(size)
    if height % by or width % by:
        raise ShapeError(
            f"images of {shown(size)} pixels cannot be shrunk evenly by a factor of {by}",
            fix=f"resize them so that both sides are multiples of {by}, such as 32",
        )
    return height // by, width // by
