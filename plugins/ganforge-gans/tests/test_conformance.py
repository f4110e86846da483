"""The conformance checks of all components of `gans`."""

from ganforge.testing import check_plugin

test_gans = check_plugin("gans")
