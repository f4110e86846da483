"""A wrong name of a run, a recipe or a file is answered at once: before torch is imported, which takes seconds."""

import subprocess
import sys

import pytest

SCRIPT = """
import sys
from ganforge.cli import main
sys.argv = ["ganforge", *sys.argv[1:]]
try:
    main()
finally:
    print("torch" in sys.modules)
"""


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("run nowhere", 2),
        ("resume nowhere", 1),
        ("evaluate nowhere", 1),
        ("report nowhere", 1),
        ("compare nowhere elsewhere", 1),
        ("sample nowhere", 1),
        ("transfer nowhere photos", 1),
        ("study nowhere", 2),
        ("check nowhere", 2),
    ],
)
def test_torch_is_not_imported_to_say_so(tmp_path, command, code):
    found = subprocess.run(
        [sys.executable, "-c", SCRIPT, *command.split()], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert (found.returncode, found.stdout) == (code, "False\n")
    assert "'nowhere'" in found.stderr
    assert "fix: " in found.stderr
