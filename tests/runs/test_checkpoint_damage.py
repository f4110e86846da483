"""Damage to any byte of a checkpoint is detected and reported, and an older checkpoint is used."""

import os
import random

import pytest
import torch

from ganforge.errors import RunError
from ganforge.runs import checkpoint, manifest, tensor_file

TENSORS = {"networks": {"w": torch.arange(40.0)}, "ema": {"w": torch.arange(8.0)}}
FILES = ("networks.safetensors", "ema.safetensors", "state.json", "manifest.json")


@pytest.fixture
def two(tmp_path):
    """Save an older and a newer checkpoint, both intact."""
    return [
        checkpoint.save_checkpoint(tmp_path / "checkpoints", step, TENSORS, {"step": step, "x": 0.5}) for step in (1, 2)
    ]


def assert_falls_back(older, newer):
    with pytest.raises(RunError, match="damaged"):
        checkpoint.load_checkpoint(newer)
    told = []
    found = checkpoint.load_latest(newer.parent, lambda path, reason: told.append(path))
    assert found is not None
    assert found.path == older
    assert found.state == {"step": 1, "x": 0.5}
    assert told == [newer]


def random_places(path, count):
    """Draw a file of the checkpoint and an offset in it, all bytes of the checkpoint equally likely."""
    chooser = random.Random(0)
    places = [(name, offset) for name in FILES for offset in range((path / name).stat().st_size)]
    return [chooser.choice(places) for _ in range(count)]


@pytest.mark.promise(
    "A checkpoint that is cut off or changed in any bit is noticed, and an older one taken.", about="runs"
)
def test_truncation_at_any_offset(two):
    older, newer = two
    for name, offset in random_places(newer, 30):
        whole = (newer / name).read_bytes()
        os.truncate(newer / name, offset)
        assert_falls_back(older, newer)
        (newer / name).write_bytes(whole)
    assert checkpoint.load_checkpoint(newer).step == 2


@pytest.mark.promise(
    "A checkpoint that is cut off or changed in any bit is noticed, and an older one taken.", about="runs"
)
def test_flipped_bit_at_any_offset(two):
    older, newer = two
    for name, offset in random_places(newer, 30):
        whole = (newer / name).read_bytes()
        flipped = bytearray(whole)
        flipped[offset] ^= 1 << (offset % 8)
        (newer / name).write_bytes(flipped)
        assert_falls_back(older, newer)
        (newer / name).write_bytes(whole)
    assert checkpoint.load_checkpoint(newer).step == 2


def test_every_single_bit_of_the_manifest_counts(tmp_path):
    path = checkpoint.save_checkpoint(tmp_path, 2, {}, {})
    whole = (path / "manifest.json").read_bytes()
    for bit in range(8 * len(whole)):
        flipped = bytearray(whole)
        flipped[bit // 8] ^= 1 << (bit % 8)
        (path / "manifest.json").write_bytes(flipped)
        with pytest.raises(RunError):
            checkpoint.load_checkpoint(path)


@pytest.mark.parametrize("name", FILES)
def test_missing_file(two, name):
    (two[1] / name).unlink()
    assert_falls_back(*two)


@pytest.mark.parametrize("name", FILES)
def test_file_that_has_grown(two, name):
    with open(two[1] / name, "ab") as file:
        file.write(b"\n")
    assert_falls_back(*two)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize("name", FILES)
def test_pipe_in_place_of_a_file_does_not_hang(two, name):
    (two[1] / name).unlink()
    os.mkfifo(two[1] / name)
    assert_falls_back(*two)


def test_files_of_others_do_no_harm(two):
    (two[1] / ".DS_Store").write_bytes(b"")
    assert checkpoint.load_checkpoint(two[1]).step == 2


def test_newer_format_is_refused_as_such(two):
    path = two[1] / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b'"format": 1', b'"format": 2'))
    with pytest.raises(RunError, match="format 2") as caught:
        checkpoint.load_checkpoint(two[1])
    assert caught.value.fix is not None
    assert "version of ganforge" in caught.value.fix


def sealed(tmp_path, files):
    """Forge a checkpoint with correct hashes, as an attacker would."""
    folder = tmp_path / "sealed"
    folder.mkdir()
    manifest.write(folder, 1, files)
    return folder


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "state.json"),
        ({"state.json": b"[]"}, "state.json"),
        ({"state.json": b"[" * 100_000}, "state.json"),
        ({"state.json": b"{}", "networks.safetensors": b"\x80\x04N."}, "networks.safetensors"),
        ({"state.json": b"{}", "notes.txt": b"hello"}, "notes.txt"),
    ],
)
def test_content_is_not_trusted_for_its_hash(tmp_path, files, message):
    with pytest.raises(RunError, match=f"damaged: {message}"):
        checkpoint.load_checkpoint(sealed(tmp_path, files))


@pytest.mark.parametrize("name", ["../outside.safetensors", ".hidden", "", "a/b", "a\\\\b", "/etc/hostname"])
def test_manifest_cannot_point_out_of_its_folder(tmp_path, name):
    (tmp_path / "outside.safetensors").write_bytes(tensor_file.encode({}))
    folder = sealed(tmp_path, {"state.json": b"{}", "x.safetensors": tensor_file.encode({})})
    text = (folder / "manifest.json").read_text()
    (folder / "manifest.json").write_text(text.replace("x.safetensors", name))
    with pytest.raises(RunError, match="not as it was written"):
        checkpoint.load_checkpoint(folder)


def test_huge_manifest_is_not_read(tmp_path):
    folder = sealed(tmp_path, {"state.json": b"{}"})
    os.truncate(folder / "manifest.json", 1 << 40)
    with pytest.raises(RunError, match="at most"):
        checkpoint.load_checkpoint(folder)
