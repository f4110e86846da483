"""The table of layers in architecture.md, from the list that tests/test_layering.py holds the core to."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

from writers.markdown import table

PAGE = Path(__file__).parents[1] / "architecture.md"
TEST = Path(__file__).parents[2] / "tests" / "test_layering.py"
ENTRANCES = {"__init__", "__main__"}
BLOCK = re.compile(r"(?<=<!-- Layers: written by docs/generate.py -->\n\n).*?(?=\n\n<!-- end of layers -->)", re.DOTALL)


def layers() -> str:
    """Return the page with its table as the list has it, the uppermost layer first."""
    listed = runpy.run_path(str(TEST))["LAYERS"]
    rows = [
        (title, ", ".join(f"`{name}`" for name in sorted(names - ENTRANCES)))
        for title, names in reversed(listed.items())
    ]
    filled, count = BLOCK.subn("\n".join(table(("layer", "rooms"), rows)).strip(), PAGE.read_text(encoding="utf-8"))
    assert count == 1, f"{PAGE} has no place for the table of layers"
    return filled
