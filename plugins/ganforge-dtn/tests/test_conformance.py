"""The conformance checks of all components of `dtn`."""

from ganforge.testing import check_plugin

test_dtn = check_plugin("dtn")
