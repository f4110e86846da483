"""The conformance checks of the plugin `tensorboard`."""

from ganforge.testing import check_plugin

test_tensorboard = check_plugin("tensorboard")
