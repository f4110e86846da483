"""The folders: their contents, permissions and free space."""

from __future__ import annotations

import os
import shutil
from collections import namedtuple

import pytest

from ganforge.doctor import Finding
from ganforge.doctor import machine as module
from ganforge.doctor.machine import folders
from ganforge.plugins.registry import Registry
from ganforge.runs.directory import create

SET = """
from pathlib import Path
from ganforge.data.images import DataFile
class Set:
    "A data set."
    classes = 2
    def __init__(self, *, data_root: Path):
        self.root = data_root
    def files(self):
        BODY
"""


@pytest.fixture
def look(tmp_path):
    """Return the findings on the folders, by name."""

    def look() -> dict[str, Finding]:
        paths = (tmp_path / "data", tmp_path / "runs", tmp_path / "cache")
        return {finding.name: finding for finding in folders(Registry(), *paths)}

    return look


def test_folders_that_are_not_there_yet_are_in_order(look, tmp_path):
    found = look()
    assert {finding.state for finding in found.values()} == {"ok"}
    assert found["data"].text == f"{tmp_path / 'data'} is not there"
    assert found["runs"].text.startswith(f"{tmp_path / 'runs'}, to be made, ")
    assert list(tmp_path.iterdir()) == []  # looking leaves nothing behind


def test_what_is_in_them_is_counted(look, tmp_path):
    create(tmp_path / "runs", "first")
    create(tmp_path / "runs", "second")
    entry = tmp_path / "cache" / "digits-svhn-0"
    entry.mkdir(parents=True)
    (entry / "meta.json").write_text("{}")
    (entry / "images.npy").write_bytes(bytes(3 * 2**20))
    found = look()
    assert ", 2 runs, " in found["runs"].text
    assert ", 1 data sets decoded, 3 MiB, " in found["cache"].text


def test_data_sets_are_found_by_their_files(look, tmp_path, site):
    body = "return [DataFile(self.root / 'acme' / name) for name in ('a', 'b')]"
    site.install("acme", {"acme_set": SET.replace("BODY", body)}, '"dataset", "pair", "acme_set:Set", "Two files."')
    (tmp_path / "data" / "acme").mkdir(parents=True)
    (tmp_path / "data" / "acme" / "a").write_text("")
    found = look()["data sets"]
    assert found.facts["acme/pair"] == {"files": 2, "present": 1}
    assert "acme/pair (1 of 2 files)" in found.text
    assert found.facts["digits/svhn"]["present"] == 0
    (tmp_path / "data" / "acme" / "b").write_text("")
    assert look()["data sets"].text.startswith("found acme/pair; not there: ")


def test_a_data_set_that_fails_does_not_hide_the_others(look, site):
    site.install("acme", {"acme_set": SET.replace("BODY", "1 / 0")}, '"dataset", "x", "acme_set:Set", "None."')
    found = look()["data sets"]
    assert "digits/mnist" in found.facts
    assert "acme/x" not in found.facts


@pytest.mark.parametrize("body", ["raise SystemExit(0)", "print('hello')\n        return ()"])
def test_a_data_set_that_ends_the_process_or_prints_does_no_harm(look, site, capsys, body):
    site.install("acme", {"acme_set": SET.replace("BODY", body)}, '"dataset", "x", "acme_set:Set", "None."')
    assert "digits/mnist" in look()["data sets"].facts
    assert capsys.readouterr().out == ""


def test_a_file_in_the_place_of_a_folder_is_an_error(look, tmp_path):
    (tmp_path / "runs").write_text("")
    found = look()["runs"]
    assert (found.state, found.text) == ("error", f"{tmp_path / 'runs'} is no folder")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_an_error(look, tmp_path):
    (tmp_path / "cache").mkdir(mode=0o500)
    assert look()["cache"].state == "error"


def test_a_folder_that_cannot_be_written_is_an_error_with_what_to_do(look, monkeypatch):
    def refuse(dir: object = None) -> object:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(module.tempfile, "TemporaryFile", refuse)
    found = look()["cache"]
    assert found.state == "error"
    assert found.text.endswith("cannot be written: Read-only file system")
    assert found.fix == "make it writable, or choose another folder with --cache"
    assert found.facts["writable"] is False


def test_little_room_is_a_warning(look, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(2**40, 2**40, 2**29))
    found = look()["runs"]
    assert found.state == "warning"
    assert found.text.endswith("only 0.5 GiB free")
