"""The figures of campaigns, appended to the file that the environment variable `GANFORGE_FIGURES` names."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable

import pytest


@pytest.fixture(scope="module")
def record_figures(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Record the figures of a campaign under the name of its file, with the seconds since its beginning."""
    began = time.monotonic()

    def record(**figures: object) -> None:
        campaign = request.path.stem.removeprefix("test_")
        line = json.dumps({"campaign": campaign, "figures": figures, "seconds": round(time.monotonic() - began)})
        print(line)
        if file := os.environ.get("GANFORGE_FIGURES"):
            with open(file, "a", encoding="utf-8") as stream:
                stream.write(f"{line}\n")

    return record
