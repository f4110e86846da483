"""Evil inputs, each through the verb that a user would type: a message, soon, with little memory and no traceback.

Recipes, data, weights, runs and servers of somebody who means harm. Where the evil part is left out instead, the
command succeeds.
"""

from __future__ import annotations

import multiprocessing
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import attacked
import evil
from attacked import Outcome
from evil.honest import make_honest
from evil.registry import ATTACKS, SECRET

pytestmark = [
    pytest.mark.campaign,
    pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="peaks of memory are measured on Linux"),
]

LIMIT = 64  # MiB
PATIENCE = 90  # seconds; the slowest, the server of a byte at a time, is given up after 30
LONGEST = 30_000  # characters of output: a comparison is a wide table


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("honest")
    make_honest(root)
    return root


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with evil.servers.serving() as found:
        yield found


@pytest.fixture(scope="module")
def site(site_at: Callable[[Path], Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = site_at(tmp_path_factory.mktemp("installed") / "site")
    made.install("far", {"far": evil.servers.PLUGIN})
    path: Path = made.path
    return path


@pytest.fixture(scope="module")
def outcomes(record_figures: Callable[..., None]) -> Iterator[dict[str, Outcome]]:
    found: dict[str, Outcome] = {}
    yield found
    largest = max(found, key=lambda name: found[name].mebibytes)
    slowest = max(found, key=lambda name: found[name].seconds)
    record_figures(
        inputs=len(found),
        tracebacks=sum("Traceback" in outcome.output for outcome in found.values()),
        hanging=sum(outcome.code is None for outcome in found.values()),
        most_mebibytes=round(found[largest].mebibytes, 1),
        largest=largest,
        most_seconds=round(found[slowest].seconds, 1),
        slowest=slowest,
    )


@pytest.mark.promise(
    "An evil input costs a message: no traceback, no waiting, less than 64 MiB of memory.", about="stranger"
)
@pytest.mark.parametrize("name", ATTACKS)
def test_an_evil_input_costs_a_message_and_nothing_else(
    name: str, honest: Path, site: Path, port: int, tmp_path: Path, outcomes: dict[str, Outcome]
) -> None:
    found = ATTACKS[name]
    folder = tmp_path / "place"
    shutil.copytree(honest, folder)
    context = attacked.server(multiprocessing.get_context("forkserver"))
    command = found.evil.replace("PORT", str(port)).split()
    outcome = attacked.attack(
        context, folder, [found.honest.split()], command, lambda: found.build(folder), site=site, patience=PATIENCE
    )
    outcomes[name] = outcome
    assert outcome.code is not None, f"hangs, or was killed: {outcome.output}"
    assert "Traceback" not in outcome.output
    assert (outcome.code == 0) == found.is_left_out, outcome.output
    assert found.says in outcome.output
    assert len(outcome.output) < LONGEST
    assert "\x1b" not in outcome.output
    assert outcome.mebibytes < LIMIT
    assert not (folder / "caught").exists()
    kept = folder / "passwd"
    assert not kept.exists() or kept.read_text() == SECRET
    assert SECRET not in outcome.output
    assert not any(
        SECRET in page.read_text() for page in folder.rglob("*.html") if page.is_file() and not page.is_symlink()
    )
    assert not (folder.parent / "escaped").exists()
