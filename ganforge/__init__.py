"""ganforge: a plugin-based GAN toolkit.

From Python, `run` trains a recipe and `load` gives its result as a callable; both are also verbs of the command line.
Importing this package imports no torch.
"""

from ganforge.api import load, run
from ganforge.errors import GanforgeError

__version__ = "0.1.0"
__all__ = ["GanforgeError", "__version__", "load", "run"]
