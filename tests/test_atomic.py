"""Files and folders appear whole or not at all, and leftovers go."""

import os

import pytest

from ganforge import atomic


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_file_is_written_and_replaced(tmp_path):
    target = tmp_path / "a.json"
    atomic.write_file(target, b"one")
    atomic.write_file(target, b"")
    assert target.read_bytes() == b""
    assert names(tmp_path) == ["a.json"]


def test_file_honours_the_umask(tmp_path):
    (tmp_path / "ordinary").write_bytes(b"")
    atomic.write_file(tmp_path / "atomic", b"")
    assert (tmp_path / "atomic").stat().st_mode == (tmp_path / "ordinary").stat().st_mode


def test_folder_appears_only_at_the_end_of_the_block(tmp_path):
    with atomic.folder(tmp_path / "weights") as temporary:
        (temporary / "deep" / "er").mkdir(parents=True)
        (temporary / "deep" / "er" / "file").write_text("x")
        assert not (tmp_path / "weights").exists()
    assert (tmp_path / "weights" / "deep" / "er" / "file").read_text() == "x"
    assert names(tmp_path) == ["weights"]


def test_folder_replaces_folder(tmp_path):
    for content in ("old", "new"):
        with atomic.folder(tmp_path / "weights") as temporary:
            (temporary / content).write_text(content)
    assert names(tmp_path / "weights") == ["new"]
    assert names(tmp_path) == ["weights"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_folder_stays_as_it_was_when_the_block_fails(tmp_path, error):
    with atomic.folder(tmp_path / "weights") as temporary:
        (temporary / "old").write_text("old")

    def write_and_fail():
        with atomic.folder(tmp_path / "weights") as temporary:
            (temporary / "new").write_text("new")
            raise error

    with pytest.raises(error):
        write_and_fail()
    assert names(tmp_path / "weights") == ["old"]
    assert names(tmp_path) == ["weights"]


def test_create_refuses_to_overwrite(tmp_path):
    atomic.create(tmp_path / "a", b"one")
    with pytest.raises(FileExistsError):
        atomic.create(tmp_path / "a", b"two")
    assert (tmp_path / "a").read_bytes() == b"one"


def test_clean_removes_what_is_unfinished_and_nothing_else(tmp_path):
    (tmp_path / "kept").mkdir()
    (tmp_path / ".hidden").write_text("kept")
    (tmp_path / ".ganforge-new-0011223344556677").mkdir()
    (tmp_path / ".ganforge-new-0011223344556677" / "part").write_text("x")
    (tmp_path / ".ganforge-new-8899aabbccddeeff").write_text("x")
    assert len(atomic.clean(tmp_path)) == 2
    assert names(tmp_path) == [".hidden", "kept"]
    assert atomic.clean(tmp_path) == []


def test_clean_puts_back_what_stood_aside_only_where_nothing_took_its_place(tmp_path):
    for name in ("lost", "replaced"):
        atomic.set_aside(tmp_path / name).mkdir()
        (atomic.set_aside(tmp_path / name) / "old").write_text("old")
    (tmp_path / "replaced").mkdir()
    atomic.clean(tmp_path)
    assert names(tmp_path) == ["lost", "replaced"]
    assert names(tmp_path / "lost") == ["old"]
    assert names(tmp_path / "replaced") == []


def test_clean_of_a_missing_folder_finds_nothing(tmp_path):
    assert atomic.clean(tmp_path / "missing") == []


def test_clean_does_not_follow_links(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_text("kept")
    (tmp_path / "run").mkdir()
    os.symlink(outside, tmp_path / "run" / ".ganforge-new-0011223344556677")
    atomic.clean(tmp_path / "run")
    assert names(tmp_path / "run") == []
    assert names(outside) == ["file"]


def test_removed_folder_leaves_nothing(tmp_path):
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "file").write_text("x")
    atomic.remove_folder(tmp_path / "old")
    assert names(tmp_path) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot sync a folder")
def test_everything_is_synced_before_it_is_renamed_and_the_parent_after(tmp_path, monkeypatch):
    rename = os.rename
    synced, before_renaming = set(), set()

    def renaming(source, target):
        before_renaming.update(synced)
        synced.clear()
        rename(source, target)

    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.add(os.fstat(descriptor).st_ino))
    monkeypatch.setattr(os, "rename", renaming)
    with atomic.folder(tmp_path / "weights") as temporary:
        (temporary / "deep").mkdir()
        (temporary / "deep" / "file").write_text("x")
    written = [tmp_path / "weights", tmp_path / "weights" / "deep", tmp_path / "weights" / "deep" / "file"]
    assert before_renaming == {path.stat().st_ino for path in written}
    assert synced == {tmp_path.stat().st_ino}


@pytest.mark.skipif(os.name == "nt", reason="folders cannot be locked")
def test_a_new_folder_removes_what_killed_makers_have_left_but_nothing_of_the_living(tmp_path):
    killed = tmp_path / ".ganforge-unborn-0011223344556677"
    killed.mkdir()
    (killed / "part").write_text("x")
    (tmp_path / ".ganforge-new-8899aabbccddeeff").write_text("of another writer")
    with atomic.new_folder(tmp_path / "outer") as outer:
        assert not killed.exists()
        with atomic.new_folder(tmp_path / "inner") as inner:
            (inner / "file").write_text("x")
            assert outer.is_dir()
    assert names(tmp_path) == [".ganforge-new-8899aabbccddeeff", "inner", "outer"]
