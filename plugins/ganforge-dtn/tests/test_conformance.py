"""All components keep to what their kinds promise."""

from ganforge.testing import check_plugin

test_dtn = check_plugin("dtn")
