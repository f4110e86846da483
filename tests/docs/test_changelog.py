"""Fragments of the changelog: well-named, one text each, and part of what a release writes."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FRAGMENTS = sorted((ROOT / "changelog.d").glob("*.md"))


@pytest.mark.parametrize("file", FRAGMENTS, ids=lambda file: file.name)
def test_a_fragment_is_one_text_that_ends_with_a_full_stop(file):
    text = file.read_text(encoding="utf-8")
    assert text.strip().endswith(".")
    assert "\n" not in text.strip()
    assert not text.startswith(("-", "*", "#", " "))


def test_a_release_takes_all_of_them():
    command = [sys.executable, "-m", "towncrier", "build", "--draft", "--version", "9.9.9", "--date", "2030-01-01"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr  # it refuses other names than NAME.(added|changed|fixed|removed).md
    assert done.stdout.count("\n- ") == len(FRAGMENTS)
    assert "## [9.9.9] - 2030-01-01\n" in done.stdout
