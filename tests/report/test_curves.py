"""The curves of a journal."""

import json
import math

import pytest
from PIL import Image

from ganforge.report.curves import plot_losses

LOSSES = [{"event": "losses", "step": step, "identity": 1 / step, "constancy": 2.0} for step in (10, 20, 30)]
VALIDATION = [
    {"event": "validation", "step": 20, "accuracy": 0.5},
    {"event": "validation", "step": 30, "accuracy": 0.6},
]


@pytest.fixture
def drawn(tmp_path, monkeypatch):
    """Plots a journal; the curves of each panel as they were drawn."""
    from matplotlib.axes import Axes

    panels = []
    plot, title = Axes.plot, Axes.set_title
    lines = []

    def watched(axes, steps, values, **options):
        lines.append((options["label"], list(steps), list(values)))
        return plot(axes, steps, values, **options)

    def named(axes, text):
        panels.append((text, {label: (steps, values) for label, steps, values in lines}))
        lines.clear()
        return title(axes, text)

    monkeypatch.setattr(Axes, "plot", watched)
    monkeypatch.setattr(Axes, "set_title", named)

    def draw(records):
        journal = tmp_path / "journal.jsonl"
        journal.write_text("".join(json.dumps(record) + "\n" for record in records))
        plot_losses(journal, tmp_path / "plots" / "losses.png")
        return dict(panels)

    draw.picture = tmp_path / "plots" / "losses.png"
    return draw


def test_every_loss_and_metric_is_a_curve_over_the_steps(drawn):
    panels = drawn([*LOSSES, *VALIDATION, {"event": "test", "step": 30, "set": "test", "accuracy": 0.7}])
    assert panels == {
        "losses": {"identity": ([10, 20, 30], [1 / 10, 1 / 20, 1 / 30]), "constancy": ([10, 20, 30], [2.0] * 3)},
        "validation": {"accuracy": ([20, 30], [0.5, 0.6])},
    }
    with Image.open(drawn.picture) as picture:
        assert picture.format == "PNG"
        assert picture.width > picture.height


def test_without_validation_there_is_one_panel(drawn):
    assert set(drawn(LOSSES)) == {"losses"}


def test_a_curve_may_begin_late_and_have_gaps(drawn):
    records = [{"event": "losses", "step": 10, "a": 1.0}, {"event": "losses", "step": 20, "b": 2.0}]
    assert drawn(records)["losses"] == {"a": ([10], [1.0]), "b": ([20], [2.0])}


def test_values_that_are_not_finite_do_no_harm(drawn):
    records = [{"event": "losses", "step": 10, "a": 1.0}, {"event": "losses", "step": 20, "a": {"$float": "nan"}}]
    steps, values = drawn(records)["losses"]["a"]
    assert steps == [10, 20]
    assert math.isnan(values[1])
    assert drawn.picture.exists()


def test_without_anything_to_draw_nothing_is_written(drawn):
    assert drawn([]) == {}
    assert not drawn.picture.exists()
