"""20 simultaneous starts into one new folder, 20 times: one trains, and 19 say which process does."""

from __future__ import annotations

import multiprocessing
import platform
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import children
from lives import PATIENCE, Lives, write_recipes

STARTS = 20
ROUNDS = 20


@pytest.mark.promise("One process at a time writes to a run, and the others are told which one it is.", about="runs")
@pytest.mark.campaign
def test_starts(tmp_path: Path, record_figures: Callable[..., None]) -> None:
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(children.PRELOADED)
    recipes = tmp_path / "recipes"
    recipes.mkdir()
    write_recipes(recipes)
    undisturbed = Lives(server, recipes, tmp_path / "undisturbed")
    assert undisturbed.begin().exit_code() == 0
    expected = undisturbed.outcome()
    writers = 0
    for number in range(ROUNDS):
        lives = Lives(server, recipes, tmp_path / f"round-{number}")
        if number % 2:  # an empty folder is as good as none
            lives.directory.mkdir(parents=True)
        start, end = server.Barrier(STARTS), server.Event()
        racers = [lives.race(start, end) for _ in range(STARTS)]
        try:
            # The writer cannot end before all others have.
            since = time.monotonic()
            while sum(one.process.is_alive() for one in racers) > 1:
                assert time.monotonic() - since < PATIENCE, [one.said for one in racers]
                time.sleep(0.01)
        finally:
            end.set()
        codes = [one.exit_code() for one in racers]
        assert sorted(map(str, codes)) == ["0", *["1"] * (STARTS - 1)], [one.said for one in racers]
        writer = racers[codes.index(0)]
        writers += 1
        for one in racers:
            if one is not writer:
                assert re.findall(r"^error: (.*) since ", one.said, re.M) == [
                    f"{lives.directory} is in use by process {writer.process.pid} on {platform.node()}"
                ], one.said
        assert lives.outcome() == expected
    record_figures(rounds=ROUNDS, starts=ROUNDS * STARTS, writers=writers)
    assert writers == ROUNDS
