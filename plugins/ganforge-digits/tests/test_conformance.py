"""The conformance checks of all components of `digits`; data sets of files need their folder in GANFORGE_DATA."""

from ganforge.testing import check_plugin

FEW = {"count": 60}

test_digits = check_plugin("digits", options={"synthetic-street": FEW, "synthetic-handwriting": FEW})
