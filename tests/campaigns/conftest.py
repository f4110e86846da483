"""The figures of campaigns, appended to the file that the environment variable `GANFORGE_FIGURES` names."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture(scope="module")
def record_figures() -> Callable[..., None]:
    """Record the figures of a campaign by its name; the seconds count from the beginning of its file."""
    began = time.monotonic()

    def record(campaign: str, **figures: Any) -> None:
        line = json.dumps({"campaign": campaign, "figures": figures, "seconds": round(time.monotonic() - began, 1)})
        print(line)
        if path := os.environ.get("GANFORGE_FIGURES"):
            with open(path, "a", encoding="utf-8") as file:
                file.write(f"{line}\n")

    return record
