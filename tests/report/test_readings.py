from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy

from ganforge.errors import RunError
from ganforge.report.numbers import share
from ganforge.report.readings import Reader, Readings, load_readings, save_readings


def test_what_is_saved_is_loaded(writer: Any, tmp_path: Path) -> None:
    written = [writer.readings({"pooled": 3}), replace(writer.readings({}), name="other", labels=None, pairs=None)]
    save_readings(tmp_path / "r", written)
    for one, other in zip(load_readings(tmp_path / "r"), written, strict=True):
        assert (one.name, one.images, one.classes) == (other.name, other.images, other.classes)
        assert (one.labels is None) == (other.labels is None)
        np.testing.assert_array_equal(one.labels, other.labels)
        assert (one.pairs is None) == (other.pairs is None)
        if one.pairs and other.pairs:
            assert one.pairs.sample == other.pairs.sample
            for part in ("indices", "inputs", "outputs"):
                np.testing.assert_array_equal(getattr(one.pairs, part), getattr(other.pairs, part))
        for reader, original in zip(one.readers, other.readers, strict=True):
            assert replace(reader, classes=0) == replace(original, classes=0)
            np.testing.assert_array_equal(reader.classes, original.classes)


def test_many_classes_fit(tmp_path: Path) -> None:
    labels = np.array([0, 999, 300])
    save_readings(tmp_path / "r", [Readings("test", 3, 1000, labels, [Reader("j", "", "", True, labels)])])
    np.testing.assert_array_equal(load_readings(tmp_path / "r")[0].readers[0].classes, labels)


def test_a_full_test_set_stays_small(tmp_path: Path) -> None:
    labels = np.arange(26_032) % 10
    readers = [Reader(f"judge-{n}", "", "", True, labels) for n in range(4)]
    save_readings(tmp_path / "r", [Readings("test", len(labels), 10, labels, readers)])
    assert (tmp_path / "r").stat().st_size < 140_000


def test_no_file_is_no_readings(tmp_path: Path) -> None:
    assert load_readings(tmp_path / "r") == []


def test_circular_judges_do_not_count_beside_honest_ones(writer: Any) -> None:
    assert [one.name for one in writer.readings({"a": 1, "b (circular)": 9}).judges] == ["a"]
    assert writer.readings({"a": 1, "b (circular)": 9}).misread().sum() == 1
    assert writer.readings({"b (circular)": 9}).misread().sum() == 9


def _damaged(tensors: dict[str, Any], described: Any) -> bytes:
    return safetensors.numpy.save(tensors, {"readings": json.dumps(described)})


SET = {"name": "t", "images": 2, "classes": 3, "sample": None, "readers": []}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a safetensors file at all",
        safetensors.numpy.save({"0.labels": np.zeros(2, np.uint8)}),
        _damaged({}, "text"),
        _damaged({}, [{}]),
        _damaged({}, [{**SET, "images": "many"}]),
        _damaged({"0.labels": np.zeros(3, np.uint8)}, [SET]),
        _damaged({"0.labels": np.zeros(2, np.float32)}, [SET]),
        _damaged({}, [{**SET, "readers": [{"name": "a", "scores": "", "about": "", "judge": True}]}]),
        _damaged({}, [{**SET, "sample": 1}]),
        _damaged(
            {
                "0.indices": np.array([5]),
                "0.inputs": np.zeros((1, 2, 2, 3), np.uint8),
                "0.outputs": np.zeros((1, 2, 2, 1), np.uint8),
            },
            [{**SET, "sample": 1}],
        ),
        _damaged(
            {
                "0.indices": np.array([0]),
                "0.inputs": np.zeros((1, 2, 2, 2), np.uint8),
                "0.outputs": np.zeros((1, 2, 2, 1), np.uint8),
            },
            [{**SET, "sample": 1}],
        ),
    ],
)
def test_a_damaged_file_is_an_error_of_the_run(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "r").write_bytes(content)
    with pytest.raises(RunError, match="is damaged"):
        load_readings(tmp_path / "r")


def test_confusions_agree_with_counting(writer: Any) -> None:
    from ganforge.report.confusion import confusions

    readings = writer.readings({"pooled": 20})
    judge, own = confusions(readings)
    assert judge.reader.judge
    assert not own.reader.judge
    expected = np.zeros((10, 10), int)
    for label, read in zip(readings.labels, judge.reader.classes, strict=True):
        expected[label, read] += 1
    np.testing.assert_array_equal(judge.counts, expected)
    np.testing.assert_array_equal(judge.counts.sum(1), np.bincount(readings.labels, minlength=10))
    assert judge.right == share(180 / 200, 200)
    most = max(judge.frequent, key=lambda one: one[2])
    assert judge.frequent[0] == most
    assert expected[most[0], most[1]] == most[2] == (expected * (1 - np.eye(10, dtype=int))).max()


def test_nothing_is_confused_without_labels(writer: Any) -> None:
    from ganforge.report.confusion import confusions

    assert confusions(writer.readings({"pooled": 20}, labelled=False)) == []
