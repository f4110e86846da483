"""Figures of the campaigns, which a file collects if the environment variable `GANFORGE_FIGURES` names one."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable

import pytest


@pytest.fixture
def record_figures(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Append the figures of a campaign, under the name of its file, to the file of figures."""
    began = time.monotonic()

    def record(**figures: object) -> None:
        campaign = request.path.stem.removeprefix("test_")
        line = {"campaign": campaign, "figures": figures, "seconds": round(time.monotonic() - began)}
        if file := os.environ.get("GANFORGE_FIGURES"):
            with open(file, "a", encoding="utf-8") as stream:
                stream.write(json.dumps(line) + "\n")

    return record
