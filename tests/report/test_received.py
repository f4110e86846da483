"""The report of a run that somebody else made: no format but PNG, no file but the run's own, and little memory."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from PIL import Image

from ganforge.errors import GanforgeError
from ganforge.report.page import write_report
from ganforge.report.pictures import grids, save_picture
from ganforge.runs.directory import RunDirectory
from ganforge.runs.journal import Journal, read_journal
from memory import spent

SECRET = "root:x:0:0:the secret of this machine"
LIMIT = 64


def report(run: RunDirectory) -> tuple[float, str]:
    """Return the growth of the process that writes the report, in MiB, and its message."""
    code = (
        f"from ganforge.report.page import write_report; run = RunDirectory(Path({str(run.path)!r}))\nwrite_report(run)"
    )
    before = "from pathlib import Path\nfrom ganforge.runs.directory import RunDirectory\nimport ganforge.report.page"
    return spent(before, code, run.path)


@pytest.fixture
def run(writer: Any) -> RunDirectory:
    found: RunDirectory = writer.transfer()
    return found


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text(SECRET)
    return path


def png(width: int, height: int) -> bytes:
    """Return a white PNG of one bit a pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    pixels = zlib.compress((b"\0" + b"\xff" * -(-width // 8)) * height, 9)
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@pytest.mark.promise("Of a received run, no format but PNG is opened.", about="stranger")
@pytest.mark.parametrize("kind", ["EPS", "TIFF", "GIF", "BMP", "JPEG"])
def test_no_format_but_png_is_opened(run: RunDirectory, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    content = io.BytesIO()
    Image.fromarray(np.full((64, 64, 3), 200, np.uint8)).save(content, kind)
    # Pillow opens a file by its content, and an EPS with Ghostscript.
    called: list[str] = []
    monkeypatch.setattr("PIL.EpsImagePlugin.Ghostscript", lambda *_, **__: called.append("gs"))
    shown = len(grids(run.samples))
    (run.samples / "step-00000123.png").write_bytes(content.getvalue())
    assert len(grids(run.samples)) == shown > 0
    assert not called


@pytest.mark.promise("Links in a received run lead nowhere: no file of yours is read or written.", about="stranger")
@pytest.mark.parametrize("place", ["recipe.toml", "recipes/judge.toml", "journal.jsonl", "run.json", "metrics.json"])
def test_no_link_leads_out_of_the_run(run: RunDirectory, secret: Path, place: str) -> None:
    path = run.path / place
    path.unlink(missing_ok=True)
    path.symlink_to(secret)
    with pytest.raises(GanforgeError, match="symbolic link") as refused:
        write_report(run)
    assert str(path) in str(refused.value)
    assert not run.report.exists()


@pytest.mark.parametrize("name", ["recipe.toml", "../secret"])
def test_no_sum_is_made_of_a_file_elsewhere(run: RunDirectory, secret: Path, name: str) -> None:
    outside = run.path / name
    outside.unlink(missing_ok=True)
    if name == "recipe.toml":
        outside.symlink_to(secret)
    else:
        outside.write_text(SECRET)
    run.update_record({"kept": {name: hashlib.sha256(SECRET.encode()).hexdigest()}})
    with pytest.raises(GanforgeError, match="symbolic link"):
        write_report(run)


def test_a_linked_folder_leads_out_of_the_run_no_more_than_a_file(run: RunDirectory, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(run.samples, elsewhere)
    shutil.rmtree(run.samples)
    run.samples.symlink_to(elsewhere)
    assert grids(elsewhere)
    assert not grids(run.samples)
    (run.path / "recipes" / "judge.toml").rename(elsewhere / "judge.toml")
    (run.path / "recipes").rmdir()
    (run.path / "recipes").symlink_to(elsewhere)
    with pytest.raises(GanforgeError, match="symbolic link"):
        write_report(run)


def test_readings_that_are_a_link_are_refused(run: RunDirectory, tmp_path: Path) -> None:
    run.readings.rename(tmp_path / "other")
    run.readings.symlink_to(tmp_path / "other")
    with pytest.raises(GanforgeError, match="symbolic link"):
        write_report(run)


def test_a_run_reached_by_a_link_is_read_as_usual(run: RunDirectory, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(run.path)
    page = write_report(RunDirectory(tmp_path / "link"), tmp_path / "page.html").read_text()
    assert "street-to-writing" in page
    assert len(grids(tmp_path / "link" / "samples")) == len(grids(run.samples)) > 0


@pytest.mark.promise("Links in a received run lead nowhere: no file of yours is read or written.", about="stranger")
def test_a_link_in_place_of_the_journal_is_not_written_to(run: RunDirectory, secret: Path) -> None:
    run.journal.unlink(missing_ok=True)
    run.journal.symlink_to(secret)
    said: list[str] = []
    with Journal(run.journal, said.append) as journal:
        journal.write({"event": "losses", "step": 1})
    assert secret.read_text() == SECRET
    assert "symbolic link" in said[0]


@pytest.mark.promise("Pipes and devices are never waited for.", about="stranger")
@pytest.mark.parametrize("place", ["recipe.toml", "journal.jsonl", "run.json", "metrics.json", "readings.safetensors"])
def test_a_pipe_is_refused_and_not_waited_for(run: RunDirectory, place: str) -> None:
    (run.path / place).unlink(missing_ok=True)
    os.mkfifo(run.path / place)
    assert "not a regular file" in report(run)[1]


def test_a_pipe_among_the_samples_is_left_out(run: RunDirectory) -> None:
    os.mkfifo(run.samples / "step-00000123.png")
    assert report(run)[1] == ""


@pytest.mark.promise("Huge pictures, records and journals of a received run take little memory.", about="stranger")
def test_a_huge_picture_is_told_from_its_header(run: RunDirectory) -> None:
    shown = len(grids(run.samples))
    (run.samples / "step-00000123.png").write_bytes(png(13_300, 13_300))
    (run.samples / "step-00000124.png").write_bytes(png(5_000, 5_000))
    assert len(grids(run.samples)) == shown
    assert report(run)[0] < LIMIT


@pytest.mark.parametrize("at", [0, 12, 0.5, 0.9, -2])
def test_a_damaged_grid_is_left_out_and_said(run: RunDirectory, at: float) -> None:
    path = run.samples / "step-00000200.png"
    whole = path.read_bytes()
    place = int(at * len(whole)) if 0 < at < 1 else int(at) % len(whole)
    for damage in (whole[:place], whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :]):
        path.write_bytes(damage)
        assert [grid.step for grid in grids(run.samples)] == [100, 400]
        assert "Of 1 step (200) the pictures are damaged and left out" in write_report(run).read_text()


def test_a_large_grid_of_pictures_is_shown(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (3, 1200, 1200), np.uint8).transpose(1, 2, 0)
    save_picture(noise.copy(), tmp_path / "step-00000001.png")
    assert len(grids(tmp_path)) == 1


@pytest.mark.parametrize("place", ["recipe.toml", "run.json", "metrics.json", "readings.safetensors"])
def test_a_file_of_a_gigabyte_is_refused(run: RunDirectory, place: str) -> None:
    with (run.path / place).open("r+b") as file:
        file.truncate(1 << 30)
    memory, message = report(run)
    assert "are read" in message
    assert place in message
    assert memory < LIMIT


@pytest.mark.parametrize("line", ["losses", "warning", "one line", "lists"])
def test_a_long_journal_takes_little_memory(run: RunDirectory, line: str) -> None:
    texts = {
        "losses": json.dumps({"event": "losses", "step": 1, **{f"loss-{n}": 0.5 for n in range(20)}}) + "\n",
        "warning": json.dumps({"event": "warning", "step": 1, "name": "n", "text": "t" * 400}) + "\n",
        "one line": "x" * 1000,
        "lists": "[],",
    }
    with run.journal.open("a") as file:
        for _ in range(100):
            file.write(texts[line] * (1_000_000 // len(texts[line])))
    memory, message = report(run)
    assert message == ""
    assert memory < LIMIT


def test_of_a_long_journal_curves_span_all_steps(run: RunDirectory) -> None:
    with run.journal.open("w") as file:
        for step in range(1, 100_001):
            file.write(json.dumps({"event": "losses", "step": step, "loss": step / 2, "text": "t" * 100}) + "\n")
        file.write(json.dumps({"event": "warning", "step": step, "name": "late", "text": "at the end"}) + "\n")
    records = read_journal(run.journal)
    steps = [record["step"] for record in records if record["event"] == "losses"]
    assert steps == sorted(steps)
    assert 5_000 < len(steps) < 60_000
    assert steps[0] < 10
    assert steps[-1] > 99_990
    assert records[-1]["name"] == "late"


def test_damaged_lines_of_the_journal_are_said(run: RunDirectory) -> None:
    assert "journal are left out" not in write_report(run).read_text()
    run.journal.write_bytes(run.journal.read_bytes().replace(b"0.9}", b"0.8}").replace(b'"step": 40,', b'"step": 41,'))
    assert "1 damaged line of the journal is left out" in write_report(run).read_text()


def test_readings_with_a_huge_header_or_many_classes_take_little_memory(run: RunDirectory) -> None:
    entry = {"dtype": "U8", "shape": [0], "data_offsets": [0, 0]}
    header = json.dumps({f"{n}": entry for n in range(60_000)}).encode()
    run.readings.write_bytes(struct.pack("<Q", len(header)) + header)
    memory, message = report(run)
    assert "60,000 tensors" in message
    assert memory < LIMIT
    described = [{"name": "test", "images": 10**15, "classes": 2, "sample": None, "readers": []}]
    run.readings.write_bytes(safetensors.numpy.save({"0.x": np.zeros(1)}, {"readings": json.dumps(described)}))
    memory, message = report(run)
    assert "damaged" in message
    assert memory < LIMIT


def test_classes_below_zero_are_damage(run: RunDirectory) -> None:
    reader = {"name": "j", "scores": "", "about": "", "judge": True}
    described = [{"name": "test", "images": 3, "classes": 2, "sample": None, "readers": [reader]}]
    classes = {"0.labels": np.array([0, 1, 0]), "0.reader.0": np.array([0, -1, 0])}
    run.readings.write_bytes(safetensors.numpy.save(classes, {"readings": json.dumps(described)}))
    with pytest.raises(GanforgeError, match="negative"):
        write_report(run)


def test_a_recipe_nested_without_end_leaves_the_report_whole(run: RunDirectory) -> None:
    run.recipe.write_text("x = " + "[" * 100_000)
    assert write_report(run).is_file()
