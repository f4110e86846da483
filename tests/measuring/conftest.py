"""Tests of this room share the workshop's recipes and data."""

from small_run import ganforge
from workshop import _no_waiting, studio, workshop

__all__ = ["_no_waiting", "ganforge", "studio", "workshop"]
