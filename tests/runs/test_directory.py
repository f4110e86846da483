"""Run directories are made without collisions, never outside their root, and found by what users type."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganforge import atomic
from ganforge.errors import RunError
from ganforge.runs.directory import RunDirectory, create, find_run, is_run, list_runs, remove_unborn

EVIL = [
    "",
    ".",
    "..",
    "../outside",
    "/absolute",
    "a/b",
    "a\\b",
    "..\\outside",
    ".hidden",
    "x" * 65,
    "nul\0byte",
    "two words",
    "line\n",
    "ünicode",
    "~root",
    "$HOME",
    "C:drive",
    "*",
]


def tree(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_layout(tmp_path):
    run = create(tmp_path, "dtn")
    assert run.path == tmp_path / "dtn"
    assert run.name == "dtn"
    places = [run.recipe, run.record, run.journal, run.checkpoints, run.samples, run.metrics, run.weights]
    assert [place.relative_to(run.path).as_posix() for place in places] == [
        "recipe.toml",
        "run.json",
        "journal.jsonl",
        "checkpoints",
        "samples",
        "metrics.json",
        "weights",
    ]
    assert tree(tmp_path) == {"dtn", "dtn/run.json"}


@pytest.mark.parametrize("name", EVIL)
def test_evil_names_are_refused_and_nothing_is_made(tmp_path, name):
    (tmp_path / "runs").mkdir()
    with pytest.raises(RunError, match="cannot name a run") as caught:
        create(tmp_path / "runs", name)
    assert caught.value.fix is not None
    assert "1 to 64 letters" in caught.value.fix
    assert tree(tmp_path) == {"runs"}


@given(name=st.text(max_size=70))
def test_any_name_is_refused_or_makes_exactly_one_directory(tmp_path_factory, name):
    root = tmp_path_factory.mktemp("root")
    try:
        run = create(root / "runs", name)
    except RunError:
        assert tree(root) == set()
    else:
        assert tree(root) == {"runs", f"runs/{name}", f"runs/{name}/run.json"}
        assert run.name == name
        assert run.status == "new"


def test_taken_names_are_numbered(tmp_path):
    assert [create(tmp_path, "dtn").name for _ in range(3)] == ["dtn", "dtn-2", "dtn-3"]
    long = "x" * 64
    assert [create(tmp_path, long).name for _ in range(2)] == [long, "x" * 62 + "-2"]


def test_links_and_files_count_as_taken(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (tmp_path / "runs").mkdir()
    os.symlink(outside, tmp_path / "runs" / "dtn")
    os.symlink(tmp_path / "nowhere", tmp_path / "runs" / "dtn-2")
    (tmp_path / "runs" / "dtn-3").write_text("")
    assert create(tmp_path / "runs", "dtn").name == "dtn-4"
    assert list(outside.iterdir()) == []
    assert not (tmp_path / "nowhere").exists()


def test_many_at_once_get_a_directory_each(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        names = list(pool.map(lambda _: create(tmp_path, "dtn").name, range(24)))
    assert sorted(names) == sorted(["dtn", *(f"dtn-{number}" for number in range(2, 25))])


def test_root_that_cannot_be_made_is_an_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="no run can be made"):
        create(tmp_path / "file", "dtn")


def test_status_and_record(tmp_path):
    run = create(tmp_path, "dtn")
    assert run.status == "new"
    run.update_record({"method": "dtn/dtn", "seconds": 0.1})
    run.status = "training"
    assert RunDirectory(run.path).status == "training"
    assert run.read_record() == {"status": "training", "name": "dtn", "method": "dtn/dtn", "seconds": 0.1}


def test_failing_write_leaves_the_record_as_it_was(tmp_path, monkeypatch):
    run = create(tmp_path, "dtn")

    def failing(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", failing)
    with pytest.raises(RunError, match="No space left"):
        run.status = "finished"
    assert run.status == "new"
    assert tree(tmp_path) == {"dtn", "dtn/run.json"}


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"status": "done"}', b'{"status": []}', b"\xff"])
def test_damaged_record_is_an_error(tmp_path, content):
    run = create(tmp_path, "dtn")
    run.record.write_bytes(content)
    with pytest.raises(RunError, match=r"run\.json is damaged"):
        run.status  # noqa: B018


def test_directory_without_record_is_no_run(tmp_path):
    assert not is_run(tmp_path)
    assert not is_run(tmp_path / "missing")
    with pytest.raises(RunError, match="not a run"):
        RunDirectory(tmp_path).read_record()


def test_clean_removes_leftovers(tmp_path):
    run = create(tmp_path, "dtn")
    for folder in (run.path, run.checkpoints, run.samples):
        folder.mkdir(exist_ok=True)
        (folder / ".ganforge-new-0011223344556677").write_text("")
    stood_aside = atomic.set_aside(run.checkpoints / "step-00000001")
    stood_aside.mkdir()
    run.clean()
    assert tree(run.path) == {"run.json", "checkpoints", "samples", "checkpoints/step-00000001"}


def test_a_directory_that_never_became_a_run_is_removed(tmp_path):
    unborn = tmp_path / "unborn"
    unborn.mkdir()
    (unborn / ".ganforge-new-0123").write_text("{")
    remove_unborn(unborn)
    assert not unborn.exists()
    remove_unborn(unborn)


def test_a_run_or_a_folder_of_the_user_is_never_removed(tmp_path):
    run = create(tmp_path, "run")
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "notes.txt").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "empty")
    (tmp_path / "empty").mkdir()
    for name in ("run", "own", "link"):
        remove_unborn(tmp_path / name)
    assert run.status == "new"
    assert (tmp_path / "own" / "notes.txt").read_text() == "mine"
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "empty").is_dir()


def test_find_by_path_and_by_name(tmp_path, monkeypatch):
    run = create(tmp_path / "runs", "dtn")
    monkeypatch.chdir(tmp_path)
    root = Path("runs")
    for text in ("dtn", "runs/dtn", "runs/dtn/", "./runs/dtn", str(run.path)):
        assert find_run(text, root).path.resolve() == run.path.resolve()
    assert find_run("dtn", tmp_path / "runs") == run


def test_path_comes_before_name(tmp_path, monkeypatch):
    create(tmp_path / "runs", "dtn")
    here = create(tmp_path, "dtn")
    monkeypatch.chdir(tmp_path)
    assert find_run("dtn", Path("runs")).path.resolve() == here.path.resolve()


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("dtn-svhn", "did you mean 'dtn-svhn-mnist'?"),
        ("runs/dtn-svhn-mnits", "did you mean 'dtn-svhn-mnist'?"),
        ("zzz", "try dtn-svhn-mnist or f"),
    ],
)
def test_missing_run_is_an_error_with_near_names(tmp_path, text, fix):
    create(tmp_path, "dtn-svhn-mnist")
    create(tmp_path, "f")
    with pytest.raises(RunError, match="neither a run nor in") as caught:
        find_run(text, tmp_path)
    assert caught.value.fix == fix


def test_folder_that_is_no_run_is_told_as_such(tmp_path):
    with pytest.raises(RunError, match="a folder, but not a run") as caught:
        find_run(str(tmp_path), tmp_path / "runs")
    assert caught.value.fix is not None
    assert "ganforge run" in caught.value.fix


@pytest.mark.parametrize("text", [*EVIL, "y" * 5000])
def test_find_of_evil_text_is_only_ever_an_error(tmp_path, text):
    create(tmp_path / "runs", "dtn")
    create(tmp_path, "outside")
    with pytest.raises(RunError):
        find_run(text, tmp_path / "runs")


def test_list_is_by_name_and_skips_what_is_no_run(tmp_path):
    for name in ("b", "a", "c"):
        create(tmp_path, name)
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("")
    assert [run.name for run in list_runs(tmp_path)] == ["a", "b", "c"]
    assert list_runs(tmp_path / "missing") == []


def test_leftovers_of_killed_writers_are_removed_from_every_folder(tmp_path):
    run = create(tmp_path, "run")
    folders = [run.path, run.checkpoints, run.samples, run.path / "recipes"]
    for folder in folders:
        folder.mkdir(exist_ok=True)
        (folder / ".ganforge-new-0123456789abcdef").write_text("{")
    run.clean()
    assert not list(run.path.rglob(".ganforge-*"))
