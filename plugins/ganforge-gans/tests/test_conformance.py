"""All components keep to what their kinds promise."""

from ganforge.testing import check_plugin

test_gans = check_plugin("gans")
