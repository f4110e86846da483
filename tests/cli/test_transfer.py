"""`ganforge transfer` of folders as people have them: images in, images out, never over what is there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import ganforge as api
from ganforge.measuring.trained import Trained
from ganforge.report.pictures import COLUMNS, GAP, SCALE
from small_run import write_images

RECIPE = """
[recipe]
name = "small"
[data.images]
use = "basics/npz"
path = "small.npz"
[networks.generator]
use = "conditional/tint"
[method]
use = "conditional/domains"
[losses.loss]
use = "conditional/sameness"
[train]
steps = 1
batch_size = 4
[evaluate]
batch_size = 4
"""
SIZE = 8
CLASSIFIER = """
[recipe]
name = "classifier"
[data.images]
use = "basics/npz"
path = "small.npz"
[networks.classifier]
use = "digits/strided-cnn"
width = 2
[method]
use = "basics/classifier"
[losses.loss]
use = "basics/classification"
[train]
steps = 1
"""


@pytest.fixture(autouse=True)
def _place(site, tmp_path, monkeypatch):
    site.metadata("ganforge-conditional", "[ganforge]\nconditional = conditional\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GANFORGE_CACHE", str(tmp_path / "cache"))
    write_images(tmp_path, "small", 20, 3, size=SIZE)


@pytest.fixture
def run(ganforge, tmp_path):
    """Train a transfer in which each image has a domain, given or drawn."""
    (tmp_path / "small.toml").write_text(RECIPE)
    result = ganforge("run", "small.toml", "--data", ".", "-o", "run")
    assert result.code == 0, result.err
    return "run"


@pytest.fixture
def photos(tmp_path):
    """Write photos of noise: `photos("a.png", "b.JPG")`."""
    draw = np.random.default_rng(0)

    def write(*names: str, size: tuple[int, int] = (SIZE, SIZE)) -> Path:
        for name in names:
            path = tmp_path / "photos" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            kind = "PNG" if path.suffix.lower() == ".png" else "GIF" if path.suffix == ".gif" else "JPEG"
            Image.fromarray(draw.integers(0, 256, (*size, 3), np.uint8)).save(path, kind)
        return tmp_path / "photos"

    return write


def written(folder: Path) -> dict[str, np.ndarray]:
    """Return the pictures of a folder by their paths, without the contact sheet."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "contact-sheet.png")
    return {path.relative_to(folder).as_posix(): np.asarray(Image.open(path)) for path in files}


def test_a_folder_gives_a_file_for_each_image_and_a_contact_sheet(ganforge, run, photos, tmp_path):
    photos("a.png", size=(20, 30))
    photos("b.JPG")
    result = ganforge("transfer", run, "photos", "-o", "out")
    assert (result.code, result.out, result.err) == (0, "2 written to out\n", "")
    assert {name: picture.shape for name, picture in written(tmp_path / "out").items()} == {
        "a.png": (SIZE, SIZE, 3),
        "b.png": (SIZE, SIZE, 3),
    }
    with Image.open(tmp_path / "out" / "contact-sheet.png") as sheet:
        assert sheet.size == (COLUMNS * (2 * (SIZE * SCALE + GAP) + GAP), SIZE * SCALE + 2 * GAP)
        before, after = (np.asarray(sheet)[GAP, GAP + side * (SIZE * SCALE + GAP)] for side in (0, 1))
    seen = api.load(run, device="cpu").prepared(tmp_path / "photos" / "a.png")
    assert np.array_equal(before, seen[0, 0, 0])
    assert np.array_equal(after, written(tmp_path / "out")["a.png"][0, 0])


def test_one_file_gives_one_image(ganforge, run, photos, tmp_path):
    photos("a.png")
    assert ganforge("transfer", run, "photos/a.png").out == "1 written to transferred\n"
    assert [path.name for path in (tmp_path / "transferred").iterdir()] == ["a.png"]


@pytest.mark.promise(
    "`transfer` walks a folder as training does: subfolders mirrored, hidden files left out.", about="folders"
)
def test_subfolders_are_mirrored_hidden_files_left_out_and_other_formats_counted(ganforge, run, photos, tmp_path):
    photos("a.png", "sub/deep/b.JPG", "c.jfif", "d.jpe", "._a.jpg", ".cache/x.png", "e.gif", "sub/f.gif")
    (tmp_path / "photos" / "g.HEIC").write_bytes(b"")
    (tmp_path / "photos" / "notes.txt").write_text("")
    result = ganforge("transfer", run, "photos", "-o", "out")
    assert (result.code, result.out) == (0, "4 written to out, 3 skipped (2 .gif, 1 .heic)\n")
    assert list(written(tmp_path / "out")) == ["a.png", "c.png", "d.png", "sub/deep/b.png"]


@pytest.mark.promise("Images of one name and different formats get a result each.", about="folders")
def test_images_of_one_name_keep_their_suffixes(ganforge, run, photos, tmp_path):
    photos("a.jpg", "a.png", "b.png", "C.jpeg", "c.png", "contact-sheet.jpg", "sub/a.png")
    assert ganforge("transfer", run, "photos", "-o", "out").code == 0
    names = ["C.jpeg.png", "a.jpg.png", "a.png.png", "b.png", "c.png.png", "contact-sheet.jpg.png", "sub/a.png"]
    assert list(written(tmp_path / "out")) == names


def test_images_that_would_still_share_a_file_are_refused(ganforge, run, photos):
    photos("a.jpg", "a.png", "a.jpg.jpeg")
    result = ganforge("transfer", run, "photos")
    assert result.code == 2
    assert "would be written to one file, a.jpg" in result.err


@pytest.mark.promise("`transfer` reads images of 16 bits like those of 8.", about="folders")
@pytest.mark.parametrize("among", [(), ("z.png",)])
def test_sixteen_bits_are_read_like_eight(ganforge, run, photos, tmp_path, among):
    folder = photos("start.png", *among)
    grey = np.random.default_rng(1).integers(0, 256, (SIZE, SIZE), np.uint8)
    for kind, pixels in (("eight", grey), ("sixteen", grey.astype(np.uint16) * 257)):
        Image.fromarray(pixels).save(folder / f"{kind}.png")
    result = ganforge("transfer", run, "photos", "-o", "out", "--given", "domain=1")
    assert result.code == 0, result.err
    made = written(tmp_path / "out")
    assert np.array_equal(made["sixteen.png"], made["eight.png"])


@pytest.fixture
def partly_bad(photos):
    """Twelve files that cannot be read among good ones: cut, empty, no image, and a link to nothing."""
    folder = photos(*(f"{number}.png" for number in range(20)))
    (folder / "0.png").write_bytes((folder / "0.png").read_bytes()[:100])
    (folder / "3.png").unlink()
    (folder / "3.png").symlink_to("gone.png")
    for number in range(10, 20):
        (folder / f"{number}.png").write_text("no image" * (number % 2))
    return folder


BAD = ["0.png", "3.png", *(f"{number}.png" for number in range(10, 20))]


@pytest.mark.promise("All bad files are listed, and the others done.", about="folders")
def test_all_bad_files_are_listed_after_the_others_are_written(ganforge, run, partly_bad, tmp_path):
    result = ganforge("transfer", run, "photos", "-o", "out")
    assert (result.code, result.out) == (1, "8 written to out, 12 skipped (12 unreadable)\n")
    assert "error: 12 of 20 images cannot be used:" in result.err
    assert "fix: repair or remove them, or leave them out with --on-bad skip" in result.err
    assert all(f"photos/{name} " in result.err for name in BAD)
    assert len(written(tmp_path / "out")) == 8


@pytest.mark.promise("Bad files, links to nothing too, are skipped on request.", about="folders")
def test_bad_files_are_skipped_on_request_and_change_no_other_picture(ganforge, run, partly_bad, tmp_path):
    result = ganforge("transfer", run, "photos", "-o", "out", "--on-bad", "skip", "--seed", "3")
    assert (result.code, result.out) == (0, "8 written to out, 12 skipped (12 unreadable)\n")
    assert all(f"photos/{name} " in result.err for name in BAD)
    for name in BAD:
        (partly_bad / name).unlink()
        Image.new("RGB", (SIZE, SIZE)).save(partly_bad / name)
    assert ganforge("transfer", run, "photos", "-o", "whole", "--seed", "3").code == 0
    first, second = written(tmp_path / "out"), written(tmp_path / "whole")
    assert all(np.array_equal(picture, second[name]) for name, picture in first.items())


def test_nothing_that_can_be_read_is_an_error_even_so(ganforge, run, photos):
    (photos("a.png") / "a.png").write_bytes(b"")
    result = ganforge("transfer", run, "photos", "--on-bad", "skip")
    assert (result.code, result.out) == (1, "0 written to transferred, 1 skipped (1 unreadable)\n")
    assert "1 of 1 images cannot be used" in result.err


def test_the_files_are_what_one_call_makes_of_all_images(ganforge, run, photos, tmp_path):
    folder = photos(*(f"{number}.png" for number in range(10)))
    assert ganforge("transfer", run, "photos", "-o", "out", "--seed", "5").code == 0
    together = api.load(run, device="cpu")([folder / f"{number}.png" for number in range(10)], seed=5)
    made = written(tmp_path / "out")
    assert all(np.array_equal(made[f"{number}.png"], together[number]) for number in range(10))
    assert len({picture.tobytes() for picture in made.values()}) == 10


def test_other_inputs_may_be_given_for_each_image(ganforge, run, photos, tmp_path):
    folder = photos(*(f"{number}.png" for number in range(6)))
    assert ganforge("transfer", run, folder, "-o", "out", "--given", "domain=[0, 1, 2, 3, 4, 0]").code == 0
    single = api.load(run, device="cpu")(folder / "4.png", given={"domain": 4})
    assert np.array_equal(written(tmp_path / "out")["4.png"], single)


@pytest.mark.promise("Results are written block by block, as they are done.", about="folders")
def test_blocks_are_written_as_they_are_done(ganforge, run, photos, tmp_path, monkeypatch):
    photos(*(f"{number}.png" for number in range(12)))
    original, calls = Trained.prepared, []

    def stopped(self, images):
        calls.append(images)
        if len(calls) > 10:
            raise KeyboardInterrupt
        return original(self, images)

    monkeypatch.setattr(Trained, "prepared", stopped)
    assert ganforge("transfer", run, "photos", "-o", "out").code == 130
    assert list(written(tmp_path / "out")) == [f"{number}.png" for number in range(8)]


def test_a_terminal_gets_a_bar(ganforge, run, photos, monkeypatch):
    photos("a.png", "b.png")
    monkeypatch.setenv("FORCE_COLOR", "1")
    result = ganforge("transfer", run, "photos")
    assert "2/2" in result.err
    assert result.out == "2 written to transferred\n"


def test_results_below_the_images_are_no_images_the_next_time(ganforge, run, photos, tmp_path):
    photos("a.png", "b/c.png")
    for _ in range(2):
        assert ganforge("transfer", run, "photos", "-o", "photos/b/out").out == "2 written to photos/b/out\n"


@pytest.mark.promise("Your own images are never overwritten.", about="folders")
@pytest.mark.parametrize("source", ["photos", "photos/a.png"])
def test_the_images_themselves_are_never_overwritten(ganforge, run, photos, tmp_path, source):
    before = (photos("a.png") / "a.png").read_bytes()
    result = ganforge("transfer", run, source, "-o", tmp_path / "photos" / ".." / "photos")
    assert result.code == 2
    assert "the images themselves would be overwritten" in result.err
    assert "fix: give another folder with -o" in result.err
    assert (tmp_path / "photos" / "a.png").read_bytes() == before


@pytest.mark.parametrize(("names", "but"), [((), ""), (("a.gif", "b.gif"), ", but 2 .gif")])
def test_a_folder_without_images_is_refused(ganforge, run, photos, tmp_path, names, but):
    photos(*names).mkdir(exist_ok=True)
    result = ganforge("transfer", run, "photos")
    assert result.code == 2
    assert f"there are no images in photos{but}\n" in result.err


@pytest.mark.parametrize("name", ["photos/notes.txt", "photos/missing.png"])
def test_what_is_no_image_is_refused(ganforge, run, photos, name):
    (photos("a.png") / "notes.txt").write_text("")
    result = ganforge("transfer", run, name)
    assert (result.code, result.out) == (1, "")
    assert name in result.err


def test_a_run_that_makes_no_pictures_is_refused(ganforge, photos, tmp_path):
    (tmp_path / "classifier.toml").write_text(CLASSIFIER)
    assert ganforge("run", "classifier.toml", "--data", ".", "-o", "run").code == 0
    photos("a.png")
    result = ganforge("transfer", "run", "photos")
    assert result.code == 2
    assert "the run 'run' makes no pictures: its method is 'basics/classifier'" in result.err
