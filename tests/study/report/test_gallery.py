"""Pictures of a study: the same test images in every row, and what judges said of them."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
from PIL import Image

from ganforge.report.readings import load_readings
from ganforge.runs.directory import RunDirectory
from ganforge.study.report import gallery
from ganforge.study.report.page import shown_rows
from ganforge.study.saved import StudyFolder


def galleries(folder: StudyFolder) -> list[gallery.Gallery]:
    return gallery.galleries(shown_rows(folder.read()))


def picture(uri: str) -> Any:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))))


def test_all_rows_show_the_same_images(maker: Any) -> None:
    (found,) = galleries(maker.usual())
    # The last row has the first one's runs, and the one before has no pictures.
    assert [strip.title for strip in found.strips] == ["all of it", "without the loss", "by labels", "by a judge"]
    assert found.seeds == [0, 1]
    labels = [source.label for source in found.sources]
    assert len(labels) % 10 == 0
    assert labels == list("0123456789") * (len(labels) // 10)
    for source in found.sources:
        assert str(maker.labels[source.index]) == source.label
        assert source.index % 5 == 0  # of the sample, which is every fifth image
    pairs = load_readings(RunDirectory(maker.root / "less-1").readings)[0].pairs
    assert pairs is not None
    place = found.sources[3].index // 5
    assert np.array_equal(picture(found.sources[3].source), pairs.inputs[place])
    assert np.array_equal(picture(found.strips[1].examples[1][3].result), pairs.outputs[place, ..., 0])


def test_judges_have_their_say(maker: Any) -> None:
    (found,) = galleries(maker.usual())
    # 91 and 89 % are read rightly: the first 18 images are misread by both judges, the next 4 by one of them.
    for source, shown in zip(found.sources, found.strips[0].examples[0], strict=True):
        truth = maker.labels[source.index]
        assert shown.wrong == (source.index < 22)
        assert shown.read == str(9 - truth if source.index < 22 else truth)
    assert found.strips[0].examples[0][0].votes[0][0] == "pooled"
    # The circular judge has no say.
    assert [name for name, _ in found.strips[3].examples[0][0].votes] == ["pooled"]


def test_other_test_images_are_another_gallery(maker: Any) -> None:
    maker.row("one", "one", {0: maker.run("one-0").name})
    maker.row("two", "two", {0: maker.run("two-0", street=7).name})
    maker.row("three", "three", {0: maker.run("three-0").name})
    found = galleries(maker.written())
    assert [[strip.title for strip in one.strips] for one in found] == [["one", "three"], ["two"]]
    assert [strip.place for strip in found[0].strips] == [0, 2]


def test_damaged_readings_are_left_out(maker: Any) -> None:
    folder = maker.usual()
    for seed in (0, 1):
        (maker.root / f"best-{seed}" / "readings.safetensors").write_bytes(b"damaged")
    (found,) = galleries(folder)
    assert [strip.title for strip in found.strips] == ["without the loss", "by labels", "by a judge"]


def test_large_pictures_are_fewer_and_smaller(maker: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(gallery, "LARGEST", 100_000)
    for name in ("one", "two"):
        maker.row(name, name, maker.several(name, [{"pooled": 0.5}] * 2, side=96))
    (found,) = galleries(maker.written())
    assert picture(found.sources[0].source).shape == (64, 64, 3)
    assert len(found.sources) == gallery.FEWEST
    sizes = [len(one.result) for strip in found.strips for shown in strip.examples.values() for one in shown]
    assert sum(sizes) < 110_000
