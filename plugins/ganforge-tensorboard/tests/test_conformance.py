"""The plugin keeps to what plugins promise."""

from ganforge.testing import check_plugin

test_tensorboard = check_plugin("tensorboard")
