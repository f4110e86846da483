"""`ganforge download`."""

from __future__ import annotations

import pytest

from ganforge.plugins.registry import Registry
from ganforge.recipe.build import build_component
from ganforge.recipe.check import check_component


@pytest.fixture
def files(tmp_path):
    """Return the files of MNIST's test split below a data folder."""
    use, document = check_component("dataset", "digits/mnist", ["split=test"], Registry())
    return build_component(use, {"data_root": tmp_path}, document).files()


def download(ganforge, folder):
    return ganforge("download", "digits/mnist", "--set", "split=test", "--data", folder)


def test_files_that_are_there_are_left_alone(ganforge, tmp_path, files):
    for file in files:
        file.path.parent.mkdir(parents=True, exist_ok=True)
        file.path.write_bytes(b"mine")
    result = download(ganforge, tmp_path)
    assert (result.code, result.err) == (0, "")
    assert [line for line in result.out.splitlines() if line.endswith(": was there")] == [
        f"{file.path}: was there" for file in files
    ]
    assert {file.path.read_bytes() for file in files} == {b"mine"}


def test_files_that_are_missing_are_fetched(ganforge, tmp_path, files, monkeypatch):
    def fetch(wanted, *, progress):
        progress(wanted[0], 1, None)
        progress(wanted[0], 2, 2)
        return [wanted[0].path]

    monkeypatch.setattr("ganforge.data.download.download", fetch)
    result = download(ganforge, tmp_path)
    assert result.code == 0
    assert f"{files[0].path}: fetched" in result.out
    assert f"{files[1].path}: was there" in result.out


def test_generated_data_needs_no_files(ganforge):
    result = ganforge("download", "digits/synthetic-street")
    assert (result.code, result.out) == (0, "digits/synthetic-street needs no files\n")
