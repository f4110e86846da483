"""Image sizes: short for squares, halved evenly to a small grid, or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganforge.errors import ShapeError
from ganforge.image_size import as_size, divided, halvings, shown, sides


def test_squares_are_one_number():
    assert sides(32) == (32, 32)
    assert as_size(32, 32) == 32
    assert as_size(96, 64) == (96, 64)
    assert shown((96, 64)) == "96x64"


@pytest.mark.parametrize(
    ("size", "count", "grid"),
    [(8, 1, (4, 4)), (32, 3, (4, 4)), (64, 4, (4, 4)), (96, 4, (6, 6)), (28, 2, (7, 7)), ((96, 64), 4, (6, 4))],
)
def test_halvings_leave_the_smallest_grid(size, count, grid):
    assert halvings(size) == (count, grid)


@given(st.integers(1, 400), st.integers(1, 400))
def test_halvings_give_the_size_back_or_refuse_it(height, width):
    try:
        count, grid = halvings((height, width))
    except ShapeError:
        return
    assert count >= 1
    assert (grid[0] << count, grid[1] << count) == (height, width)
    assert min(grid) >= 4
    assert max(grid) <= 15


def test_division_is_even_or_refused():
    assert divided((96, 64), 8) == (12, 8)
    with pytest.raises(ShapeError, match="20x16 pixels cannot be shrunk evenly by a factor of 8"):
        divided((20, 16), 8)
