"""200 SIGKILLs at random instants of every stage, at least 50 of them inside a save; no run loses or changes a bit."""

from __future__ import annotations

import random
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from lives import STAGES, Campaign, Life, Lives

KILLS = 200


@pytest.mark.promise(
    "A run that is killed at any instant ends with the same bits when it is begun again.", about="runs"
)
@pytest.mark.campaign
def test_kills(tmp_path: Path, record_figures: Callable[..., None]) -> None:
    campaign = Campaign(tmp_path, KILLS)
    saving = 0

    def strike(run: Lives, life: Life, draw: random.Random) -> Life | None:
        nonlocal saving
        if not campaign.aim(run, life, draw):
            return None
        if draw.random() < 0.5 and not freeze_in_a_save(life):
            return None
        life.process.kill()
        if life.exit_code() != -signal.SIGKILL:
            return None
        saving += bool(life.half_written)
        return run.begin()

    campaign.carry_out(strike)
    record_figures(kills=campaign.strikes.total(), inside_saves=saving, runs=campaign.ended, stages=campaign.strikes)
    assert campaign.strikes.total() >= KILLS
    assert saving >= KILLS // 4
    assert set(campaign.strikes) == set(STAGES)


def freeze_in_a_save(life: Life) -> bool:
    """Hold a life at an instant when a file of it is half written; return False if it ends before."""
    while life.wait_until(lambda: life.half_written):
        life.freeze()
        if life.half_written:
            return True
        life.send(signal.SIGCONT)
    return False
