"""The conformance checks of all components of `faces`."""

from ganforge.testing import check_plugin

test_faces = check_plugin("faces")
