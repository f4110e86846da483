"""ganforge: a plugin-based GAN toolkit.

From Python, `run` trains a recipe, `run_study` variants of it, and `load` gives a result as a callable.
Importing this package imports no torch.
"""

from ganforge.api import load, run, run_study
from ganforge.errors import GanforgeError
from ganforge.version import __version__

__all__ = ["GanforgeError", "__version__", "load", "run", "run_study"]
