"""Progress display of a run: a live panel on a terminal, lines elsewhere."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from ganforge.cli.panel import LivePanel, terminal_listener
from ganforge.meaning import Meaning, Meanings
from ganforge.plugins.registry import Registry
from ganforge.report.numbers import clock
from ganforge.watching.listener import Progress, TextListener


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0:00"), (0.6, "0:01"), (61, "1:01"), (3599.4, "59:59"), (3600, "1:00:00"), (90061, "25:01:01")],
)
def test_a_clock(seconds, shown):
    assert clock(seconds) == shown


def test_lines_say_what_happens(capsys):
    lines = TextListener()
    lines.stage("train", "quickstart")
    lines.note("[data.test] has no labels")
    lines.progress(Progress(1, 2, 3.0, {"identity": 1.0}))
    lines.measured(100, "validation", {"accuracy": 0.5, "loss": 1 / 3})
    lines.finished(Path("runs/x"), "finished")
    assert capsys.readouterr().out.splitlines() == [
        "quickstart: train",
        "note: [data.test] has no labels",
        "  validation at step 100: accuracy 0.5, loss 0.3333",
        "runs/x: finished",
    ]


SHARES = Meanings({"adversarial.accuracy_*": Meaning("share")})


def test_the_panel_shows_progress_losses_and_measurements():
    console = Console(file=io.StringIO(), width=100, force_terminal=False)
    panel = LivePanel(console)
    panel.stage("train", "a[b]")
    console.print(panel.render())
    panel.progress(Progress(50, 200, 1234.5, {"identity": 0.25, "adversarial.accuracy_real": 0.5}, SHARES))
    panel.measured(50, "validation", {"accuracy": 0.75})
    panel.note("[data.test] has no labels")
    console.print(panel.render())
    panel.finished(Path("runs/x[1]"), "finished")
    shown = console.file.getvalue()
    for text in (
        "a[b] · train",
        "note [data.test] has no labels",
        "step 50 of 200",
        "1,234 images/s",
        "identity",
        "0.2500",
        "50.0%",
        "validation at step 50: accuracy 0.75",
        "finished runs/x[1]",
    ):
        assert text in shown


@pytest.mark.promise("The time left of a resumed run counts its own steps alone.", about="wrong")
def test_the_time_left_of_a_resumed_run_goes_by_its_own_steps(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr("ganforge.cli.panel.time.monotonic", lambda: now[0])
    console = Console(file=io.StringIO(), width=100, force_terminal=False)
    panel = LivePanel(console)
    panel.stage("train", "quickstart")
    now[0] += 30  # the checkpoint is read
    panel.began(960)
    now[0] += 10
    panel.progress(Progress(970, 1130, 100.0, {}))
    console.print(panel.render())
    assert "2:40 left" in console.file.getvalue()  # 160 steps, one a second


def test_every_loss_has_its_place_in_the_panel():
    console = Console(file=io.StringIO(), width=120, force_terminal=True)
    panel = LivePanel(console)
    panel.stage("train", "quickstart")
    means = {f"adversarial.term{index}": index + 0.125 for index in range(8)}
    panel.progress(Progress(50, 200, 1000.0, means))
    console.print(panel.render())
    shown = console.file.getvalue()
    for name, value in means.items():
        assert name in shown
        assert f"{value:.4f}" in shown


def test_a_broken_plugin_is_a_warning_and_no_obstacle(site, capsys):
    site.install("acme", {"acme_plugin": "1 / 0"})
    with terminal_listener(Registry()) as listener:
        listener.note("going on")
    out, err = capsys.readouterr()
    assert "going on" in out
    assert err == (
        "warning: the plugin 'acme' cannot be loaded: ZeroDivisionError: division by zero\n"
        "  fix: see `ganforge doctor`, or go without: `ganforge --no-plugin NAME ...`\n"
    )
