import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from ganforge.data import cache
from ganforge.data.images import DataFile, Images
from ganforge.errors import DataError


@dataclass
class Squares:
    """A dataset that counts how often it is decoded."""

    paths: Sequence[Path] = ()
    classes: int | None = 3
    labels: np.ndarray | None = field(default_factory=lambda: np.array([0, 1, 2, 0]))
    fill: int = 7
    decoded: int = 0

    def files(self) -> list[DataFile]:
        return [DataFile(path) for path in self.paths]

    def decode(self) -> Images:
        for path in self.paths:
            if not path.is_file():
                raise DataError(f"{path} is missing", fix="ganforge download test/squares")
        self.decoded += 1
        images = np.full((4, 5, 6, 3), self.fill, np.uint8)
        images[:, 1, 0, 0] = 255
        images[:, 0, 0, 0] = np.arange(4)
        return Images(images, self.labels, ("a notice",))


IDENTITY = {"component": "test/squares", "version": "1", "options": {"split": "train"}}


def load(dataset: Squares, cache_dir: Path, **identity: object) -> cache.CachedImages:
    return cache.decode_once(dataset, identity={**IDENTITY, **identity}, cache_dir=cache_dir)


def test_names_are_kept_and_are_no_part_of_the_digest(tmp_path):
    class Named(Squares):
        def decode(self) -> Images:
            return Images(super().decode().images, self.labels, names=["a", "b/c", "ä", "\udcff"])

    named, plain = load(Named(), tmp_path, version="2"), load(Squares(), tmp_path)
    assert named.names == ["a", "b/c", "ä", "\udcff"]
    assert plain.names is None
    assert named.digest == plain.digest


def test_what_is_loaded_is_what_was_decoded_and_is_memory_mapped_and_read_only(tmp_path):
    loaded = load(Squares(), tmp_path)
    decoded = Squares().decode()
    np.testing.assert_array_equal(loaded.images, decoded.images)
    np.testing.assert_array_equal(loaded.labels, decoded.labels)
    assert (loaded.classes, loaded.notices) == (3, ("a notice",))
    assert isinstance(loaded.images, np.memmap)
    assert loaded.path.parent == tmp_path
    assert loaded.path.name.startswith("test-squares-")
    with pytest.raises(ValueError, match="read-only"):
        loaded.images[0] = 0


def test_the_second_time_nothing_is_decoded(tmp_path):
    first, second = Squares(), Squares()
    messages: list[str] = []
    for dataset in (first, second):
        cache.decode_once(dataset, identity=IDENTITY, cache_dir=tmp_path / "new" / "folder", on_decode=messages.append)
    assert (first.decoded, second.decoded, len(messages)) == (1, 0, 1)
    assert "test/squares" in messages[0]


def test_images_without_labels(tmp_path):
    for _ in range(2):
        loaded = load(Squares(labels=None, classes=None), tmp_path)
        assert loaded.labels is None
        assert loaded.classes is None


@pytest.mark.parametrize("changed", [{"version": "2"}, {"options": {"split": "test"}}, {"component": "test/other"}])
def test_another_identity_is_another_entry(tmp_path, changed):
    load(Squares(), tmp_path)
    dataset = Squares()
    load(dataset, tmp_path, **changed)
    assert dataset.decoded == 1


@pytest.mark.parametrize("change", ["size", "time", "name"])
def test_another_file_is_another_entry(tmp_path, change):
    path = tmp_path / "a.bin"
    path.write_bytes(b"123")
    load(Squares([path]), tmp_path / "cache")
    if change == "size":
        stat = path.stat()
        path.write_bytes(b"1234")
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    elif change == "time":
        os.utime(path, (1, 1))
    else:
        path = path.rename(tmp_path / "b.bin")
    dataset = Squares([path])
    load(dataset, tmp_path / "cache")
    assert dataset.decoded == 1


def test_a_moved_data_root_keeps_its_entries(tmp_path):
    old = tmp_path / "old"
    (old / "x").mkdir(parents=True)
    names = ["x/1", "2"]
    for name in names:
        (old / name).write_bytes(b"123")
    load(Squares([old / name for name in names]), tmp_path / "cache")
    new = old.rename(tmp_path / "new")
    dataset = Squares([new / name for name in names])
    load(dataset, tmp_path / "cache")
    assert dataset.decoded == 0


def test_the_digest_is_that_of_the_content_alone(tmp_path):
    def digest(**options: object) -> str:
        return load(Squares(**options), tmp_path, version=json.dumps(repr(options))).digest  # type: ignore[arg-type]

    same = digest()
    assert load(Squares(), tmp_path, component="test/elsewhere").digest == same
    others = {digest(fill=8), digest(labels=None), digest(labels=np.array([0, 1, 2, 1]))}
    assert len(others | {same}) == 4


def test_what_a_missing_file_needs_is_said_by_the_dataset_itself(tmp_path):
    with pytest.raises(DataError, match="gone is missing") as caught:
        load(Squares([tmp_path / "gone"]), tmp_path / "cache")
    assert caught.value.fix == "ganforge download test/squares"


def test_a_file_that_changes_while_it_is_decoded_is_not_cached(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"123")

    class Racing(Squares):
        def decode(self) -> Images:
            path.write_bytes(b"12345")
            return super().decode()

    with pytest.raises(DataError, match="changed while"):
        load(Racing([path]), tmp_path / "cache")
    assert not list((tmp_path / "cache").glob("test-squares*"))


def test_labels_beyond_the_classes_are_refused(tmp_path):
    with pytest.raises(DataError, match="labels run from 0 to 2 with 2 classes"):
        load(Squares(classes=2), tmp_path)


def test_a_failing_decode_leaves_no_entry_and_the_next_one_works(tmp_path):
    class Failing(Squares):
        def decode(self) -> Images:
            raise DataError("damaged", fix="replace it")

    with pytest.raises(DataError, match="damaged"):
        load(Failing(), tmp_path)
    assert [path for path in tmp_path.iterdir() if not path.name.endswith(".lock")] == []
    assert load(Squares(), tmp_path).images.shape == (4, 5, 6, 3)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize("damage", [Path.unlink, cut, lambda path: path.write_bytes(b"")], ids=["gone", "cut", "empty"])
@pytest.mark.parametrize("name", ["images.npy", "labels.npy", "meta.json"])
def test_a_damaged_entry_is_built_anew(tmp_path, name, damage):
    entry = load(Squares(), tmp_path).path
    damage(entry / name)
    dataset = Squares()
    loaded = load(dataset, tmp_path)
    assert dataset.decoded == 1
    np.testing.assert_array_equal(loaded.images, dataset.decode().images)
    assert loaded.path == entry


@pytest.mark.promise("A changed byte in the cache is noticed and told, and the entry made again.", about="wrong")
@pytest.mark.parametrize("name", ["images.npy", "labels.npy", "names.json", "meta.json"])
def test_an_entry_with_a_changed_byte_is_built_anew_and_said(tmp_path, name):
    """Each byte of the small files, and some of the large: nothing of them is used as it is."""

    class Named(Squares):
        def decode(self) -> Images:
            return Images(super().decode().images, self.labels, names=["a", "b", "c", "d"])

    first = load(Named(), tmp_path)
    content = (first.path / name).read_bytes()
    for at in range(0, len(content), max(1, len(content) // 40)):
        (first.path / name).write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        dataset, messages = Named(), []
        found = cache.decode_once(dataset, identity=IDENTITY, cache_dir=tmp_path, on_decode=messages.append)
        assert dataset.decoded == 1, at
        assert messages[0] == f"{first.path} is damaged"
        assert found.digest == first.digest
        assert found.names == ["a", "b", "c", "d"]


@pytest.mark.parametrize("text", ["[]", "{}", "null", '{"bytes": {}}'])
def test_an_entry_with_another_meta_is_built_anew(tmp_path, text):
    entry = load(Squares(), tmp_path).path
    (entry / "meta.json").write_text(text)
    dataset = Squares()
    load(dataset, tmp_path)
    assert dataset.decoded == 1


def test_a_cache_folder_that_cannot_be_written_is_a_data_error(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DataError, match="cannot be written") as caught:
        load(Squares(), tmp_path / "file" / "cache")
    assert "choose another cache folder" in caught.value.fix


def test_a_full_disk_is_a_data_error_that_leaves_no_entry(tmp_path, monkeypatch):
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(np, "save", full)
        with pytest.raises(DataError, match="No space left on device"):
            load(Squares(), tmp_path)
    assert [path for path in tmp_path.iterdir() if path.is_dir()] == []


CHILD = textwrap.dedent(
    """
    import os, sys, time
    from pathlib import Path
    import numpy as np
    from ganforge.data import cache
    from ganforge.data.images import Images

    work, number = Path(sys.argv[1]), sys.argv[2]

    class Counted:
        classes = None
        def files(self):
            return ()
        def decode(self):
            with open(work / "decoded", "a") as log:
                log.write(number + "\\n")
            time.sleep(0.2)
            return Images(np.arange(3 * 64 * 64, dtype=np.uint16).reshape(3, 64, 64, 1))

    (work / f"ready-{number}").touch()
    while not (work / "go").exists():
        time.sleep(0.005)
    loaded = cache.decode_once(Counted(), identity={"component": "counted"}, cache_dir=work / "cache")
    assert "torch" not in sys.modules
    print(loaded.digest, int(loaded.images.sum()))
    """
)


def test_of_many_processes_at_once_one_decodes_and_all_read_the_same(tmp_path):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "OMP_NUM_THREADS": "1"}
    children = [
        subprocess.Popen(
            [sys.executable, "-c", CHILD, str(tmp_path), str(number)], env=environment, stdout=subprocess.PIPE
        )
        for number in range(8)
    ]
    try:
        while sum(1 for _ in tmp_path.glob("ready-*")) < len(children):
            assert all(child.poll() is None for child in children), "a child ended before it was told to go"
        (tmp_path / "go").touch()
        outputs = {child.communicate(timeout=120)[0] for child in children}
    finally:
        for child in children:
            child.kill()
    assert [child.returncode for child in children] == [0] * len(children)
    assert len((tmp_path / "decoded").read_text().splitlines()) == 1
    assert len(outputs) == 1
    assert outputs.pop().split()[1] == str(3 * 64 * 64 * (3 * 64 * 64 - 1) // 2).encode()


KILLED = textwrap.dedent(
    """
    import os, sys
    from pathlib import Path
    import numpy as np
    from ganforge.data import cache
    from ganforge.data.images import Images

    class Images100:
        classes = None
        def files(self):
            return ()
        def decode(self):
            return Images(np.zeros((100, 8, 8, 1), np.uint8))

    save = np.save
    def save_and_die(*args, **options):
        save(*args, **options)
        os.kill(os.getpid(), 9)
    np.save = save_and_die
    cache.decode_once(Images100(), identity={"component": "killed"}, cache_dir=Path(sys.argv[1]))
    """
)


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL on Windows")
def test_what_a_killed_process_leaves_is_removed_by_the_next_one(tmp_path):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    assert subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], env=environment, check=False).returncode == -9
    assert [path for path in tmp_path.rglob("images.npy")]
    loaded = load(Squares(), tmp_path)
    assert [path for path in tmp_path.iterdir() if path.is_dir()] == [loaded.path]
