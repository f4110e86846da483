"""All components keep to what their kinds promise; data sets of files where GANFORGE_DATA names their folder."""

from ganforge.testing import check_plugin

FEW = {"count": 60}

test_digits = check_plugin("digits", options={"synthetic-street": FEW, "synthetic-handwriting": FEW})
