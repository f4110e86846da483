"""The conformance kit: what a component of each kind must keep to, as checks that a plugin's own tests run.

`check_plugin` and `conformance` make tests for pytest; `ganforge plugin check` runs the same checks without it.
Importing this package imports neither pytest nor torch.
"""

from ganforge.testing.conformance import check_plugin, conformance

__all__ = ["check_plugin", "conformance"]
