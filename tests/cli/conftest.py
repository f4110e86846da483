"""The command line, called in this process."""

from small_run import ganforge

__all__ = ["ganforge"]
